"""Store and configuration as one document of the form of `firstclass.yaml`."""

from __future__ import annotations

from typing import Any

from firstclass.app.settings import LoadedSettings
from firstclass.base.clock import format_time
from firstclass.base.modes import share_in_words
from firstclass.model.applications import Application
from firstclass.model.plans import Plan, Product
from firstclass.model.subscriptions import APPROVED, Subscription
from firstclass.storage import Store
from firstclass.storage.modes import StoredMode


def dump_store(loaded: LoadedSettings, store: Store) -> dict[str, Any]:
    """What `apply` would need to build this store again, credentials apart."""
    document: dict[str, Any] = loaded.settings.model_dump(mode="json", exclude_defaults=True)
    document = {"version": 1, **document}
    if "listen" in document:
        listen = loaded.settings.listen
        document["listen"] = {name: str(getattr(listen, name)) for name in ("traffic", "control", "status")}
    with store.read() as reader:
        # By name: ids are made anew wherever this is applied, and two dumps of the same must read the same.
        applications = {a.id: a for a in sorted(reader.applications.all(), key=lambda a: a.name)}
        document["apis"] = [_api(entry, reader.modes.of(entry["name"])) for entry in document.get("apis", [])]
        plans, products = reader.plans.all(), reader.products.all()
        held = [s for s in reader.subscriptions.all() if s.state == APPROVED]
    subscriptions = sorted(held, key=lambda s: (applications[s.application].name, s.api, s.operations))
    for noun, entries in (("plans", [_plan(plan) for plan in plans]), ("products", [_product(p) for p in products])):
        document.pop(noun, None)
        if entries:
            document[noun] = entries
    document["applications"] = [_application(a) for a in applications.values() if a.enabled]
    document["subscriptions"] = [
        {
            "application": applications[s.application].name,
            **_granted(s),
            **({"unmask": list(s.unmask)} if s.unmask else {}),
            **({"until": format_time(s.until)} if s.until else {}),
        }
        for s in subscriptions
        if applications[s.application].enabled
    ]
    return document


def left_out(store: Store) -> list[str]:
    """The names of the applications that are disabled: a file cannot say so, and what names them lets them in again."""
    with store.read() as reader:
        return sorted(application.name for application in reader.applications.all() if not application.enabled)


def _api(entry: dict[str, Any], stored: dict[str, dict[str, StoredMode]]) -> dict[str, Any]:
    """An API with the modes that the store has set, so that what is applied from here is what is in effect."""
    if not stored:
        return entry
    mode = _by_name(entry.get("mode"))
    operations = {name: _by_name(said) for name, said in mode.pop("operations", {}).items()}
    for name, classes in stored.items():
        held = {rule_class: share_in_words(stored_mode.share) for rule_class, stored_mode in classes.items()}
        operations[name] = operations.get(name, {}) | held
    return entry | {"mode": mode | {"operations": operations}}


def _by_name(mode: str | dict[str, Any] | None) -> dict[str, Any]:
    if mode is None:
        return {}
    return {"default": mode} if isinstance(mode, str) else dict(mode)


def _granted(subscription: Subscription) -> dict[str, Any]:
    if subscription.product is not None:
        granted: dict[str, Any] = {"product": subscription.product}
        return granted | ({"plan": subscription.plan} if subscription.own_plan else {})
    granted = {"api": subscription.api, "operations": list(subscription.operations)}
    return granted | ({"plan": subscription.plan} if subscription.plan else {})


def _plan(plan: Plan) -> dict[str, Any]:
    named: dict[str, Any] = {"name": plan.name}
    for limit in plan.limits:
        entry = named
        if limit.operation is not None:
            entry = named.setdefault("operations", {}).setdefault(limit.operation, {})
        entry.setdefault(limit.kind, []).append(str(limit))
    return named


def _product(product: Product) -> dict[str, Any]:
    named = {"name": product.name, "api": product.api, "operations": list(product.operations)}
    return named | ({"plan": product.plan} if product.plan else {})


def _application(application: Application) -> dict[str, Any]:
    named = {"name": application.name, "owner": application.owner, "kind": application.kind}
    for client in application.clients[:1]:
        named |= {"client_id": client.client_id, "issuer": client.issuer}
    return named
