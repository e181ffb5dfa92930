"""Threat 35: revocation, rates and reloads under many callers at once."""

from __future__ import annotations

import socket
import struct
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

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


def test_calls_at_once_are_never_more_than_the_plan_says() -> None:
    limit = {"kind": "concurrency", "operation": None, "by": ["application"], "count": 3}
    with started_gateway(workers=2, plan=plan_of(limits=[limit])) as gateway, ThreadPoolExecutor(32) as pool:
        statuses = Counter(pool.map(lambda _: ask(gateway.port, "GET", "/admin", [key("desk")]).status, range(400)))
        assert set(statuses) <= {200, 429} and statuses[200] >= 3
        gateway.origin.take()
        # Each place came back: three callers find theirs.
        after = Counter(ask(gateway.port, "GET", "/admin", [key("desk")]).status for _ in range(20))
        assert after == {200: 20}


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


def test_no_call_passes_after_a_revocation_that_was_waited_for(product: Product) -> None:
    issued = product.cli_json("keys", "issue", "desk", "--expires", "1d")
    time.sleep(1.1)
    secret, late, passed, done = [("X-API-Key", issued["key"])], [], [0], threading.Event()
    acknowledged = [float("inf")]

    def hammer() -> None:
        while not done.is_set():
            began = time.monotonic()
            status = ask(product.port, "GET", "/admin", secret).status
            passed[0] += status == 200
            if status == 200 and began > acknowledged[0]:
                late.append(began - acknowledged[0])

    threads = [threading.Thread(target=hammer) for _ in range(16)]
    for each in threads:
        each.start()
    time.sleep(0.5)
    product.cli("keys", "revoke", issued["id"], "--wait")
    acknowledged[0] = time.monotonic()
    time.sleep(0.7)
    done.set()
    for each in threads:
        each.join()
    assert passed[0] > 0 and late == []


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


def test_reloads_under_load_lose_nothing_and_open_nothing(gateway: Gateway, product: Product) -> None:
    secret, done, odd = [("X-API-Key", product.keys["desk"])], threading.Event(), Counter[int]()
    contract = product.directory / "shop.yaml"
    text = contract.read_text()

    def hammer(headers: list[tuple[str, str]], wanted: int) -> None:
        while not done.is_set():
            status = ask(product.port, "GET", "/admin", headers).status
            odd[status] += status != wanted

    threads = [
        threading.Thread(target=hammer, args=args) for args in ((secret, 200), ([], 401), (secret, 200), ([], 401))
    ]
    for each in threads:
        each.start()
    for version in range(5):
        contract.write_text(text.replace("version: 1.0.0", f"version: 1.0.{version + 1}"))
        product.cli("apply")
    contract.write_text(text)
    product.cli("apply")
    done.set()
    for each in threads:
        each.join()
    assert +odd == Counter()
