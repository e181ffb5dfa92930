"""`firstclass dump`: the store's resources beside the configuration, as one file that `apply` takes."""

from __future__ import annotations

import sys
from typing import Any

import typer

from firstclass.base.printable import json_line, json_text
from firstclass.cli.context import current
from firstclass.cli.output import talk

app = typer.Typer(add_completion=False)


@app.command()
def dump() -> None:
    """Print all that apply takes; credentials (digests alone exist) and disabled applications are not printed."""
    from firstclass.app.dumping import dump_store, left_out

    context = current()
    document = dump_store(context.settings, context.store())
    sys.stdout.write(json_text(document, 2) if context.json else "\n".join(yaml_lines(document)) + "\n")
    if disabled := left_out(context.store()):
        talk(f"not in it, with all their subscriptions: {', '.join(disabled)}")
        talk("  they are disabled, and apply would let in again whom its file names")
    if context.json:
        return
    talk("credentials are not in it: only their digests exist; issue new keys where this file is applied")


def yaml_lines(document: dict[str, Any]) -> list[str]:
    """A readable YAML text: one line a setting, one line an entry of a list (flow style; JSON is YAML 1.2)."""
    lines = []
    for key, value in document.items():
        if isinstance(value, list) and value:
            lines.append(f"{key}:")
            lines += [f"  - {json_line(item)}" for item in value]
        else:
            lines.append(f"{key}: {json_line(value)}")
    return lines
