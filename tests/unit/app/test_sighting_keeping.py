"""What engines saw reaches the store and, once, a person."""

from __future__ import annotations

import asyncio
from pathlib import Path

from firstclass.app.sighting_keeping import SightingKeeping
from firstclass.storage import Store


def heard(tmp_path: Path, *frames: dict) -> tuple[list[str], Store]:
    said: list[str] = []
    store = Store.open(tmp_path)

    async def run() -> None:
        keeping = SightingKeeping(store, said.append)
        for frame in frames:
            if frame["kind"] == "sessions":
                keeping.heard_sessions("eng_1", frame)
            else:
                keeping.heard_unregistered(frame)
        await keeping.flush()

    asyncio.run(run())
    return said, store


def client(client_id: str, calls: int = 1) -> dict:
    return {"issuer": "people", "client_id": client_id, "calls": calls, "last_seen": 1_790_000_000_000}


def test_an_unregistered_application_is_said_once_and_kept(tmp_path):
    frame = {"kind": "unregistered", "clients": [client("a", 2)], "more": 0}
    said, store = heard(tmp_path, frame, frame)
    assert len(said) == 1 and "nobody registered: a " in said[0]
    with store.read() as reader:
        assert [(c.client_id, c.calls) for c in reader.sightings.unregistered()] == [("a", 4)]
    store.close()


def test_the_share_of_unknown_sessions_is_said_when_it_grows_and_kept(tmp_path):
    def sessions(known: int, unknown: int) -> dict:
        return {"kind": "sessions", "held": 1, "apis": [{"api": "shop", "known": known, "unknown": unknown}]}

    said, store = heard(tmp_path, sessions(3, 0), sessions(3, 1), sessions(9, 1), sessions(9, 3))
    assert len(said) == 1 and said[0].startswith("shop: 1 of 4 calls with a session (25%)"), "at most once a minute"
    with store.read() as reader:
        calls = reader.sightings.session_calls("shop")
    assert (calls.known, calls.unknown) == (9, 3)
    store.close()


def test_a_strangers_text_does_not_write_lines_into_the_log(tmp_path):
    hostile = client("a\nerror: x\x1b[31m" + "y" * 200)
    (line,), store = heard(tmp_path, {"kind": "unregistered", "clients": [hostile], "more": 0})
    store.close()
    assert line.isprintable() and f": a?error: x?[31m{'y' * 65} (" in line
