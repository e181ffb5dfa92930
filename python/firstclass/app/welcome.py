"""What `dev` tells a newcomer once it is ready: an API that does not answer (`run`, too), and the command that comes
next. Where nobody needs a key yet, the commands that lead to one are told when somebody does."""

from __future__ import annotations

import json
import shlex
import socket
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

from firstclass.app.first_call import find_first_call, some_operations, traffic_url
from firstclass.app.overlay_samples import ASK_FOR_A_KEY
from firstclass.app.settings import LoadedSettings
from firstclass.app.upstream_look import find_stranger
from firstclass.base.settings import Settings
from firstclass.model.errors import FirstclassError
from firstclass.storage import Store

PROBE_SECONDS = 0.5


def silent_upstreams(settings: Settings) -> Iterator[str]:
    """Lines for people, also of upstreams that are no HTTP servers. Connects to each, and sends nothing (but to ports
    that are named for TLS)."""
    for entry in settings.apis:
        if not answers(entry.upstream):
            yield f"{entry.name}: nothing answers at {entry.upstream} yet; its calls get 502 upstream_unreachable"
        elif (stranger := find_stranger(entry.upstream, may_send=False)) is not None:
            yield f"{entry.name}: {stranger}"


class NextSteps:
    """Says once how to let an application in, while there is none: as soon as a live contract asks for a key."""

    def __init__(self, store: Store, settings: Settings, say: Callable[[str], None]) -> None:
        """`say` gets lines for people."""
        self._store = store
        self._settings = settings
        self._say = say
        self._seen: dict[str, str] | None = None
        self._told: set[bool] = set()

    def turn(self, live: Mapping[str, str]) -> None:
        """Say what comes next; `live` are the hashes of what was applied. Returns at once where nothing changed."""
        if live == self._seen:
            return
        self._seen = dict(live)
        try:
            with self._store.read() as reader:
                is_fresh = not reader.applications.all()
                bundles = [(bundle.api, json.loads(bundle.payload)) for bundle in reader.bundles.current()]
        except FirstclassError:
            return  # control says what is wrong with the store
        if not is_fresh or not bundles:
            return
        closed = next(((api, document) for api, document in bundles if asks_for_key(document)), None)
        if (closed is not None) in self._told:
            return
        self._told.add(closed is not None)
        for line in self._let_in(*closed) if closed is not None else self._open_to_all(bundles[0][1]):
            self._say(line)

    def _open_to_all(self, document: dict[str, Any]) -> Iterator[str]:
        url = traffic_url(self._settings)
        call = find_first_call(document, url) if url else None
        if call and "$KEY" not in call:
            yield "next, in another terminal:"
            yield f"  {call}"

    def _let_in(self, api: str, document: dict[str, Any]) -> Iterator[str]:
        chosen = some_operations(document)
        yield "next, in another terminal in this directory, let an application in:"
        yield "  firstclass applications create my-app --owner you@example.com"
        yield f"  firstclass subscriptions create my-app --api {api} --operations {shlex.quote(','.join(chosen))}"
        yield "  KEY=$(firstclass keys issue my-app --expires 90d)"
        url = traffic_url(self._settings)
        if call := find_first_call(document, url, chosen) if url else None:
            yield f"  {call}"


def asks_for_key(document: dict[str, Any], operations: Collection[str] | None = None) -> bool:
    """Whether some operation, of these (None: of all), can be called with a key."""
    asked = [each for each in document["operations"] if operations is None or each["id"] in operations]
    ways = [way for operation in asked for way in operation["access"].get("any_of", ())]
    return any(document["schemes"][requirement["scheme"]]["kind"] == "key" for way in ways for requirement in way)


def where_to_ask_for_keys(loaded: LoadedSettings, api: str) -> str:
    """What somebody changes so that an API asks for keys: the comment that `init` wrote, where it is still there."""
    for name in (name for entry in loaded.settings.apis if entry.name == api for name in entry.overlays):
        with suppress(OSError, ValueError):
            if f"# {ASK_FOR_A_KEY}" in (loaded.directory / name).read_text(encoding="utf-8"):
                return f'in {name}, take the "# " off the lines below the comment "{ASK_FOR_A_KEY}"'
    return "security with a scheme of type apiKey, in its contract or an overlay, asks for them"


def answers(upstream: str) -> bool:
    """Whether something takes connections there."""
    parts = urlsplit(upstream)
    try:
        with socket.create_connection((parts.hostname or "", parts.port or 80), timeout=PROBE_SECONDS):
            return True
    except OSError:
        return False
