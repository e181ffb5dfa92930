"""`firstclass apply`: make what the files say live; a running gateway learns of it within a second."""

from __future__ import annotations

from typing import Annotated

import typer

from firstclass.cli.context import current
from firstclass.cli.output import emit, talk
from firstclass.model.errors import Exit

app = typer.Typer(add_completion=False)


@app.command()
def apply(
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Change nothing; exit 3 where files and store differ.")
    ] = False,
) -> int:
    """Apply contracts, issuers and resources in one transaction; with an error nothing changes."""
    from firstclass.app.applying import apply_files

    context = current()
    done = apply_files(context.settings, dry_run=dry_run)
    apis = [{"name": name, **api} for name, api in done.apis.items()]
    would = "would change" if dry_run else "changed"
    lines = [f"{api['name']}: {would if api['changed'] else 'unchanged'}, {str(api['hash'])[:12]}" for api in apis]
    does = "would be" if dry_run else "is"
    lines += [
        f"{name}: {does} removed, for firstclass.yaml names it no more; its paths are unknown_operation from then on"
        for name in done.removed
    ]
    lines += [f"{resource}: {would}" for resource in done.resources]
    emit({"changed": done.changed, "apis": apis, "removed": list(done.removed)}, lines or ["no API is configured"])
    for each in done.warnings if not context.json else ():
        talk(f"{each.file}:{each.line}:{each.column}: {each.message} [{each.code}]")
        talk(f"  hint: {each.hint}")
    return Exit.DIFFERS if dry_run and done.changed else Exit.DONE
