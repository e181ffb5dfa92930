"""Threat 27: a JSON Patch must not carry what answers hide or leave out to where they show it. The origin keeps a
document and applies what reaches it, as RFC 6902 says; what counts is what the client then reads."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import pytest
from gateway import bundle_of, directory, key
from raw import Arrived, RawOrigin, ask, reply

from firstclass.compiler import ApiSettings
from firstclass.engine.cases.gateway import EngineUnderTest

CANARY = "CANARY123456"
TEXT: dict[str, Any] = {"type": "string"}
MASKED = {**TEXT, "x-data-classification": {"category": "c", "masking": {"strategy": "full"}}}
GONE = {"x-data-classification": {"category": "c", "masking": {"strategy": "remove"}}}
WRITE_ONLY = {**TEXT, "writeOnly": True}


def thing(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties}


def kind(word: str, value: Any) -> dict[str, Any]:
    return {**thing(kind={"const": word}, value=value, name=TEXT), "required": ["kind"]}


KINDS = {"oneOf": [kind("private", MASKED), kind("public", TEXT)]}
CHOSEN = {
    "oneOf": [{"$ref": "#/components/schemas/Private"}, {"$ref": "#/components/schemas/Public"}],
    "discriminator": {
        "propertyName": "kind",
        "mapping": {"private": "#/components/schemas/Private", "public": "#/components/schemas/Public"},
    },
}
CONDITION = {
    **thing(kind=TEXT, value=TEXT, name=TEXT),
    "if": {"properties": {"kind": {"const": "private"}}},
    "then": {"properties": {"value": MASKED}},
}
ITEMS = [{"kind": "private", "value": CANARY, "name": "a"}, {"kind": "public", "value": "x", "name": "b"}]


def listed(item: dict[str, Any]) -> dict[str, Any]:
    return thing(note=TEXT, arr={"type": "array", "items": item})


def contract(document: dict[str, Any]) -> bytes:
    shown = {"200": {"description": "It.", "content": {"application/json": {"schema": document}}}}
    change = {**thing(op=TEXT, path=TEXT, value={}, **{"from": TEXT}), "required": ["op", "path"]}
    patch = {"application/json-patch+json": {"schema": {"type": "array", "items": change}}}
    operations = {
        "get": {"operationId": "get", "responses": shown},
        "patch": {"operationId": "patch", "requestBody": {"required": True, "content": patch}, "responses": shown},
    }
    components = {
        "securitySchemes": {"k": {"type": "apiKey", "in": "header", "name": "X-API-Key"}},
        "schemas": {
            "Address": thing(street=TEXT),
            "Private": {**thing(kind=TEXT, value=MASKED, name=TEXT), "required": ["kind"]},
            "Public": {**thing(kind=TEXT, value=TEXT, name=TEXT), "required": ["kind"]},
        },
    }
    return json.dumps(
        {
            "openapi": "3.1.0",
            "info": {"title": "Documents under a JSON Patch", "version": "1.0.0"},
            "security": [{"k": []}],
            "paths": {"/doc": operations},
            "components": components,
        }
    ).encode()


def parts(pointer: str) -> list[str]:
    return pointer.split("/")[1:]


def find(document: Any, names: list[str]) -> Any:
    for name in names:
        document = document[int(name)] if isinstance(document, list) else document[name]
    return document


def change(document: Any, operation: dict[str, Any]) -> bool:
    """What a server does that knows RFC 6902; whether a `test` failed."""
    *above, last = parts(operation["path"])
    value = operation.get("value")
    if operation["op"] == "test":
        return bool(find(document, [*above, last]) != value)
    if "from" in operation:
        *holder, name = parts(operation["from"])
        source = find(document, holder)
        at: Any = int(name) if isinstance(source, list) else name
        value = json.loads(json.dumps(source[at]))
        if operation["op"] == "move":
            del source[at]
    target = find(document, above)
    if isinstance(target, list):
        place = len(target) if last == "-" else int(last)
        after = place + (operation["op"] in ("remove", "replace"))
        target[place:after] = [] if operation["op"] == "remove" else [value]
    elif operation["op"] == "remove":
        del target[last]
    else:
        target[last] = value
    return False


class Keeper:
    """A document behind the gateway."""

    def __init__(self, port: int, origin: RawOrigin) -> None:
        self.port, self.origin = port, origin
        self.document: Any = None
        self.failed = False
        origin.answer = self.answer

    def answer(self, arrived: Arrived) -> list[bytes]:
        if arrived.method == "PATCH":
            self.failed = any(change(self.document, operation) for operation in json.loads(arrived.body))
        return [reply(409 if self.failed else 200, json.dumps(self.document).encode())]

    def patch(self, start: Any, operation: dict[str, Any]) -> tuple[int, bool, str]:
        """The status, whether it reached the origin, and all that the client read."""
        self.document, self.failed = json.loads(json.dumps(start)), False
        headers = [key("desk"), ("Content-Type", "application/json-patch+json")]
        answer = ask(self.port, "PATCH", "/doc", headers, json.dumps([operation]).encode())
        reached = any(arrived.method == "PATCH" for arrived in self.origin.take())
        self.failed = False
        after = ask(self.port, "GET", "/doc", [key("desk")])
        self.origin.take()
        return answer.status, reached, (answer.body + after.body).decode()


@contextmanager
def keeping(document: dict[str, Any], mode: str) -> Iterator[Keeper]:
    with closing(RawOrigin()) as origin, EngineUnderTest() as engine:
        settings = ApiSettings("shop", "doc.json", upstream=origin.url, mode=mode)  # type: ignore[arg-type]
        changes = directory(int(time.time() * 1000), ["get", "patch"])
        engine.load({"shop": bundle_of(settings, contract(document))}, changes)
        yield Keeper(engine.port, origin)


def copy(one: str, other: str) -> dict[str, Any]:
    return {"op": "copy", "from": one, "path": other}


def move(one: str, other: str) -> dict[str, Any]:
    return {"op": "move", "from": one, "path": other}


def guess(path: str) -> dict[str, Any]:
    return {"op": "test", "path": path, "value": CANARY}


def put(op: str, path: str, value: Any = "public") -> dict[str, Any]:
    return {"op": op, "path": path, **({} if op == "remove" else {"value": value})}


CONTAINERS = thing(
    name=TEXT,
    secret={**thing(street=TEXT), **GONE},
    public=thing(street=TEXT),
    pins={"type": "array", "items": TEXT, **GONE},
    cards={"type": "array", "items": {**thing(no=TEXT), **GONE}},
)
HELD = {
    "name": "Ana",
    "secret": {"street": CANARY},
    "public": {"street": "x"},
    "pins": [CANARY],
    "cards": [{"no": CANARY}],
}
BRANCHES = [
    copy("/arr/0/value", "/arr/1/value"),
    move("/arr/0/value", "/arr/1/value"),
    put("replace", "/arr/0/kind"),
    put("add", "/arr/0/kind"),
    copy("/arr/1/kind", "/arr/0/kind"),
    move("/arr/1/kind", "/arr/0/kind"),
]
FREE_IN_BRANCHES = [
    put("replace", "/arr/0/value", "other"),
    put("replace", "/note"),
    put("remove", "/arr/1"),
    put("test", "/arr/1/name", "b"),
]
PATTERNS = {
    "type": "object",
    "patternProperties": {"^s_": thing(v=MASKED), "^p_": thing(v=TEXT)},
    "additionalProperties": False,
}
EITHER = {"anyOf": [{"type": "array", "items": MASKED}, thing(**{"0": TEXT})]}
ADDRESS = {"$ref": "#/components/schemas/Address"}
OPEN = thing(name=TEXT, home=ADDRESS, work=ADDRESS)

# The document, what it holds, what must not pass, and what must.
CASES: dict[str, tuple[dict[str, Any], Any, list[dict[str, Any]], list[dict[str, Any]]]] = {
    "a container that is hidden whole": (
        CONTAINERS,
        HELD,
        [
            *(copy(place, "/name") for place in ("/secret/street", "/pins/0", "/cards/0/no", "/secret", "/pins")),
            *(move(place, "/public/street") for place in ("/secret/street", "/pins/0", "/cards/0/no")),
            *(guess(place) for place in ("/secret/street", "/pins/0", "/cards/0/no")),
        ],
        [put("replace", "/secret/street", "new"), put("remove", "/pins/0"), copy("/public/street", "/name")],
    ),
    "branches by const": (listed(KINDS), {"note": "n", "arr": ITEMS}, BRANCHES, FREE_IN_BRANCHES),
    "branches by discriminator": (listed(CHOSEN), {"note": "n", "arr": ITEMS}, BRANCHES, FREE_IN_BRANCHES),
    "a condition": (
        listed(CONDITION),
        {"note": "n", "arr": ITEMS},
        [*BRANCHES, put("remove", "/arr/0/kind")],
        FREE_IN_BRANCHES,
    ),
    "places in a list, the second hidden": (
        thing(arr={"type": "array", "prefixItems": [TEXT, MASKED]}),
        {"arr": ["public", CANARY]},
        [copy("/arr/1", "/arr/0"), move("/arr/1", "/arr/0"), put("remove", "/arr/0"), guess("/arr/1")],
        [put("replace", "/arr/0", "other")],
    ),
    "places in a list, the first hidden": (
        thing(arr={"type": "array", "prefixItems": [MASKED], "items": TEXT}),
        {"arr": [CANARY, "x"]},
        [put("add", "/arr/0"), copy("/arr/0", "/arr/-"), copy("/arr/0", "/arr/1"), copy("/arr/1", "/arr/0")],
        [put("add", "/arr/-"), put("add", "/arr/1"), put("remove", "/arr/1"), put("replace", "/arr/0", "new")],
    ),
    "patterns of names": (
        thing(m=PATTERNS),
        {"m": {"s_a": {"v": CANARY}, "p_a": {"v": "x"}}},
        [copy("/m/s_a/v", "/m/p_a/v"), move("/m/s_a", "/m/p_a")],
        [put("replace", "/m/s_a/v", "new")],
    ),
    "a list or an object": (
        thing(a=EITHER, b=EITHER),
        {"a": [CANARY], "b": {"0": "x"}},
        [copy("/a/0", "/b/0")],
        [put("replace", "/a/0", "new")],
    ),
    "writeOnly, nothing masked": (
        thing(name=TEXT, pin=WRITE_ONLY),
        {"name": "Ana", "pin": CANARY},
        [copy("/pin", "/name"), move("/pin", "/name"), guess("/pin")],
        [put("replace", "/pin", "1234"), put("test", "/name", "Ana")],
    ),
    "writeOnly beside a mask": (
        thing(name=TEXT, pin=WRITE_ONLY, ssn=MASKED),
        {"name": "Ana", "pin": CANARY, "ssn": CANARY},
        [copy("/pin", "/name"), copy("/ssn", "/name"), copy("/ssn", "/pin"), guess("/pin")],
        [put("replace", "/pin", "1234"), put("replace", "/ssn", "1-2-3")],
    ),
    "undeclared, nothing masked": (
        OPEN,
        {"name": "Ana", "passwordHash": CANARY, "home": {"street": "x", "code": CANARY}, "work": {"street": "y"}},
        [
            *(copy(place, "/name") for place in ("/passwordHash", "/home/code")),
            *(move(place, "/work/street") for place in ("/passwordHash", "/home/code")),
            *(guess(place) for place in ("/passwordHash", "/home/code")),
            copy("/home", "/name"),
        ],
        [
            copy("/home/street", "/name"),
            copy("/home", "/work"),
            move("/name", "/work/street"),
            put("test", "/name", "Ana"),
            put("add", "/extra"),
            put("remove", "/passwordHash"),
        ],
    ),
}


@pytest.mark.parametrize("mode", ["enforce", "observe"])
@pytest.mark.parametrize("case", CASES)
def test_a_json_patch_carries_nothing_hidden_into_the_open(case: str, mode: str) -> None:
    document, start, hostile, honest = CASES[case]
    with keeping(document, mode) as keeper:
        for operation in hostile:
            status, reached, read = keeper.patch(start, operation)
            assert (status, reached) == (400, False), (operation, read)
            assert CANARY not in read, operation
        for operation in honest:
            status, reached, read = keeper.patch(start, operation)
            assert (status, reached) == (200, True), (operation, read)
            assert CANARY not in read, operation
