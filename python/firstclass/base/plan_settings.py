"""Plans and products as `firstclass.yaml` writes them. What their texts mean is read by `model.plans`."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

LABEL = "^[a-z][a-z0-9-]{0,62}$"


def _texts(value: Any) -> Any:
    """One text, or a list of them; a number alone is text, too."""
    values = value if isinstance(value, list | tuple) else [value]
    return tuple(str(each) if isinstance(each, int) and not isinstance(each, bool) else each for each in values)


def _schema(*one: dict[str, Any]) -> WithJsonSchema:
    items = one[0] if len(one) == 1 else {"anyOf": list(one)}
    return WithJsonSchema({"anyOf": [*one, {"type": "array", "items": items}]})


_KEYS = "by (application|subject|address)( *, *(application|subject|address))*"
_RATE = {"type": "string", "pattern": f"^[1-9][0-9]* per (second|minute|hour|day) {_KEYS}$"}
_QUOTA = {"type": "string", "pattern": f"^[1-9][0-9]* per (hour|day|month) {_KEYS}$"}
_PLACES = {"type": "string", "pattern": f"^[1-9][0-9]*( {_KEYS})?$"}

Rates = Annotated[tuple[str, ...], BeforeValidator(_texts), _schema(_RATE)]
Quotas = Annotated[tuple[str, ...], BeforeValidator(_texts), _schema(_QUOTA)]
Places = Annotated[tuple[str, ...], BeforeValidator(_texts), _schema({"type": "integer", "minimum": 1}, _PLACES)]


class LimitEntries(BaseModel):
    """Limits: each of them holds."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    rate: Rates = Field(default=(), description="Such as `50 per second by application`: a bucket that starts full.")
    quota: Quotas = Field(
        default=(), description="Such as `1000 per day by application`: per hour, day or month of the UTC calendar."
    )
    concurrency: Places = Field(
        default=(), description="Calls that run at once: `10`, which is `10 by application`, or another key."
    )


class PlanEntry(LimitEntries):
    """Conditions of subscriptions: what may be used of what they grant."""

    name: str = Field(description="Lower-case letters, digits and hyphens, beginning with a letter.", pattern=LABEL)
    operations: dict[str, LimitEntries] = Field(
        default_factory=dict, description="Limits of single operations, by operationId, besides those of all together."
    )


class ProductEntry(BaseModel):
    """A named set of operations that is subscribed to as one."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(description="Lower-case letters, digits and hyphens, beginning with a letter.", pattern=LABEL)
    api: str = Field(description="Name of an API of this file.")
    operations: tuple[str, ...] = Field(min_length=1, description="Its operations that belong to it, by operationId.")
    plan: str | None = Field(
        default=None, description="Name of the plan of its subscriptions, where they name no other."
    )
