"""Test credentials: keys, issuers and tokens that exist only while a case is replayed. Nothing here is a secret.

Everything is derived from names, so that a case reads the same on every machine.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import zlib
from dataclasses import dataclass, field
from functools import cache
from hashlib import sha256
from typing import Any

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa, utils

BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
TOKEN_SECONDS = 300


def base64url(data: bytes) -> str:
    """Without padding (RFC 7515 §2)."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def derived(purpose: str) -> bytes:
    """32 bytes that follow from a name."""
    return sha256(f"firstclass golden cases: {purpose}".encode()).digest()


def mint_key(credential: str) -> str:
    """The key text of a credential: the product's form, with a checksum that holds."""
    number = int.from_bytes(derived(f"key {credential}") * 2, "big")
    text = "fc_test_" + _base62(number, 8) + "_" + _base62(number >> 64, 43)
    return text + _base62(zlib.crc32(text.encode()), 6)


def digest(pepper: bytes, key: str) -> str:
    """What a directory holds of a key."""
    return base64url(hmac.digest(pepper, key.encode(), "sha256"))


def legacy_digest(pepper: bytes, key: str) -> str:
    """What a directory holds of a key of another gateway."""
    return base64url(hmac.digest(pepper, b"legacy key\n" + hashlib.sha256(key.encode()).digest(), "sha256"))


def _base62(number: int, width: int) -> str:
    digits = []
    for _ in range(width):
        number, rest = divmod(number, 62)
        digits.append(BASE62[rest])
    return "".join(reversed(digits))


@dataclass(frozen=True)
class Signer:
    """The key pairs of one issuer, by algorithm."""

    name: str

    def public_keys(self, algorithms: list[str]) -> list[dict[str, str]]:
        """Public JWKs for these algorithms (RFC 7518 §6)."""
        return [self.jwk(algorithm) for algorithm in algorithms]

    def jwk(self, algorithm: str) -> dict[str, str]:
        """The public key of one algorithm; its `kid` is the algorithm's name in lower case."""
        about = {"kid": algorithm.lower(), "use": "sig", "alg": algorithm}
        if algorithm == "EdDSA":
            raw = _ed25519(self.name).public_key().public_bytes_raw()
            return {"kty": "OKP", "crv": "Ed25519", "x": base64url(raw), **about}
        if algorithm in ("RS256", "PS256"):
            numbers = _rsa(self.name).public_key().public_numbers()
            return {"kty": "RSA", "n": base64url(_unsigned(numbers.n)), "e": base64url(_unsigned(numbers.e)), **about}
        point = _p256(self.name).public_key().public_numbers()
        return {
            "kty": "EC",
            "crv": "P-256",
            "x": base64url(point.x.to_bytes(32, "big")),
            "y": base64url(point.y.to_bytes(32, "big")),
            **about,
        }

    def sign(self, algorithm: str, text: bytes) -> bytes:
        """A signature; `none` has no bytes, HS256 takes the public ES256 key for its secret, as forgers do."""
        if algorithm.lower() == "none":
            return b""
        if algorithm == "HS256":
            public = _p256(self.name).public_key()
            pem = public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
            return hmac.digest(pem, text, "sha256")
        if algorithm == "EdDSA":
            return _ed25519(self.name).sign(text)
        if algorithm == "RS256":
            return _rsa(self.name).sign(text, padding.PKCS1v15(), hashes.SHA256())
        if algorithm == "PS256":
            pss = padding.PSS(padding.MGF1(hashes.SHA256()), padding.PSS.DIGEST_LENGTH)
            return _rsa(self.name).sign(text, pss, hashes.SHA256())
        r, s = utils.decode_dss_signature(_p256(self.name).sign(text, ec.ECDSA(hashes.SHA256())))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")


@dataclass(frozen=True)
class TokenWish:
    """What a token should say beyond the honest default; a value of None leaves a member out."""

    issuer: str
    claims: dict[str, Any] = field(default_factory=dict)
    header: dict[str, Any] = field(default_factory=dict)
    algorithm: str = "ES256"
    signer: str = ""
    null_signature: bool = False


def mint_token(wish: TokenWish, entry: dict[str, Any], now_seconds: int) -> str:
    """A JWT (RFC 7519) of the issuer whose directory entry is `entry`, valid for five minutes."""
    signer = Signer(wish.signer or wish.issuer)
    header = {"alg": wish.algorithm, "typ": "at+jwt", "kid": wish.algorithm.lower(), **wish.header}
    if wish.algorithm not in ("ES256", "EdDSA", "RS256", "PS256"):
        header = {**header, "kid": wish.header.get("kid", "es256")}
    if header.get("jwk") == "own":
        header["jwk"] = signer.jwk(wish.algorithm)
    claims = {
        "iss": entry["issuer"],
        "aud": entry.get("audience"),
        "sub": "s-1",
        "iat": now_seconds,
        "exp": now_seconds + TOKEN_SECONDS,
        "jti": "t-1",
        **wish.claims,
    }
    text = ".".join(_part(part) for part in (header, claims))
    signature = bytes(64) if wish.null_signature else signer.sign(wish.algorithm, text.encode())
    return f"{text}.{base64url(signature)}"


def _part(value: dict[str, Any]) -> str:
    return base64url(json.dumps({k: v for k, v in value.items() if v is not None}, separators=(",", ":")).encode())


def _unsigned(number: int) -> bytes:
    return number.to_bytes((number.bit_length() + 7) // 8, "big")


@cache
def _p256(name: str) -> ec.EllipticCurvePrivateKey:
    scalar = int.from_bytes(derived(f"P-256 {name}"), "big") % (P256_ORDER - 1) + 1
    return ec.derive_private_key(scalar, ec.SECP256R1())


@cache
def _ed25519(name: str) -> ed25519.Ed25519PrivateKey:
    return ed25519.Ed25519PrivateKey.from_private_bytes(derived(f"Ed25519 {name}"))


@cache
def _rsa(_name: str) -> rsa.RSAPrivateKey:
    # Primes cannot be derived from a name in the library; a fresh pair per run does as well.
    return rsa.generate_private_key(65537, 2048)
