"""What plans, products and subscriptions of a configuration say that cannot be read, or names nothing. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from firstclass.base.plan_settings import LimitEntries, PlanEntry
from firstclass.base.settings import Settings
from firstclass.model.contradiction import Contradiction
from firstclass.model.plans import KINDS, parse_limit
from firstclass.model.rates import RateSyntaxError
from firstclass.model.suggestions import did_you_mean


def plan_contradictions(settings: Settings) -> Iterator[Contradiction]:
    """In the order of the file."""
    for index, plan in enumerate(settings.plans):
        yield from _limits_of_plan(f"/plans/{index}", plan)
    plans = [plan.name for plan in settings.plans]
    products = {product.name: product for product in settings.products}
    apis = [api.name for api in settings.apis]
    for index, product in enumerate(settings.products):
        yield from _unknown("API", product.api, apis, f"/products/{index}/api")
        yield from _unknown("plan", product.plan, plans, f"/products/{index}/plan")
    for index, entry in enumerate(settings.subscriptions):
        pointer = f"/subscriptions/{index}"
        yield from _unknown("plan", entry.plan, plans, f"{pointer}/plan")
        yield from _unknown("product", entry.product, list(products), f"{pointer}/product")
        named = products.get(entry.product or "")
        if named is not None and entry.api not in (None, named.api):
            message = f"the product {named.name!r} is of the API {named.api!r}, not of {entry.api!r}"
            hint = "leave api: away; the product says it"
            yield Contradiction("product_of_other_api", message, f"{pointer}/api", hint)


def _unknown(noun: str, name: str | None, known: Collection[str], pointer: str) -> Iterator[Contradiction]:
    if name is not None and name not in known:
        message = f"there is no {noun} {name!r} in this file"
        yield Contradiction("unknown_name", message, pointer, did_you_mean(name, known))


def _limits_of_plan(pointer: str, plan: PlanEntry) -> Iterator[Contradiction]:
    yield from _limits(pointer, plan)
    for operation, limits in plan.operations.items():
        yield from _limits(f"{pointer}/operations/{operation}", limits)


def _limits(pointer: str, entries: LimitEntries) -> Iterator[Contradiction]:
    for kind in KINDS:
        seen: set[tuple[str, tuple[str, ...]]] = set()
        for index, text in enumerate(getattr(entries, kind)):
            place = f"{pointer}/{kind}/{index}"
            try:
                limit = parse_limit(kind, text)
            except RateSyntaxError as wrong:
                yield Contradiction("invalid_limit", str(wrong), place, wrong.hint)
                continue
            if (limit.per, limit.by) in seen:
                hint = "keep the lower of the two"
                yield Contradiction("limit_repeated", f"{text!r} counts what a {kind} before it counts", place, hint)
            seen.add((limit.per, limit.by))
