"""An import as one transaction: applications, keys of class legacy and subscriptions, each with its audit line. What is
there already is recognised, so that the same file can be imported again."""

from __future__ import annotations

import json
import re
import unicodedata
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from shlex import quote
from typing import Any

from firstclass.access.importing.deciding import Deciding
from firstclass.access.importing.duplicates import with_own_keys
from firstclass.access.importing.foreign import Consumer, Foreign, ForeignKey, Limit, Lost, wrong
from firstclass.access.importing.limits import plan_of, take
from firstclass.access.importing.matching import ContractOperation, compiled_pattern, covers, operations_of
from firstclass.base.randomness import Randomness, random_bytes
from firstclass.identity import legacy_keys
from firstclass.identity.keyring import Keyring
from firstclass.model import ids
from firstclass.model.applications import NAME, Application, is_email
from firstclass.model.credentials import Credential
from firstclass.model.errors import FirstclassError
from firstclass.model.plans import Plan
from firstclass.model.subscriptions import APPROVED, Subscription
from firstclass.model.suggestions import did_you_mean
from firstclass.storage import Change, Store

# RFC 2606: nobody's mail; it says that nobody was named.
NOBODY = "unknown@import.invalid"
NEW_KEY = "firstclass keys issue"


@dataclass
class Imported:
    """What came of it; `lost` in the order of the file."""

    applications: int = 0
    keys: int = 0
    subscriptions: int = 0
    plans: list[Plan] = field(default_factory=list)
    recognised_applications: int = 0
    recognised_keys: int = 0
    lost: list[Lost] = field(default_factory=list)


class _Undone(Exception):
    """A rehearsed import leaves nothing behind."""


def write(
    store: Store,
    keyring: Keyring,
    foreign: Foreign,
    *,
    source: str,
    api: str,
    lifetime: timedelta,
    owner: str | None,
    actor: str,
    dry_run: bool = False,
    randomness: Randomness = random_bytes,
) -> Imported:
    """Import everything or, on an error, nothing.

    Raises:
        FirstclassError: unknown API or operation, a disabled application, or a lifetime beyond a year.
    """
    result = Imported()
    try:
        with store.change(actor, f"import.{source}") as change:
            document = json.loads(change.bundles.get(api).payload)
            change.bind_keyring(keyring.id)
            work = _Import(change, keyring, foreign, document, api, lifetime, owner, result, randomness)
            work.run()
            if dry_run:
                raise _Undone
    except _Undone:
        pass
    result.lost = sorted(foreign.lost, key=lambda lost: (lost.where.line or 0) if lost.where else 0)
    return result


@dataclass
class _Import:
    change: Change
    keyring: Keyring
    foreign: Foreign
    document: dict[str, Any]
    api: str
    lifetime: timedelta
    owner: str | None
    result: Imported
    randomness: Randomness
    # By the id of each application of this import: the name in the export, and what its first key opened.
    names: dict[str, str] = field(default_factory=dict)
    opened: dict[str, list[str]] = field(default_factory=dict)

    @cached_property
    def consumers(self) -> list[Consumer]:
        """Those of the export with the keys that name one of them."""
        return with_own_keys(self.foreign)

    def run(self) -> None:
        operations = operations_of(self.document)
        self._check_operations(operations)
        self._note_routes(operations)
        self._note_places()
        self._note_limits()
        known, deciding = self._known_keys(), Deciding(self.foreign, operations)
        for consumer in self.consumers:
            application = self._application(consumer)
            for key in consumer.keys:
                self._key(application, key, known)
            granted = [*consumer.operations, *deciding.opened(consumer.routes)]
            self._subscribe(application, consumer, list(dict.fromkeys(granted)), self._limits_of(consumer, operations))

    # -- what the contract makes of it

    def _check_operations(self, operations: list[ContractOperation]) -> None:
        names = [operation.id for operation in operations]
        for consumer in self.foreign.consumers:
            for name in consumer.operations:
                if name not in names:
                    # The name is not repeated: where columns are mixed up, it is a key.
                    message = f"the API {self.api!r} has no operation of a name that stands here"
                    raise wrong("unknown_operation", message, consumer.where, did_you_mean(name, names))

    def _note_routes(self, operations: list[ContractOperation]) -> None:
        for route in self.foreign.routes:
            if not any(covers(route, operation) for operation in operations):
                if route.kind == "regex" and compiled_pattern(route.path) is None:
                    instead = "nothing is opened by it: firstclass subscriptions create"
                    self.foreign.lose("route {}: its pattern cannot be read here", instead, route.where, route.name)
                    continue
                methods = "/".join(route.methods) or "any method"
                instead = "add it to the contract if it is called, or set base_path to the path that callers use"
                self.foreign.lose(
                    "route {}: {} is no operation", instead, route.where, route.name, f"{methods} {route.path}"
                )

    def _note_limits(self) -> None:
        """Limits that become no plan, or one that is not quite the same."""
        held = {limit for consumer in self.foreign.consumers for route in consumer.routes for limit in route.limits}
        for limit in dict.fromkeys([*self.foreign.limits, *held]):
            what, taken = f"a limit of {limit.sentence()}", take(limit)
            if limit not in held or taken is None:
                instead = "x-firstclass: {rate: …} on the operations, or a plan in firstclass.yaml"
                self.foreign.lose(what, instead, limit.where)
            elif not taken.is_exact:
                instead = f"it is the {taken.limit.kind} {taken.limit} now, which is stricter"
                self.foreign.lose(f"{what} as it was", instead, limit.where)
            if limit in held and limit.otherwise is not None:
                instead = f"it counts by {limit.by} now; x-firstclass: {{rate: …}} on the operations limits besides"
                self.foreign.lose(f"{what} by {limit.otherwise}", instead, limit.where)

    def _limits_of(self, consumer: Consumer, operations: list[ContractOperation]) -> dict[str, list[Limit]]:
        """By operation, every limit of the routes that cover it: where several do, the strictest counts."""
        return {
            operation.id: [limit for route in consumer.routes if covers(route, operation) for limit in route.limits]
            for operation in operations
        }

    def _note_places(self) -> None:
        """Where keys were sent, and where the contract lets them stand."""
        schemes = [scheme for scheme in self.document["schemes"] if scheme["kind"] == "key"]
        if not schemes:
            own = [scheme["name"] for scheme in self.document["schemes"] if scheme["kind"] == "own"]
            instead = "add a scheme of type apiKey to the contract's security; until then no key is asked for"
            if own:
                instead = f"write x-firstclass: {{pass: checked}} on the scheme that they come by ({', '.join(own)})"
                instead += "; until then the API alone checks them"
            self.foreign.lose("the keys: no operation asks for one", instead)
            return
        headers = {scheme["header"] for scheme in schemes}
        told = {header.lower() for header in self.foreign.identity_headers}
        for operation in self.document["operations"]:
            for parameter in operation["parameters"]:
                if parameter["in"] == "header" and parameter["name"].lower() in told:
                    what = "the header {} of the contract: the old gateway said in it who calls"
                    instead = "take it out of the contract: each caller can say there what it likes"
                    self.foreign.lose(what, instead, None, parameter["name"])
        for header in sorted(self.foreign.headers):
            if header.lower() not in headers:
                instead = f"let the contract's scheme say in: header, name: {header}, or tell callers: {min(headers)}"
                self.foreign.lose(f"keys in the header {header}", instead)
        queries = {scheme.get("query") for scheme in schemes}
        for query in sorted(self.foreign.queries):
            if query not in queries:
                instead = f"x-firstclass: {{legacy_query: {query}}} on the scheme lets old keys go on there"
                self.foreign.lose(f"keys in the query parameter {query}", instead)

    # -- rows

    def _application(self, consumer: Consumer) -> Application:
        name = plain_name(consumer.name)
        if name is None:
            raise wrong("invalid_name", f"{consumer.name!r} is no name for an application", consumer.where)
        found = self.change.applications.find(name)
        if found is not None and found.id in self.names:
            if self.names[found.id] != consumer.name:
                shown = self.foreign.shown
                message = f"{shown(self.names[found.id])!r} and {shown(consumer.name)!r} would both be called {name!r}"
                raise wrong("name_of_two", message, consumer.where, "rename one of them in the export")
            return found
        if found is not None and not found.enabled:
            raise FirstclassError(
                "application_disabled",
                f"the application {name!r} is disabled, and an import does not open it again",
                hint="enable it (firstclass applications enable), or take it out of the export",
            )
        if found is not None:
            self.result.recognised_applications += 1
            self.names[found.id] = consumer.name
            return found
        owner = next((each for each in (consumer.owner, self.owner, consumer.name) if each and is_email(each)), NOBODY)
        if owner == NOBODY:
            self.foreign.lose("owners of some applications", "--owner EMAIL names who answers for them")
        application = Application(
            id=ids.make_id(ids.APPLICATION, self.change.now, self.randomness(10)),
            name=name,
            owner=owner,
            kind="server",
            enabled=True,
            created_at=self.change.now,
            tenant=self.change.tenant,
        )
        self.change.put_application(application, {**application.directory_value(), "owner": owner, "kind": "server"})
        self.result.applications += 1
        self.names[application.id] = consumer.name
        return application

    def _known_keys(self) -> dict[bytes, Credential]:
        """The keys of the export that the store has already, by SHA-256."""
        digests = {
            legacy_keys.digest(pepper.value, key.sha256): key.sha256
            for pepper in self.keyring.pepper_keys
            for consumer in self.consumers
            for key in consumer.keys
        }
        return {
            digests[found]: credential for found, credential in self.change.credentials.find_digests(digests).items()
        }

    def _key(self, application: Application, key: ForeignKey, known: dict[bytes, Credential]) -> None:
        held = known.get(key.sha256)
        if held is not None:
            if held.application != application.id:
                what, instead = "a key that another application has already: {}", "it stays with that one: " + NEW_KEY
                self.foreign.lose(what, instead, key.where, application.name)
                return
            self.result.recognised_keys += 1
            return
        ends = legacy_keys.expiry(self.change, self.lifetime)
        if key.expires_at is not None:
            ends = min(ends, key.expires_at)
        if key.lasts is not None:
            ends = min(ends, self.change.now + key.lasts)
        if ends <= self.change.now:
            self.foreign.lose("a key that has ended", "nothing; it opened nothing any more", key.where)
            return
        credential = legacy_keys.make(self.change, self.keyring, application.id, key.sha256, ends, self.randomness)
        self.change.put_credential(credential)
        known[key.sha256] = credential
        self.result.keys += 1

    def _subscribe(
        self, application: Application, consumer: Consumer, operations: list[str], limits: dict[str, list[Limit]]
    ) -> None:
        if set(self.opened.setdefault(application.id, operations)) != set(operations):
            instead = "each of its keys opens all of them now; make two applications of it where that is too much"
            what = "application {}: keys that open different things"
            self.foreign.lose(what, instead, consumer.where, application.name)
        if not operations:
            instead = f"firstclass subscriptions create {{}} --api {quote(self.api)} --operations …"
            what = "application {}: it may call no operation yet"
            self.foreign.lose(what, instead, consumer.where, application.name)
            return
        held = {
            operation: each.plan
            for each in self.change.subscriptions.of(application.id)
            if each.api == self.api and each.is_alive(self.change.now)
            for operation in each.operations
        }
        missing: dict[str | None, list[str]] = {}
        for operation in operations:
            plan = plan_of(limits.get(operation, ()))
            if operation not in held:
                missing.setdefault(self._plan(plan), []).append(operation)
            elif plan is not None and held[operation] != plan.name:
                what = "application {}: its limits; it is subscribed already"
                instead = f"its subscription stays under {held[operation] or 'no plan'}; firstclass subscriptions list"
                self.foreign.lose(what, instead, consumer.where, application.name)
        for plan_name, opened in missing.items():
            subscription = Subscription(
                id=ids.make_id(ids.SUBSCRIPTION, self.change.now, self.randomness(10)),
                application=application.id,
                api=self.api,
                operations=tuple(opened),
                unmask=(),
                state=APPROVED,
                created_at=self.change.now,
                until=None,
                plan=plan_name,
                managed=False,
                tenant=self.change.tenant,
            )
            self.change.put_subscription(subscription)
            self.result.subscriptions += 1

    def _plan(self, plan: Plan | None) -> str | None:
        """Its name; it is written unless there is one of that name, which its owner may have changed."""
        if plan is None:
            return None
        if self.change.plans.find(plan.name) is None:
            self.change.put_plan(plan)
            self.result.plans.append(plan)
        return plan.name


def plain_name(text: str) -> str | None:
    """The name that an application gets: what a header cannot carry becomes a hyphen."""
    ascii_text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    name = re.sub(r"[^A-Za-z0-9 ._+@-]+", "-", ascii_text)[:64].strip(" ._+@-")
    return name if NAME.fullmatch(name) and not name.startswith(f"{ids.APPLICATION}_") else None
