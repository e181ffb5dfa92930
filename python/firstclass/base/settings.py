"""The typed form of `firstclass.yaml`. Reading it is the business of `app.settings`; nothing here does I/O."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    WithJsonSchema,
    field_validator,
    model_validator,
)

from firstclass.base.issuer_settings import IssuerSettings
from firstclass.base.modes import FORM, WORD, parse_share
from firstclass.base.plan_settings import PlanEntry, ProductEntry
from firstclass.base.strict import Strict as _Strict

NAME = re.compile(r"[a-z][a-z0-9-]{0,62}")


class Address(_Strict):
    """Where to listen: a host that is an address or a name, and a port (0: any free one)."""

    host: str
    port: int = Field(ge=0, le=65535)

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def _address(value: Any) -> Any:
    if isinstance(value, int) and not isinstance(value, bool):
        value = f"127.0.0.1:{value}"
    if not isinstance(value, str):
        return value
    host, colon, port = value.rpartition(":")
    if not colon or not port.isdigit() or not host:
        raise ValueError("an address is HOST:PORT, such as 127.0.0.1:8080")
    return {"host": host.removeprefix("[").removesuffix("]"), "port": int(port)}


ADDRESS_SCHEMA = {
    "anyOf": [{"type": "string", "pattern": "^.+:[0-9]{1,5}$"}, {"type": "integer", "minimum": 0, "maximum": 65535}]
}
ListenAddress = Annotated[Address, BeforeValidator(_address), WithJsonSchema(ADDRESS_SCHEMA)]


class Listen(_Strict):
    """The gateway's ports."""

    traffic: ListenAddress = Field(default=Address(host="127.0.0.1", port=8080), description="Calls of applications.")
    control: ListenAddress = Field(
        default=Address(host="127.0.0.1", port=8081), description="Portal, console and authorization server."
    )
    status: ListenAddress = Field(
        default=Address(host="127.0.0.1", port=8082), description="/livez, /readyz and /metrics."
    )


def _mode_word(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError(FORM)
    parse_share(value)
    return value


# Which form somebody wrote; told apart first, so that a mistake is explained in the words of that form.
MODE_FORMS = ("(a word)", "(a mapping)")
ModeWord = Annotated[str, BeforeValidator(_mode_word), WithJsonSchema({"type": "string", "pattern": WORD})]


def _mode_form(value: Any) -> str:
    return MODE_FORMS[isinstance(value, (dict, BaseModel))]


class ModeOfClasses(_Strict):
    """The mode of each class of rules; what is not named is as `default` says, else as the contract does."""

    default: ModeWord | None = Field(default=None, description="Of every class that is not named.")
    parameters: ModeWord | None = Field(default=None, description="Parameters in path, query, headers and cookies.")
    media_types: ModeWord | None = Field(default=None, description="Media types of request bodies.")
    bodies: ModeWord | None = Field(default=None, description="Request bodies.")
    conformance: ModeWord | None = Field(default=None, description="Answers, where `responses: strict` refuses them.")


ModeOfOperation = Annotated[
    Annotated[ModeWord, Tag(MODE_FORMS[0])] | Annotated[ModeOfClasses, Tag(MODE_FORMS[1])], Discriminator(_mode_form)
]


class ModeOfOperations(ModeOfClasses):
    """The mode of an API: of classes of rules, and of operations by name."""

    operations: dict[str, ModeOfOperation] = Field(default={}, description="Modes of operations, by operationId.")


ModeOfApi = Annotated[
    Annotated[ModeWord, Tag(MODE_FORMS[0])] | Annotated[ModeOfOperations, Tag(MODE_FORMS[1])], Discriminator(_mode_form)
]


class ApiEntry(_Strict):
    """An API behind the gateway."""

    name: str = Field(
        description="Lower-case letters, digits and hyphens, beginning with a letter.",
        json_schema_extra={"pattern": f"^{NAME.pattern}$"},
    )
    contract: str = Field(description="Path of the OpenAPI document, relative to this file.")
    overlays: tuple[str, ...] = Field(default=(), description="Overlays, applied in order.")
    upstream: str = Field(description="URL of the API; a path here replaces the base path when forwarding.")
    base_path: str | None = Field(default=None, description="Default: the path of the contract's first server.")
    mode: ModeOfApi | None = Field(
        default=None,
        description="`enforce`, `observe` (records instead of refusing) or a share of the callers such as `1%`; or by"
        " class and operation. Default: what the contract says, else enforce.",
    )

    @field_validator("name")
    @classmethod
    def _label(cls, value: str) -> str:
        if not NAME.fullmatch(value):
            raise ValueError("a name is lower-case letters, digits and hyphens, beginning with a letter")
        return value

    @field_validator("upstream")
    @classmethod
    def _http(cls, value: str) -> str:
        said = "must be an http URL of host, port and path alone, such as http://127.0.0.1:3000"
        try:
            parts = urlsplit(value)
            port = parts.port
        except ValueError as wrong:  # brackets that enclose no address, or a port that is none
            raise ValueError(said) from wrong
        if (
            parts.scheme not in ("http", "https")
            or not parts.hostname
            or port == 0
            or parts.query
            or parts.fragment
            or parts.username
        ):
            raise ValueError(said)
        if parts.scheme == "https":
            raise ValueError("TLS to upstreams cannot be enforced by this version (not_enforceable_yet); use http")
        return value


class ApplicationEntry(_Strict):
    """An application that `apply` keeps in the store."""

    name: str = Field(description="A unique label for people.")
    owner: str = Field(description="E-mail address of who answers for it.")
    kind: Literal["server", "mobile", "web", "device", "agent"] = Field(
        default="server", description="Where its software runs."
    )
    client_id: str | None = Field(default=None, description="Its name in the tokens of `issuer`.")
    issuer: str | None = Field(default=None, description="The `name` of an entry of `issuers`.")


class SubscriptionEntry(_Strict):
    """A subscription that `apply` keeps in the store: to an API's operations, or to a product."""

    model_config = ConfigDict(
        json_schema_extra={
            "anyOf": [
                {
                    "required": ["api", "operations"],
                    "properties": {"operations": {"minItems": 1}, "api": {"minLength": 1}, "product": {"type": "null"}},
                },
                {
                    "required": ["product"],
                    "properties": {"operations": {"maxItems": 0}, "product": {"type": "string"}},
                },
            ]
        }
    )

    application: str = Field(description="Name of an application, of this file or of the store.")
    api: str | None = Field(default=None, description="Name of an API of this file; with a product, the product's.")
    operations: tuple[str, ...] = Field(default=(), description="Its operations that may be called, by operationId.")
    product: str | None = Field(default=None, description="Name of a product, in place of an API and its operations.")
    plan: str | None = Field(default=None, description="Name of the plan whose limits hold; default: the product's.")
    unmask: tuple[str, ...] = Field(default=(), description="Categories of data that it sees unmasked.")
    until: str | None = Field(default=None, description="When it ends: a date or a time in RFC 3339.")

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        if self.product is None and not (self.api and self.operations):
            raise ValueError("a subscription names an api and its operations, or a product")
        if self.product is not None and self.operations:
            raise ValueError("a subscription names operations or a product, not both")
        return self


class Settings(_Strict):
    """Everything that `firstclass.yaml` can say."""

    version: Literal[1] = Field(default=1, description="Version of this file's format.")
    listen: Listen = Listen()
    data: str = Field(default=".firstclass", description="Data directory, relative to this file.")
    public_url: str | None = Field(
        default=None,
        pattern=r"^[Hh][Tt][Tt][Pp][Ss]?://[A-Za-z0-9._\-\[\]:]+(/[!-~]*)?$",
        description="What callers see; default http:// and the traffic address. Where it is set, APIs are told its"
        " scheme and host in X-Forwarded-Proto and -Host, else whatever Host each caller sends: set it where an API"
        " makes links of it.",
    )
    workers: int | None = Field(default=None, ge=1, le=256, description="Engine threads; default: one per core.")
    ready_max_directory_age: str | None = Field(
        default=None,
        pattern=r"^[1-9][0-9]{0,8}(ms|s|m|h|d)$",
        description="/readyz turns 503 when the directory is older than this duration, such as 10m.",
    )
    issuers: tuple[IssuerSettings, ...] = ()
    apis: tuple[ApiEntry, ...] = ()
    plans: tuple[PlanEntry, ...] = ()
    products: tuple[ProductEntry, ...] = ()
    applications: tuple[ApplicationEntry, ...] = ()
    subscriptions: tuple[SubscriptionEntry, ...] = ()

    @field_validator("issuers", "apis", "plans", "products", "applications")
    @classmethod
    def _unique(cls, entries: tuple[Any, ...]) -> tuple[Any, ...]:
        names = [entry.name for entry in entries]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f"two entries are called {name!r}")
        return entries


# Known to the file format, enforced by a later version: refused, never accepted and ignored.
NOT_YET = {
    "tls": "TLS comes with a later version; terminate it in front for now",
}
