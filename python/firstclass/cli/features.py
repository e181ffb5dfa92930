"""`firstclass features`: the contract keywords, credential tiers and protocols that this version enforces."""

from __future__ import annotations

import typer

from firstclass.cli.output import emit

app = typer.Typer(add_completion=False)


@app.command()
def features() -> None:
    """List what this version enforces."""
    from firstclass.compiler import FEATURES

    lines = [f"{name}: {', '.join(map(str, values))}" for name, values in FEATURES.items()]
    emit(dict(FEATURES), lines)
