"""What `x-firstclass` says about an operation: its own words, else the path's, else the root's."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from firstclass.compiler.assertions import as_count
from firstclass.compiler.compilation import Compilation
from firstclass.compiler.diagnostics import Findings
from firstclass.compiler.fields import EXTENSION
from firstclass.compiler.ignored import read_ignore
from firstclass.compiler.keywords import read_extension
from firstclass.compiler.nodes import Node
from firstclass.model.durations import parse_duration
from firstclass.model.rates import FORM, RateSyntaxError, parse_rate
from firstclass.model.suggestions import did_you_mean

DEFAULT_TIMEOUT = timedelta(seconds=30)
MAX_TIMEOUT = timedelta(hours=1)
DEFAULT_BODY_BYTES = 1 << 20
MAX_BODY_BYTES = 64 << 20
MAX_RATES = 8


@dataclass(frozen=True)
class Policies:
    """The policies of one operation; `credential` is the node that asks for a tier, `own` what stands on it itself."""

    credential: Node | None
    is_own_credential: bool
    strict: bool
    timeout: timedelta
    max_request_bytes: int
    max_response_bytes: int
    rates: list[dict[str, Any]]
    rate_node: Node | None
    ignore: list[str]
    own: dict[str, Node] = field(default_factory=dict)


def read_defaults(compilation: Compilation) -> dict[str, Node]:
    """The keywords at the root of the contract."""
    return read_extension(compilation.root.find(EXTENSION), "root", compilation.findings)


def read_policies(
    compilation: Compilation, defaults: dict[str, Node], path_item: dict[str, Node], operation: Node
) -> Policies:
    """The policies of an operation, with what it inherits."""
    findings = compilation.findings
    own = read_extension(operation.find(EXTENSION), "operation", findings)
    words = {**defaults, **path_item, **own}
    rate = words.get("rate")
    return Policies(
        credential=words.get("credential"),
        is_own_credential="credential" in own,
        strict=_strict(words.get("responses"), findings),
        timeout=_timeout(words.get("timeout"), findings),
        max_request_bytes=_bytes(words.get("max_request_bytes"), findings),
        max_response_bytes=_bytes(words.get("max_response_bytes"), findings),
        rates=_rates(rate, findings) if rate is not None else [],
        rate_node=rate,
        ignore=read_ignore(words.get("ignore"), findings),
        own=own,
    )


def _strict(node: Node | None, findings: Findings) -> bool:
    if node is not None and node.text not in ("strict", "record"):
        message = f"responses cannot be {node.plain()!r}"
        findings.error(node, "wrong_value", message, did_you_mean(str(node.value), ("strict", "record")))
    return node is not None and node.text == "strict"


def _timeout(node: Node | None, findings: Findings) -> timedelta:
    if node is None:
        return DEFAULT_TIMEOUT
    try:
        timeout = parse_duration(node.text or str(node.value))
    except ValueError as problem:
        findings.error(node, "duration_invalid", f"timeout: {problem}", "write timeout: 5s")
        return DEFAULT_TIMEOUT
    if not timedelta(0) < timeout <= MAX_TIMEOUT:
        findings.error(node, "duration_invalid", "a timeout lies between 1ms and 1h", "write timeout: 5s")
        return DEFAULT_TIMEOUT
    return timeout


def _bytes(node: Node | None, findings: Findings) -> int:
    if node is None:
        return DEFAULT_BODY_BYTES
    count = as_count(node)
    if count is None or not 0 < count <= MAX_BODY_BYTES:
        message = f"{node.plain()!r} is no number of bytes from 1 to {MAX_BODY_BYTES}"
        findings.error(node, "wrong_value", message, f"write a number, as in {DEFAULT_BODY_BYTES}")
        return DEFAULT_BODY_BYTES
    return count


def _rates(node: Node, findings: Findings) -> list[dict[str, Any]]:
    items = node.sequence if node.is_sequence else [node]
    if not 0 < len(items) <= MAX_RATES:
        findings.error(node, "rate_invalid", f"rate is one limit or a list of 1 to {MAX_RATES}", f"write {FORM}")
        return []
    rates = []
    for item in items:
        if item.text is None:
            findings.error(item, "rate_invalid", f"a rate must be a string, not {item.kind}", f"write {FORM}")
            continue
        try:
            rates.append(parse_rate(item.text))
        except RateSyntaxError as problem:
            message = f"the rate {item.text[:80]!r} cannot be read: {problem}"
            findings.error(item, "rate_invalid", message, problem.hint)
    # The most specific limit first: it is the one that a refusal should name.
    return [rate.as_bundle() for rate in sorted(rates, key=lambda rate: -len(rate.by))]
