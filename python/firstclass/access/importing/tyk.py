"""Tyk's nouns as its Gateway API exports them, in one JSON file: `apis` (API definitions), `keys` (sessions by key, or
a list of them with `key` or `key_hash`) and `policies`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from firstclass.access.importing.foreign import Consumer, Foreign, ForeignKey, Limit, Route, wrong
from firstclass.access.importing.reading import items, members, number, read_tree, text, texts
from firstclass.compiler.nodes import Node

_OAS = "x-tyk-api-gateway"
# Seconds since 1970 to the end of the last year that a date has.
_LAST_SECOND = 253_402_300_799
# The members of a limit, and the partition of a policy that says it.
RATE, QUOTA = ("rate", "per", "rate_limit"), ("quota_max", "quota_renewal_rate", "quota")
_PARTITIONS = ("quota", "rate_limit", "complexity", "acl")
_PARAMETER = re.compile(r"\{[^{}/]*\}")


@dataclass(frozen=True)
class _Api:
    """An API definition, in the classic form or in that of OpenAPI."""

    id: str
    name: str
    path: str
    node: Node


@dataclass(frozen=True)
class _Session:
    """A session, and the key that it belongs to: its text, or a hash of it."""

    key: str | None
    is_hash: bool
    node: Node
    number: int


class Tyk:
    """Reads one file."""

    def __init__(self, root: Node, foreign: Foreign) -> None:
        self._root = root
        self._foreign = foreign
        self._apis = {api.id: api for api in self._read_apis()}
        self._policies = dict(self._read_policies())

    def read(self) -> Foreign:
        """All that the file says."""
        self._foreign.routes = [_all_of(api) for api in self._apis.values()]
        named: dict[str, list[Consumer]] = {}
        for session in self._sessions():
            consumer = self._consumer(session)
            if consumer is not None:
                named.setdefault(consumer.name, []).append(consumer)
        self._foreign.consumers = [_joined(group) for group in named.values()]
        return self._foreign

    # -- API definitions and policies

    def _read_apis(self) -> Iterator[_Api]:
        for entry in items(self._root, "apis"):
            node = entry.find("api_definition") or entry
            oas = node.find(_OAS)
            name = text(oas, "info", "name") or text(node, "name") or f"line {node.line}"
            id_ = text(oas, "info", "id") or text(node, "api_id")
            path = text(oas, "server", "listenPath", "value") or text(node, "proxy", "listen_path")
            if id_ is None or path is None:
                raise wrong("api_invalid", "an API definition without an id or a listen path", node.where)
            if oas is None:
                self._note_auth(name, node)
            if (number(node, "global_rate_limit", "rate") or 0) > 0:
                instead = "x-firstclass: {rate: …} on the operations limits each caller"
                self._foreign.lose(f"API {name}: a limit of all callers together", instead, node.where)
            yield _Api(id_, name, path, node)

    def _note_auth(self, name: str, node: Node) -> None:
        if node.find("use_keyless") is not None and node.mapping["use_keyless"].is_true:
            self._foreign.lose(f"API {name}: it asks for no key", "the contract says who gets in: security", node.where)
            return
        auth = node.find("auth_configs", "authToken") or node.find("auth")
        header = text(auth, "auth_header_name") or "Authorization"
        self._foreign.headers.add(header)
        if auth is not None and (use := auth.find("use_param")) is not None and use.is_true:
            self._foreign.queries.add(text(auth, "param_name") or header)
        for word in ("use_oauth2", "use_openid", "enable_jwt", "use_basic_auth", "enable_signature_checking"):
            found = node.find(word)
            if found is not None and found.is_true:
                instead = "a bearer scheme of the contract, and its issuer under issuers"
                self._foreign.lose(f"API {name}: {word}", instead, found.where)

    def _read_policies(self) -> Iterator[tuple[str, Node]]:
        yield from members(self._root, "policies")
        for node in items(self._root, "policies"):
            for word in ("id", "_id"):
                if (name := text(node, word)) is not None:
                    yield name, node

    # -- keys

    def _sessions(self) -> Iterator[_Session]:
        at = 0
        for key, node in members(self._root, "keys"):
            at += 1
            yield _Session(key, False, node.find("data") or node, at)
        for node in items(self._root, "keys"):
            at += 1
            plain = text(node, "key") or text(node, "key_id")
            hashed = text(node, "key_hash") if plain is None else None
            yield _Session(plain or hashed, hashed is not None, node.find("data") or node, at)

    def _consumer(self, session: _Session) -> Consumer | None:
        node = session.node
        name = text(node, "alias") or f"tyk-key-{session.number}"
        if (inactive := node.find("is_inactive")) is not None and inactive.is_true:
            self._foreign.lose(f"the key of {name}: it is inactive", "nothing; it was closed before", node.where)
            return None
        for word in ("basic_auth_data", "jwt_data"):
            if any(text(member) for key, member in members(node, word) if key in ("password", "secret")):
                self._foreign.lose(f"the session of {name}: {word}", "issue it a key of ours", node.where)
        applied = self._applied(node)
        policies = [self._policies[each] for each in applied if each in self._policies]
        if any(_is_true(policy, "is_inactive") for policy in policies):
            self._foreign.lose(
                f"the key of {name}: its policy is inactive", "nothing; it was closed before", node.where
            )
            return None
        limits = _limits_of(node, policies)
        # What a policy opens counts in place of what the session says; of an absent one nobody knows what that is.
        opening = [policy for policy in policies if _says(policy, "acl")]
        if not opening and len(policies) == len(applied):
            opening = [node]
        key = self._key(session)
        opened = tuple(replace(each, limits=(*limits, *each.limits)) for each in self._opened(opening))
        if key is None:
            return None
        self._foreign.limits += limits
        return Consumer(name, node.where, name, (key,), (), opened)

    def _applied(self, node: Node) -> tuple[str, ...]:
        single = text(node, "apply_policy_id")
        applied = (*texts(node, "apply_policies"), *([single] if single else []))
        for each in applied:
            if each not in self._policies:
                self._foreign.lose(f"policy {each}", "put policies into the file, too", node.where)
        return applied

    def _key(self, session: _Session) -> ForeignKey | None:
        where = session.node.where
        ends = _end_of(session.node)
        if session.is_hash and not re.fullmatch("[0-9a-fA-F]{64}", session.key or ""):
            instead = "its application gets a new key; only SHA-256 can be taken over (hash_key_function: sha256)"
            self._foreign.lose("a key of which only another hash is known", instead, where)
            return None
        return self._foreign.read_key(session.key, where, ends, is_hash=session.is_hash)

    def _opened(self, holders: list[Node]) -> Iterator[Route]:
        """What a session or its policies open: whole APIs or, where any of them names URLs, those alone."""
        allowed: dict[str, list[Node]] = {}
        limits: dict[str, list[Limit]] = {}
        for id_, right in (each for holder in holders for each in members(holder, "access_rights")):
            if id_ in self._apis:
                allowed.setdefault(id_, []).extend(items(right, "allowed_urls"))
                own = right.find("limit")
                limits.setdefault(id_, []).extend([] if own is None else [*_limits(own, RATE), *_limits(own, QUOTA)])
            else:
                self._foreign.lose(f"the API {text(right, 'api_name') or id_}", "put it into apis", right.where)
        for id_, urls in allowed.items():
            api, held = self._apis[id_], tuple(limits[id_])
            if not urls:
                yield replace(_all_of(api), limits=held)
            for url in urls:
                methods = tuple(method.upper() for method in texts(url, "methods"))
                if not methods:
                    self._foreign.lose("an allowed URL without methods", "nothing; it was closed before", url.where)
                    continue
                pattern = re.escape(api.path.rstrip("/")) + _PARAMETER.sub("[^/]+", text(url, "url") or "")
                yield Route(api.name, pattern, "regex", url.where, methods, held)


def _is_true(node: Node, *names: str) -> bool:
    found = node.find(*names)
    return found is not None and found.is_true


def _says(policy: Node, partition: str) -> bool:
    """Whether a policy is for everything, or for this among others."""
    is_partitioned = any(_is_true(policy, "partitions", each) for each in _PARTITIONS)
    return not is_partitioned or _is_true(policy, "partitions", partition)


def _limits(holder: Node, words: tuple[str, str, str]) -> list[Limit]:
    calls, period = number(holder, words[0]), number(holder, words[1])
    if calls is None or period is None or calls <= 0 or period <= 0:
        return []
    return [Limit(calls, period, holder.where)]


def _limits_of(session: Node, policies: list[Node]) -> list[Limit]:
    """What a policy says counts in place of the session's; of several policies all do, which is never more."""
    found = []
    for kind in (RATE, QUOTA):
        said = [limit for policy in policies if _says(policy, kind[2]) for limit in _limits(policy, kind)]
        found += said or _limits(session, kind)
    return found


def _end_of(session: Node) -> datetime | None:
    """When a key ends.

    Raises:
        FirstclassError: an end that is no whole number of seconds.
    """
    found = session.find("expires")
    if found is None or found.value is None:
        return None
    expires = number(found)
    if expires is None:
        raise wrong("expires_invalid", "expires is no whole number of seconds", found.where)
    return datetime.fromtimestamp(min(expires, _LAST_SECOND), UTC) if expires > 0 else None


def _all_of(api: _Api) -> Route:
    return Route(api.name, api.path, "prefix", api.node.where)


def _joined(group: list[Consumer]) -> Consumer:
    """Sessions with the same alias are one application with several keys."""
    first = group[0]
    keys = tuple(key for consumer in group for key in consumer.keys)
    routes = tuple(route for consumer in group for route in consumer.routes)
    return Consumer(first.name, first.where, first.owner, keys, (), routes)


def read(path: Path, foreign: Foreign) -> Foreign:
    """Read the file.

    Raises:
        FirstclassError: it has no keys, or a part of it cannot be read; with the line.
    """
    root = read_tree(path)
    if "keys" not in root.mapping:
        hint = '{"apis": [definitions of GET /tyk/apis], "keys": {KEY: session of GET /tyk/keys/KEY}, "policies": {…}}'
        raise wrong("export_unknown", "a file for this import has keys, and apis beside them", root.where, hint)
    return Tyk(root, foreign).read()
