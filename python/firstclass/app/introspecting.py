"""Questions of engines about opaque tokens, put to their issuers (RFC 7662): engines call nobody. Tokens and secrets
pass through, and are neither kept nor logged; an issuer that does not answer is no answer, and the call is refused."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

from firstclass.app.daemon_threads import in_daemon_thread
from firstclass.app.opening import read_client_secret
from firstclass.app.trouble import Trouble
from firstclass.base.secret import Secret
from firstclass.engine.link import Frame
from firstclass.model.errors import FirstclassError
from firstclass.model.issuers import Introspection, Issuer
from firstclass.publish.introspection import AskFailed, introspect
from firstclass.publish.publisher import Signer
from firstclass.storage import Store

# Questions at once, and those that wait, to one issuer and of one kind: a slow issuer starves no other, and tokens that
# somebody invented starve none that were active a moment ago. An engine has bounds of its own.
MOST_AT_ONCE = 32
MOST_WAITING = 1024
LONGEST_SECONDS = 5.0
# How long an issuer's entry is taken for what the store says.
ENTRY_SECONDS = 1.0


# The issuer's entry, and whether the token was active at its last answer.
_Lane = tuple[str, bool]


class Introspecting:
    """Answers `introspect` frames, each as soon as its issuer has."""

    def __init__(
        self, store: Store, signer: Signer, tell: Callable[[str, Frame], None], say: Callable[[str], None]
    ) -> None:
        """`tell(engine, frame)` sends to an engine; `say` gets sentences for people."""
        self._store = store
        self._signer = signer
        self._tell = tell
        self._say = say
        self._places: dict[_Lane, asyncio.Semaphore] = {}
        self._under_way: dict[_Lane, set[asyncio.Task[None]]] = {}
        self._entries: dict[str, tuple[float, Issuer | None]] = {}
        self._troubles: dict[str, Trouble] = {}

    def heard(self, engine: str, frame: Frame) -> None:
        """A question; never waits. One too many is answered with nothing at once."""
        question, token = str(frame["question"]), Secret(str(frame["token"]))
        lane = (str(frame["issuer"]), frame.get("known") is True)
        under_way = self._under_way.setdefault(lane, set())
        if len(under_way) >= MOST_WAITING:
            self._answer(engine, question, None)
            return
        task = asyncio.create_task(self._ask(engine, question, lane, token))
        under_way.add(task)
        task.add_done_callback(under_way.discard)

    async def _ask(self, engine: str, question: str, lane: _Lane, token: Secret) -> None:
        name, _ = lane
        trouble = self._troubles.setdefault(name, Trouble(self._say, f"issuer {name!r} answers again"))
        said = None
        try:
            async with self._places.setdefault(lane, asyncio.Semaphore(MOST_AT_ONCE)):
                issuer = await self._entry(name)
                if issuer is not None and issuer.introspection is not None:
                    said = await asyncio.wait_for(_introspect(issuer, issuer.introspection, token), LONGEST_SECONDS)
                    trouble.over()
        except TimeoutError:
            trouble.met(f"issuer {name!r} is too slow about tokens: their calls are refused")
        except (AskFailed, FirstclassError, OSError) as problem:
            trouble.met(f"issuer {name!r} cannot be asked about tokens: {problem}; their calls are refused")
        self._answer(engine, question, said)

    async def _entry(self, name: str) -> Issuer | None:
        now = asyncio.get_running_loop().time()
        read_at, issuer = self._entries.get(name, (now - ENTRY_SECONDS, None))
        if now - read_at >= ENTRY_SECONDS:
            issuer = await asyncio.to_thread(self._read_entry, name)
            self._entries[name] = (now, issuer)
        return issuer

    def _read_entry(self, name: str) -> Issuer | None:
        with self._store.read() as reader:
            return reader.issuers.find(name)

    def _answer(self, engine: str, question: str, said: dict[str, Any] | None) -> None:
        payload = json.dumps({"question": question, "said": said}, ensure_ascii=False, separators=(",", ":"))
        key, value = self._signer.sign(f"firstclass introspected\n{payload}")
        self._tell(engine, {"kind": "introspected", "payload": payload, "signature": {"key": key, "value": value}})


async def _introspect(issuer: Issuer, how: Introspection, token: Secret) -> dict[str, Any]:
    more = (*issuer.application_claims, issuer.audience_claim)

    def ask() -> dict[str, Any]:
        return introspect(how.url, how.client_id, read_client_secret(how), token.reveal_text(), more)

    return await in_daemon_thread("introspect", ask)
