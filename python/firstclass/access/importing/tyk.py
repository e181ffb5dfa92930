"""Tyk's nouns as its Gateway API exports them, in one JSON file: `apis` (API definitions), `keys` (sessions by key, or
a list of them with `key` or `key_hash`) and `policies`."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from firstclass.access.importing.foreign import LAST_SECOND, Consumer, Foreign, ForeignKey, Limit, Route, wrong
from firstclass.access.importing.reading import is_false, items, members, number, read_tree, says, text, texts
from firstclass.compiler.nodes import Node

_OAS = "x-tyk-api-gateway"
# The members of a limit, and the partition of a policy that says it.
RATE, QUOTA = ("rate", "per", "rate_limit"), ("quota_max", "quota_renewal_rate", "quota")
_OTHER_AUTH = ("use_oauth2", "use_openid", "enable_jwt", "use_basic_auth", "enable_signature_checking")
# What an API may ask of a call beside a key: nothing here can keep asking for it.
_CONDITIONS = ("enable_ip_whitelisting", "enable_ip_blacklisting", "use_mutual_tls_auth", "enable_coprocess_auth")
_OAS_CONDITIONS = ("ipAccessControl", "clientCertificates")
# Paths that are closed, or that alone are open.
_LISTS = ("black_list", "white_list")
_PARTITIONS = ("quota", "rate_limit", "complexity", "acl")
_PARAMETER = re.compile(r"\{[^{}/]*\}")


@dataclass(frozen=True)
class _Api:
    """An API definition, in the classic form or in that of OpenAPI."""

    id: str
    name: str
    path: str
    node: Node
    is_closed: bool


@dataclass(frozen=True)
class _Opened:
    """What a session became, and the limits by which it counts."""

    consumer: Consumer
    limits: frozenset[tuple[int, int]]


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
        named: dict[str, list[_Opened]] = {}
        for opened in self._of_one_session(filter(None, map(self._consumer, self._sessions()))):
            named.setdefault(opened.consumer.name, []).append(opened)
        self._foreign.consumers = [consumer for group in named.values() for consumer in self._applications(group)]
        return self._foreign

    def _of_one_session(self, found: Iterable[_Opened]) -> Iterator[_Opened]:
        """Each key once; a key that stands in several sessions is taken if all of them say the same."""
        by_key: dict[bytes, list[_Opened]] = {}
        for opened in found:
            by_key.setdefault(opened.consumer.keys[0].sha256, []).append(opened)
        for group in by_key.values():
            if len({(each.consumer.name, _what(each.consumer), each.limits) for each in group}) == 1:
                yield group[0]
                continue
            for each in group:
                instead = "nobody can tell which one counts, so it is not taken over: firstclass keys issue"
                self._foreign.lose("a key with several sessions: {}", instead, each.consumer.where, each.consumer.name)

    def _applications(self, group: list[_Opened]) -> list[Consumer]:
        """Sessions with the same alias are one application with several keys if they open the same within the same
        limits; else each is one of its own, whose name does not depend on the others."""
        first = group[0].consumer
        if len({(_what(each.consumer), each.limits) for each in group}) == 1:
            return [replace(first, keys=tuple(key for each in group for key in each.consumer.keys))]
        what = "alias {} as one application: its keys open different things, or have different limits"
        apart = [replace(each.consumer, name=_name_apart(each.consumer)) for each in group]
        instead = "each key is an application of its own, called by its alias and digits: firstclass applications list"
        self._foreign.lose(what, instead, first.where, first.name)
        return apart

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
            if is_false(node, "active") or is_false(oas, "info", "state", "active"):
                self._foreign.lose("API {}: it is switched off", "nothing; it was closed before", node.where, name)
                continue
            is_closed = self._note_conditions(name, node, oas)
            if oas is None:
                is_closed |= self._note_auth(name, node)
            if (number(node, "global_rate_limit", "rate") or 0) > 0:
                instead = "x-firstclass: {rate: …} on the operations limits each caller"
                self._foreign.lose("API {}: a limit of all callers together", instead, node.where, name)
            yield _Api(id_, name, path, node, is_closed)

    def _note_conditions(self, name: str, node: Node, oas: Node | None) -> bool:
        """Whether an API asks for more than a key, or closes paths; all of it is noted."""
        found = [word for word in _CONDITIONS if _is_true(node, word)]
        found += [word for word in _OAS_CONDITIONS if oas is not None and _is_true(oas, "server", word, "enabled")]
        versions = [version for _, version in members(node, "version_data", "versions")]
        lists = [each for version in versions if (each := version.find("extended_paths")) is not None]
        found += [word for word in _LISTS if any(says(each, word) for each in lists)]
        operations = [operation for _, operation in members(oas, "middleware", "operations")]
        found += [word for word in ("block", "allow") if any(_is_true(each, word, "enabled") for each in operations)]
        for word in found:
            instead = "nothing of it is opened, as no contract asks for that: firstclass subscriptions create"
            self._foreign.lose(f"API {{}}: {word}", instead, node.where, name)
        return bool(found)

    def _note_auth(self, name: str, node: Node) -> bool:
        """Whether a key alone did not get in."""
        if node.find("use_keyless") is not None and node.mapping["use_keyless"].is_true:
            instead = "the contract says who gets in: security"
            self._foreign.lose("API {}: it asks for no key", instead, node.where, name)
            return True
        auth = node.find("auth_configs", "authToken") or node.find("auth")
        header = text(auth, "auth_header_name") or "Authorization"
        self._foreign.headers.add(header)
        if auth is not None and (use := auth.find("use_param")) is not None and use.is_true:
            self._foreign.queries.add(text(auth, "param_name") or header)
        self._foreign.note_origin(name, node, is_hidden=_is_true(node, "strip_auth_data"))
        others = [node.mapping[word] for word in _OTHER_AUTH if _is_true(node, word)]
        for found in others:
            instead = "a bearer scheme of the contract, and its issuer under issuers; its keys open nothing of it"
            self._foreign.lose(f"API {{}}: {found.pointer.rpartition('/')[2]}", instead, found.where, name)
        return bool(others)

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

    def _consumer(self, session: _Session) -> _Opened | None:
        node = session.node
        name = text(node, "alias") or f"tyk-key-{session.number}"
        if (inactive := node.find("is_inactive")) is not None and inactive.is_true:
            self._foreign.lose("the key of {}: it is inactive", "nothing; it was closed before", node.where, name)
            return None
        for word in ("basic_auth_data", "jwt_data"):
            if any(text(member) for key, member in members(node, word) if key in ("password", "secret")):
                self._foreign.lose(f"the session of {{}}: {word}", "issue it a key of ours", node.where, name)
        applied = self._applied(node)
        policies = [self._policies[each] for each in applied if each in self._policies]
        if any(_is_true(policy, "is_inactive") for policy in policies):
            instead = "nothing; it was closed before"
            self._foreign.lose("the key of {}: its policy is inactive", instead, node.where, name)
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
        return _Opened(
            Consumer(name, node.where, name, (key,), (), opened),
            frozenset((limit.count, limit.seconds) for route in opened for limit in route.limits),
        )

    def _applied(self, node: Node) -> tuple[str, ...]:
        single = text(node, "apply_policy_id")
        applied = (*texts(node, "apply_policies"), *([single] if single else []))
        for each in applied:
            if each not in self._policies:
                self._foreign.lose("policy {}", "put policies into the file, too", node.where, each)
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
                self._foreign.lose("the API {}", "put it into apis", right.where, text(right, "api_name") or id_)
        for id_, urls in allowed.items():
            api, held = self._apis[id_], tuple(limits[id_])
            if api.is_closed:
                continue
            if not urls:
                yield replace(_all_of(api), limits=held)
            for url in urls:
                methods = tuple(method.upper() for method in texts(url, "methods"))
                if not methods:
                    self._foreign.lose("an allowed URL without methods", "nothing; it was closed before", url.where)
                    continue
                pattern = re.escape(api.path.rstrip("/")) + _PARAMETER.sub("[^/]+", text(url, "url") or "")
                yield Route(api.name, pattern, "regex", url.where, methods, limits=held, inside=_all_of(api))


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
    return datetime.fromtimestamp(min(expires, LAST_SECOND), UTC) if expires > 0 else None


def _all_of(api: _Api) -> Route:
    """Of several APIs, the one with the longest listen path is found first."""
    domain = text(api.node, "domain") or text(api.node, _OAS, "server", "customDomain", "name")
    rank = () if "{" in api.path else (len(api.path),)
    hosts = frozenset([domain.lower()] if domain else [])
    return Route(api.name, api.path, "prefix", api.node.where, (), hosts, rank, rank)


def _what(consumer: Consumer) -> frozenset[tuple[str, str, frozenset[str], frozenset[str]]]:
    """What a session opens, wherever that is written."""
    return frozenset((each.path, each.kind, frozenset(each.methods), each.among) for each in consumer.routes)


def _name_apart(consumer: Consumer) -> str:
    """The alias and some digits that the key alone decides, and that lead back to none."""
    digits = hashlib.sha256(b"an application apart " + consumer.keys[0].sha256).hexdigest()[:8]
    return f"{consumer.name[:48]}-{digits}"


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
