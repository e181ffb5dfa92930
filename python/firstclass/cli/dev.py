"""`firstclass dev`: the gateway on this machine; contract, overlays and configuration are applied as they change."""

from __future__ import annotations

import typer

from firstclass.cli.run import serve_until_told

app = typer.Typer(add_completion=False)


@app.command()
def dev() -> None:
    """Run the gateway here and apply files as they change."""
    serve_until_told(watch=True)
