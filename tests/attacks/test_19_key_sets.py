"""Threat 19: strangers who make the gateway fetch keys, and identity providers that fail."""

from __future__ import annotations

import base64
import json
import os
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import pytest
from gateway import Gateway, Product, bearer, processes_of, started_product, token
from raw import ask, reply, send

from firstclass.engine.cases.minting import Signer


def strangers(count: int, series: int) -> list[bytes]:
    """Requests with tokens that name a key each, of an honest issuer; nobody has signed them."""
    _, payload, signature = token().encode().split(b".")
    requests = []
    for i in range(count):
        header = json.dumps({"alg": "ES256", "typ": "at+jwt", "kid": f"{series}-{i:09d}"}).ljust(60).encode()
        text = b".".join([base64.urlsafe_b64encode(header), payload, signature])
        requests.append(b"GET /stock HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer " + text + b"\r\n\r\n")
    return requests


def statuses_of(port: int, requests: list[bytes]) -> Counter[int]:
    """What became of requests that are sent at once on few connections."""
    statuses = Counter[int]()
    for start in range(0, len(requests), 500):
        part = requests[start : start + 500]
        last = part[-1].replace(b"Host: a", b"Host: a\r\nConnection: close")
        statuses.update(send(port, b"".join([*part[:-1], last]), silence=5.0).statuses)
    return statuses


def test_many_unknown_keys_ask_control_once(gateway: Gateway) -> None:
    before = len(gateway.engine.frames("keys_wanted"))
    assert statuses_of(gateway.port, strangers(10_000, series=1)) == {401: 10_000}
    time.sleep(0.5)
    wanted = gateway.engine.frames("keys_wanted")[before:]
    assert len([frame for frame in wanted if frame["issuer"] == "partner"]) <= 1
    assert gateway.origin.received == b""


def test_a_token_of_an_unknown_issuer_asks_for_nothing(gateway: Gateway) -> None:
    before = len(gateway.engine.frames("keys_wanted"))
    for i in range(20):
        text = token(iss="https://evil.example", header={"kid": f"evil-{i}"})
        assert ask(gateway.port, "GET", "/stock", [bearer(text)]).status == 401
    time.sleep(0.3)
    assert len(gateway.engine.frames("keys_wanted")) == before


@dataclass
class Provider:
    """The product, and what its identity provider says to whoever fetches the keys of `partner`."""

    product: Product
    path: str = "/partner/jwks.json"

    def fetches(self) -> int:
        return self.product.origin.fetched.count(self.path)

    def says(self, content: Callable[[], bytes | Iterable[bytes]]) -> None:
        """From now on; returns once it was asked, which a control process does that begins."""
        self.product.origin.files[self.path] = content
        before = self.fetches()
        (control,) = [
            process
            for process in processes_of(self.product.process.pid)
            if b"firstclass.app.control" in (process / "cmdline").read_bytes()
        ]
        os.kill(int(control.name), signal.SIGKILL)
        deadline = time.monotonic() + 20
        while self.fetches() == before:
            assert time.monotonic() < deadline
            time.sleep(0.05)

    def judges(self, text: str) -> int:
        """The status of a call with this token; the origin sees it where that is 200, and only there."""
        self.product.origin.take()
        status = ask(self.product.port, "GET", "/stock", [bearer(text)]).status
        assert len(self.product.origin.take()) == (status == 200)
        return status


@pytest.fixture(scope="module")
def provider(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Provider]:
    with started_product(tmp_path_factory.mktemp("provider")) as product:
        yield Provider(product)


def keys(*algorithms: str) -> Callable[[], bytes]:
    body = json.dumps({"keys": Signer("partner").public_keys(list(algorithms))}).encode()
    return lambda: reply(200, body)


def slowly() -> Iterator[bytes]:
    yield b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n"
    for _ in range(40):
        yield b" "
        time.sleep(0.5)


class TwoGigabytes:
    """A key set that begins well and goes on; `sent`: how much of it anybody took."""

    def __init__(self) -> None:
        self.sent = 0

    def __call__(self) -> Iterator[bytes]:
        yield b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2147483648\r\n\r\n"
        yield b'{"keys": ['
        for _ in range(32_768):
            yield b" " * 65_536
            self.sent += 65_536


FAILING: dict[str, Callable[[], bytes | Iterable[bytes]]] = {
    "a failure": lambda: reply(500, b"x"),
    "a failure that looks like keys": lambda: reply(500, b'{"keys":[]}'),
    "a page": lambda: reply(200, b"<html>", "text/html"),
    "half an answer": lambda: reply(200, b'{"keys":[]}')[:-5],
    "half a document": lambda: reply(200, b'{"keys":['),
    "another place": lambda: reply(302, b"", Location="http://127.0.0.1:1/"),
    "nothing": lambda: b"",
    "a byte now and then": slowly,
}


@pytest.mark.parametrize("name", FAILING)
def test_a_failing_provider_does_not_take_its_keys_along(provider: Provider, name: str) -> None:
    provider.says(FAILING[name])
    for _ in range(5):
        assert provider.judges(token()) == 200
        assert provider.judges(token(signer="stranger")) == 401
        time.sleep(0.1)


def test_two_gigabytes_of_keys_are_not_read(provider: Provider) -> None:
    endless = TwoGigabytes()
    provider.says(endless)
    time.sleep(1.0)
    assert provider.judges(token()) == 200
    assert endless.sent < 16 * 1024 * 1024


def test_strangers_cause_no_fetch_beside_the_schedule(provider: Provider) -> None:
    provider.says(keys("ES256", "EdDSA"))
    before = provider.fetches()
    assert statuses_of(provider.product.port, strangers(10_000, series=2)) == {401: 10_000}
    time.sleep(1.5)
    # It was asked a moment ago: for 30 seconds no token of a stranger's makes it be asked again.
    assert provider.fetches() == before
    assert provider.judges(token()) == 200


def test_a_key_that_the_provider_withdrew_is_dead_once_that_is_known(provider: Provider) -> None:
    provider.says(keys("ES256", "EdDSA"))
    old, new = token(), token(algorithm="EdDSA")
    assert provider.judges(old) == provider.judges(new) == 200
    provider.says(keys("EdDSA"))
    deadline = time.monotonic() + 5
    while provider.judges(old) != 401:  # it was verified before, and is remembered
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert provider.judges(token()) == 401 and provider.judges(new) == 200
