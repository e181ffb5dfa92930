"""Plans and products: what a subscription may use, and what it may be to. Frozen values only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from firstclass.model.applications import TENANT
from firstclass.model.rates import (
    PERIOD_SECONDS,
    QUOTA_WINDOWS,
    RateSyntaxError,
    parse_count_by,
    parse_places,
)

RATE = "rate"
QUOTA = "quota"
CONCURRENCY = "concurrency"
# How plans begin that `import` makes. They stand in no file, and stay while a subscription names them.
IMPORTED = "imported-"
KINDS = (RATE, QUOTA, CONCURRENCY)


@dataclass(frozen=True)
class Limit:
    """One limit of a plan. `per` is the word behind `per`; empty: calls that run at once. `operation` None: all that a
    subscription grants, together."""

    kind: str
    count: int
    by: tuple[str, ...]
    per: str = ""
    operation: str | None = None

    def __str__(self) -> str:
        per = f" per {self.per}" if self.per else ""
        return f"{self.count}{per} by {', '.join(self.by)}"

    def in_words(self) -> str:
        """With its kind, and the operation that it counts alone."""
        alone = f" of {self.operation}" if self.operation else ""
        return f"{self.kind}{alone} {self}"

    def directory_value(self) -> dict[str, Any]:
        """What an engine knows of it (`Limit` in the directory)."""
        value: dict[str, Any] = {"kind": self.kind, "operation": self.operation, "by": list(self.by)}
        value["count"] = self.count
        if self.kind == RATE:
            value["period_seconds"] = PERIOD_SECONDS[self.per]
        elif self.kind == QUOTA:
            value["window"] = self.per
        return value


@dataclass(frozen=True)
class Plan:
    """Conditions of the subscriptions that name it."""

    name: str
    limits: tuple[Limit, ...]
    tenant: str = TENANT

    def directory_value(self) -> dict[str, Any]:
        """What an engine knows of it (`Plan` in the directory)."""
        return {"tenant": self.tenant, "limits": [limit.directory_value() for limit in self.limits]}


@dataclass(frozen=True)
class Product:
    """Operations of one API that are offered together, and the plan of who subscribes to them."""

    name: str
    api: str
    operations: tuple[str, ...]
    plan: str | None = None
    tenant: str = TENANT


def parse_limit(kind: str, text: str, operation: str | None = None) -> Limit:
    """Read `50 per second by application`, `1000 per day by application` or `10 by application`.

    Raises:
        RateSyntaxError: names the offending word.
    """
    if kind == CONCURRENCY:
        count, by = parse_places(text)
        return Limit(kind, count, by, operation=operation)
    periods = tuple(PERIOD_SECONDS) if kind == RATE else QUOTA_WINDOWS
    try:
        count, per, by = parse_count_by(text, kind, periods)
    except RateSyntaxError as wrong:
        if kind == QUOTA and wrong.word in PERIOD_SECONDS:
            hint = f"what is counted per {wrong.word} is a rate: write rate: {text}"
            raise RateSyntaxError(wrong.word, f"a quota is per {', '.join(periods)}", hint) from None
        raise
    return Limit(kind, count, by, per, operation)
