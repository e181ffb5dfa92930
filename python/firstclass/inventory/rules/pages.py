"""Lists in answers: page sizes without a maximum, and lists without pages."""

from __future__ import annotations

from collections.abc import Iterator

from firstclass.inventory.amending import advise, amend
from firstclass.inventory.facts import Facts, Operation, Parameter
from firstclass.inventory.harms import Action, Harm, harm
from firstclass.inventory.places import json_path
from firstclass.inventory.words import split

MAX_PAGE = 100
_SIZES = frozenset(
    {
        *("limit", "perpage", "pagesize", "size", "maxresults", "maxitems", "top", "first", "take", "count", "max"),
        *("pagelimit", "rows", "itemsperpage", "resultsperpage", "pagesizelimit", "numresults", "results", "amount"),
        *("limite", "anzahl", "aantal", "parpage", "porpagina"),
    }
)
_PAGES = frozenset({"page", "offset", "cursor", "after", "before", "start", "skip", "pagetoken", "startingafter"})
_SHARED = frozenset({"data", "items", "results", "content", "records", "entries", "rows", "list", "values", "value"})


def find_unpaged(facts: Facts) -> Iterator[Harm]:
    """Page sizes first, where they are declared; then lists of operations without any."""
    told: set[int] = set()
    for operation in facts.operations:
        lists = _lists(facts, operation)
        if not lists or operation.method != "GET":
            continue
        sizes = [p for p in facts.parameters_of(operation) if _is_size(p)]
        for parameter in sizes:
            if _is_unbounded(facts, parameter) and id(parameter.node.path) not in told:
                told.add(id(parameter.node.path))
                yield _size_harm(facts, parameter)
        if not sizes and all(facts.table.find(index, "max_items") is None for index in lists):
            yield _list_harm(facts, operation, lists[0])


def _is_size(parameter: Parameter) -> bool:
    return parameter.place == "query" and "".join(split(parameter.name.strip("$"))) in _SIZES


def _is_unbounded(facts: Facts, parameter: Parameter) -> bool:
    index = parameter.lowered["schema"]
    types = facts.table.types(index)
    if types is None or not types & {"integer", "number"}:
        return False
    words = ("maximum", "exclusive_maximum", "enum")
    return all(facts.table.find(index, word) is None for word in words)


def _size_harm(facts: Facts, parameter: Parameter) -> Harm:
    schema = parameter.node.find("schema")
    at = schema if schema is not None and not facts.is_swagger else parameter.node
    default = facts.table.source(parameter.lowered["schema"]).find("default")
    usual = default.value if default is not None and isinstance(default.value, int) else 0
    maximum = max(MAX_PAGE, usual)
    actions = amend(facts, at, {"maximum": maximum})
    advice = advise(at, {"maximum": maximum}) if not actions else ""
    sharing = [p.operation for p in facts.parameters if p.node.path is parameter.node.path]
    more = f" and {len(sharing) - 1} more" if len(sharing) > 1 else ""
    message = f"the page size {parameter.name} has no maximum: {parameter.operation.id}{more}"
    indices = [operation.index for operation in sharing]
    name = f"{parameter.operation.id} ({parameter.name})"
    return harm("page_unbounded", parameter.node, message, actions, advice=advice, operations=indices, sample=name)


def _lists(facts: Facts, operation: Operation) -> list[int]:
    """The lists of objects that the whole answer is, or that it wraps."""
    found: list[int] = []
    for media in facts.answers(operation, good=True):
        if media.kind == "json" and media.schema is not None:
            found += _list_in(facts, media.schema, is_one=operation.template.endswith("}"))
    return found


def _list_in(facts: Facts, index: int, *, is_one: bool) -> list[int]:
    table = facts.table
    types = table.types(index)
    if types is not None and types <= {"array", "null"} and _holds_objects(facts, index):
        return [index]
    wrapped: list[int] = []
    for each in table.same(index) if not is_one else ():
        for name, child in table.schemas[each].get("properties", ()):
            kinds = table.types(child)
            is_list = kinds is not None and kinds <= {"array", "null"} and _holds_objects(facts, child)
            if is_list and "".join(split(name)) in _SHARED:
                wrapped.append(child)
    return wrapped


def _holds_objects(facts: Facts, index: int) -> bool:
    items = facts.table.find(index, "items")
    return items is not None and bool(facts.table.objects(items))


def _list_harm(facts: Facts, operation: Operation, index: int) -> Harm:
    """A list ends where the contract says so; `strict` makes the end more than a note."""
    is_paged = any("".join(split(p.name)) in _PAGES for p in facts.parameters_of(operation))
    source = facts.table.source(index)
    name = f"{operation.method} {operation.template}"
    actions = amend(facts, source, {"maxItems": MAX_PAGE})
    advice = advise(source, {"maxItems": MAX_PAGE}) if not actions else ""
    if actions:
        targets = [json_path(location) for location in facts.places.find(operation.node)]
        actions += [Action(target, {"x-firstclass": {"responses": "strict"}}) for target in targets]
    said = "in pages whose size nothing bounds" if is_paged else "at once: nothing bounds the list"
    message = f"{name} answers with everything, {said}"
    return harm(
        "list_without_pages", operation.node, message, actions, advice=advice, operations=[operation.index], sample=name
    )
