"""Hold what a configuration names (issuers, applications, subscriptions) against the store: what is to be written,
and what the file wrote before and names no more."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from firstclass.access.applications import check_form
from firstclass.base.clock import parse_time
from firstclass.base.issuer_settings import IssuerSettings
from firstclass.base.randomness import random_bytes
from firstclass.base.settings import ApplicationEntry, Settings, SubscriptionEntry
from firstclass.model import ids
from firstclass.model.applications import Application, Client
from firstclass.model.errors import FirstclassError
from firstclass.model.issuers import Issuer
from firstclass.model.subscriptions import APPROVED, REVOKED, Subscription
from firstclass.publish.issuer_entries import issuer_of
from firstclass.storage import Change, Reader


@dataclass(frozen=True)
class ResourceChanges:
    """What `apply` would write; empty where files and store agree."""

    issuers: tuple[Issuer, ...] = ()
    removed_issuers: tuple[Issuer, ...] = ()
    applications: tuple[Application, ...] = ()
    subscriptions: tuple[Subscription, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.issuers or self.removed_issuers or self.applications or self.subscriptions)

    def write(self, change: Change) -> None:
        """Write them in one transaction with whatever else `change` holds."""
        for issuer in self.issuers:
            change.put_issuer(issuer)
        for issuer in self.removed_issuers:
            change.remove_issuer(issuer)
        for application in self.applications:
            change.put_application(application)
        for subscription in self.subscriptions:
            change.put_subscription(subscription)


def compare(
    reader: Reader, settings: Settings, known: dict[str, tuple[set[str], set[str]]], directory: Path = Path()
) -> ResourceChanges:
    """What differs. `known`: API name to its operation ids and categories; `directory`: what files are relative to.

    Raises:
        FirstclassError: an entry names an application, API, operation or category that is not there.
    """
    issuers, removed = _issuers(reader, settings.issuers, directory)
    applications, by_name = _applications(reader, settings)
    for application in reader.applications.all():
        by_name.setdefault(application.name, application)
    subscriptions = _subscriptions(reader, settings.subscriptions, by_name, known)
    return ResourceChanges(tuple(issuers), tuple(removed), tuple(applications), tuple(subscriptions))


def _issuers(reader: Reader, entries: tuple[IssuerSettings, ...], directory: Path) -> tuple[list[Issuer], list[Issuer]]:
    held = {issuer.name: issuer for issuer in reader.issuers.all()}
    changed = []
    for entry in entries:
        old = held.pop(entry.name, None)
        fresh = issuer_of(entry, directory)
        if old is not None and old.jwks_uri == fresh.jwks_uri and old.issuer == fresh.issuer:
            fresh = replace(fresh, keys=old.keys, fetched_at=old.fetched_at)
        if fresh != old:
            changed.append(fresh)
    return changed, list(held.values())


def _applications(reader: Reader, settings: Settings) -> tuple[list[Application], dict[str, Application]]:
    held = {application.name: application for application in reader.applications.all()}
    changed, by_name = [], {}
    for entry in settings.applications:
        clients = _clients(entry, settings.issuers)
        client = clients[0] if clients else None
        check_form(name=entry.name, owner=entry.owner, kind=entry.kind, client=client)
        old = held.pop(entry.name, None)
        if old is None:
            fresh = Application(
                ids.make_id(ids.APPLICATION, reader.now, random_bytes(10)),
                entry.name,
                entry.owner,
                entry.kind,
                True,
                reader.now,
                clients=clients,
                managed=True,
            )
        else:
            fresh = replace(old, owner=entry.owner, kind=entry.kind, enabled=True, clients=clients, managed=True)
        by_name[entry.name] = fresh
        # What a person made and the file only repeats stays the person's.
        if old is None or fresh != replace(old, managed=True):
            changed.append(fresh)
    # What a file named before and names no more is disabled, never deleted: its audit trail and ids stay.
    changed += [replace(old, enabled=False) for old in held.values() if old.managed and old.enabled]
    return changed, by_name


def _clients(entry: ApplicationEntry, issuers: tuple[IssuerSettings, ...]) -> tuple[Client, ...]:
    """Held against the issuers of the same file, which may be new in the same transaction."""
    if entry.issuer is None or entry.client_id is None:
        return ()
    speaking = [issuer.name for issuer in issuers if issuer.names_applications]
    if entry.issuer not in speaking:
        raise _unknown("issuer with an application_claim", entry.issuer, speaking)
    return (Client(entry.issuer, entry.client_id),)


def _subscriptions(
    reader: Reader,
    entries: tuple[SubscriptionEntry, ...],
    applications: dict[str, Application],
    known: dict[str, tuple[set[str], set[str]]],
) -> list[Subscription]:
    held = [s for s in reader.subscriptions.all() if s.state == APPROVED]
    changed = []
    for entry in entries:
        application = applications.get(entry.application)
        if application is None:
            raise _unknown("application", entry.application, list(applications))
        _check(entry, known)
        until = _until(entry.until)
        same = next((s for s in held if _is(s, application.id, entry, until)), None)
        if same is not None:
            held.remove(same)
            continue
        changed.append(
            Subscription(
                id=ids.make_id(ids.SUBSCRIPTION, reader.now, random_bytes(10)),
                application=application.id,
                api=entry.api,
                operations=entry.operations,
                unmask=entry.unmask,
                state=APPROVED,
                created_at=reader.now,
                until=until,
                managed=True,
            )
        )
    return changed + [replace(old, state=REVOKED) for old in held if old.managed]


def _is(held: Subscription, application: str, entry: SubscriptionEntry, until: datetime | None) -> bool:
    return (held.application, held.api, set(held.operations), set(held.unmask), held.until) == (
        application, entry.api, set(entry.operations), set(entry.unmask), until,
    )  # fmt: skip


def _check(entry: SubscriptionEntry, known: dict[str, tuple[set[str], set[str]]]) -> None:
    if entry.api not in known:
        raise _unknown("API", entry.api, list(known))
    operations, categories = known[entry.api]
    for operation in entry.operations:
        if operation not in operations:
            raise _unknown(f"operation of {entry.api}", operation, sorted(operations))
    for category in entry.unmask:
        if category not in categories:
            raise _unknown(f"category of {entry.api}", category, sorted(categories))


def _until(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        return parse_time(text)
    except ValueError as problem:
        raise FirstclassError("invalid_time", f"until: {problem}", hint="write a date such as 2027-03-31") from None


def _unknown(noun: str, name: str, known: list[str]) -> FirstclassError:
    from difflib import get_close_matches

    near = get_close_matches(name, known, n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(known[:20]) or 'none'}"
    return FirstclassError("unknown_name", f"there is no {noun} {name!r}", hint=hint)
