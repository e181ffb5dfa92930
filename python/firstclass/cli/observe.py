"""`firstclass observe`: the way back from enforce."""

from __future__ import annotations

from typing import Annotated

import typer

from firstclass.cli.arguments import OPERATION, actor, rule_classes, word_list
from firstclass.cli.context import current
from firstclass.cli.output import emit

app = typer.Typer(add_completion=False)


@app.command()
def observe(
    api: Annotated[str, typer.Argument(metavar="API", help="The API's name in firstclass.yaml.")],
    operation: Annotated[
        str, typer.Option(*OPERATION, metavar="A,B", help="These operations. Default: all of them.")
    ] = "",
    class_: Annotated[
        str,
        typer.Option("--class", metavar="A,B", help="Of: parameters, media_types, bodies, conformance. Default all."),
    ] = "",
) -> None:
    """Record what would be refused, and let it pass. Credentials, subscriptions, limits, owners and everything
    confidential stay enforced."""
    from firstclass.base.modes import OBSERVE
    from firstclass.publish.modes import get_modes, set_shares

    store, classes = current().store(), rule_classes(class_)
    with store.read() as reader:
        modes = get_modes(reader, api)
    wanted = dict.fromkeys(word_list(operation) or [each.id for each in modes.operations], classes)
    moved = set_shares(store, api, wanted, OBSERVE, actor=actor(), lowers=True)
    lines = [f"{name}: observed: {', '.join(moved[name])}" for name in moved]
    emit({"moved": list(moved), "classes": moved}, lines or ["everything of that is observed already"])
