"""`firstclass init`: begin with a contract; write a configuration and an overlay, and overwrite nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from firstclass.cli.context import current
from firstclass.cli.output import emit

app = typer.Typer(add_completion=False)


@app.command()
def init(
    contract: Annotated[Path, typer.Argument(help="An OpenAPI document.")],
    upstream: Annotated[str, typer.Option(help="Where the API runs: http://HOST:PORT, with a path or without.")],
    name: Annotated[str | None, typer.Option(help="What to call the API; default: from the contract's title.")] = None,
) -> None:
    """Write firstclass.yaml and an overlay beside it; an upstream that answers already begins in observe."""
    from firstclass.app.beginning import begin_project
    from firstclass.cli.check_text import observed_anyway

    begun = begin_project(contract, upstream, name, current().config)
    lines = [f"wrote {begun.config}", *(f"  {line}" for line in begun.decided), f"wrote {begun.overlay}"]
    lines += [f"  added: {line}" for line in begun.added or ("nothing; the contract says who gets in",)]
    if begun.changes:
        lines += ["", *observed_anyway(begun.changes)]
    lines += ["", "next:", *(f"  {line}" for line in begun.here)]
    if begun.there:
        lines += ["and, while that runs, in another terminal:", *(f"  {line}" for line in begun.there)]
    emit(begun.as_json(), lines)
