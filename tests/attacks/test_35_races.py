"""Threat 35: revocation, rates and reloads under many callers at once."""

from __future__ import annotations

import socket
import struct
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from gateway import Gateway, Product, key, plan_of, started_gateway
from raw import Arrived, ask, reply, request


def test_a_rate_is_never_overshot_by_callers_at_once() -> None:
    with started_gateway() as gateway:
        with ThreadPoolExecutor(64) as pool:
            statuses = Counter(
                pool.map(lambda _: ask(gateway.port, "GET", "/limited", [key("desk")]).status, range(256))
            )
        # 50 an hour fills up again by one in 72 seconds.
        assert statuses == {200: 50, 429: 206}
        assert len(gateway.origin.take()) == 50


def test_a_quota_is_never_overshot_by_callers_at_once_on_all_cores() -> None:
    """Threat 35 names quotas: 64 callers, two workers, and a limit that changes under them."""
    with started_gateway(workers=2, plan=plan_of(300)) as gateway, ThreadPoolExecutor(64) as pool:
        statuses = Counter(pool.map(lambda _: ask(gateway.port, "GET", "/admin", [key("desk")]).status, range(500)))
        assert statuses == {200: 300, 429: 200}
        assert len(gateway.origin.take()) == 300
        # Raised under load: the sum of what passed stays what the last quota says.
        calls = pool.map(lambda _: ask(gateway.port, "GET", "/admin", [key("desk")]).status, range(400))
        gateway.engine.load({}, [*gateway.changes, plan_of(350)])
        assert Counter(calls)[200] <= 50
        late = Counter(pool.map(lambda _: ask(gateway.port, "GET", "/admin", [key("desk")]).status, range(100)))
        assert late[429] >= 50
        assert len(gateway.origin.take()) == 50


class Presence:
    """How many calls the origin works on at once, and how many those were at most."""

    def __init__(self, gateway: Gateway, seconds: float) -> None:
        self._seconds, self._lock, self._present, self.most = seconds, threading.Lock(), 0, 0
        gateway.origin.answer = self._answer

    def _answer(self, _: Arrived) -> Iterator[bytes]:
        with self._lock:
            self._present += 1
            self.most = max(self.most, self._present)
        time.sleep(self._seconds)
        # Gone before the first byte of the answer leaves: the next call may be there as soon as that has come.
        with self._lock:
            self._present -= 1
        yield reply()


def test_calls_at_once_are_never_more_than_the_plan_says() -> None:
    """64 callers, two workers, an origin that takes its time and counts who is there: three, and never a fourth."""
    limit = {"kind": "concurrency", "operation": None, "by": ["application"], "count": 3}
    with started_gateway(workers=2, plan=plan_of(limits=[limit])) as gateway, ThreadPoolExecutor(64) as pool:
        present = Presence(gateway, 0.03)
        together = threading.Barrier(64)

        def call(_: int) -> tuple[int, str | None]:
            answer = ask(gateway.port, "GET", "/admin", [key("desk")])
            return answer.status, answer.reason

        def calls(_: int) -> list[tuple[int, str | None]]:
            together.wait(20)
            return [call(turn) for turn in range(12)]

        answers = Counter(answer for caller in pool.map(calls, range(64)) for answer in caller)
        assert set(answers) == {(200, None), (429, "concurrency_exceeded")}
        assert len(gateway.origin.take()) == answers[200, None]
        assert present.most == 3
        # Each place came back: three callers find theirs, again and again.
        with ThreadPoolExecutor(3) as three:
            for _ in range(5):
                assert list(three.map(call, range(3))) == [(200, None)] * 3
        assert present.most == 3


def test_without_a_plan_the_origin_sees_all_of_them_at_once() -> None:
    """That the count above can tell: 64 callers are there together where nothing holds them back."""
    with started_gateway(workers=2) as gateway, ThreadPoolExecutor(64) as pool:
        present = Presence(gateway, 0.3)
        statuses = Counter(pool.map(lambda _: ask(gateway.port, "GET", "/admin", [key("desk")]).status, range(64)))
        assert statuses == {200: 64} and present.most > 32


def test_who_leaves_early_keeps_its_place_as_long_as_the_origin_works_for_it() -> None:
    """A call is not called back at the origin: a place that came back at once would let one run any number there."""
    limit = {"kind": "concurrency", "operation": None, "by": ["application"], "count": 2}
    with started_gateway(plan=plan_of(limits=[limit])) as gateway:
        answers = threading.Event()

        def slowly(_: Arrived) -> Iterator[bytes]:
            answers.wait(10)
            yield reply()

        gateway.origin.answer = slowly
        for reset in (False, True):
            with socket.create_connection(("127.0.0.1", gateway.port), timeout=5) as leaver:
                leaver.sendall(request("GET", "/admin", [key("desk")]))
                until(lambda expected=1 + reset: len(gateway.origin.requests) == expected)
                if reset:
                    leaver.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        for _ in range(3):
            time.sleep(0.1)
            assert ask(gateway.port, "GET", "/admin", [key("desk")]).reason == "concurrency_exceeded"
        assert len(gateway.origin.requests) == 2
        answers.set()
        until(lambda: ask(gateway.port, "GET", "/admin", [key("desk")]).status == 200)
        with ThreadPoolExecutor(2) as pool:
            assert (
                list(pool.map(lambda _: ask(gateway.port, "GET", "/admin", [key("desk")]).status, range(2)))
                == [200] * 2
            )


def until(look: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not look():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@contextmanager
def hammering(*callers: Callable[[], None], count: int = 64) -> Iterator[None]:
    """The callers, so many of them in all, each again and again, until the end of the block; what one raises counts."""
    done = threading.Event()

    def hammer(caller: Callable[[], None]) -> None:
        while not done.is_set():
            caller()

    with ThreadPoolExecutor(count) as pool:
        running = [pool.submit(hammer, callers[i % len(callers)]) for i in range(count)]
        try:
            yield
        finally:
            done.set()
        for each in running:
            each.result()


def test_no_call_passes_after_a_revocation_that_was_waited_for(product: Product) -> None:
    issued = product.cli_json("keys", "issue", "desk", "--expires", "1d")
    time.sleep(1.1)
    secret, began_late, arrivals = [("X-API-Key", issued["key"])], list[float](), list[float]()
    acknowledged = [float("inf")]

    def arrived(_: Arrived) -> list[bytes]:
        arrivals.append(time.monotonic())
        return [reply()]

    def call() -> None:
        began = time.monotonic()
        status = ask(product.port, "GET", "/admin", secret).status
        if status == 200 and began > acknowledged[0]:
            began_late.append(began - acknowledged[0])

    product.origin.answer = arrived
    with hammering(call):
        time.sleep(0.5)
        product.cli("keys", "revoke", issued["id"], "--wait")
        acknowledged[0] = time.monotonic()
        time.sleep(2.0)
    assert len(arrivals) > 64 and began_late == []
    # What was on its way when it was acknowledged has arrived a second later.
    assert max(arrivals) < acknowledged[0] + 1.0


def test_a_revoked_subscription_closes_within_a_second(product: Product) -> None:
    created = product.cli_json("subscriptions", "create", "other", "--api", "shop", "--operations", "getAdmin")
    secret = [("X-API-Key", product.keys["other"])]
    time.sleep(1.1)
    assert ask(product.port, "GET", "/admin", secret).status == 200
    product.cli("subscriptions", "revoke", created["id"])
    time.sleep(1.0)
    product.origin.take()
    assert ask(product.port, "GET", "/admin", secret).status == 403
    assert product.origin.take() == []


def test_a_disabled_application_is_out_within_a_second(product: Product) -> None:
    product.cli("applications", "create", "brief", "--owner", "brief@example.com")
    product.cli("subscriptions", "create", "brief", "--api", "shop", "--operations", "getAdmin")
    secret = [("X-API-Key", product.cli_json("keys", "issue", "brief", "--expires", "1d")["key"])]
    time.sleep(1.1)
    assert ask(product.port, "GET", "/admin", secret).status == 200
    product.cli("applications", "disable", "brief")
    time.sleep(1.0)
    assert ask(product.port, "GET", "/admin", secret).status == 401


def test_reloads_under_load_lose_nothing_and_open_nothing(product: Product) -> None:
    secret, odd = [("X-API-Key", product.keys["desk"])], Counter[int]()
    contract = product.directory / "shop.yaml"
    text = contract.read_text()

    def good() -> None:
        status = ask(product.port, "GET", "/admin", secret).status
        odd[status] += status != 200

    def without_a_key() -> None:
        status = ask(product.port, "GET", "/admin", [("X-Forwarded-For", "9.9.9.9")]).status
        odd[status] += status != 401

    product.origin.take()
    with hammering(good, without_a_key):
        for version in range(5):
            contract.write_text(text.replace("version: 1.0.0", f"version: 1.0.{version + 1}"))
            product.cli("apply")
        contract.write_text(text)
        product.cli("apply")
    assert +odd == Counter()
    seen = product.origin.take()
    assert len(seen) > 64 and {tuple(each.values("Firstclass-Application")) for each in seen} == {("desk",)}
