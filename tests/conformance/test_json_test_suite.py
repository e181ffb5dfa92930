"""JSONTestSuite through a running engine, as a request's body and as an origin's answer."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from running import Running, running

from firstclass.engine.cases.origin import Reply

JSON = [("Content-Type", "application/json")]
ANYTHING = {"additionalProperties": {"$ref": "#/components/schemas/A"}, "items": {"$ref": "#/components/schemas/A"}}
CONTENT = {"application/json": {"schema": {"$ref": "#/components/schemas/A"}}}
CONTRACT = {
    "openapi": "3.1.0",
    "info": {"title": "Anything", "version": "1"},
    "security": [],
    "x-firstclass": {"responses": "strict"},
    "paths": {
        "/json": {
            "post": {
                "operationId": "send",
                "requestBody": {"required": True, "content": CONTENT},
                "responses": {"204": {"description": "Fine."}},
            },
            "get": {"operationId": "fetch", "responses": {"200": {"description": "Fine.", "content": CONTENT}}},
        }
    },
    "components": {"schemas": {"A": ANYTHING}},
}
# I-JSON (RFC 7493 §2.3): names are unique.
DUPLICATE_NAMES = {"y_object_duplicated_key.json", "y_object_duplicated_key_and_value.json"}


@pytest.fixture(scope="module")
def gateway() -> Iterator[Running]:
    with running({"contract.json": CONTRACT}) as gateway:
        yield gateway


@pytest.fixture(scope="module")
def documents(test_data: Path) -> dict[str, bytes]:
    found = sorted((test_data / "json-parsing" / "test_parsing").glob("*.json"))
    assert len(found) > 300
    return {path.name: path.read_bytes() for path in found}


def is_sent_on(gateway: Running, body: bytes) -> bool:
    """Whether the origin saw it as a request, byte for byte."""
    gateway.origin.reply, _ = Reply(status=204, headers=[], body=b""), gateway.origin.take()
    answer = gateway.call("POST", "/json", JSON, body)
    seen = gateway.origin.take()
    assert (answer.status, len(seen)) in ((204, 1), (400, 0)), (answer, seen)
    assert all(each.body == body for each in seen)
    return bool(seen)


def is_answered(gateway: Running, body: bytes) -> bool:
    """Whether the client got it as an answer, byte for byte; else it got none of it."""
    gateway.origin.reply, _ = Reply(headers=JSON, body=body), gateway.origin.take()
    answer = gateway.call("GET", "/json", [])
    assert len(gateway.origin.take()) == 1
    assert answer.status in (200, 502), answer
    assert answer.status == 502 or answer.body == body
    return answer.status == 200


@pytest.mark.parametrize("passes", [is_sent_on, is_answered], ids=["request", "answer"])
def test_json_passes_and_what_is_none_does_not(gateway: Running, documents: dict[str, bytes], passes) -> None:
    wrong = [
        f"{name}: {'refused' if name.startswith('y') else 'accepted'}"
        for name, body in documents.items()
        if not name.startswith("i_")
        and passes(gateway, body) != (name.startswith("y_") and name not in DUPLICATE_NAMES)
    ]
    assert not wrong, wrong


def test_where_the_suite_leaves_it_open_both_directions_agree(gateway: Running, documents: dict[str, bytes]) -> None:
    open_ = {name: body for name, body in documents.items() if name.startswith("i_")}
    differ = [name for name, body in open_.items() if is_sent_on(gateway, body) != is_answered(gateway, body)]
    assert not differ


def test_what_i_json_forbids_is_refused(gateway: Running, documents: dict[str, bytes]) -> None:
    # RFC 7493 §2.1: UTF-8 alone, and no surrogate that has no other half.
    names = [
        next(name for name in documents if name.startswith("i_string_1st_surrogate_but")),
        "i_string_UTF-16LE_with_BOM.json",
        "i_string_invalid_lonely_surrogate.json",
        "i_string_lone_second_surrogate.json",
        "i_string_overlong_sequence_2_bytes.json",
        "i_string_utf16BE_no_BOM.json",
        "i_structure_UTF-8_BOM_empty_object.json",
    ]
    assert [name for name in names if is_sent_on(gateway, documents[name])] == []
