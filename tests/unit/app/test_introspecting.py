"""Questions that need no issuer to be answered: nobody waits for what cannot be asked."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from pathlib import Path

import pytest

from firstclass.app import introspecting
from firstclass.app.introspecting import Introspecting
from firstclass.app.opening import read_client_secret
from firstclass.base.secret import Secret
from firstclass.identity.keyring import Keyring
from firstclass.model.issuers import Introspection, Issuer
from firstclass.storage import Store

QUESTION = {"kind": "introspect", "question": "q-1", "issuer": "opaque", "token": "TOKEN-CANARY"}


def answered(tmp_path: Path, issuer: Issuer | None) -> tuple[list[tuple[str, dict]], list[str]]:
    told: list[tuple[str, dict]] = []
    said: list[str] = []
    store, keyring = Store.open(tmp_path), Keyring.open(tmp_path)
    if issuer is not None:
        with store.change("test", "apply") as change:
            change.put_issuer(issuer)

    async def run() -> None:
        asking = Introspecting(store, keyring, lambda engine, frame: told.append((engine, frame)), said.append)
        asking.heard("eng_1", QUESTION)
        for _ in range(200):
            await asyncio.sleep(0.02)
            if told:
                return

    asyncio.run(run())
    store.close()
    return told, said


def opaque(**how: str) -> Issuer:
    asked = Introspection("http://127.0.0.1:9/introspect", "us", **how)
    return Issuer("opaque", "https://o.example", ("a",), None, (), ("client_id",), (), introspection=asked)


@pytest.mark.parametrize("issuer", [None, opaque(secret_env="FIRSTCLASS_TEST_UNSET")], ids=["unknown", "no secret"])
def test_what_cannot_be_asked_is_answered_with_nothing_and_signed(tmp_path, issuer):
    told, said = answered(tmp_path, issuer)
    ((engine, frame),) = told
    assert engine == "eng_1" and json.loads(frame["payload"]) == {"question": "q-1", "said": None}
    assert frame["kind"] == "introspected" and frame["signature"]["value"]
    assert "CANARY" not in str(told) + str(said)
    assert len(said) == (issuer is not None)


def test_a_slow_issuer_starves_no_other(tmp_path, monkeypatch):
    async def ask(issuer: Issuer, *_: object) -> dict:
        await asyncio.sleep(60 if issuer.name == "slow" else 0)
        return {"active": True}

    monkeypatch.setattr(introspecting, "_introspect", ask)
    monkeypatch.setattr(introspecting, "MOST_AT_ONCE", 2)
    monkeypatch.setattr(introspecting, "MOST_WAITING", 8)
    told: list[dict] = []
    store, keyring = Store.open(tmp_path), Keyring.open(tmp_path)
    with store.change("test", "apply") as change:
        for name in ("slow", "quick"):
            change.put_issuer(replace(opaque(secret_env="UNSET"), name=name, issuer=f"https://{name}.example"))

    async def run() -> None:
        asking = Introspecting(store, keyring, lambda _, frame: told.append(json.loads(frame["payload"])), print)
        for index in range(introspecting.MOST_WAITING):
            asking.heard("eng_1", {**QUESTION, "issuer": "slow", "question": f"s-{index}"})
        await asyncio.sleep(0.1)
        asking.heard("eng_1", {**QUESTION, "issuer": "quick"})
        for _ in range(100):
            await asyncio.sleep(0.02)
            if told:
                return

    asyncio.run(run())
    store.close()
    assert told == [{"question": "q-1", "said": {"active": True}}]


def test_invented_tokens_starve_none_that_were_active(tmp_path, monkeypatch):
    async def ask(issuer: Issuer, how: Introspection, token: Secret) -> dict:
        await asyncio.sleep(60 if token.reveal_text().startswith("invented") else 0)
        return {"active": True}

    monkeypatch.setattr(introspecting, "_introspect", ask)
    monkeypatch.setattr(introspecting, "MOST_AT_ONCE", 2)
    monkeypatch.setattr(introspecting, "MOST_WAITING", 8)
    told: list[dict] = []
    store, keyring = Store.open(tmp_path), Keyring.open(tmp_path)
    with store.change("test", "apply") as change:
        change.put_issuer(opaque(secret_env="UNSET"))

    async def run() -> None:
        asking = Introspecting(store, keyring, lambda _, frame: told.append(json.loads(frame["payload"])), print)
        for index in range(introspecting.MOST_WAITING + 1):
            asking.heard("eng_1", {**QUESTION, "token": f"invented-{index}", "question": f"i-{index}"})
        await asyncio.sleep(0.1)
        asking.heard("eng_1", {**QUESTION, "token": "old", "known": True})
        for _ in range(100):
            await asyncio.sleep(0.02)
            if len(told) == 2:
                return

    asyncio.run(run())
    store.close()
    one_too_many = {"question": f"i-{introspecting.MOST_WAITING}", "said": None}
    assert told == [one_too_many, {"question": "q-1", "said": {"active": True}}]


def test_a_secret_is_read_where_it_lies(tmp_path, monkeypatch):
    (tmp_path / "secret").write_text("s3cret\n")
    assert read_client_secret(Introspection("u", "c", secret_file=str(tmp_path / "secret"))).reveal_text() == "s3cret"
    monkeypatch.setenv("SECRET_OF_TEST", "other")
    assert read_client_secret(Introspection("u", "c", secret_env="SECRET_OF_TEST")).reveal_text() == "other"
    with pytest.raises(OSError, match="UNSET_OF_TEST"):
        read_client_secret(Introspection("u", "c", secret_env="UNSET_OF_TEST"))
