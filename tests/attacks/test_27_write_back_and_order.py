"""Threat 27: what is hidden must not be overwritten by its own mask, nor told by an order or a filter. What counts is
what the origin saw."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from gateway import bearer, directory, key, token
from raw import Answered, RawOrigin, ask, reply

from firstclass.compiler import ApiSettings, compile_api, encode
from firstclass.engine.cases.gateway import EngineUnderTest

CONTRACT = Path(__file__).parent / "write_back.yaml"
JSON, MERGE = "application/json", "application/merge-patch+json"
CARDS = ("********22", "*22", "**", "*")
MAILS = ("a***@example.org", "***")
MAIL = "anna@example.org"


class House:
    """An engine with the contract in front of an origin, in both modes."""

    def __init__(self, engine: EngineUnderTest, origin: RawOrigin) -> None:
        self.engine, self.origin = engine, origin

    def write(self, mode: str, method: str, body: str, *fields: tuple[str, str], raw: bytes | None = None) -> Answered:
        media = MERGE if method == "PATCH" else JSON
        headers = [key("desk"), ("Content-Type", media), *fields]
        self.origin.says(reply(204))
        return ask(self.engine.port, method, f"/{mode}/people/7", headers, body.encode() if raw is None else raw)


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    with closing(RawOrigin()) as origin, EngineUnderTest() as engine:
        bundles, changes = {}, {}
        for mode in ("enforce", "observe"):
            settings = ApiSettings(mode, "write_back.yaml", upstream=origin.url, base_path=f"/{mode}", mode=mode)  # type: ignore[arg-type]
            compiled = compile_api(settings, lambda _: CONTRACT.read_bytes())
            assert compiled.document is not None, compiled.errors
            bundles[mode] = encode(compiled.document).decode()
            operations = [operation["id"] for operation in compiled.document["operations"]]
            for change in directory(int(time.time() * 1000), operations):
                name = change["id"]
                if change["type"] == "subscription":
                    name, change["value"]["api"] = f"{name}-{mode}", mode
                changes[name, change["type"]] = {**change, "id": name}
        engine.load(bundles, list(changes.values()))
        yield House(engine, origin)


def spelled(dice: random.Random, value: Any) -> str:
    """The value as JSON, in one of its many spellings."""
    space = dice.choice(["", " ", "\n\t "])
    if isinstance(value, str):
        hidden = dice.choice([0.0, 0.3, 1.0])
        letters = [f"\\u{ord(c):04x}" if dice.random() < hidden else json.dumps(c)[1:-1] for c in value]
        return '"' + "".join(letters) + '"'
    if isinstance(value, dict):
        members = [f"{spelled(dice, name)}{space}:{space}{spelled(dice, member)}" for name, member in value.items()]
        return "{" + space + f"{space},".join(members) + space + "}"
    if isinstance(value, list):
        return "[" + f",{space}".join(spelled(dice, item) for item in value) + space + "]"
    return json.dumps(value)


def person(dice: random.Random, depth: int = 2) -> dict[str, Any]:
    """A person with nothing but real values."""
    all_of_it: dict[str, Any] = {
        "id": 7,
        "name": "***",
        "ssn": "1-2-3",
        "card": "4929000011112222",
        "token": "ABCDEFGHIJKLMNOPQRSTUV",
        "mail": MAIL,
        "contacts": {"home": "here"},
        "document": dice.choice([{"passport": "C01X"}, {"licence": "B2"}]),
        "cards": ["4929", "5500"],
    }
    if depth:
        all_of_it["friend"] = person(dice, depth - 1)
    members = [(name, value) for name, value in all_of_it.items() if dice.random() < 0.7]
    dice.shuffle(members)
    return dict(members)


def places(value: dict[str, Any], inside: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Where a mask can be written into a person."""
    found: list[tuple[Any, ...]] = []
    for name, member in value.items():
        found += [(*inside, name)] if name in ("ssn", "card", "mail") else []
        found += [(*inside, name, below) for below in member] if name in ("contacts", "document") else []
        found += [(*inside, name, at) for at in range(len(member))] if name == "cards" else []
        found += places(member, (*inside, name)) if name == "friend" else []
    return found


def masked(dice: random.Random, value: dict[str, Any], place: tuple[Any, ...]) -> dict[str, Any]:
    """The same person with a mask at this place."""
    copy = json.loads(json.dumps(value))
    holder = copy
    for step in place[:-1]:
        holder = holder[step]
    kind = "card" if "cards" in place else place[-1]
    holder[place[-1]] = dice.choice({"card": CARDS, "mail": MAILS}.get(kind, ("***",)))
    return copy  # type: ignore[no-any-return]


def without(value: dict[str, Any], place: tuple[Any, ...]) -> dict[str, Any]:
    """The same person with nothing at this place."""
    copy = json.loads(json.dumps(value))
    holder = copy
    for step in place[:-1]:
        holder = holder[step]
    del holder[place[-1]]
    return copy  # type: ignore[no-any-return]


@pytest.mark.parametrize("mode", ["enforce", "observe"])
def test_no_mask_is_written_whatever_its_spelling_and_place(house: House, mode: str) -> None:
    dice, done = random.Random(f"write back {mode}"), 0
    while done < 120:
        real = person(dice)
        if not (where := places(real)):
            continue
        place, done = dice.choice(where), done + 1
        house.origin.take()
        text = spelled(dice, masked(dice, real, place))
        answer = house.write(mode, "PUT", text)
        assert (answer.status, answer.reason) == (422, "masked_value_written"), (text, answer)
        assert b"**" not in answer.body and not house.origin.take(), text
        answer = house.write(mode, "PATCH", text)
        arrived = house.origin.take()
        if "cards" in place:
            assert (answer.reason, arrived) == ("masked_value_written", []), text
            continue
        if place[-2:-1] == ("document",):
            continue  # of a choice that loses what it is told by: see the next test
        assert answer.status == 204, (text, answer)
        assert json.loads(arrived[0].body) == without(real, place), text
        assert arrived[0].values("Content-Length") == [str(len(arrived[0].body))]


def test_a_member_that_a_choice_is_told_by_is_not_left_out(house: House) -> None:
    house.origin.take()
    answered = house.write("enforce", "PATCH", '{"document":{"passport":"***"},"name":"A"}')
    assert (answered.status, answered.reason) == (422, "masked_value_written")
    assert not house.origin.take(), "what is left would fit no branch"


@pytest.mark.parametrize("mode", ["enforce", "observe"])
def test_real_values_arrive_byte_by_byte(house: House, mode: str) -> None:
    dice = random.Random(f"real {mode}")
    for _ in range(60):
        text = spelled(dice, person(dice))
        for method in ("PUT", "PATCH"):
            house.origin.take()
            answer = house.write(mode, method, text)
            assert answer.status == 204, (text, answer)
            assert [arrived.body for arrived in house.origin.take()] == [text.encode()]


@pytest.mark.parametrize("mode", ["enforce", "observe"])
def test_framing_hides_no_mask(house: House, mode: str) -> None:
    house.origin.take()
    body = b'{"name":"Ana","card":"********22"}'
    chunks = b"".join(b"1\r\n" + bytes([byte]) + b"\r\n" for byte in body) + b"0\r\n\r\n"
    chunked = ("Transfer-Encoding", "chunked")
    answer = house.write(mode, "PUT", "", chunked, raw=chunks)
    assert (answer.status, house.origin.take()) == (422, [])
    assert house.write(mode, "PATCH", "", chunked, raw=chunks).status == 204
    (arrived,) = house.origin.take()
    assert (arrived.body, arrived.values("Content-Length")) == (b'{"name":"Ana"}', ["14"])


@pytest.mark.parametrize(
    ("media", "body"),
    [
        ("text/plain", '{"card":"********22"}'),
        ("application/merge-patch+json", '{"card":"********22"}'),
        ("application/json-patch+json", '[{"op":"replace","path":"/card","value":"********22"}]'),
        ("application/x-www-form-urlencoded", '{"card":"********22"}'),
        (JSON, '{"card":"4929","card":"********22"}'),
        (JSON, '{"card":"********22"} {}'),
        (JSON, '{"card":"********22",}'),
        (JSON, '{"friend":' * 100 + '{"card":"********22"}' + "}" * 100),
        (JSON, '\ufeff{"card":"********22"}'),
    ],
)
def test_what_cannot_be_read_writes_nothing(house: House, media: str, body: str) -> None:
    house.origin.take()
    headers = [key("desk"), ("Content-Type", media)]
    answer = ask(house.engine.port, "PUT", "/enforce/people/7", headers, body.encode())
    assert answer.status in (400, 415) and not house.origin.take(), answer


def test_a_hash_that_was_read_is_not_written_and_another_text_of_its_form_is(house: House) -> None:
    house.origin.says(reply(200, json.dumps([{"token": "tok-1"}]).encode()))
    read = ask(house.engine.port, "GET", "/enforce/people", [key("desk")])
    (shown,) = json.loads(read.body)
    assert len(shown["token"]) == 22 and shown["token"] != "tok-1"
    house.origin.take()
    assert house.write("enforce", "PUT", json.dumps(shown)).reason == "masked_value_written"
    assert not house.origin.take()
    assert house.write("enforce", "PUT", json.dumps({"token": shown["token"][::-1]})).status == 204


@pytest.mark.parametrize("mode", ["enforce", "observe"])
@pytest.mark.parametrize(
    "query",
    [
        "sort=ssn",
        "sort=-ssn",
        "sort=%73sn",
        "sort=name&sort=ssn",
        "sort=ssn&sort=name",
        "sort=name,ssn",
        "sort=ssn%20desc",
        "sort=+ssn",
        "sort=SSN",
        "SORT=ssn",
        "Sort=ssn",
        "sort[]=ssn",
        "sort[0]=ssn",
        "sort.x=ssn",
        "ssn=1",
        "ssn=",
        "ssn",
        "ssn[gt]=1",
        "SSN=1",
    ],
)
def test_nothing_is_ordered_or_chosen_by_a_hidden_field(house: House, mode: str, query: str) -> None:
    house.origin.says(reply(200, b"[]"))
    house.origin.take()
    answer = ask(house.engine.port, "GET", f"/{mode}/people?{query}", [key("desk")])
    assert (answer.status, answer.reason, house.origin.take()) == (400, "parameter_invalid", []), answer


@pytest.mark.parametrize("mode", ["enforce", "observe"])
def test_what_is_shown_may_order(house: House, mode: str) -> None:
    house.origin.says(reply(200, b"[]"))
    house.origin.take()
    assert ask(house.engine.port, "GET", f"/{mode}/people?sort=-name", [key("desk")]).status == 200
    assert [arrived.target for arrived in house.origin.take()] == [f"/{mode}/people?sort=-name"]


@pytest.mark.parametrize(
    "patch",
    [
        {"limit": 1_000_000, "approver": "***"},
        {"terms": {"amount": 1_000_000, "signer": "***"}},
        {"approver": "***"},
    ],
)
def test_leaving_a_mask_out_lets_nothing_through_that_the_contract_refuses_without_it(house, patch):
    house.origin.says(reply(204))
    headers = [key("desk"), ("Content-Type", MERGE)]
    for body in (patch, {name: stripped(member) for name, member in patch.items() if member != "***"}):
        answered = ask(house.engine.port, "PATCH", "/enforce/payments/7", headers, json.dumps(body).encode())
        assert answered.status in (400, 422), body
    assert not house.origin.take()


def test_a_mask_that_changes_nothing_is_still_left_out(house):
    house.origin.says(reply(204))
    body = {"note": "paid", "approver": "***"}
    answered = ask(
        house.engine.port,
        "PATCH",
        "/enforce/payments/7",
        [key("desk"), ("Content-Type", MERGE)],
        json.dumps(body).encode(),
    )
    assert answered.status == 204


def stripped(member: Any) -> Any:
    """The same without its masks."""
    return {n: m for n, m in member.items() if m != "***"} if isinstance(member, dict) else member


JSON_PATCH = ("Content-Type", "application/json-patch+json")


def patched(house: House, mode: str, patch: Any, dice: random.Random) -> Answered:
    headers = [key("desk"), JSON_PATCH]
    house.origin.says(reply(204))
    return ask(house.engine.port, "PATCH", f"/{mode}/people/7", headers, spelled(dice, patch).encode())


@pytest.mark.parametrize("mode", ["enforce", "observe"])
def test_a_json_patch_writes_no_mask_wherever_its_pointer_leads(house: House, mode: str) -> None:
    dice = random.Random(6902)
    hidden = [
        *(("/ssn", "***"), ("/card", "********22"), ("/mail", "a***@example.org"), ("/contacts/a~1b", "***")),
        *(("/friend/friend/ssn", "***"), ("/document/passport", "***"), ("/document/licence", "***")),
        *(
            ("/cards/0", "*22"),
            ("/cards/-", "*22"),
            ("/cards", ["1234567890", "*22"]),
            ("/document", {"passport": "***"}),
        ),
        *(
            ("", {"name": "Ana", "ssn": "***"}),
            ("/friend", {"friend": {"cards": ["**"]}}),
        ),
    ]
    for path, value in hidden:
        for op in ("replace", "add", "Add"):
            good = {"op": "replace", "path": "/name", "value": "***"}
            house.origin.take()
            answer = patched(house, mode, [good, {"op": op, "path": path, "value": value}], dice)
            # The contract lets no value of a change go that deep, and what is refused already is not asked again.
            is_refused_before = mode == "enforce" and path == "/friend"
            expected = (400, "body_invalid") if is_refused_before else (422, "masked_value_written")
            assert (answer.status, answer.reason) == expected, (path, value)
            assert not house.origin.take()


@pytest.mark.parametrize("mode", ["enforce", "observe"])
def test_a_json_patch_neither_guesses_nor_moves_what_is_hidden(house: House, mode: str) -> None:
    dice = random.Random(69020)
    for change in (
        {"op": "test", "path": "/ssn", "value": "1-2-3"},
        {"op": "test", "path": "/friend", "value": {"ssn": "1-2-3"}},
        {"op": "copy", "from": "/ssn", "path": "/name"},
        {"op": "move", "from": "/cards", "path": "/name"},
        {"op": "copy", "from": "/ssn", "path": "/contacts/ssn"},
        {"op": "copy", "from": "/contacts/a", "path": "/contacts/b"},
        {"op": "copy", "from": "/friend/contacts/x", "path": "/name"},
    ):
        house.origin.take()
        answer = patched(house, mode, [change], dice)
        assert (answer.status, answer.reason) == (400, "body_invalid"), change
        assert not house.origin.take()
    for change in (
        {"op": "replace", "path": "/ssn", "value": "1-2-4"},
        {"op": "remove", "path": "/ssn"},
        {"op": "test", "path": "/name", "value": "Ana"},
        {"op": "move", "from": "/cards/0", "path": "/cards/1"},
    ):
        assert patched(house, mode, [change], dice).status == 204, change


CROOKED = (
    *(
        "ssn",
        "#/ssn",
        "//ssn",
        "/ssn/",
        "/SSN",
        "/s%73n",
        "/~2",
        "/ssn ",
        "/ ssn",
        "/\u017fsn",
        "/ssn\0",
        "/elsewhere",
        "$.ssn",
    ),
    *("/cards/-1", "/cards/+0", "/cards/ 0", "/cards/00", "/cards/0\n", "/cards/\u0660", "/cards/*", "/cards/last"),
    *("/friend//ssn", "/friend/./ssn", "/friend/../ssn", "/contacts/../ssn", "/contacts/a%2Fb"),
)


@pytest.mark.parametrize("mode", ["enforce", "observe"])
@pytest.mark.parametrize("pointer", CROOKED)
def test_a_pointer_that_servers_may_follow_elsewhere_leads_nowhere(house: House, mode: str, pointer: str) -> None:
    dice = random.Random(6901)
    for change in (
        {"op": "test", "path": pointer, "value": "1-2-3"},
        {"op": "replace", "path": pointer, "value": "***"},
        {"op": "copy", "from": pointer, "path": "/name"},
        {"op": "copy", "from": "/ssn", "path": pointer},
    ):
        house.origin.take()
        answer = patched(house, mode, [change], dice)
        assert (answer.status, answer.reason, house.origin.take()) == (400, "body_invalid", []), change


@pytest.mark.parametrize("mode", ["enforce", "observe"])
def test_a_large_json_patch_holds_no_worker(house: House, mode: str) -> None:
    deep = "/friend" * 60 + "/name"
    value = {"document": {"passport": "C01X"}, "cards": ["4929"] * 10}
    for change in (
        {"op": "move", "from": deep, "path": deep},
        {"op": "add", "path": deep, "value": "x"},
        {"op": "add", "path": "", "value": value},
        {"op": "remove", "path": "/name"},
    ):
        patch = json.dumps([change] * (900_000 // len(json.dumps(change))))
        began = time.monotonic()
        ask(house.engine.port, "PATCH", f"/{mode}/people/7", [key("desk"), JSON_PATCH], patch.encode())
        assert time.monotonic() - began < 8, change


OWNED = """
openapi: 3.1.0
info: {title: Owners under a JSON Patch, version: 1.0.0}
security: [{jwt: []}]
paths:
  /c/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: integer}}]
    get:
      operationId: get
      responses: {"200": {description: It., content: {application/json: {schema: {$ref: "#/components/schemas/Case"}}}}}
    patch:
      operationId: patch
      requestBody:
        required: true
        content:
          application/merge-patch+json: {schema: {$ref: "#/components/schemas/Case"}}
          application/json-patch+json: {schema: {type: array, items: {$ref: "#/components/schemas/Change"}}}
      responses: {"204": {description: Done.}}
components:
  securitySchemes: {jwt: {type: http, scheme: bearer}}
  schemas:
    Case:
      type: object
      properties:
        name: {type: string}
        ownerId: {type: string, x-firstclass: {object: case, owner: subject}}
    Change:
      type: object
      required: [op, path]
      properties: {op: {type: string}, path: {type: string}, from: {type: string}, value: {additionalProperties: true}}
"""


@pytest.fixture(scope="module", params=["enforce", "observe"])
def owned(request: pytest.FixtureRequest) -> Iterator[House]:
    with closing(RawOrigin()) as origin, EngineUnderTest() as engine:
        settings = ApiSettings("shop", "owned.yaml", upstream=origin.url, mode=request.param)
        compiled = compile_api(settings, lambda _: OWNED.encode())
        assert compiled.document is not None, compiled.errors
        changes = directory(int(time.time() * 1000), ["get", "patch"])
        engine.load({"shop": encode(compiled.document).decode()}, changes)
        yield House(engine, origin)


def test_no_json_patch_gives_an_object_to_another_owner(owned: House) -> None:
    owned.origin.says(reply(204))

    def asked(*patch: dict[str, Any]) -> tuple[int, str | None]:
        headers = [bearer(token("partner", sub="ana")), JSON_PATCH]
        answer = ask(owned.engine.port, "PATCH", "/c/1", headers, json.dumps(patch).encode())
        arrived = owned.origin.take()
        assert bool(arrived) == (answer.status == 204), (patch, answer)
        return answer.status, answer.reason

    name = {"op": "add", "path": "/name", "value": "bob"}
    for foreign in (
        {"op": "replace", "path": "/ownerId", "value": "bob"},
        {"op": "add", "path": "/ownerId", "value": None},
        {"op": "replace", "path": "", "value": {"name": "x", "ownerId": "bob"}},
    ):
        assert asked(name, foreign) == (404, "foreign_object"), foreign
    for refused in (
        {"op": "copy", "from": "/name", "path": "/ownerId"},
        {"op": "move", "from": "/name", "path": "/ownerId"},
        {"op": "move", "from": "/ownerId", "path": "/name"},
        {"op": "copy", "from": "/name", "path": ""},
        {"op": "remove", "path": "/ownerId"},
        {"op": "remove", "path": ""},
        {"op": "replace", "path": "", "value": None},
        {"op": "replace", "path": "", "value": {"OwnerId": "bob"}},
        *({"op": "add", "path": path, "value": "bob"} for path in ("/OwnerId", "ownerId", "#/ownerId", "//ownerId")),
        {"op": "inc", "path": "/ownerId", "value": "ana"},
    ):
        assert asked(name, refused) == (400, "body_invalid"), refused
    assert asked(name, {"op": "replace", "path": "/ownerId", "value": "ana"}) == (204, None)
    assert asked({"op": "replace", "path": "", "value": {"name": "x", "ownerId": "ana"}}) == (204, None)
