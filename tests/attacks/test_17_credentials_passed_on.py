"""Threat 17, where the API checks callers itself: what passes on is its own, once, never a key of ours; who sends it is
nobody."""

from __future__ import annotations

import base64
import time
from collections.abc import Iterator
from http.cookies import SimpleCookie
from pathlib import Path
from urllib.parse import quote

import pytest
from gateway import DAY_MS
from raw import RawOrigin, ask, reply

from firstclass.compiler import ApiSettings, compile_api, encode
from firstclass.engine.cases.directory import PEPPER, PEPPER_ID
from firstclass.engine.cases.gateway import EngineUnderTest
from firstclass.engine.cases.minting import digest, mint_key

CONTRACT = Path(__file__).parents[2] / "bundle" / "cases" / "own-credentials" / "contract.yaml"
OURS = mint_key("desk")
PATHS = ("/token", "/observed", "/basic", "/key", "/cookie", "/either", "/any", "/public", "/feed", "/users/7", "/old")
Header = tuple[str, str]


@pytest.fixture(scope="module")
def house() -> Iterator[tuple[EngineUnderTest, RawOrigin]]:
    origin = RawOrigin()
    origin.says(reply(200, b"{}"))
    compiled = compile_api(ApiSettings("shop", "c.yaml", upstream=origin.url), lambda _: CONTRACT.read_bytes())
    assert compiled.document is not None, compiled.errors
    operations = [operation["id"] for operation in compiled.document["operations"]]
    about = {"tenant": "main", "application": "desk"}
    expires = int(time.time() * 1000) + DAY_MS
    key = {"digest": digest(PEPPER, OURS), "pepper": PEPPER_ID, "state": "active", "expires_at": expires}
    granted = {**about, "api": "shop", "operations": operations, "unmask": [], "until": None}
    changes = [
        {
            "type": "application",
            "id": "desk",
            "value": {"tenant": "main", "name": "desk", "enabled": True, "clients": []},
        },
        {"type": "credential", "id": "desk", "value": {**about, **key}},
        {"type": "subscription", "id": "desk", "value": granted},
    ]
    with EngineUnderTest() as engine:
        engine.load({"shop": encode(compiled.document).decode()}, changes)
        yield engine, origin
    origin.close()


def arrived(house: tuple[EngineUnderTest, RawOrigin], path: str, *headers: Header) -> list[str]:
    """What reached the API."""
    engine, origin = house
    origin.take()
    ask(engine.port, "GET", path, headers)
    return [
        "\n".join(f"{name}: {value}" for name, value in [("", each.target), *each.headers]) for each in origin.take()
    ]


def disguises() -> list[Header]:
    """A key of ours in every place where a credential of the API's may stand, as mistaken clients put it there."""
    pairs = [base64.b64encode(text.encode()).decode() for text in (f"{OURS}:", f":{OURS}", f"user:{OURS}x", OURS)]
    values = [f"Bearer {OURS}", f"bearer  {OURS}", OURS, f"Bearer x.{OURS}", *(f"Basic {pair}" for pair in pairs)]
    values += [f"basic {pair.rstrip('=')}" for pair in pairs]
    cookies = [f"SID={OURS}", f'SID="{OURS}"', f"theme=a; SID={OURS}; b=1"]
    headers = [("X-Old-Key", OURS), ("api_key", OURS), ("api_key", f"key={OURS}"), ("X-App-Key", OURS)]
    return [*(("Authorization", value) for value in values), *(("Cookie", value) for value in cookies), *headers]


@pytest.mark.parametrize("path", PATHS)
def test_a_key_of_ours_reaches_no_api(house: tuple[EngineUnderTest, RawOrigin], path: str) -> None:
    packed = [base64.b64encode(f"{before}fc_live_".encode())[4:12].decode() for before in ("", ":", "user:")]
    for header in disguises():
        for message in arrived(house, path, header):
            assert "fc_live_" not in message and not any(part in message for part in packed), (header, message)


def test_a_key_of_ours_in_the_query_reaches_no_api(house: tuple[EngineUnderTest, RawOrigin]) -> None:
    for value in (OURS, quote(OURS, safe="").replace("_", "%5F"), f"x{OURS}"):
        assert arrived(house, f"/query?appid={value}") == []


@pytest.mark.parametrize("path", ["/token", "/observed", "/either", "/any", "/feed"])
def test_what_is_not_checked_makes_nobody_of_whom_the_api_is_told(
    house: tuple[EngineUnderTest, RawOrigin], path: str
) -> None:
    own = ("Authorization", "Basic dTpw" if path == "/either" else "Bearer anything")
    said = [("Firstclass-Subject", "7"), ("Firstclass-Application", "desk"), ("X-Forwarded-User", "root")]
    (message,) = arrived(house, path, own, *said)
    assert own[1] in message
    for name in ("firstclass-subject", "firstclass-application", "x-forwarded-user"):
        assert name not in message.lower()


@pytest.mark.parametrize("token", ["anything", "7", "null", "eyJhbGciOiJub25lIn0.eyJzdWIiOiI3In0."])
def test_it_owns_nothing(house: tuple[EngineUnderTest, RawOrigin], token: str) -> None:
    assert arrived(house, "/users/7", ("Authorization", f"Bearer {token}")) == []
    assert arrived(house, "/strict/7", ("Authorization", f"Bearer {token}")) == []


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/token", [("Authorization", "Bearer a"), ("authorization", "Bearer b")]),
        ("/observed", [("Authorization", "Bearer a"), ("Authorization", "Basic dTpw")]),
        ("/key", [("api_key", "a"), ("API_KEY", "a")]),
        ("/cookie", [("Cookie", "SID=a; SID=b")]),
        ("/cookie", [("Cookie", "SID=a"), ("Cookie", "SID=b")]),
        ("/any", [("Cookie", "theme=1"), ("Cookie", "SID=b")]),
    ],
)
def test_two_of_one_kind_reach_no_api(
    house: tuple[EngineUnderTest, RawOrigin], path: str, headers: list[Header]
) -> None:
    assert arrived(house, path, *headers) == []


def test_a_good_text_of_the_apis_is_no_way_past_a_key_of_ours(house: tuple[EngineUnderTest, RawOrigin]) -> None:
    own = ("Authorization", "Bearer a")
    assert arrived(house, "/both", own) == arrived(house, "/both", own, ("X-App-Key", mint_key("nobody"))) == []
    assert len(arrived(house, "/both", own, ("X-App-Key", OURS))) == 1


@pytest.mark.parametrize(
    "line", ["SID=x role=admin", "SID=x\trole=admin", "SID=x,role=admin", "SID=x, role=admin", 'SID="x; role=admin']
)
def test_no_second_cookie_hides_in_the_first(house: tuple[EngineUnderTest, RawOrigin], line: str) -> None:
    (message,) = arrived(house, "/cookie", ("Cookie", line))
    (sent,) = [text.partition(": ")[2] for text in message.splitlines() if text.lower().startswith("cookie: ")]
    read = SimpleCookie(sent)
    assert set(read) <= {"SID"}, sent
    # As servers of RFC 2109 split it.
    assert [part.partition("=")[0].strip() for part in sent.replace(",", ";").split(";")] == ["SID"]
