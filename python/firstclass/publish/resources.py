"""Hold what a configuration names (issuers, plans, products, applications, subscriptions) against the store: what is to
be written, and what the file wrote before and names no more."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

from firstclass.access.applications import check_form
from firstclass.base.issuer_settings import IssuerSettings
from firstclass.base.randomness import random_bytes
from firstclass.base.settings import ApplicationEntry, Settings
from firstclass.model import ids
from firstclass.model.applications import Application, Client
from firstclass.model.issuers import Issuer
from firstclass.model.subscriptions import Subscription
from firstclass.publish.issuer_entries import issuer_of
from firstclass.publish.plans import PlanChanges, compare_plans, read_product
from firstclass.publish.subscribing import Parties, compare_subscriptions
from firstclass.publish.unknown_names import Vocabulary, unknown
from firstclass.storage import Change, Reader


@dataclass(frozen=True)
class ResourceChanges:
    """What `apply` would write; empty where files and store agree."""

    issuers: tuple[Issuer, ...] = ()
    removed_issuers: tuple[Issuer, ...] = ()
    applications: tuple[Application, ...] = ()
    subscriptions: tuple[Subscription, ...] = ()
    plans: PlanChanges = field(default_factory=PlanChanges)

    def __bool__(self) -> bool:
        return bool(self.issuers or self.removed_issuers or self.applications or self.subscriptions or self.plans)

    def write(self, change: Change) -> None:
        """Write them in one transaction with whatever else `change` holds."""
        for issuer in self.issuers:
            change.put_issuer(issuer)
        for issuer in self.removed_issuers:
            change.remove_issuer(issuer)
        for application in self.applications:
            change.put_application(application)
        self.plans.write(change)
        for subscription in self.subscriptions:
            change.put_subscription(subscription)
        self.plans.write_removals(change)


def compare(reader: Reader, settings: Settings, known: Vocabulary, directory: Path = Path()) -> ResourceChanges:
    """What differs. `known`: what each API has; `directory`: what files are relative to.

    Raises:
        FirstclassError: an entry names something that is not there, or something that is in use is gone.
    """
    issuers, removed = _issuers(reader, settings.issuers, directory)
    applications, by_name = _applications(reader, settings)
    for application in reader.applications.all():
        by_name.setdefault(application.name, application)
    plans = compare_plans(reader, settings, known)
    products = {entry.name: read_product(entry) for entry in settings.products}
    subscriptions = compare_subscriptions(reader, settings, Parties(by_name, products, known))
    return ResourceChanges(tuple(issuers), tuple(removed), tuple(applications), tuple(subscriptions), plans)


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
        raise unknown("issuer with an application_claim", entry.issuer, speaking)
    return (Client(entry.issuer, entry.client_id),)
