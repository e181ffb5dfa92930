"""Envoy: plain, and with JWT cache, RBAC, local rate limit and a mask in Lua."""

from __future__ import annotations

import base64
import json
import time
from typing import Any

_TYPE = "type.googleapis.com/envoy.extensions"
_ISSUER = "https://issuer.bench.example"
_AUDIENCE = "bench"
_CLIENT = "bench"
# Patterns over the text are quicker than a JSON library in Lua; fields are masked, nothing is validated.
_MASK = """
function envoy_on_response(h)
  local body = h:body()
  if body == nil then return end
  local text = body:getBytes(0, body:length())
  text = text:gsub('"email":%s*"[^"]*"', '"email":"***"'):gsub('"born":%s*"[^"]*"', '"born":"***"')
  text = text:gsub('"card":%s*"[^"]*([^"][^"][^"][^"])"', '"card":"************%1"')
  text = text:gsub('"passport":%s*"[^"]*",?', ''):gsub(',"shelf":%s*"[^"]*"', '')
  body:setBytes(text)
end
"""


class Issuer:
    """A key pair of its own, the JWK set that Envoy is given, and the token that the load presents."""

    def __init__(self) -> None:
        from cryptography.hazmat.primitives.asymmetric import ec

        self._private = ec.generate_private_key(ec.SECP256R1())
        numbers = self._private.public_key().public_numbers()
        key = {
            "kty": "EC",
            "crv": "P-256",
            "alg": "ES256",
            "use": "sig",
            "kid": "one",
            "x": _base64(numbers.x.to_bytes(32, "big")),
            "y": _base64(numbers.y.to_bytes(32, "big")),
        }
        self.jwks = json.dumps({"keys": [key]})

    def token(self) -> str:
        """Valid for a day."""
        from cryptography.hazmat.primitives import hashes
        from cryptography.hazmat.primitives.asymmetric import ec, utils

        now = int(time.time())
        claims = {"iss": _ISSUER, "aud": _AUDIENCE, "sub": "ana", "client_id": _CLIENT, "iat": now, "exp": now + 86400}
        head = {"alg": "ES256", "kid": "one", "typ": "at+jwt"}
        text = f"{_base64(json.dumps(head).encode())}.{_base64(json.dumps(claims).encode())}"
        r, s = utils.decode_dss_signature(self._private.sign(text.encode(), ec.ECDSA(hashes.SHA256())))
        return f"{text}.{_base64(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))}"


def _base64(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).decode().rstrip("=")


def configuration(port: int, upstream_port: int, issuer: Issuer | None = None) -> str:
    """A static bootstrap as JSON; with an issuer the policies are on."""
    filters: list[dict[str, Any]] = [] if issuer is None else [_jwt(issuer.jwks), _rbac(), _rate(), _lua()]
    filters.append({"name": "router", "typed_config": {"@type": f"{_TYPE}.filters.http.router.v3.Router"}})
    manager = {
        "@type": f"{_TYPE}.filters.network.http_connection_manager.v3.HttpConnectionManager",
        "stat_prefix": "in",
        "http_filters": filters,
        "route_config": {
            "virtual_hosts": [
                {"name": "api", "domains": ["*"], "routes": [{"match": {"prefix": "/"}, "route": {"cluster": "api"}}]}
            ]
        },
    }
    address = {"socket_address": {"address": "127.0.0.1", "port_value": port}}
    target = {"socket_address": {"address": "127.0.0.1", "port_value": upstream_port}}
    return json.dumps(
        {
            "static_resources": {
                "listeners": [
                    {
                        "name": "in",
                        "address": address,
                        "filter_chains": [{"filters": [{"name": "http", "typed_config": manager}]}],
                    }
                ],
                "clusters": [
                    {
                        "name": "api",
                        "type": "STATIC",
                        "connect_timeout": "2s",
                        "load_assignment": {
                            "cluster_name": "api",
                            "endpoints": [{"lb_endpoints": [{"endpoint": {"address": target}}]}],
                        },
                    }
                ],
            }
        }
    )


def _jwt(jwks: str) -> dict[str, Any]:
    provider = {
        "issuer": _ISSUER,
        "audiences": [_AUDIENCE],
        "local_jwks": {"inline_string": jwks},
        "jwt_cache_config": {"jwt_cache_size": 1000},
        "payload_in_metadata": "jwt",
    }
    return {
        "name": "jwt",
        "typed_config": {
            "@type": f"{_TYPE}.filters.http.jwt_authn.v3.JwtAuthentication",
            "providers": {"bench": provider},
            "rules": [{"match": {"prefix": "/"}, "requires": {"provider_name": "bench"}}],
        },
    }


def _rbac() -> dict[str, Any]:
    principal = {
        "metadata": {
            "filter": "envoy.filters.http.jwt_authn",
            "path": [{"key": "jwt"}, {"key": "client_id"}],
            "value": {"string_match": {"exact": _CLIENT}},
        }
    }
    return {
        "name": "rbac",
        "typed_config": {
            "@type": f"{_TYPE}.filters.http.rbac.v3.RBAC",
            "rules": {"policies": {"subscribed": {"permissions": [{"any": True}], "principals": [principal]}}},
        },
    }


def _rate() -> dict[str, Any]:
    share = {"runtime_key": "x", "default_value": {"numerator": 100, "denominator": "HUNDRED"}}
    return {
        "name": "rate",
        "typed_config": {
            "@type": f"{_TYPE}.filters.http.local_ratelimit.v3.LocalRateLimit",
            "stat_prefix": "rate",
            "token_bucket": {"max_tokens": 1_000_000_000, "tokens_per_fill": 1_000_000_000, "fill_interval": "60s"},
            "filter_enabled": share,
            "filter_enforced": share,
        },
    }


def _lua() -> dict[str, Any]:
    return {
        "name": "lua",
        "typed_config": {"@type": f"{_TYPE}.filters.http.lua.v3.Lua", "default_source_code": {"inline_string": _MASK}},
    }
