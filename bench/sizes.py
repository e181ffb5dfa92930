"""Resident memory of the engine process, cold start, and how long `--help` takes."""

from __future__ import annotations

import statistics
import subprocess
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from bench import firstclass_proxy as ours
from bench import measure
from bench.contract import API
from bench.payloads import Workload

KEYS = 100_000
OPERATIONS = 1_000
_SETTLE_SECONDS = 3.0
_KEYS_PER_APPLICATION = 100


def resident(scratch: Path, upstream_port: int, works: list[Workload]) -> dict[str, float]:
    """Megabytes of the engine process: with one small contract and nothing else, and with many keys and operations."""
    empty = _resident_after(scratch / "empty", upstream_port, works, keys=0, more_operations=0)
    full = _resident_after(
        scratch / "full", upstream_port, works, keys=KEYS, more_operations=OPERATIONS - 2 * len(works)
    )
    return {"empty_mb": empty, "full_mb": full}


def _resident_after(
    place: Path, upstream_port: int, works: list[Workload], *, keys: int, more_operations: int
) -> float:
    traffic, status = ours.prepare(place, upstream_port, works, more_operations)
    ours.run(place, "apply")
    if keys:
        insert_keys(place / "data", keys)
    gateway = ours.start_prepared(place, traffic, status)
    try:
        time.sleep(_SETTLE_SECONDS)
        return measure.resident_megabytes(gateway.children()["engine"])
    finally:
        gateway.process.stop()


def insert_keys(data: Path, count: int, subscribed_to: tuple[str, ...] = ()) -> list[str]:
    """Real keys, in one transaction of the product's own store; their applications may call what is named."""
    from firstclass.app.opening import open_keyring, open_store
    from firstclass.identity.key_text import digest, make_key
    from firstclass.model import ids
    from firstclass.model.applications import Application
    from firstclass.model.credentials import Credential
    from firstclass.model.subscriptions import APPROVED, Subscription

    store, keyring, randomness = open_store(data), open_keyring(data), _randomness()
    pepper, keys = keyring.pepper(), []
    with store.change("bench", "key.issue") as change:
        change.bind_keyring(keyring.id)
        for number in range(count):
            if number % _KEYS_PER_APPLICATION == 0:
                application = Application(
                    id=ids.make_id(ids.APPLICATION, change.now, randomness(10)),
                    name=f"bench {number}",
                    owner="bench@example.org",
                    kind="server",
                    enabled=True,
                    created_at=change.now,
                    tenant=change.tenant,
                )
                change.put_application(application)
                if subscribed_to:
                    subscription = Subscription(
                        id=ids.make_id(ids.SUBSCRIPTION, change.now, randomness(10)),
                        application=application.id,
                        api=API,
                        operations=subscribed_to,
                        unmask=(),
                        state=APPROVED,
                        created_at=change.now,
                        tenant=change.tenant,
                    )
                    change.put_subscription(subscription)
            key, prefix = make_key(randomness)
            keys.append(key.reveal().decode())
            change.put_credential(
                Credential(
                    id=ids.make_id(ids.CREDENTIAL, change.now, randomness(10)),
                    application=application.id,
                    prefix=prefix,
                    digest=digest(pepper.value, key),
                    pepper=pepper.id,
                    created_at=change.now,
                    expires_at=change.now + timedelta(days=90),
                    tenant=change.tenant,
                )
            )
    store.close()
    return keys


def _randomness() -> Callable[[int], bytes]:
    from firstclass.base.randomness import random_bytes

    return random_bytes


def start_seconds(scratch: Path, upstream_port: int, works: list[Workload], times: int) -> dict[str, float]:
    """Medians of `firstclass run` to /readyz 200, on both cores: with an empty data directory, and started again.

    The processor time beside each tells what a busy machine adds.
    """
    taken: dict[str, list[float]] = {}
    for number in range(times):
        place = scratch / f"start-{number}"
        traffic, status = ours.prepare(place, upstream_port, works)
        for name in ("first", "again"):
            gateway = ours.start_prepared(place, traffic, status, cores="0,1")
            taken.setdefault(name, []).append(gateway.ready_seconds)
            taken.setdefault(f"{name}_cpu", []).append(gateway.ready_cpu_seconds)
            gateway.process.stop()
    return {name: statistics.median(each) for name, each in taken.items()}


def help_seconds(times: int) -> float:
    """Median of `firstclass --help`, a new process each time."""
    taken = []
    for _ in range(times):
        began = time.monotonic()
        subprocess.run([str(ours.COMMAND), "--help"], stdout=subprocess.DEVNULL, check=True)
        taken.append(time.monotonic() - began)
    return statistics.median(taken)
