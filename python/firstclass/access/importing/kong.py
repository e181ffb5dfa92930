"""Kong's declarative configuration (deck, `kong config db_export`): consumers, key-auth, acl, services and routes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from firstclass.access.importing.foreign import (
    LAST_SECOND,
    Consumer,
    Foreign,
    ForeignKey,
    Limit,
    PathKind,
    Route,
    wrong,
)
from firstclass.access.importing.reading import is_false, items, number, read_tree, says, text, texts
from firstclass.compiler.nodes import Node

KEY_AUTH = ("key-auth", "key-auth-enc")
_PERIODS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400, "month": 30 * 86400, "year": 365 * 86400}
# Kong takes the one plugin of a name that is bound most narrowly, in this order.
_PRECEDENCE: tuple[frozenset[str], ...] = tuple(
    frozenset(scopes.split())
    for scopes in (
        *("consumer route service", "consumer_group route service", "consumer route", "consumer service"),
        *("consumer_group route", "consumer_group service", "route service", "consumer", "consumer_group"),
        *("route", "service", ""),
    )
)
_KEYS = ("keyauth_credentials", "keyauth_enc_credentials")
_OTHER_CREDENTIALS = (
    *("basicauth_credentials", "hmacauth_credentials", "jwt_secrets", "oauth2_credentials", "mtls_auth_credentials"),
)
# What a plugin may be bound to; it counts where all of them match.
_SCOPES = ("service", "route", "consumer", "consumer_group")
# What a route may ask of a call beside its method, path and host: nothing here can keep asking for it.
_CONDITIONS = ("headers", "snis", "sources", "destinations", "expression")
# The words that count when several routes match a call; the more a route says, the earlier it is asked.
_MATCHED = ("methods", "hosts", "paths", "headers", "snis", "sources", "destinations")
# Plugins beside key-auth and acl that turn calls away, so that a key alone did not get in.
_REFUSING = frozenset(
    {
        *("jwt", "jwt-signer", "jwe-decrypt", "oauth2", "oauth2-introspection", "openid-connect", "saml"),
        *("ldap-auth-advanced", "application-registration", "ip-restriction", "bot-detection", "request-termination"),
        *("opa", "pre-function", "post-function"),
    }
)
# What Kong tells an origin of who calls, where a key was asked for.
_IDENTITY = (
    *("X-Consumer-ID", "X-Consumer-Custom-ID", "X-Consumer-Username", "X-Consumer-Groups", "X-Authenticated-Groups"),
    *("X-Credential-Identifier", "X-Anonymous-Consumer"),
)
_MILLISECONDS = 100_000_000_000
# Kong's own bound.
_LONGEST_TTL = 100_000_000
_PLAIN_PATH = re.compile(r"[A-Za-z0-9._~/%-]*")
# A pattern is asked before each plain path, however long that is.
_LONGEST = 1 << 20
# What the engine does for every call without being asked.
_DONE_ANYWAY = frozenset({"correlation-id", "request-size-limiting", "prometheus", "file-log", "http-log", "tcp-log"})


@dataclass(frozen=True)
class _Routed:
    """A route, and the plugins that count there: its own before its service's before the global ones. Closed: something
    counts there that a key alone does not answer, or of which nobody can say what it opens."""

    route: Route
    plugins: dict[str, Node]
    is_closed: bool
    node: Node
    service: Node | None


class Kong:
    """Reads one file."""

    def __init__(self, root: Node, foreign: Foreign) -> None:
        self._root = root
        self._foreign = foreign

    def read(self) -> Foreign:
        """All that the file says."""
        routed = [found for service in [None, *items(self._root, "services")] for found in self._routes(service)]
        self._foreign.routes = [each.route for each in routed]
        for each in routed:
            self._note_auth(each)
        for plugin in self._all_plugins():
            self._note_plugin(plugin)
        self._note_strangers()
        named: dict[str, Consumer] = {}
        for consumer in items(self._root, "consumers"):
            found = self._consumer(consumer, routed)
            if (other := named.setdefault(found.name, found)) is not found:
                # By lines alone: the name may be a key that stands further on.
                message = f"this consumer would be called like the one of line {other.where.line}"
                raise wrong("name_of_two", message, consumer.where, "give one of them another username in the export")
            self._foreign.consumers.append(found)
        return self._foreign

    # -- routes and their plugins

    def _routes(self, service: Node | None) -> list[_Routed]:
        if service is None:
            services = items(self._root, "services")
            return [
                found
                for route in items(self._root, "routes")
                for found in self._route(route, _referred(services, route.find("service")))
            ]
        return [found for route in items(service, "routes") for found in self._route(route, service)]

    def _route(self, route: Node, service: Node | None) -> list[_Routed]:
        name = text(route, "name") or text(route, "id") or f"line {route.line}"
        if is_false(service, "enabled"):
            self._foreign.lose("route {}: its service is disabled", "nothing; it was closed before", route.where, name)
            return []
        plugins, among = self._plugins_at(route, service), _among(route)
        is_closed = self._is_closed(name, route, service) | self._note_conditions(name, route, plugins)
        methods = tuple(method.upper() for method in texts(route, "methods"))
        paths = texts(route, "paths")
        if not paths:
            self._foreign.lose("route {}: it has no path", "an API is found by its path", route.where, name)
        weight = (sum(says(route, word) for word in _MATCHED), number(route, "regex_priority") or 0)
        longest = max(map(len, paths), default=1)
        out = []
        for path in paths or ("/",):
            kind, plain = self._path(path)
            low, high = (_LONGEST, _LONGEST) if kind == "regex" else (len(plain), longest)
            is_ranked = not says(route, "expression")
            found = Route(
                *(name, plain, kind, route.where, methods, among),
                least=(*weight, low) if is_ranked else (),
                most=(*weight, high) if is_ranked else (),
            )
            out.append(_Routed(found, plugins, is_closed or not paths, route, service))
        return out

    def _path(self, path: str) -> tuple[PathKind, str]:
        """Patterns begin with a tilde since Kong 3; before, they were known by their characters."""
        if path.startswith("~"):
            return "regex", path[1:]
        is_old = (text(self._root, "_format_version") or "").startswith(("1.", "2."))
        return ("regex" if is_old and not _PLAIN_PATH.fullmatch(path) else "prefix"), path

    def _note_conditions(self, name: str, route: Node, plugins: dict[str, Node]) -> bool:
        """Whether a route, or a plugin there, asks for more than a key; all of it is noted."""
        conditions = [word for word in _CONDITIONS if says(route, word)]
        protocols = {protocol.lower() for protocol in texts(route, "protocols")}
        if protocols and not protocols & {"http", "https"}:
            conditions.append("protocols")
        for word in conditions:
            instead = "nothing is opened by it, as no contract asks for that: firstclass subscriptions create"
            self._foreign.lose(f"route {{}}: {word}", instead, route.where, name)
        if says(route, "hosts"):
            instead = (
                "an API is found by its path alone: who may call it under these hosts may under each; where other "
                "routes have other hosts, only what all of them open is taken over"
            )
            self._foreign.lose("route {}: hosts", instead, route.where, name)
        # With `anonymous`, a plugin lets go on whom another one knows.
        refusing = [
            each for each in sorted(filter(_refuses, plugins)) if not text(plugins[each], "config", "anonymous")
        ]
        for each in refusing:
            instead = "nothing is opened by it, as a key alone did not get in: firstclass subscriptions create"
            self._foreign.lose(f"route {{}}: plugin {each}", instead, plugins[each].where, name)
        return bool(conditions or refusing)

    def _plugins_at(self, route: Node, service: Node | None) -> dict[str, Node]:
        """Enabled plugins by name that count for every caller of a route: of several the one bound most narrowly."""
        found: dict[str, tuple[int, Node]] = {}
        for plugin, scopes in self._bound(route, service):
            name = text(plugin, "name")
            rank = 2 * ("route" in scopes) + ("service" in scopes)
            if name and all(scopes.values()) and rank >= found.get(name, (0, plugin))[0]:
                found[name] = (rank, plugin)
        return {name: plugin for name, (_, plugin) in found.items()}

    def _is_closed(self, name: str, route: Node, service: Node | None) -> bool:
        """Whether a plugin that turns calls away is bound to this route and something that it does not go with."""
        for plugin, scopes in self._bound(route, service):
            narrowest = scopes.get("route", scopes.get("service", True))
            kind = text(plugin, "name") or "?"
            counts = kind == "acl" or (_refuses(kind) and "consumer" not in scopes)
            if counts and narrowest and not all(scopes.values()):
                instead = "subscribe its consumers by hand: firstclass subscriptions create"
                what = f"route {{}}: {kind} of {' and '.join(scopes)}"
                self._foreign.lose(what, instead, plugin.where, name)
                return True
        return False

    def _bound(self, route: Node, service: Node | None) -> Iterator[tuple[Node, dict[str, bool]]]:
        """Enabled plugins nested in a route, its service, or beside them, and whether this place meets their scopes."""
        owners = {"service": service, "route": route}
        for holder, owner in ((None, self._root), *owners.items()):
            for plugin in items(owner, "plugins"):
                if is_false(plugin, "enabled"):
                    continue
                scopes = {} if holder is None else {holder: True}
                for word in _SCOPES:
                    if (reference := plugin.find(word)) is not None and reference.value is not None:
                        met, named = owners.get(word), text_or_name(plugin, word)
                        if named is None:
                            raise wrong("plugin_invalid", f"a {word} without name and id", plugin.where)
                        scopes[word] = met is not None and named in _names(met)
                yield plugin, scopes

    def _all_plugins(self) -> list[Node]:
        holders = [self._root, *items(self._root, "services"), *items(self._root, "routes")]
        holders += [route for service in items(self._root, "services") for route in items(service, "routes")]
        holders += [*items(self._root, "consumers"), *items(self._root, "consumer_groups")]
        return [plugin for holder in holders for plugin in items(holder, "plugins") if not is_false(plugin, "enabled")]

    def _note_auth(self, routed: _Routed) -> None:
        plugin = next((routed.plugins[name] for name in KEY_AUTH if name in routed.plugins), None)
        if plugin is None:
            instead, route = "the contract says who gets in: security", routed.route
            self._foreign.lose("route {}: it asks for no key", instead, route.where, route.name)
            return
        names = texts(plugin, "config", "key_names") or ("apikey",)
        if not is_false(plugin, "config", "key_in_header"):
            self._foreign.headers.update(names)
        if not is_false(plugin, "config", "key_in_query"):
            self._foreign.queries.update(names)
        self._foreign.note_origin(
            routed.route.name, plugin, _IDENTITY, is_hidden=_is_true(plugin, "config", "hide_credentials")
        )
        if text(plugin, "config", "anonymous"):
            instead = "security: [] on the operations that are open to everybody"
            self._foreign.lose("route {}: callers without a key", instead, plugin.where, routed.route.name)

    def _note_plugin(self, plugin: Node) -> None:
        name = text(plugin, "name") or "?"
        if name in (*KEY_AUTH, "acl") or name in _DONE_ANYWAY:
            return
        if name == "rate-limiting":
            self._foreign.limits += _limits(plugin)
            return
        self._foreign.lose(f"plugin {name}", "see what the contract can say: firstclass features", plugin.where)

    # -- consumers

    def _note_strangers(self) -> None:
        """Note what refers to a consumer that the export does not have, and so belongs to nobody."""
        known = {name for node in items(self._root, "consumers") for name in _names(node)}
        for kind in ("acls", *_KEYS, *_OTHER_CREDENTIALS):
            for entry in items(self._root, kind):
                if (named := text_or_name(entry, "consumer")) not in known:
                    if kind in _KEYS:  # so that no name that is this key is printed
                        self._key(entry)
                    self._lose_stranger(kind, named, entry)
        for plugin in self._all_plugins():
            if says(plugin, "consumer") and (named := text_or_name(plugin, "consumer")) not in known:
                self._lose_stranger(f"plugin {text(plugin, 'name')}", named, plugin)

    def _lose_stranger(self, kind: str, named: str | None, node: Node) -> None:
        what = f"{kind} of a consumer that is not there"
        instead = "name its consumer by username or id in the export, and import it again"
        if named is None:
            self._foreign.lose(what, instead, node.where)
        else:
            self._foreign.lose(f"{what}: {{}}", instead, node.where, named)

    def _consumer(self, node: Node, routed: list[_Routed]) -> Consumer:
        names = _names(node)
        name = text(node, "username") or text(node, "custom_id") or text(node, "id")
        if name is None:
            raise wrong("consumer_invalid", "a consumer without username, custom_id and id", node.where)
        for kind in _OTHER_CREDENTIALS:
            beside = [each for each in items(self._root, kind) if text_or_name(each, "consumer") in names]
            if items(node, kind) or beside:
                instead = "issue it a key, or configure its issuer"
                self._foreign.lose(f"consumer {{}}: {kind}", instead, node.where, name)
        groups = {group for entry in self._of_consumer(node, "acls") if (group := text(entry, "group"))}
        more = {group for entry in items(node, "groups") if (group := text(entry, "name"))} | set(texts(node, "groups"))
        allowed = tuple(
            replace(each.route, limits=self._limits_at(each, node, more))
            for each in routed
            if _passes(each, groups, more)
        )
        for kind in self._refused_by(node, more):
            allowed = ()
            instead = "nothing is opened to it: firstclass subscriptions create"
            self._foreign.lose(f"consumer {{}}: plugin {kind}", instead, node.where, name)
        return Consumer(name, node.where, text(node, "custom_id"), self._keys(node), (), allowed)

    def _limits_at(self, routed: _Routed, consumer: Node, groups: set[str]) -> tuple[Limit, ...]:
        """What holds for this consumer at this route: of several plugins the one bound most narrowly; all that are
        bound alike."""
        if not self._foreign.limits:
            return ()
        known = [each for each in items(self._root, "consumer_groups") if _names(each) & groups]
        places = {"service": routed.service, "route": routed.node, "consumer": consumer}
        best, found = len(_PRECEDENCE), list[Limit]()
        for word, holder in ((None, self._root), *places.items(), *(("consumer_group", each) for each in known)):
            for plugin in items(holder, "plugins"):
                if text(plugin, "name") != "rate-limiting" or is_false(plugin, "enabled"):
                    continue
                own = {word} if word is not None else set()
                named = {each: name for each in _SCOPES if (name := text_or_name(plugin, each)) is not None}
                scopes = frozenset(named.keys() | own)
                met = {
                    each
                    for each, name in named.items()
                    if name in (groups if each == "consumer_group" else _names(places[each]))
                }
                if not scopes <= met | own:
                    continue
                # Bound to a consumer and a group at once: Kong names no rank for it; it counts as the narrowest.
                rank = _PRECEDENCE.index(scopes) if scopes in _PRECEDENCE else 0
                if rank < best:
                    best, found = rank, []
                if rank == best:
                    found += _limits(plugin)
        return tuple(found)

    def _refused_by(self, node: Node, groups: set[str]) -> list[str]:
        """Plugins bound to a consumer or one of its groups that turn its calls away, wherever else they are bound."""
        holders = [node, *(each for each in items(self._root, "consumer_groups") if _names(each) & groups)]
        found = [plugin for holder in holders for plugin in items(holder, "plugins") if not is_false(plugin, "enabled")]
        found += [each for each in self._all_plugins() if text_or_name(each, "consumer") in _names(node)]
        return sorted({kind for plugin in found if _refuses(kind := text(plugin, "name") or "")})

    def _of_consumer(self, node: Node, kind: str) -> list[Node]:
        beside = [each for each in items(self._root, kind) if text_or_name(each, "consumer") in _names(node)]
        return [*items(node, kind), *beside]

    def _keys(self, node: Node) -> tuple[ForeignKey, ...]:
        entries = [each for kind in _KEYS for each in self._of_consumer(node, kind)]
        found = [self._key(entry) for entry in entries]
        return tuple(key for key in found if key is not None)

    def _key(self, entry: Node) -> ForeignKey | None:
        """A key with its end: `ttl` seconds from its `created_at`, which some exports leave out."""
        ends, lasts, ttl = None, None, entry.find("ttl")
        seconds, created = number(ttl), number(entry, "created_at")
        if ttl is not None and ttl.value is not None and (seconds is None or seconds < 0):
            instead = "give its application a new key: firstclass keys issue"
            self._foreign.lose("a key whose ttl is no whole number of seconds", instead, entry.where)
            self._foreign.read_key(text(entry, "key"), entry.where)
            return None
        if seconds and created is not None:
            # Kong wrote milliseconds once.
            created = created // 1000 if created > _MILLISECONDS else created
            ends = datetime.fromtimestamp(max(0, min(created + seconds, LAST_SECOND)), UTC)
        elif seconds:
            lasts = timedelta(seconds=min(seconds, _LONGEST_TTL))
            instead = "it ends so many seconds after this import; the export does not say since when they count"
            self._foreign.lose("a key with a ttl and no created_at", instead, entry.where)
        return self._foreign.read_key(text(entry, "key"), entry.where, ends, lasts=lasts)


def _limits(plugin: Node) -> list[Limit]:
    """What a plugin rate-limiting says. A consumer's keys count together here, and so do headers and paths: never more
    than before."""
    limit_by = text(plugin, "config", "limit_by") or "consumer"
    by, otherwise = ("address" if limit_by == "ip" else "application"), ("service" if limit_by == "service" else None)
    return [
        Limit(count, seconds, plugin.where, by, otherwise)
        for word, seconds in _PERIODS.items()
        if (count := number(plugin, "config", word)) is not None and count > 0
    ]


def _passes(routed: _Routed, groups: set[str], consumer_groups: set[str]) -> bool:
    """Whether a consumer of these groups of ACL and these consumer groups may call a route."""
    plugins = routed.plugins
    if routed.is_closed or not any(name in plugins for name in KEY_AUTH):
        return False
    acl = plugins.get("acl")
    if acl is None:
        return True
    by_groups = acl.find("config", "include_consumer_groups")
    if by_groups is not None and by_groups.is_true:
        groups = groups | consumer_groups
    allow = set(texts(acl, "config", "allow")) | set(texts(acl, "config", "whitelist"))
    deny = set(texts(acl, "config", "deny")) | set(texts(acl, "config", "blacklist"))
    # An empty `allow` allows nobody, unless the plugin says who is denied.
    return not groups & deny and (bool(groups & allow) or (bool(deny) and not allow))


def _is_true(node: Node, *names: str) -> bool:
    found = node.find(*names)
    return found is not None and found.is_true


def _refuses(plugin: str) -> bool:
    return plugin in _REFUSING or (plugin.endswith("-auth") and plugin not in KEY_AUTH)


def text_or_name(node: Node, word: str) -> str | None:
    """A reference: a name or an id, written plainly or as `{name: …}` or `{id: …}`."""
    return text(node, word) or text(node, word, "name") or text(node, word, "username") or text(node, word, "id")


def _names(node: Node | None) -> set[str]:
    """What a reference to this may say. A `custom_id` is none of it: it is another system's name for a consumer, and
    may well be the username of another one."""
    if node is None:
        return set()
    return {found for word in ("name", "id", "username") if (found := text(node, word))}


def _among(route: Node) -> frozenset[str]:
    """The hosts of a route, and the protocol where it takes only one of HTTP's."""
    protocols = {protocol.lower() for protocol in texts(route, "protocols")} & {"http", "https"}
    hosts = {host.lower() for host in texts(route, "hosts")}
    return frozenset(hosts | ({f"{min(protocols)}:"} if len(protocols) == 1 else set()))


def _referred(nodes: list[Node], reference: Node | None) -> Node | None:
    if reference is None:
        return None
    wanted = {text(reference), text(reference, "name"), text(reference, "id")} - {None}
    return next((node for node in nodes if _names(node) & wanted), None)


def read(path: Path, foreign: Foreign) -> Foreign:
    """Read the file.

    Raises:
        FirstclassError: it is none of Kong's, or a part of it cannot be read; with the line.
    """
    root = read_tree(path)
    if "_format_version" not in root.mapping:
        hint = "deck gateway dump -o kong.yaml, or kong config db_export kong.yaml"
        raise wrong("export_unknown", "a file of Kong says _format_version", root.where, hint)
    return Kong(root, foreign).read()
