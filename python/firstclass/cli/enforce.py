"""`firstclass enforce`: from observe to enforce, for an API, operations, classes of rules or a share of the callers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from firstclass.cli.arguments import OPERATION, actor, rule_classes, share_of_callers, word_list, wrong_usage
from firstclass.cli.context import current
from firstclass.cli.output import emit, say_next
from firstclass.model.counted import counted

if TYPE_CHECKING:
    from firstclass.publish.modes import ApiModes
    from firstclass.publish.readiness import Evidence

app = typer.Typer(add_completion=False)

SHOWN = 5


@app.command()
def enforce(
    api: Annotated[str, typer.Argument(metavar="API", help="The API's name in firstclass.yaml.")],
    ready: Annotated[
        bool, typer.Option("--ready", help="Move what had no would-be refusal, class by class of the rules.")
    ] = False,
    all_: Annotated[bool, typer.Option("--all", help="Move everything, whatever was observed.")] = False,
    operation: Annotated[
        str, typer.Option(*OPERATION, metavar="A,B", help="Move these operations, whatever was observed.")
    ] = "",
    class_: Annotated[
        str,
        typer.Option("--class", metavar="A,B", help="Of: parameters, media_types, bodies, conformance. Default all."),
    ] = "",
    sample: Annotated[
        str, typer.Option(metavar="1%", help="Enforce for this share of the callers. Default: for all of them.")
    ] = "100%",
    days: Annotated[int, typer.Option(min=1, max=30, help="--ready: how far back it looks.")] = 7,
    calls: Annotated[int, typer.Option(min=1, help="--ready: how many calls it asks for.")] = 100,
) -> None:
    """Refuse from now on what was only observed. Without an option nothing moves: it says what is ready, and what holds
    the rest back."""
    from firstclass.base.clock import now
    from firstclass.publish.modes import get_modes, set_shares
    from firstclass.publish.readiness import gather, ready_classes, undeclared

    classes, share = rule_classes(class_), share_of_callers(sample)
    names = word_list(operation)
    if sum((ready, all_, bool(names))) > 1:
        raise wrong_usage("--ready, --all and --operation exclude each other", "choose one")
    is_asked = ready or all_ or bool(names) or sample != "100%"
    store = current().store()
    with store.read() as reader:
        modes = get_modes(reader, api)
    with closing(_counts()) as counts:
        evidence, strange = gather(counts, modes, now(), days), undeclared(counts, modes, now(), days)
    wanted = dict.fromkeys(names or [each.id for each in modes.operations], classes)
    if not (names or all_ or (is_asked and not ready)):
        wanted = {
            each.id: [name for name in ready_classes(each, evidence[each.id], calls) if name in classes]
            for each in modes.operations
        }
    moved = set_shares(store, api, wanted, share, actor=actor()) if is_asked else {}
    with store.read() as reader:
        after = get_modes(reader, api)
    changed = moved if is_asked else _would_move(modes, wanted)
    asked = Asked(classes, share, calls, is_asked=is_asked, days=days, operations=tuple(names))
    document = outcome(after, evidence, changed, asked) | {"undeclared": strange}
    emit(document, in_words(document, {each.id: f"{each.method} {each.path}" for each in modes.operations}, asked))
    if not is_asked and changed:
        say_next(f"firstclass enforce {api} --ready")


def _counts() -> Any:
    from firstclass.storage.counts import Counts

    return Counts.open(current().data)


def _would_move(modes: ApiModes, wanted: dict[str, list[str]]) -> dict[str, list[str]]:
    from firstclass.base.modes import WHOLE

    would = {each.id: [c for c in wanted[each.id] if each.share(c) < WHOLE] for each in modes.operations}
    return {name: classes for name, classes in would.items() if classes}


@dataclass(frozen=True)
class Asked:
    """What a person asked for; without `is_asked` only what would be. `operations`: those that were named, none for all
    of them; `calls` within `days` are the evidence that is asked for."""

    classes: list[str]
    share: int
    calls: int
    is_asked: bool
    days: int = 7
    operations: tuple[str, ...] = ()


def outcome(
    after: ApiModes, evidence: dict[str, Evidence], changed: dict[str, list[str]], asked: Asked
) -> dict[str, Any]:
    """The document of `--json`: `moved` are operations of which nothing that was asked for is held back."""
    from firstclass.base.modes import RULE_CLASSES
    from firstclass.publish import left_out, refused_answers
    from firstclass.publish.readiness import held_back

    back = []
    for each in after.operations:
        if asked.operations and each.id not in asked.operations:
            continue
        moves = changed.get(each.id, []) if not asked.is_asked else []
        # Answers that no mode lets through hold conformance back, whether it changes anything else or not.
        of_it = RULE_CLASSES if evidence[each.id].answers else each.counted()
        below = [name for name in of_it if name in asked.classes and each.share(name) < asked.share]
        if set(below) - set(moves):
            back.append(held_back(each, evidence[each.id], moves, asked.calls))
    held = {item["operation"] for item in back}
    asked_of = [each.id for each in after.operations if not asked.operations or each.id in asked.operations]
    left = [found for name in asked_of for found in left_out.in_json(evidence[name].left_out)]
    never = [found for name in asked_of for found in refused_answers.in_json(evidence[name].refused_answers)]
    document: dict[str, Any] = {
        "moved": [],
        "partly": [],
        "held_back": back,
        "refused_answers": never,
        "left_out": left,
    }
    if not asked.is_asked:
        return document | {"ready": [{"operation": name, "classes": classes} for name, classes in changed.items()]}
    return document | {
        "moves": {
            "would_refuse": sum(evidence[name].would_refuse for name in changed),
            "of": sum(evidence[name].calls for name in changed),
        },
        "moved": [name for name in changed if name not in held],
        "partly": [{"operation": name, "classes": changed[name]} for name in changed if name in held],
    }


def in_words(document: dict[str, Any], spelled: dict[str, str], asked: Asked) -> Iterator[str]:
    """The same, for people."""
    from firstclass.publish import left_out, refused_answers
    from firstclass.publish.readiness import undeclared_in_words

    for name in document["moved"]:
        yield f"{name} ({spelled[name]}): moved"
    for item in document.get("ready", []):
        yield f"{item['operation']} ({spelled[item['operation']]}): ready: {', '.join(item['classes'])}"
    for item in document["partly"]:
        yield f"{item['operation']} ({spelled[item['operation']]}): moved: {', '.join(item['classes'])}"
    for item in document["held_back"]:
        yield from held_in_words(item, spelled[item["operation"]], asked)
    if not any(document[name] for name in ("moved", "partly", "held_back")) and not document.get("ready"):
        yield f"{', '.join(asked.operations) or 'everything'}: enforced already"
    for item in document.get("undeclared", []):
        calls = counted(item["calls"], "call")
        yield f"{undeclared_in_words(item['method'], item['path'], has_path=item['declared_path'])}: {calls}"
    if asked.is_asked and (document["moved"] or document["partly"]):
        moves = document["moves"]
        of = f"of {counted(moves['of'], 'call')} of these operations within {counted(asked.days, 'day')}"
        yield f"{of}, {moves['would_refuse']} would have been refused"
        yield "this wins over mode: in firstclass.yaml and in the contract; firstclass observe sets it back"
    yield from refused_answers.in_words(document["refused_answers"], spelled)
    yield from left_out.in_words(document["left_out"], spelled)


def held_in_words(item: dict[str, Any], spelled: str, asked: Asked) -> Iterator[str]:
    """What keeps an operation back, for people: its classes that wait, why, and where."""
    waiting = [f"{name} {mode}" for name, mode in item["classes"].items() if mode != "enforce"]
    yield f"{item['operation']} ({spelled}): {', '.join(waiting) or 'enforced'}"
    yield f"  why: {'; '.join(_reasons(item, asked))}"
    if item["stepped_back"]:
        yield "  conformance stepped back by itself: more than 1 % of its answers broke the contract within a minute"
    for place in item["places"][:SHOWN]:
        where = f"{place['in']} {place.get('pointer') or place.get('name') or ''}".strip()
        callers = counted(place["applications"], "application")
        refused = f", {place['refused']} of them refused" if place["refused"] else ""
        yield f"  {where}: {place['keyword']}, {counted(place['calls'], 'call')} from {callers}{refused}"
    if len(item["places"]) > SHOWN:
        yield f"  and {len(item['places']) - SHOWN} places more: --json"


def _reasons(item: dict[str, Any], asked: Asked) -> Iterator[str]:
    """Calls against it, and evidence that is lacking; both may be so."""
    of = counted(item["of"], "call")
    if item["would_refuse"]:
        yield f"{item['would_refuse']} of {of} would have been refused"
    if item["refused"]:
        why = ": their answers are not as the contract declares them, in every mode" if item["why"] == "refused" else ""
        yield f"{item['refused']} of {of} {'was' if item['refused'] == 1 else 'were'} refused{why}"
    if item["why"] == "too_few_calls":
        yield f"{of} within {counted(asked.days, 'day')}, and {asked.calls} are asked for (--calls, --days)"
    elif not item["would_refuse"] and not item["refused"]:
        yield f"of {of} some broke the contract" if item["places"] else f"{of}, all of them good: --ready moves it"
