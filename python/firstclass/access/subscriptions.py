"""Subscriptions: create, list, revoke, judged against what the API's live bundle has."""

from __future__ import annotations

import json
import shlex
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime

from firstclass.base.randomness import Randomness, random_bytes
from firstclass.model import ids
from firstclass.model.errors import Exit, FirstclassError
from firstclass.model.plans import Product
from firstclass.model.subscriptions import APPROVED, REVOKED, Subscription
from firstclass.storage import Change, Reader, Store
from firstclass.storage.suggestion import suggest


def create(
    store: Store,
    *,
    application: str,
    actor: str,
    api: str | None = None,
    operations: Sequence[str] = (),
    product: str | None = None,
    plan: str | None = None,
    unmask: Sequence[str] = (),
    until: datetime | None = None,
    managed: bool = False,
    randomness: Randomness = random_bytes,
) -> Subscription:
    """Let an application (by name or id) call operations of an API, and see the categories in `unmask` as they are.

    With a `product`, its API and operations are granted, and follow it; its plan holds unless another is named. Several
    subscriptions to one API add up. From `until` on (None: never) it grants nothing.

    Raises:
        FirstclassError: unknown application, API, operation, category, product or plan; no operation; an end in the
            past.
    """
    with store.change(actor, "subscription.create") as change:
        found = change.applications.get(application)
        if not found.enabled:
            hint = f"firstclass applications enable {shlex.quote(found.name)}"
            raise FirstclassError("application_disabled", f"the application {found.name!r} is disabled", hint=hint)
        named = None if product is None else _product(change, product, api, operations)
        api, operations = (api, operations) if named is None else (named.api, named.operations)
        if api is None:
            raise FirstclassError(
                "usage",
                "a subscription names an API, or a product",
                hint="--api API --operations A,B",
                exit_code=Exit.USAGE,
            )
        check_vocabulary(change, api, operations, unmask)
        _check_until(change, until)
        own = None if plan is None else change.plans.get(plan).name
        subscription = Subscription(
            id=ids.make_id(ids.SUBSCRIPTION, change.now, randomness(10)),
            application=found.id,
            api=api,
            operations=tuple(dict.fromkeys(operations)),
            unmask=tuple(dict.fromkeys(unmask)),
            state=APPROVED,
            created_at=change.now,
            until=until,
            plan=own or (named.plan if named else None),
            product=named.name if named else None,
            own_plan=named is not None and own is not None,
            managed=managed,
            tenant=change.tenant,
        )
        change.put_subscription(subscription)
    return subscription


def find_beside(store: Store, subscription: Subscription) -> list[Subscription]:
    """The other subscriptions of its application to its API that grant something now: they add up with it."""
    with store.read() as reader:
        others = [s for s in reader.subscriptions.of(subscription.application) if s.id != subscription.id]
        return [s for s in others if s.api == subscription.api and s.is_alive(reader.now)]


def find_unlimited(store: Store, subscription: Subscription) -> list[str]:
    """Ids of subscriptions, this one perhaps, that grant without a plan what a plan beside them was to limit: several
    subscriptions add up, so these operations are not limited."""
    beside = [s for s in find_beside(store, subscription) if set(s.operations) & set(subscription.operations)]
    if subscription.plan is None:
        return [subscription.id] if any(s.plan is not None for s in beside) else []
    return [s.id for s in beside if s.plan is None]


def _product(change: Change, name: str, api: str | None, operations: Sequence[str]) -> Product:
    product = change.products.get(name)
    if operations:
        hint = "leave one of the two away"
        raise FirstclassError("usage", "--operations and --product exclude each other", hint=hint, exit_code=Exit.USAGE)
    if api not in (None, product.api):
        message = f"the product {name!r} is of the API {product.api!r}, not of {api!r}"
        raise FirstclassError("product_of_other_api", message, hint=f"--api {product.api}", exit_code=Exit.USAGE)
    return product


def revoke(store: Store, id: str, *, actor: str) -> Subscription:  # noqa: A002 - the noun's own word
    """End a subscription now and for ever; doing it twice is harmless.

    Raises:
        FirstclassError: not_found.
    """
    with store.change(actor, "subscription.revoke") as change:
        found = change.subscriptions.get(id)
        if found.state != REVOKED:
            found = replace(found, state=REVOKED)
            change.put_subscription(found)
    return found


def list_of(store: Store, application: str) -> list[Subscription]:
    """The subscriptions of an application (by name or id), in the order of their creation, ended ones too.

    Raises:
        FirstclassError: not_found.
    """
    with store.read() as reader:
        return reader.subscriptions.of(reader.applications.get(application).id)


def list_all(store: Store) -> list[Subscription]:
    """Every subscription, in the order of their creation."""
    with store.read() as reader:
        return reader.subscriptions.all()


def check_vocabulary(reader: Reader, api: str, operations: Collection[str], unmask: Collection[str]) -> None:
    """Whether the live bundle of `api` has these operations and categories.

    Raises:
        FirstclassError: unknown_api, unknown_operation, unknown_category, no_operations.
    """
    document = json.loads(reader.bundles.get(api).payload)
    if not operations:
        raise FirstclassError(
            "no_operations",
            "a subscription names at least one operation",
            hint="--operations listThings,getThing",
            exit_code=Exit.USAGE,
        )
    _check_words("operation", api, operations, [operation["id"] for operation in document["operations"]])
    _check_words("category", api, unmask, document["categories"])


def _check_words(noun: str, api: str, words: Collection[str], known: Sequence[str]) -> None:
    for word in words:
        if word not in known:
            some = ", ".join(known[:20]) or "none"
            raise FirstclassError(
                f"unknown_{noun}",
                f"the API {api!r} has no {noun} {word!r}",
                hint=suggest(word, known) or f"it has: {some}",
                exit_code=Exit.NOT_FOUND,
            )


def _check_until(change: Change, until: datetime | None) -> None:
    if until is not None and until <= change.now:
        raise FirstclassError(
            "until_in_the_past",
            "the subscription would have ended already",
            hint="--until names a day to come",
            exit_code=Exit.USAGE,
        )
