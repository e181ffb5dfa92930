"""APISIX's standalone configuration (`apisix.yaml`, or the same nouns in JSON): consumers with key-auth, and routes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from firstclass.access.importing.foreign import Consumer, Foreign, ForeignKey, Limit, PathKind, Route, wrong
from firstclass.access.importing.reading import items, members, number, read_tree, says, text, texts
from firstclass.compiler.nodes import Node

_DONE_ANYWAY = frozenset({"request-id", "prometheus", "file-logger", "http-logger", "client-control"})
# What APISIX tells an origin of who calls, where a key was asked for.
_IDENTITY = ("X-Consumer-Username", "X-Credential-Identifier", "X-Consumer-Custom-ID")
# What a route may ask of a call beside its method, path and host: nothing here can keep asking for it.
_CONDITIONS = ("remote_addr", "remote_addrs", "vars", "filter_func")
# Plugins beside key-auth that turn calls away, so that a key alone did not get in.
_REFUSING = frozenset(
    {
        *("ip-restriction", "ua-restriction", "referer-restriction", "uri-blocker", "csrf", "acl", "opa", "wolf-rbac"),
        *("openid-connect", "authz-casbin", "authz-casdoor", "authz-keycloak", "fault-injection"),
        *("serverless-pre-function", "serverless-post-function"),
    }
)


class Apisix:
    """Reads one file."""

    def __init__(self, root: Node, foreign: Foreign) -> None:
        self._root = root
        self._foreign = foreign

    def read(self) -> Foreign:
        """All that the file says."""
        routed = [found for route in items(self._root, "routes") for found in self._routes(route)]
        self._foreign.routes = [route for route, _ in routed]
        for name, plugin in self._all_plugins():
            self._note_plugin(name, plugin)
        named: dict[str, Consumer] = {}
        for node in items(self._root, "consumers"):
            if "/credentials/" not in (text(node, "id") or ""):
                found = self._consumer(node, routed)
                if (other := named.setdefault(found.name, found)) is not found:
                    # By lines alone: the name may be a key that stands further on.
                    message = f"this consumer is called like the one of line {other.where.line}"
                    raise wrong("name_of_two", message, node.where, "take one of them out of the export")
                self._foreign.consumers.append(found)
        return self._foreign

    def _routes(self, node: Node) -> Iterator[tuple[Route, dict[str, Node]]]:
        name = text(node, "name") or text(node, "id") or f"line {node.line}"
        if number(node, "status") == 0:
            self._foreign.lose("route {}: it is switched off", "nothing; it was closed before", node.where, name)
            return
        plugins = self._plugins(node)
        is_closed = self._note_conditions(name, node, plugins)
        auth = plugins.get("key-auth")
        if auth is None:
            instead = "the contract says who gets in: security"
            self._foreign.lose("route {}: it asks for no key", instead, node.where, name)
        else:
            self._foreign.headers.add(text(auth, "header") or "apikey")
            self._foreign.queries.add(text(auth, "query") or "apikey")
            hide = auth.find("hide_credentials")
            self._foreign.note_origin(name, auth, _IDENTITY, is_hidden=hide is not None and hide.is_true)
        methods = tuple(method.upper() for method in texts(node, "methods"))
        hosts = self._hosts(node)
        for uri in (*texts(node, "uri"), *texts(node, "uris")):
            path, kind, is_plain = _path(uri)
            # An exact path first, else the longest; of the same ones by priority. To some routers `:id` is plain text.
            is_ranked = is_plain and kind != "template"
            rank = (int(kind == "exact"), len(path), number(node, "priority") or 0) if is_ranked else ()
            route = Route(name, path, kind, node.where, methods, hosts, rank, rank)
            yield route, {} if is_closed or not is_plain else plugins

    def _hosts(self, route: Node) -> frozenset[str]:
        services = [each for each in items(self._root, "services") if text(each, "id") == text(route, "service_id")]
        own = {host.lower() for word in ("host", "hosts") for host in texts(route, word)}
        return frozenset(own or {host.lower() for each in services for host in texts(each, "hosts")})

    def _note_conditions(self, name: str, node: Node, plugins: dict[str, Node]) -> bool:
        """Whether a route, or a plugin there, asks for more than a key; all of it is noted."""
        conditions = [word for word in _CONDITIONS if says(node, word)]
        for word in conditions:
            instead = "nothing is opened by it, as no contract asks for that: firstclass subscriptions create"
            self._foreign.lose(f"route {{}}: {word}", instead, node.where, name)
        for word in ("host", "hosts"):
            if says(node, word):
                instead = (
                    "an API is found by its path alone: who may call it under these hosts may under each; where other "
                    "routes have other hosts, only what all of them open is taken over"
                )
                self._foreign.lose(f"route {{}}: {word}", instead, node.where, name)
        refusing = _refusing(plugins)
        for each in refusing:
            instead = "nothing is opened by it, as a key alone did not get in: firstclass subscriptions create"
            self._foreign.lose(f"route {{}}: plugin {each}", instead, plugins[each].where, name)
        return bool(conditions or refusing)

    def _plugins(self, route: Node) -> dict[str, Node]:
        """Those that count at a route: its own before its plugin_config's, its service's and the global ones."""
        found: dict[str, Node] = {}
        for rule in items(self._root, "global_rules"):
            found |= dict(members(rule, "plugins"))
        for kind, reference in (("services", "service_id"), ("plugin_configs", "plugin_config_id")):
            wanted = text(route, reference)
            for node in items(self._root, kind):
                if wanted is not None and text(node, "id") == wanted:
                    found |= dict(members(node, "plugins"))
        found |= dict(members(route, "plugins"))
        return {name: plugin for name, plugin in found.items() if not _is_off(plugin)}

    def _all_plugins(self) -> Iterator[tuple[str, Node]]:
        for kind in ("global_rules", "services", "plugin_configs", "routes", "consumer_groups", "consumers"):
            for node in items(self._root, kind):
                yield from members(node, "plugins")

    def _note_plugin(self, name: str, plugin: Node) -> None:
        if name in ("key-auth", "consumer-restriction") or name in _DONE_ANYWAY:
            return
        if (limit := _limit(name, plugin)) is not None:
            self._foreign.limits.append(limit)
        else:
            self._foreign.lose(f"plugin {name}", "see what the contract can say: firstclass features", plugin.where)

    def _consumer(self, node: Node, routed: list[tuple[Route, dict[str, Node]]]) -> Consumer:
        name = text(node, "username")
        if name is None:
            raise wrong("consumer_invalid", "a consumer without a username", node.where)
        auths = [plugin for kind, plugin in members(node, "plugins") if kind == "key-auth"]
        for each in (*items(node, "credentials"), *self._credentials_beside(name)):
            found = each.find("plugins", "key-auth") or each.find("config")
            if found is not None and text(each, "type") in (None, "key-auth"):
                auths.append(found)
        for kind, plugin in members(node, "plugins"):
            if kind.endswith("-auth") and kind != "key-auth":
                instead = "issue it a key, or configure its issuer"
                self._foreign.lose(f"consumer {{}}: {kind}", instead, plugin.where, name)
        group = text(node, "group_id")
        own: dict[str, Node] = {}
        for each in items(self._root, "consumer_groups"):
            own |= dict(members(each, "plugins")) if group is not None and text(each, "id") == group else {}
        own |= dict(members(node, "plugins"))
        routes = tuple(
            replace(route, limits=self._limits(plugins | own))
            for route, plugins in routed
            if self._passes(plugins, name, group)
        )
        for kind in self._restricting(node, group):
            routes = ()
            instead = "nothing is opened to it: firstclass subscriptions create"
            self._foreign.lose(f"consumer {{}}: plugin {kind}", instead, node.where, name)
        return Consumer(name, node.where, None, self._keys(auths), (), routes)

    def _limits(self, plugins: dict[str, Node]) -> tuple[Limit, ...]:
        """What holds where these plugins count, and the global ones besides."""
        named = [*plugins.items()]
        for rule in items(self._root, "global_rules"):
            named += members(rule, "plugins")
        found = [limit for name, plugin in named if (limit := _limit(name, plugin)) is not None]
        return tuple(dict.fromkeys(found))

    def _restricting(self, consumer: Node, group: str | None) -> list[str]:
        """Plugins of a consumer or its group that turn its calls away; its own other credentials are none."""
        groups = [each for each in items(self._root, "consumer_groups") if group and text(each, "id") == group]
        found = {kind for node in (consumer, *groups) for kind, _ in members(node, "plugins")}
        return sorted(found & {*_REFUSING, "consumer-restriction"})

    def _credentials_beside(self, name: str) -> list[Node]:
        """Written among the consumers, under an id that names the consumer."""
        nodes = items(self._root, "consumers")
        return [node for node in nodes if (text(node, "id") or "").startswith(f"{name}/credentials/")]

    def _keys(self, auths: list[Node]) -> tuple[ForeignKey, ...]:
        found = [self._foreign.read_key(text(auth, "key"), auth.where) for auth in auths]
        return tuple(key for key in found if key is not None)

    def _passes(self, plugins: dict[str, Node], name: str, group: str | None) -> bool:
        """Whether this consumer may call where these plugins count."""
        if "key-auth" not in plugins:
            return False
        rule = plugins.get("consumer-restriction")
        if rule is None:
            return True
        kind = text(rule, "type") or "consumer_name"
        if kind not in ("consumer_name", "consumer_group_id") or "allowed_by_methods" in rule.mapping:
            what = f"consumer-restriction by {kind if 'allowed_by_methods' not in rule.mapping else 'methods'}"
            self._foreign.lose(what, "subscribe its consumers by hand: firstclass subscriptions create", rule.where)
            return False
        who = name if kind == "consumer_name" else group
        allow, deny = texts(rule, "whitelist"), texts(rule, "blacklist")
        return who not in deny and (not allow or who in allow)


def _limit(name: str, plugin: Node) -> Limit | None:
    """What limit-count or limit-req says, unless it is switched off."""
    disabled = plugin.find("_meta", "disable")
    if disabled is not None and disabled.is_true:
        return None
    by, otherwise = "application", None
    match text(plugin, "key") or "remote_addr":
        case "remote_addr" | "http_x_real_ip" | "http_x_forwarded_for":
            by = "address"
        case "consumer_name":
            pass
        case other:
            otherwise = other
    count, seconds = number(plugin, "count"), number(plugin, "time_window")
    if name == "limit-count" and count and seconds and count > 0 and seconds > 0:
        return Limit(count, seconds, plugin.where, by, otherwise)
    if name == "limit-req" and (rate := number(plugin, "rate")) and rate > 0:
        return Limit(rate, 1, plugin.where, by, otherwise)
    return None


def _refusing(plugins: dict[str, Node]) -> list[str]:
    """The plugins of a route that turn calls away though their key is good."""
    others = {name for name in plugins if name.endswith("-auth") and name != "key-auth"}
    return sorted(others | (_REFUSING & set(plugins)))


def _is_off(plugin: Node) -> bool:
    found = plugin.find("_meta", "disable")
    return found is not None and found.is_true


def _path(uri: str) -> tuple[str, PathKind, bool]:
    """What is matched, how, and whether that is all that the gateway looks at."""
    path, star, rest = uri.partition("*")
    if star:
        return path, "prefix", "/" not in rest and "/:" not in path
    return uri, "template" if "/:" in uri else "exact", True


def read(path: Path, foreign: Foreign) -> Foreign:
    """Read the file.

    Raises:
        FirstclassError: it is none of APISIX's, or a part of it cannot be read; with the line.
    """
    root = read_tree(path)
    if not {"routes", "consumers"} & set(root.mapping):
        hint = "conf/apisix.yaml of a standalone APISIX, or the same nouns from its Admin API"
        raise wrong("export_unknown", "a file of APISIX has routes or consumers", root.where, hint)
    return Apisix(root, foreign).read()
