"""Audit lines and how each is chained to the one before. Pure: the store keeps them, this decides their hash."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any

FIRST = "0" * 64
"""What the first line names as its predecessor."""


@dataclass(frozen=True)
class AuditLine:
    """Who did what to which thing, and when (RFC 3339). `hash` covers all else, the previous line's hash included."""

    sequence: int
    time: str
    actor: str
    action: str
    noun: str
    id: str
    detail: dict[str, Any]
    previous_hash: str
    hash: str
    tenant: str


def audit_hash(
    *,
    sequence: int,
    time: str,
    tenant: str,
    actor: str,
    action: str,
    noun: str,
    id: str,  # noqa: A002 - the noun's own word
    detail: dict[str, Any],
    previous_hash: str,
) -> str:
    """SHA-256, in hexadecimal, over the line as a JSON array in this very order; `detail` with sorted names."""
    fields = [sequence, time, tenant, actor, action, noun, id, detail, previous_hash]
    text = json.dumps(fields, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def is_chained(line: AuditLine, previous_hash: str) -> bool:
    """Whether `line` follows the line whose hash is `previous_hash`, unaltered."""
    return line.previous_hash == previous_hash and line.hash == audit_hash(
        sequence=line.sequence,
        time=line.time,
        tenant=line.tenant,
        actor=line.actor,
        action=line.action,
        noun=line.noun,
        id=line.id,
        detail=line.detail,
        previous_hash=previous_hash,
    )
