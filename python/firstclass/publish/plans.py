"""Hold the plans and products that a configuration names against the store; what a person's subscription still uses
cannot go."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from firstclass.base.plan_settings import LimitEntries, PlanEntry, ProductEntry
from firstclass.base.settings import Settings
from firstclass.model.counted import listed
from firstclass.model.errors import FirstclassError
from firstclass.model.plans import IMPORTED, KINDS, Limit, Plan, Product, parse_limit
from firstclass.model.subscriptions import APPROVED, Subscription
from firstclass.publish.unknown_names import Vocabulary, check_operations, unknown
from firstclass.storage import Change, Reader


@dataclass(frozen=True)
class PlanChanges:
    """What `apply` would write of plans and products."""

    plans: tuple[Plan, ...] = ()
    removed_plans: tuple[Plan, ...] = ()
    products: tuple[Product, ...] = ()
    removed_products: tuple[Product, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.plans or self.removed_plans or self.products or self.removed_products)

    def write(self, change: Change) -> None:
        """To be called before subscriptions are written: an engine grants nothing under a plan it does not know."""
        for plan in self.plans:
            change.put_plan(plan)
        for product in self.products:
            change.put_product(product)

    def write_removals(self, change: Change) -> None:
        """To be called when no subscription names them any more."""
        for product in self.removed_products:
            change.remove_product(product)
        for plan in self.removed_plans:
            change.remove_plan(plan)


def compare_plans(reader: Reader, settings: Settings, known: Vocabulary) -> PlanChanges:
    """What differs.

    Raises:
        FirstclassError: an operation that no API has; a plan or product that a person's subscription uses is gone.
    """
    check_names(settings, known)
    plans = {entry.name: read_plan(entry) for entry in settings.plans}
    products = {entry.name: read_product(entry) for entry in settings.products}
    held_plans = {plan.name: plan for plan in reader.plans.all()}
    held_products = {product.name: product for product in reader.products.all()}
    stay = _imported_in_use(reader)
    gone = PlanChanges(
        removed_plans=tuple(plan for name, plan in held_plans.items() if name not in plans and name not in stay),
        removed_products=tuple(product for name, product in held_products.items() if name not in products),
    )
    _check_unused(reader, gone, products)
    return PlanChanges(
        tuple(plan for name, plan in plans.items() if held_plans.get(name) != plan),
        gone.removed_plans,
        tuple(product for name, product in products.items() if held_products.get(name) != product),
        gone.removed_products,
    )


def check_names(settings: Settings, known: Vocabulary) -> None:
    """Whether there are the operations that plans and products name.

    Raises:
        FirstclassError: unknown_name, with its pointer.
    """
    _check_plan_operations(settings.plans, known)
    for index, entry in enumerate(settings.products):
        check_operations(entry.api, entry.operations, known, f"/products/{index}")


def read_plan(entry: PlanEntry) -> Plan:
    """The plan that an entry writes; settings were checked when they were loaded."""
    return Plan(entry.name, tuple(limit for _, limit in limits_of(entry)))


def read_product(entry: ProductEntry) -> Product:
    """The product that an entry writes."""
    return Product(entry.name, entry.api, tuple(dict.fromkeys(entry.operations)), entry.plan)


def limits_of(entry: PlanEntry) -> Iterator[tuple[str, Limit]]:
    """The limits of a plan in the order of its directory value, each with its pointer below the entry.

    Raises:
        RateSyntaxError: a limit that cannot be read.
    """
    yield from _limits("", entry, None)
    for operation, limits in entry.operations.items():
        yield from _limits(f"/operations/{operation}", limits, operation)


def _limits(pointer: str, entries: LimitEntries, operation: str | None) -> Iterator[tuple[str, Limit]]:
    for kind in KINDS:
        for index, text in enumerate(getattr(entries, kind)):
            yield f"{pointer}/{kind}/{index}", parse_limit(kind, text, operation)


def _check_plan_operations(entries: tuple[PlanEntry, ...], known: Vocabulary) -> None:
    every = sorted({operation for operations, _ in known.values() for operation in operations})
    for index, entry in enumerate(entries):
        for operation in entry.operations:
            if operation not in every:
                raise unknown("operation", operation, every, f"/plans/{index}/operations/{operation}")


def _imported_in_use(reader: Reader) -> set[str]:
    """Plans that `import` made stand in no file; they go when the last subscription that names them has gone."""
    named = {s.plan for s in reader.subscriptions.all() if s.state == APPROVED and s.plan and not s.managed}
    return {name for name in named if name.startswith(IMPORTED)}


def _check_unused(reader: Reader, gone: PlanChanges, products: dict[str, Product]) -> None:
    """What the file manages itself follows the file; what a person made does not go away under them."""
    if not (gone.removed_plans or gone.removed_products):
        return
    alive = [s for s in reader.subscriptions.all() if s.is_alive(reader.now) and not s.managed]
    for product in gone.removed_products:
        _refuse_if_used("product", product.name, [s for s in alive if s.product == product.name])
    now = [s.to_product(products[s.product]) if s.product in products else s for s in alive]
    for plan in gone.removed_plans:
        _refuse_if_used("plan", plan.name, [s for s in now if s.plan == plan.name])


def _refuse_if_used(noun: str, name: str, users: list[Subscription]) -> None:
    if not users:
        return
    named = listed([s.id for s in users], 10)
    raise FirstclassError(
        f"{noun}_in_use",
        f"the {noun} {name!r} cannot go: {len(users)} subscription{'s use' if len(users) > 1 else ' uses'} it: {named}",
        hint=f"keep it in {noun}s:, or end them first: firstclass subscriptions revoke {users[0].id}",
    )
