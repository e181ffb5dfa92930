"""The sample shop's own tokens: ES256, signed and read back by the shop itself. Not the product's token code."""

from __future__ import annotations

import base64
import json
import time
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.hashes import SHA256

ISSUER, AUDIENCE, KEY_ID = "https://papercrane.example", "papercrane-api", "shop-1"
LIFETIME_SECONDS = 3600
HALF = 32  # bytes of r and of s in an ES256 signature, RFC 7518 section 3.4


class TokenSigner:
    """One P-256 key, made per run."""

    def __init__(self) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._believed: dict[str, float] = {}  # token -> Unix second of its end

    @property
    def jwks(self) -> dict[str, Any]:
        """The public key as a JWK Set (RFC 7517)."""
        point = self._key.public_key().public_numbers()
        x, y = (_encode(number.to_bytes(HALF, "big")) for number in (point.x, point.y))
        return {"keys": [{"kty": "EC", "crv": "P-256", "kid": KEY_ID, "use": "sig", "alg": "ES256", "x": x, "y": y}]}

    def issue(self, subject: str) -> str:
        """A token that speaks for `subject` for an hour."""
        now = int(time.time())
        head = {"alg": "ES256", "typ": "at+jwt", "kid": KEY_ID}
        claims = {"iss": ISSUER, "aud": AUDIENCE, "sub": subject, "iat": now, "exp": now + LIFETIME_SECONDS}
        text = ".".join(_encode(json.dumps(part).encode()) for part in (head, claims))
        r, s = utils.decode_dss_signature(self._key.sign(text.encode(), ec.ECDSA(SHA256())))
        return f"{text}.{_encode(r.to_bytes(HALF, 'big') + s.to_bytes(HALF, 'big'))}"

    def believes(self, token: str) -> bool:
        """Whether the shop signed this token and it has not ended; whose it is, the shop never asks."""
        if token not in self._believed:
            try:
                text, _, signature = token.rpartition(".")
                raw = _decode(signature)
                pair = utils.encode_dss_signature(int.from_bytes(raw[:HALF], "big"), int.from_bytes(raw[HALF:], "big"))
                self._key.public_key().verify(pair, text.encode(), ec.ECDSA(SHA256()))
                self._believed[token] = float(json.loads(_decode(text.split(".")[1]))["exp"])
            except (InvalidSignature, ValueError, KeyError, IndexError):
                return False
        return self._believed[token] > time.time()


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
