"""What changes for callers from the first call on though nothing is enforced yet: told before it, by `init` and by
`check`. The docs have the table, and a test holds both to what the engine does. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from firstclass.base.modes import WHOLE, share_in_bundle

GUIDE = "docs/guides/observe-to-enforce.md#what-changes-even-in-observe"
_MIB = 1 << 20


@dataclass(frozen=True)
class Change:
    """One line: what it is of, and what becomes of it."""

    of: str
    becomes: str

    def as_json(self) -> dict[str, str]:
        """What `--json` prints."""
        return {"of": self.of, "becomes": self.becomes}


def is_observed(document: dict[str, Any] | None) -> bool:
    """Whether some operation of a bundle has a mode below enforce."""
    return document is not None and any(each["mode"] != share_in_bundle(WHOLE) for each in document["operations"])


def find_changes(document: dict[str, Any]) -> Iterator[Change]:
    """Every change that this contract can mean, in the order of a call."""
    passes = any(scheme["kind"] == "own" for scheme in document["schemes"])
    yield Change("undeclared paths and methods", "404 and 405, OPTIONS of browsers (CORS) and final slashes too")
    yield Change(
        "undeclared headers and cookies of requests",
        "not forwarded, but for Accept, Accept-Language, Content-Type, User-Agent, Idempotency-Key, Prefer, traceparent"
        f" and tracestate{', and credentials that pass on' if passes else ''}",
    )
    yield Change(
        "undeclared headers of answers", "left out: Link, X-Total-Count, ETag, Set-Cookie, Access-Control-… and others"
    )
    yield Change("undeclared properties of answers", "left out")
    leads = "lose Location, for the contract classifies fields" if document["categories"] else "keep Location"
    yield Change(
        "undeclared 2XX and 3XX",
        f"pass, with what the one declared success lets out of the body; 201, 202, 3XX {leads}",
    )
    yield Change("undeclared 4XX and 5XX", "the status passes, the body is replaced")
    yield Change("successes without a declared media type", "502")
    yield Change(
        "successes of declared JSON",
        f"502 where they are larger than {_size(document['operations'])}, compressed, not in UTF-8, no strict JSON"
        " (NaN, a name twice) or an object where none is declared",
    )


def all_changes(documents: Iterable[dict[str, Any] | None]) -> list[Change]:
    """Those of all APIs that are observed, each once."""
    found = (change for each in documents if each is not None and is_observed(each) for change in find_changes(each))
    return list(dict.fromkeys(found))


def _size(operations: Iterable[dict[str, Any]]) -> str:
    least = min((each["max_response_bytes"] for each in operations), default=_MIB)
    return f"{least // _MIB} MiB" if least % _MIB == 0 else f"{least:,} bytes"
