"""The only way to change the store: one transaction of row, audit line and outbox row under the next sequence."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from firstclass.base.clock import format_time
from firstclass.base.modes import share_in_words
from firstclass.model.applications import Application
from firstclass.model.audit import FIRST, AuditLine, audit_hash
from firstclass.model.credentials import STANDARD, Credential
from firstclass.model.errors import FirstclassError
from firstclass.model.issuers import Issuer
from firstclass.model.plans import Plan, Product
from firstclass.model.subscriptions import Subscription
from firstclass.storage import (
    applications,
    audit,
    bundles,
    credentials,
    issuers,
    meta,
    modes,
    outbox,
    plans,
    products,
    subscriptions,
)
from firstclass.storage.bundles import StoredBundle
from firstclass.storage.outbox import OutboxRow
from firstclass.storage.reader import Reader


class Change(Reader):
    """A transaction in progress; reads see the rows it has written. `sequence` is the number of its last outbox row.

    Nothing here writes a row without its audit line and its outbox row: `_record` is the one door.
    """

    def __init__(self, connection: Connection, wall_clock: datetime, tenant: str, actor: str, action: str) -> None:
        held = meta.hold_all(connection)
        super().__init__(connection, wall_clock, tenant)
        self.actor = actor
        self.action = action
        self.sequence = int(held.get(meta.SEQUENCE, 0))
        self._audit_sequence = int(held.get(meta.AUDIT_SEQUENCE, 0))
        self._audit_hash = held.get(meta.AUDIT_HASH, FIRST)
        self._lines: list[AuditLine] = []
        self._rows: list[OutboxRow] = []

    def put_application(self, application: Application, detail: dict[str, Any] | None = None) -> None:
        """Create or change an application."""
        applications.write(self._connection, application)
        value = application.directory_value()
        self._record("application", application.id, value, value if detail is None else detail)

    def put_subscription(self, subscription: Subscription, detail: dict[str, Any] | None = None) -> None:
        """Create or change a subscription; one that grants nothing any more becomes a tombstone."""
        subscriptions.write(self._connection, subscription)
        value = subscription.directory_value()
        told = {"application": subscription.application, "api": subscription.api, "state": subscription.state}
        self._record("subscription", subscription.id, value, (value or told) if detail is None else detail)

    def put_credential(self, credential: Credential, detail: dict[str, Any] | None = None) -> None:
        """Create or change a credential; the audit line has neither digest nor key."""
        credentials.write(self._connection, credential)
        told = {
            "application": credential.application,
            "prefix": credential.prefix,
            "expires_at": format_time(credential.expires_at),
            "revoked": credential.revoked_at is not None,
            **({} if credential.credential_class == STANDARD else {"class": credential.credential_class}),
        }
        value = credential.directory_value()
        self._record("credential", credential.id, value, told if detail is None else detail)

    def put_issuer(self, issuer: Issuer, detail: dict[str, Any] | None = None) -> None:
        """Create or change an issuer, its fetched keys included."""
        issuers.write(self._connection, issuer)
        value = issuer.directory_value()
        self._record("issuer", issuer.name, value, value if detail is None else detail)

    def remove_issuer(self, issuer: Issuer) -> None:
        """Believe an issuer no more."""
        issuers.remove(self._connection, issuer)
        self._record("issuer", issuer.name, None, {"issuer": issuer.issuer})

    def put_plan(self, plan: Plan) -> None:
        """Create or change a plan: it holds for all that name it."""
        plans.write(self._connection, plan)
        value = plan.directory_value()
        self._record("plan", plan.name, value, value)

    def remove_plan(self, plan: Plan) -> None:
        """Take a plan away that no subscription names."""
        plans.remove(self._connection, plan)
        self._record("plan", plan.name, None, {})

    def put_product(self, product: Product) -> None:
        """Create or change a product; its subscriptions are the caller's to change with it."""
        products.write(self._connection, product)
        told = {"api": product.api, "operations": list(product.operations), "plan": product.plan}
        self._record(outbox.PRODUCT, product.name, told, told)

    def remove_product(self, product: Product) -> None:
        """Take a product away that no subscription is to."""
        products.remove(self._connection, product)
        self._record(outbox.PRODUCT, product.name, None, {})

    def put_bundle(
        self,
        *,
        api: str,
        hash: str,  # noqa: A002 - the noun's own word
        payload: str,
        source_map: str,
        title: str,
        version: str,
        managed: bool = True,
    ) -> StoredBundle:
        """Make a bundle the live one of its API, under the sequence number of this very change."""
        bundle = StoredBundle(
            api=api,
            sequence=self.sequence + 1,
            hash=hash,
            payload=payload,
            source_map=source_map,
            title=title,
            version=version,
            created_at=self.now,
            managed=managed,
            tenant=self.tenant,
        )
        bundles.write(self._connection, bundle)
        value = {"sequence": bundle.sequence, "hash": hash}
        self._record(outbox.BUNDLE, api, value, value | {"title": title, "version": version})
        return bundle

    def remove_bundle(self, api: str) -> int:
        """Take an API away; the sequence of its removal."""
        bundles.write_removal(self._connection, api, self.sequence + 1, self.now, self.tenant)
        self._record(outbox.BUNDLE, api, None, {})
        removed = self.sequence
        if modes.forget(self._connection, self.tenant, api):
            self._record("mode", api, None, {})
        return removed

    def put_modes(self, api: str, shares: modes.Set, why: modes.Why = "person") -> None:
        """Set the modes of operations, class by class, for all engines; None: as the contract says."""
        modes.write(self._connection, self.tenant, api, shares, why, self.now)
        told = {
            operation: {name: "as declared" if share is None else share_in_words(share) for name, share in each.items()}
            for operation, each in shares.items()
        }
        self._record("mode", api, self.modes.directory_value(api), {"why": why, "operations": told})

    def bind_keyring(self, keyring_id: str) -> None:
        """Remember which keyring this store's digests belong to.

        Raises:
            FirstclassError: keyring_mismatch: they belong to another one.
        """
        known = self.keyring_id()
        if known is None:
            meta.set_value(self._connection, meta.KEYRING, keyring_id)
        else:
            check_keyring(known, keyring_id)

    def finish(self) -> None:
        """Write audit lines, outbox rows and counters; `Store.change` calls it before it commits."""
        if not self._rows:
            return
        outbox.append(self._connection, self._rows)
        audit.append(self._connection, self._lines)
        for name, value in (
            (meta.SEQUENCE, str(self.sequence)),
            (meta.AUDIT_SEQUENCE, str(self._audit_sequence)),
            (meta.AUDIT_HASH, self._audit_hash),
            (meta.LATEST_TIME, format_time(self.now)),
        ):
            meta.set_value(self._connection, name, value)

    def _record(self, type_: str, id_: str, value: dict[str, Any] | None, detail: dict[str, Any]) -> None:
        self.sequence += 1
        self._rows.append(OutboxRow(self.sequence, type_, id_, value, self.now, self.tenant))
        self._audit_sequence += 1
        fields: dict[str, Any] = {
            "sequence": self._audit_sequence,
            "time": format_time(self.now),
            "tenant": self.tenant,
            "actor": self.actor,
            "action": self.action,
            "noun": type_,
            "id": id_,
            "detail": detail,
            "previous_hash": self._audit_hash,
        }
        line = AuditLine(**fields, hash=audit_hash(**fields))
        self._lines.append(line)
        self._audit_hash = line.hash


def check_keyring(known: str | None, keyring_id: str) -> None:
    """Refuse a keyring that this store's digests do not belong to.

    Raises:
        FirstclassError: keyring_mismatch.
    """
    if known is not None and known != keyring_id:
        raise FirstclassError(
            "keyring_mismatch",
            "the store belongs to another keyring, so none of its keys could be verified",
            hint="restore secrets/ and store.db of the data directory from the same backup",
        )
