"""What `dev` tells a newcomer once it is ready: an API that does not answer, and the command that comes next."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from urllib.parse import urlsplit

from firstclass.app.first_call import some_operations
from firstclass.base.settings import Settings
from firstclass.storage import Store

PROBE_SECONDS = 0.5


def welcome(settings: Settings, store: Store) -> Iterator[str]:
    """Lines for people. Connects to each upstream once, and sends nothing."""
    for entry in settings.apis:
        if not answers(entry.upstream):
            yield f"{entry.name}: nothing answers at {entry.upstream} yet; its calls get 502 upstream_unreachable"
    with store.read() as reader:
        is_fresh = not reader.applications.all()
        live = reader.bundles.current()
    if is_fresh and live:
        some = some_operations(json.loads(live[0].payload))
        yield "next, in another terminal in this directory, let an application in:"
        yield "  firstclass applications create my-app --owner you@example.com"
        yield f"  firstclass subscriptions create my-app --api {live[0].api} --operations {some}"
        yield "  KEY=$(firstclass keys issue my-app --expires 90d)"


def answers(upstream: str) -> bool:
    """Whether something takes connections there."""
    parts = urlsplit(upstream)
    try:
        with socket.create_connection((parts.hostname or "", parts.port or 80), timeout=PROBE_SECONDS):
            return True
    except OSError:
        return False
