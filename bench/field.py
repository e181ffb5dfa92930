"""The field: the upstream and every proxy before it, started together and asked once before anything is measured."""

from __future__ import annotations

import http.client
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bench import measure
from bench.load import Call
from bench.payloads import Workload, request_headers
from bench.peers import envoy, haproxy, nginx
from bench.processes import LOAD_CORE, PROXY_CORE, Failed, Process, free_port
from bench.setup import envoy_command

KEY = "bench-key"


@dataclass
class Proxy:
    """One proxy under test."""

    name: str
    label: str
    port: int
    process: Process
    credential: tuple[str, str] = ("X-API-Key", KEY)
    masks: bool = False
    opaque: bool = False  # take the operation whose bodies we do not read

    def call(self, work: Workload) -> Call:
        """The workload as this proxy is asked for it."""
        target = work.raw_target if self.opaque else work.policed_target
        media_type = "application/octet-stream" if self.opaque else "application/json"
        headers = request_headers(self.credential, media_type)
        return Call(f"http://127.0.0.1:{self.port}{target}", work.method, headers, work.body)

    def cpu(self) -> dict[str, measure.Cpu]:
        """Processor time by role; here the process tree is one role."""
        return {"proxy": measure.cpu_of_tree(self.process.pid)}

    def dropped_events(self) -> int:
        """How many calls were served without a record of them, so far; only ours keeps records."""
        return 0

    def check(self, work: Workload) -> None:
        """Ask once: the answer must be the upstream's, or its masked form.

        Raises:
            Failed: it is neither; what is measured would not be what the table says.
        """
        call = self.call(work)
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        line.request(call.method, call.url.partition(str(self.port))[2], call.body or None, dict(call.headers))
        answer = line.getresponse()
        got, want = answer.read(), masked(work.answer) if self.masks else work.answer
        line.close()
        same = json.loads(got) == json.loads(want) if answer.status == 200 and self.masks else got == want
        if answer.status != 200 or not same:
            raise Failed(f"{self.name}, {work.name}: {answer.status} {got[:400]!r}, expected {want[:400]!r}")


def masked(answer: bytes) -> bytes:
    """What an application may see of an answer."""

    def of(one: dict[str, object]) -> dict[str, object]:
        seen = {key: value for key, value in one.items() if key not in ("passport", "shelf")}
        card = str(one["card"])
        return seen | {"email": "***", "born": "***", "card": "*" * (len(card) - 4) + card[-4:]}

    value = json.loads(answer)
    return json.dumps([of(one) for one in value] if isinstance(value, list) else of(value)).encode()


def start_upstream(scratch: Path, works: list[Workload]) -> tuple[Process, int]:
    """nginx with the answers as files, beside the load."""
    return _nginx(scratch / "upstream", LOAD_CORE, lambda place, port: nginx.upstream(place, port, works))


def start_peer(name: str, scratch: Path, upstream_port: int) -> Proxy:
    """Start one of PEERS.

    Raises:
        Failed: it does not come up.
    """
    place = scratch / name
    if name in ("nginx", "nginx-large"):
        large = name == "nginx-large"
        process, port = _nginx(
            place, PROXY_CORE, lambda at, port: nginx.plain(at, port, upstream_port, large_buffers=large)
        )
        return Proxy(name, PEERS[name], port, process)
    if name == "nginx-lua":
        process, port = _nginx(place, PROXY_CORE, lambda at, port: nginx.lua(at, port, upstream_port, KEY))
        return Proxy(name, PEERS[name], port, process, masks=True)
    place.mkdir()
    port, log = free_port(), place / "log"
    if name == "haproxy":
        (place / "haproxy.cfg").write_text(haproxy.plain(port, upstream_port))
        process = Process(["haproxy", "-q", "-f", str(place / "haproxy.cfg")], PROXY_CORE, log)
        process.await_port(port)
        return Proxy(name, PEERS[name], port, process)
    issuer = envoy.Issuer() if name == "envoy-policies" else None
    (place / "envoy.json").write_text(envoy.configuration(port, upstream_port, issuer))
    command = [
        envoy_command(),
        "-c",
        str(place / "envoy.json"),
        "--concurrency",
        "1",
        "-l",
        "error",
        "--disable-hot-restart",
        "--use-dynamic-base-id",
    ]
    process = Process(command, PROXY_CORE, log)
    process.await_port(port)
    credential = ("Authorization", f"Bearer {issuer.token()}") if issuer else ("X-API-Key", KEY)
    return Proxy(name, PEERS[name], port, process, credential, masks=issuer is not None)


PEERS = {
    "nginx": "nginx, plain proxy",
    "nginx-large": "nginx, plain proxy, large buffers",
    "haproxy": "HAProxy, plain proxy",
    "envoy": "Envoy, plain proxy",
    "nginx-lua": "nginx + Lua: key, counter, JSON mask",
    "envoy-policies": "Envoy: JWT cache, RBAC, rate, Lua mask",
}


def _nginx(place: Path, core: str, write: Callable[[Path, int], str]) -> tuple[Process, int]:
    place.mkdir()
    port = free_port()
    (place / "nginx.conf").write_text(write(place, port))
    process = Process(["nginx", "-c", str(place / "nginx.conf"), "-e", str(place / "error.log")], core, place / "log")
    process.await_port(port)
    return process, port
