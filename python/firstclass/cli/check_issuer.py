"""`firstclass check issuer`: what an existing OAuth provider does unsafely."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from firstclass.cli.output import emit, talk
from firstclass.model.counted import counted

app = typer.Typer(add_completion=False)


@app.command()
def check_issuer(
    issuer: Annotated[str, typer.Argument(metavar="URL_OR_FILE", help="An issuer, or a file with its metadata.")],
    token: Annotated[str | None, typer.Option(help="A token of it, looked at and not believed; - reads it.")] = None,
) -> None:
    """Say what an issuer does unsafely, by its metadata and a token of it."""
    from firstclass.app.issuer_metadata import fetch_metadata, is_url, read_metadata
    from firstclass.base.clock import now
    from firstclass.inventory.issuer.metadata import find_harms, find_mismatch
    from firstclass.inventory.issuer.token import find_token_harms

    metadata, lines = (fetch_metadata(issuer), {}) if is_url(issuer) else read_metadata(Path(issuer))
    named = metadata.get("issuer")
    name = named if isinstance(named, str) else None
    harms = [replace(harm, line=lines.get(harm.member or "")) for harm in find_harms(metadata)]
    if is_url(issuer):
        harms = find_mismatch(metadata, issuer) + harms
    if token is not None:
        text = typer.get_text_stream("stdin").read() if token == "-" else token  # noqa: S105 - a dash is no token
        harms += find_token_harms(text, name, now())
    emit(
        {"issuer": name, "harms": [harm.as_json() for harm in harms]},
        [f"{name or issuer}: {counted(len(harms), 'harm')}"],
    )
    for harm in harms:
        place = f"{issuer}:{harm.line}: " if harm.line else ""
        talk(f"{place}harm: {harm.message} [{harm.code}]")
        talk(f"  fix: {harm.fix}")
