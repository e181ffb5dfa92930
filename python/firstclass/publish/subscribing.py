"""Hold the subscriptions that a configuration names against the store; those to a product follow it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from firstclass.base.clock import parse_time
from firstclass.base.randomness import random_bytes
from firstclass.base.settings import Settings, SubscriptionEntry
from firstclass.model import ids
from firstclass.model.applications import Application
from firstclass.model.errors import FirstclassError
from firstclass.model.plans import Product
from firstclass.model.subscriptions import APPROVED, REVOKED, Subscription
from firstclass.publish.unknown_names import Vocabulary, check_operations, unknown
from firstclass.storage import Reader


@dataclass(frozen=True)
class Parties:
    """Whom and what entries may name."""

    applications: Mapping[str, Application]
    products: Mapping[str, Product]
    known: Vocabulary


def compare_subscriptions(reader: Reader, settings: Settings, parties: Parties) -> list[Subscription]:
    """What is to be written: new ones, changed ones, and those that the file named before and names no more.

    Raises:
        FirstclassError: an entry names an application, API, operation, category or product that is not there.
    """
    held = [s for s in reader.subscriptions.all() if s.state == APPROVED]
    changed = []
    for index, entry in enumerate(settings.subscriptions):
        wanted = _wanted(reader, entry, parties, f"/subscriptions/{index}")
        same = next((s for s in held if _is(s, wanted)), None)
        if same is None:
            changed.append(wanted)
            continue
        held.remove(same)
        changed += _followed(same, parties.products)
    for old in held:
        changed += [replace(old, state=REVOKED)] if old.managed else _followed(old, parties.products)
    return changed


def _followed(held: Subscription, products: Mapping[str, Product]) -> list[Subscription]:
    """The subscription as its product is now, if that is not how it is held."""
    if held.product is None or held.product not in products:
        return []
    now = held.to_product(products[held.product])
    return [] if now == held else [now]


def _wanted(reader: Reader, entry: SubscriptionEntry, parties: Parties, pointer: str) -> Subscription:
    application = parties.applications.get(entry.application)
    if application is None:
        raise unknown("application", entry.application, list(parties.applications), f"{pointer}/application")
    wanted = Subscription(
        id=ids.make_id(ids.SUBSCRIPTION, reader.now, random_bytes(10)),
        application=application.id,
        api=entry.api or "",
        operations=entry.operations,
        unmask=entry.unmask,
        state=APPROVED,
        created_at=reader.now,
        until=_until(entry.until),
        plan=entry.plan,
        own_plan=entry.product is not None and entry.plan is not None,
        managed=True,
    )
    if entry.product is not None:
        product = parties.products.get(entry.product)
        if product is None:
            raise unknown("product", entry.product, list(parties.products), f"{pointer}/product")
        wanted = wanted.to_product(product)
    else:
        check_operations(wanted.api, wanted.operations, parties.known, pointer)
    categories = parties.known[wanted.api][1]
    for index, category in enumerate(entry.unmask):
        if category not in categories:
            raise unknown(f"category of {wanted.api}", category, sorted(categories), f"{pointer}/unmask/{index}")
    return wanted


def _is(held: Subscription, wanted: Subscription) -> bool:
    """The same subscription; what follows from its product may differ."""
    if (held.application, held.product, set(held.unmask), held.until, held.own_plan) != (
        wanted.application, wanted.product, set(wanted.unmask), wanted.until, wanted.own_plan,
    ):  # fmt: skip
        return False
    if wanted.product is not None:
        return not wanted.own_plan or held.plan == wanted.plan
    return (held.api, set(held.operations), held.plan) == (wanted.api, set(wanted.operations), wanted.plan)


def _until(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        return parse_time(text)
    except ValueError as problem:
        raise FirstclassError("invalid_time", f"until: {problem}", hint="write a date such as 2027-03-31") from None
