"""The cases of http-desync-guardian through a running engine: what could divide two servers is refused, and no more."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from running import Running, running

from firstclass._native import load_yaml
from firstclass.engine.cases.origin import Reply

OPERATION = {
    "requestBody": {"content": {"*/*": {"schema": {"maxLength": 1000000}}}},
    "responses": {"204": {"description": "Fine."}},
}
BODILESS = {"responses": OPERATION["responses"]}
METHODS = {
    "get": BODILESS,
    "head": BODILESS,
    "options": BODILESS,
    "put": OPERATION,
    "post": OPERATION,
    "patch": OPERATION,
}
CONTRACT = {
    "openapi": "3.1.0",
    "info": {"title": "Foo", "version": "1"},
    "security": [],
    "paths": {
        path: {method: {"operationId": f"{method}{i}", **operation} for method, operation in METHODS.items()}
        for i, path in enumerate(("/foo/bar", "/foo", "/endpoint_a", "/"))
    },
}


@dataclass(frozen=True)
class Desync:
    """One request of the suite, as bytes, and its verdict."""

    name: str
    method: str
    target: bytes
    version: bytes
    headers: list[tuple[bytes, bytes]]
    tier: str

    def raw(self) -> bytes:
        """As sent: with a Host where there is none, and with as much body as its length or its coding speaks of."""
        headers = list(self.headers)
        if not any(name.strip().lower() == b"host" for name, _ in headers):
            headers.append((b"Host", b"case.test"))
        head = self.method.encode() + b" " + self.target + b" " + self.version + b"\r\n"
        head += b"".join(name + b": " + value + b"\r\n" for name, value in headers)
        return head + b"\r\n" + self._body()

    def values(self, wanted: bytes) -> list[bytes]:
        return [value for name, value in self.headers if name.lower() == wanted]

    def _body(self) -> bytes:
        lengths = self.values(b"content-length")
        if self.values(b"transfer-encoding"):
            return b"0\r\n\r\n"
        if len(lengths) == 1 and re.fullmatch(rb"[0-9]{1,6}", lengths[0].strip()):
            return b"x" * int(lengths[0])
        return b""

    def is_stricter_here(self) -> bool:
        """Compliant by the RFCs, refused by us: `chunked` is the only coding, and a target has one reading."""
        codings = [value.strip() for value in self.values(b"transfer-encoding")]
        other = bool(codings) and codings != [b"chunked"]
        return other or not self.target or b"#" in self.target or not self.target.isascii()


def plain(tree: Any) -> Any:
    """Values of a YAML tree, without their places."""
    kind, _, _, value = tree
    if kind == "map":
        return {entry[0]: plain(entry[-1]) for entry in value}
    if kind in ("seq", "list"):
        return [plain(item) for item in value]
    return value


def text(value: Any) -> bytes:
    """Scalars as the suite means them: characters up to U+00FF are bytes."""
    if value is None:
        return b""
    written = str(value)
    return written.encode("latin-1") if all(ord(c) < 256 for c in written) else written.encode()


@pytest.fixture(scope="module")
def cases(test_data: Path) -> list[Desync]:
    found = []
    for path in sorted((test_data / "desync").glob("*.yaml")):
        for item in plain(load_yaml(path.read_text(encoding="utf-8"))):
            headers = [(text(h["name"]), text(h["value"])) for h in item.get("headers") or []]
            found.append(
                Desync(
                    f"{path.stem}: {item['name']}",
                    str(item["method"]),
                    text(item["uri"]),
                    text(item["version"]),
                    headers,
                    item["expected"]["tier"],
                )
            )
    assert len(found) > 100
    return found


@pytest.fixture(scope="module")
def gateway() -> Iterator[Running]:
    with running({"contract.json": CONTRACT}) as gateway:
        gateway.origin.reply = Reply(status=204, headers=[], body=b"")
        yield gateway


def verdict(gateway: Running, case: Desync) -> tuple[bool, str]:
    """Whether the gateway did as the case asks, and what it did."""
    gateway.origin.take()
    dangerous = case.tier in ("Severe", "Ambiguous")
    observed = gateway.raw(case.raw(), expect_close=dangerous)
    seen = gateway.origin.take()
    answer = observed.got[0] if observed.got else None
    said = (answer.status, answer.body) if answer else "no answer"
    did = f"{said}, closed {observed.closed}, origin saw {len(seen)}"
    if dangerous:
        return answer is not None and answer.status == 400 and observed.closed and not seen, did
    if case.tier == "Compliant" and not case.is_stricter_here():
        refused = answer is None or b'"bad_framing"' in answer.body or b'"bad_target"' in answer.body
        return not refused and len(seen) <= 1, did
    return len(seen) <= 1, did


def test_every_desync_case_gets_its_verdict(gateway: Running, cases: list[Desync]) -> None:
    wrong = []
    for case in cases:
        right, did = verdict(gateway, case)
        if not right:
            wrong.append(f"{case.name} ({case.tier}): {did}")
    assert not wrong, f"{len(wrong)} of {len(cases)}:\n" + "\n".join(wrong)
