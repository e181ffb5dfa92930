"""A contract, made in a test, behind a real engine and before a recording origin."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from firstclass.compiler import ApiSettings, Compiled, compile_api, encode
from firstclass.engine.cases.gateway import EngineUnderTest
from firstclass.engine.cases.model import Got, Observed
from firstclass.engine.cases.origin import Origin
from firstclass.engine.cases.wire import encode_request, exchange

Json = Any


def compile_files(files: dict[str, Json], upstream: str = "http://origin.test") -> Compiled:
    """Compile `contract.json` among `files`, whose values are JSON."""
    texts = {name: json.dumps(value).encode() for name, value in files.items()}

    def read(name: str) -> bytes:
        if name not in texts:
            raise FileNotFoundError(2, "no such file", name)
        return texts[name]

    return compile_api(ApiSettings(name="suite", contract="contract.json", upstream=upstream), read)


@dataclass
class Running:
    """An engine with one API and without any credential."""

    engine: EngineUnderTest
    origin: Origin

    def call(self, method: str, target: str, headers: list[tuple[str, str]], body: bytes | None = None) -> Got:
        """One well-formed request; its answer."""
        data = encode_request(method, target, headers, body)
        observed = exchange(self.engine.port, data, responses=1, head_only=False, expect_close=False, linger=0)
        assert observed.got, f"no answer to {data[:200]!r}: {observed.problem} {observed.bytes_received[:200]!r}"
        return observed.got[0]

    def raw(self, data: bytes, *, linger: float = 0.0, expect_close: bool = False) -> Observed:
        """Bytes as they are."""
        return exchange(
            self.engine.port, data, responses=1, head_only=data.startswith(b"HEAD "), expect_close=expect_close,
            linger=linger,
        )  # fmt: skip


@contextmanager
def running(files: dict[str, Json]) -> Iterator[Running]:
    """Compile, start, load; the contract must have no error."""
    origin = Origin()
    compiled = compile_files(files, origin.url)
    assert not compiled.errors, compiled.errors[:5]
    assert compiled.document is not None
    try:
        with EngineUnderTest() as engine:
            engine.load({"suite": encode(compiled.document).decode()}, [])
            yield Running(engine, origin)
            assert engine.running, engine.log()[-2000:]
    finally:
        origin.close()
