"""Credentials in URLs, and secrets in the contract itself."""

from __future__ import annotations

import re
from collections.abc import Iterator

from firstclass.compiler import Node
from firstclass.compiler.own_credentials import passes_unchecked
from firstclass.inventory.amending import amend, remove
from firstclass.inventory.credentials import KEY_HEADER
from firstclass.inventory.facts import Facts, Parameter
from firstclass.inventory.harms import Action, Harm, harm
from firstclass.inventory.places import json_path, tokens
from firstclass.inventory.words import split

_NAMES = frozenset(
    {
        *("apikey", "apitoken", "accesstoken", "accesskey", "authtoken", "authkey", "sessiontoken", "sessionid"),
        *("password", "passwd", "pwd", "secret", "clientsecret", "appkey", "jwt", "bearer", "refreshtoken", "idtoken"),
        *("sid", "sessid", "privatekey", "authorization", "userkey", "subscriptionkey"),
    }
)
_REAL = re.compile(
    r"(?:AKIA|ASIA)[0-9A-Z]{16}(?![0-9A-Z])"
    r"|gh[pousr]_[A-Za-z0-9]{36}"
    r"|[sr]k_live_[A-Za-z0-9]{16,}"
    r"|xox[abprs]-[0-9]+-[A-Za-z0-9-]{10,}"
    r"|AIza[0-9A-Za-z_-]{35}"
    r"|fc_live_[0-9A-Za-z]{8}_[0-9A-Za-z]{49}"
    r"|-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----\s*[A-Za-z0-9+/=\s]{64}"
    r"|eyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{20,}\.[A-Za-z0-9_-]{20,}"
)
# What documentation itself made public.
_WELL_KNOWN = re.compile(r"EXAMPLE|example|xxxx|XXXX|SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c|(.)\1{11}")
_ILLUSTRATIONS = frozenset({"example", "examples", "default", "x-example", "x-examples"})


def find_secrets(facts: Facts) -> Iterator[Harm]:
    """Credentials where URLs carry them, and examples that nobody should have published."""
    yield from _schemes(facts)
    yield from _parameters(facts)
    yield from _illustrations(facts)


def _schemes(facts: Facts) -> Iterator[Harm]:
    schemes = facts.root.find("components", "securitySchemes")
    for name, node in schemes.mapping.items() if schemes is not None else ():
        place, kind = node.find("in"), node.find("type")
        if kind is None or kind.text != "apiKey" or place is None or place.text not in ("query", "cookie"):
            continue
        is_unchecked = passes_unchecked(node)
        if is_unchecked and place.text == "cookie":
            continue  # a session of the API's own, where browsers keep one
        message = f"the key of {name!r} travels in the {place.text}"
        header = {"in": "header", "name": KEY_HEADER}
        actions = [] if is_unchecked else amend(facts, node, header)
        advice = "the gateway reads the key from the header already; this says so to callers"
        if is_unchecked:
            advice = "let the API take the key in a header, and tell callers to send it there"
        users = [o.index for o in facts.operations if o.security is not None and _names(o.security, name)]
        yield harm("secret_in_url", node, message, actions, advice=advice, operations=users, sample=name)


def _names(security: Node, scheme: str) -> bool:
    return any(scheme in item.mapping for item in security.sequence)


def _parameters(facts: Facts) -> Iterator[Harm]:
    groups: dict[int, list[Parameter]] = {}
    for parameter in facts.parameters:
        name = "".join(split(parameter.name))
        is_id = parameter.place == "path" and name in ("sessionid", "sid", "sessid", "userkey")
        if parameter.place in ("query", "path") and name in _NAMES and not is_id:
            groups.setdefault(id(parameter.node.path), []).append(parameter)
    for group in groups.values():
        first = group[0]
        names = ", ".join(dict.fromkeys(parameter.operation.id for parameter in group[:3]))
        message = f"the {first.place} parameter {first.name!r} puts a credential into the URL: {names}"
        actions = _without(facts, first) if first.place == "query" else []
        advice = "callers send it in a header instead" if actions else "take it in a header or in the body"
        indices = [parameter.operation.index for parameter in group]
        yield harm("secret_in_url", first.node, message, actions, advice=advice, operations=indices, sample=first.name)


def _without(facts: Facts, parameter: Parameter) -> list[Action]:
    """Take the parameter out of its list: by its name, so that nothing depends on how many stand before it."""
    actions: list[Action] = []
    for location in facts.places.find(parameter.node):
        if not location or not isinstance(location[-1], int):
            return []  # a component: references to it would lead nowhere
        name = parameter.name.replace("\\", "\\\\").replace("'", "\\'")
        target = f"{json_path(location[:-1])}[?@.name=='{name}' && @['in']=='{parameter.place}']"
        actions.append(Action(target, remove=True, is_last=True))
    return actions


def _illustrations(facts: Facts) -> Iterator[Harm]:
    for node, holder in _examples(facts.lowered.written):
        for each in holder.walk():
            text = each.text
            if text is None or len(text) < 16:
                continue
            found = _REAL.search(text)
            if found is None or _WELL_KNOWN.search(text):
                continue
            message = f"an example begins with {found[0][:4]}… and looks like a real secret: revoke it"
            yield harm("secret_in_contract", each, message, remove(facts, node), sample=_where(each))
            break


def _where(node: Node) -> str:
    return "/".join(str(token) for token in tokens(node)[-4:])


def _examples(root: Node) -> Iterator[tuple[Node, Node]]:
    """Every example and default, where the words are keywords rather than names of properties."""
    waiting: list[tuple[Node, bool]] = [(root, False)]
    while waiting:
        node, are_names = waiting.pop()
        for key, child in node.mapping.items():
            if key in _ILLUSTRATIONS and not are_names:
                yield child, child
            elif not are_names and key in ("enum", "const"):
                continue
            else:
                waiting.append((child, key == "properties" and not are_names))
        waiting.extend((child, False) for child in node.sequence)
