"""`firstclass import`: take over what another gateway knows of its callers. Its keys go on until their end date."""

from __future__ import annotations

from enum import StrEnum
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import typer

from firstclass.cli.arguments import actor, duration
from firstclass.cli.context import current
from firstclass.cli.output import emit, say_next, talk
from firstclass.model.counted import counted

app = typer.Typer(add_completion=False)


class Source(StrEnum):
    """Whose export it is."""

    KONG = "kong"
    TYK = "tyk"
    APISIX = "apisix"
    CSV = "csv"


_MODULES = {Source.KONG: "kong", Source.TYK: "tyk", Source.APISIX: "apisix", Source.CSV: "table"}


@app.command()
def import_(
    source: Annotated[Source, typer.Argument(help="Whose export it is.")],
    file: Annotated[Path, typer.Argument(help="The export.")],
    api: Annotated[str, typer.Option(help="The API that its callers call.")],
    expires: Annotated[str, typer.Option(metavar="DURATION", help="When its keys end; at most a year.")] = "90d",
    owner: Annotated[str | None, typer.Option(help="Who answers for applications that name nobody.")] = None,
    sha256: Annotated[bool, typer.Option("--sha256", help="Keys in the export are hexadecimal SHA-256.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would come of it; change nothing.")] = False,
) -> None:
    """Take over consumers, keys and what they open, in one transaction; say what has no equivalent."""
    from firstclass.access.importing.foreign import Foreign
    from firstclass.access.importing.writing import write

    context, lifetime = current(), duration("--expires", expires)
    foreign = import_module(f"firstclass.access.importing.{_MODULES[source]}").read(
        file, Foreign(file.name, is_hashed=sha256)
    )
    result = write(
        context.store(),
        context.keyring(),
        foreign,
        source=source.value,
        api=api,
        lifetime=lifetime,
        owner=owner,
        actor=actor(),
        dry_run=dry_run,
    )
    document: dict[str, Any] = {
        "applications": result.applications,
        "keys": result.keys,
        "subscriptions": result.subscriptions,
        "plans": [{"name": plan.name, "limits": [limit.in_words() for limit in plan.limits]} for plan in result.plans],
        "recognised": {"applications": result.recognised_applications, "keys": result.recognised_keys},
        "without_equivalent": [
            {
                "what": lost.what,
                "line": lost.where.line if lost.where else None,
                "instead": lost.instead,
                "places": [
                    {"names": list(place.names), "line": place.where.line if place.where else None}
                    for place in lost.places
                ],
            }
            for lost in result.lost
        ],
    }
    verb = "would be imported" if dry_run else "imported"
    lines = [
        f"{verb}: {counted(result.applications, 'application')}, {counted(result.keys, 'key')}, "
        f"{counted(result.subscriptions, 'subscription')}"
        + (f", {counted(len(result.plans), 'plan')}" if result.plans else "")
    ]
    lines += [f"plan {plan['name']}: {', '.join(plan['limits'])}" for plan in document["plans"]]
    if result.recognised_applications or result.recognised_keys:
        known, keys = result.recognised_applications, result.recognised_keys
        lines.append(f"there already: {counted(known, 'application')}, {counted(keys, 'key')}")
    emit(document, lines)
    if context.json:
        return
    lost = "would not be taken over" if dry_run else "not taken over"
    for item in document["without_equivalent"]:
        place = f"{file.name}:{item['line']}: " if item["line"] else ""
        talk(f"{place}{lost}: {item['what']}")
        talk(f"  hint: {item['instead']}")
    if dry_run:
        say_next("the same without --dry-run; nothing was written")
    else:
        say_next("firstclass keys list APPLICATION    # which still come in a query, and when they end")
