"""`firstclass demo`: the sample API, its attacker, and the gateway between them."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from firstclass.cli.context import current

app = typer.Typer(add_completion=False)
NOT_CI = ("", "0", "false", "no")


@app.command()
def demo(
    once: Annotated[bool, typer.Option("--once", help="End after the report.")] = False,
    ci: Annotated[str, typer.Option(envvar="CI", hidden=True)] = "",
) -> None:
    """Attack a sample API twice, without the gateway and through it, and report; then stay up until Ctrl-C.

    Without a terminal, with CI=true and with --json it ends after the report. Exit code 0 only if nothing leaked.
    """
    from firstclass.demo import run

    context = current()
    ends = once or context.json or not stays_up(ci, sys.stdout.isatty())
    raise typer.Exit(run(once=ends, json=context.json))


def stays_up(ci: str, is_terminal: bool) -> bool:
    """Whether a person is there to look around; `ci` is what the variable CI says."""
    return is_terminal and ci.lower() in NOT_CI
