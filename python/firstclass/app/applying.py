"""`apply`: everything that the files say becomes live in one transaction, or nothing does."""

from __future__ import annotations

import getpass
import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from firstclass.app.opening import open_store
from firstclass.app.settings import LoadedSettings
from firstclass.app.unreadable_files import told_where_named
from firstclass.compiler import Diagnostic
from firstclass.model.counted import counted
from firstclass.model.errors import FirstclassError
from firstclass.publish.compiled_before import CompiledBefore
from firstclass.publish.contracts import CompiledApi, compile_all, require_sound
from firstclass.publish.modes import forget_overruled
from firstclass.publish.plans import check_names
from firstclass.publish.resources import ResourceChanges, compare
from firstclass.publish.satisfiable import find_unsatisfiable
from firstclass.publish.whose_tokens import with_unnamed_issuers
from firstclass.storage import Reader, Store
from firstclass.storage.bundles import BundleHead


@dataclass(frozen=True)
class Applied:
    """What `apply` did, or would do: `apis` by name with `hash`, `sequence`, `changed`; names of APIs `removed`;
    `resources` that changed, in words; `files` that were read; `warnings` of contract and configuration together."""

    changed: bool
    apis: dict[str, dict[str, Any]]
    files: tuple[Path, ...]
    removed: tuple[str, ...] = ()
    resources: tuple[str, ...] = ()
    warnings: tuple[Diagnostic, ...] = ()


def apply_files(loaded: LoadedSettings, *, dry_run: bool = False, store: Store | None = None) -> Applied:
    """Compile every contract, hold the result against the store and write what differs.

    Raises:
        FirstclassError: a contract or an entry has an error; nothing was changed.
    """
    with _placed(loaded):
        return _apply_files(loaded, dry_run=dry_run, store=store)


def check_plan_names(loaded: LoadedSettings, results: list[CompiledApi]) -> None:
    """Whether there are the operations that plans and products name.

    Raises:
        FirstclassError: unknown_name, with its line.
    """
    with _placed(loaded):
        check_names(loaded.settings, {r.entry.name: _vocabulary(r) for r in results})


@contextmanager
def _placed(loaded: LoadedSettings) -> Iterator[None]:
    """An error about an entry of the configuration gets its line."""
    try:
        yield
    except FirstclassError as error:
        if error.where is not None and error.where.line is None and error.where.pointer:
            error.where = loaded.find_place(error.where.pointer)
        raise


def _apply_files(loaded: LoadedSettings, *, dry_run: bool, store: Store | None) -> Applied:
    before = CompiledBefore(loaded.data, loaded.directory)
    unchanged = before.unchanged(loaded.settings.apis)
    with ExitStack() as opened:
        if unchanged and store is None:
            store = _open(loaded.data, opened)
        results = _compile(loaded, before, unchanged, store)
        store = store or _open(loaded.data, opened)
        with store.read() as reader:
            bundles, removed, resources = _compare(reader, loaded, results)
        changed = bool(bundles or removed or resources)
        done = Applied(
            changed,
            {},
            _files(loaded, results),
            tuple(head.api for head in removed),
            tuple(_in_words(resources)),
            tuple(find_unsatisfiable(loaded.settings, results)),
        )
        if changed and not dry_run:
            _write(store, loaded, results)
        if not dry_run:
            before.keep(results)
        return replace(done, apis=_apis(store, results, {r.entry.name for r in bundles}))


def _open(data: Path, opened: ExitStack) -> Store:
    store = open_store(data)
    opened.callback(store.close)
    return store


def _compile(
    loaded: LoadedSettings, before: CompiledBefore, unchanged: dict[str, str], store: Store | None
) -> list[CompiledApi]:
    known = {}
    if unchanged and store is not None:
        with store.read() as reader:
            known = before.live(loaded.settings.apis, unchanged, reader)
    results = told_where_named(loaded, compile_all(loaded.settings.apis, loaded.directory, known))
    require_sound([with_unnamed_issuers(loaded.settings, result) for result in results])
    return results


def _compare(
    reader: Reader, loaded: LoadedSettings, results: list[CompiledApi]
) -> tuple[list[CompiledApi], list[BundleHead], ResourceChanges]:
    heads = {head.api: head for head in reader.bundles.heads()}
    bundles = [r for r in results if r.entry.name not in heads or heads[r.entry.name].hash != r.hash]
    named = {r.entry.name for r in results}
    removed = [head for head in heads.values() if head.hash is not None and head.api not in named]
    known = {r.entry.name: _vocabulary(r) for r in results}
    return bundles, removed, compare(reader, loaded.settings, known, loaded.directory)


def _vocabulary(result: CompiledApi) -> tuple[set[str], set[str]]:
    document = result.compiled.document or {}
    return {o["id"] for o in document.get("operations", [])}, set(document.get("categories", []))


def _write(store: Store, loaded: LoadedSettings, results: list[CompiledApi]) -> None:
    with store.change(actor(), "apply") as change:
        bundles, removed, resources = _compare(change, loaded, results)
        for result in bundles:
            document = result.compiled.document
            assert document is not None and result.payload is not None and result.hash is not None
            forget_overruled(change, result.entry.name, document)
            change.put_bundle(
                api=result.entry.name,
                hash=result.hash,
                payload=result.payload,
                source_map=json.dumps(result.compiled.source_map, ensure_ascii=False),
                title=document["api"]["title"],
                version=document["api"]["version"],
            )
        for head in removed:
            change.remove_bundle(head.api)
        resources.write(change)


def _apis(store: Store, results: list[CompiledApi], changed_names: set[str]) -> dict[str, dict[str, Any]]:
    sequences = {head.api: head.sequence for head in store.bundle_heads()}
    return {
        r.entry.name: {
            "hash": r.hash,
            "sequence": sequences.get(r.entry.name),
            "changed": r.entry.name in changed_names,
        }
        for r in results
    }


def _in_words(resources: ResourceChanges) -> Iterator[str]:
    """Each resource by its name; subscriptions, which have none, by their number."""
    yield from (f"issuer {issuer.name}" for issuer in resources.issuers)
    yield from (f"issuer {issuer.name} (removed)" for issuer in resources.removed_issuers)
    plans = resources.plans
    yield from (f"plan {plan.name}" for plan in plans.plans)
    yield from (f"plan {plan.name} (removed)" for plan in plans.removed_plans)
    yield from (f"product {product.name}" for product in plans.products)
    yield from (f"product {product.name} (removed)" for product in plans.removed_products)
    for application in resources.applications:
        yield f"application {application.name}{'' if application.enabled else ' (disabled)'}"
    if count := len(resources.subscriptions):
        yield counted(count, "subscription")


def _files(loaded: LoadedSettings, results: list[CompiledApi]) -> tuple[Path, ...]:
    names = {loaded.path} if loaded.path is not None else set()
    for result in results:
        names |= {loaded.directory / name for name in result.files}
    return tuple(sorted(names))


def actor() -> str:
    """Who changes the store from a command line, for the audit line."""
    try:
        return f"cli:{getpass.getuser()}"
    except (KeyError, OSError):
        return "cli:unknown"
