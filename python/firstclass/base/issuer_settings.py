"""The typed form of an entry under `issuers`: whose tokens are believed, and how they are checked."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import BeforeValidator, Field, WithJsonSchema, field_validator, model_validator

from firstclass.base.strict import Strict

Algorithm = Literal["ES256", "EdDSA", "PS256", "RS256"]
DEFAULT_ALGORITHMS: tuple[Algorithm, ...] = ("ES256", "EdDSA", "PS256", "RS256")
DEFAULT_TYPES = ("at+jwt", "application/at+jwt", "jwt", "")
LOOPBACK = ("127.0.0.1", "localhost", "::1")
NAMES_SCHEMA = {
    "anyOf": [{"type": "string", "minLength": 1}, {"type": "array", "items": {"type": "string", "minLength": 1}}]
}


def _names(value: Any) -> Any:
    return (value,) if isinstance(value, str) else value


Names = Annotated[tuple[str, ...], BeforeValidator(_names), WithJsonSchema(NAMES_SCHEMA)]


def _safe_url(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("must be an http or https URL")
    if parts.username or parts.password or parts.fragment:
        raise ValueError("must be a URL without user, password and fragment")
    if parts.scheme == "http" and parts.hostname not in LOOPBACK:
        raise ValueError("plain http is allowed on loopback only; what comes over it could be anybody's")
    return value


class SecretSource(Strict):
    """Where a secret lies: never in this file."""

    file: str | None = Field(default=None, description="Path of a file that holds it, relative to this file.")
    env: str | None = Field(
        default=None, description="Name of the environment variable of `run` or `dev` that holds it."
    )

    @model_validator(mode="after")
    def _one(self) -> SecretSource:
        if (self.file is None) == (self.env is None):
            raise ValueError("a secret lies in one place: write {file: PATH} or {env: NAME}")
        return self


class IntrospectionSettings(Strict):
    """How control asks the issuer about opaque tokens (RFC 7662)."""

    url: str = Field(description="The introspection endpoint; the one destination that tokens of this issuer go to.")
    client_id: str = Field(min_length=1, description="Who we are to the endpoint (HTTP Basic).")
    client_secret: SecretSource = Field(description="Where the secret that goes with it lies.")
    cache_seconds: int = Field(
        default=30, ge=1, le=30, description="How long an answer is believed: a revoked token may live as long."
    )

    @field_validator("url")
    @classmethod
    def _http(cls, value: str) -> str:
        return _safe_url(value)


class IssuerSettings(Strict):
    """A foreign issuer whose tokens are believed."""

    name: str = Field(description="What security schemes and applications call it.")
    preset: Literal["auth0", "entra", "cognito", "keycloak", "okta"] | None = Field(
        default=None,
        description="A provider whose tokens are known: fills in all that is not written beside it.",
    )
    issuer: str = Field(min_length=1, description="The exact value of the claim `iss`.")
    audience: Names | None = Field(
        default=None,
        description="One of these values must be the claim `aud`, or in it (with the preset `cognito`: the claim "
        "`client_id`); []: tokens that name no audience, believed of registered applications only.",
    )
    jwks_uri: str | None = Field(
        default=None,
        description="Where its public keys are fetched; the one destination that control calls for it; a preset knows.",
    )
    introspection: IntrospectionSettings | None = Field(default=None, description="In place of keys: opaque tokens.")
    application_claim: Names | None = Field(
        default=None,
        description="The claim that names the application, or a list of which the first counts that is there; absent: "
        "its tokens speak for people only.",
    )
    algorithms: tuple[Algorithm, ...] | None = Field(
        default=None, min_length=1, description="Signature algorithms allowed; default: all that are listed."
    )
    types: tuple[str, ...] | None = Field(
        default=None,
        min_length=1,
        description="Accepted values of the header `typ`, in lower case; the empty word stands for an absent one. "
        "Default: at+jwt, jwt, and none.",
    )

    @field_validator("jwks_uri")
    @classmethod
    def _http(cls, value: str | None) -> str | None:
        return None if value is None else _safe_url(value)

    @field_validator("types")
    @classmethod
    def _lower(cls, value: tuple[str, ...] | None) -> tuple[str, ...] | None:
        return None if value is None else tuple(word.lower() for word in value)

    @model_validator(mode="after")
    def _whole(self) -> IssuerSettings:
        if self.introspection is not None:
            for name in ("preset", "jwks_uri", "algorithms", "types"):
                if getattr(self, name) is not None:
                    raise ValueError(f"{name} is about signed tokens, and introspection about opaque ones: remove one")
        elif self.preset is None and self.jwks_uri is None:
            raise ValueError("jwks_uri is missing: where are its public keys? (or write preset, or introspection)")
        elif self.preset is not None and self.jwks_uri is None:
            self._check_preset_url()
        # Tokens of Cognito never have one; of others, a token meant for another API must not pass by oversight.
        may_lack_audience = self.preset == "cognito" or self.introspection is not None
        if self.audience is None and not may_lack_audience:
            raise ValueError("audience is missing: what names this API in its tokens? ([] where nothing does)")
        speaks_for_applications = self.preset is not None or self.introspection is not None or self.application_claim
        if not self.audience and not speaks_for_applications:
            raise ValueError("without an audience, tokens must name their application: write application_claim")
        if any(not name for name in (*(self.audience or ()), *(self.application_claim or ()))):
            raise ValueError("an audience or a claim is not empty")
        return self

    def _check_preset_url(self) -> None:
        try:
            _safe_url(self.issuer)
        except ValueError as problem:
            raise ValueError(f"issuer {problem}: the preset makes jwks_uri from it") from None

    @property
    def names_applications(self) -> bool:
        """Whether its tokens can name an application."""
        return self.preset is not None or self.introspection is not None or bool(self.application_claim)
