"""Threat 17: forged, confused and malformed tokens. Every one stops at the gateway with a 401 that says Bearer."""

from __future__ import annotations

import base64
import hmac
import json
import time
import zlib
from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from gateway import PARTNER, Gateway, bearer, token
from raw import ask

from firstclass.engine.cases.minting import Signer, _p256, base64url


def parts(**claims: Any) -> tuple[str, str, str]:
    """Header, payload and signature of an honest token."""
    head, payload, signature = token(**claims).split(".")
    return head, payload, signature


def unsigned(header: dict[str, Any], payload: bytes | None = None) -> str:
    """The signing input of a token with this header."""
    honest = parts()[1] if payload is None else base64url(payload)
    return f"{base64url(json.dumps(header).encode())}.{honest}"


def signed(header: dict[str, Any], payload: bytes | None = None) -> str:
    """Signed by the honest issuer, whatever it says."""
    text = unsigned({"typ": "at+jwt", "kid": "es256", "alg": "ES256", **header}, payload)
    return f"{text}.{base64url(Signer('partner').sign('ES256', text.encode()))}"


def confused(secret: bytes, header: dict[str, Any] | None = None) -> str:
    """HS256 under something that everybody knows."""
    text = unsigned({"alg": "HS256", "typ": "at+jwt", "kid": "es256", **(header or {})})
    return f"{text}.{base64url(hmac.digest(secret, text.encode(), 'sha256'))}"


def public(encoding: serialization.Encoding, form: serialization.PublicFormat) -> bytes:
    return _p256("partner").public_key().public_bytes(encoding, form)


def claims(**more: Any) -> dict[str, Any]:
    now = int(time.time())
    who = {"iss": PARTNER["issuer"], "aud": PARTNER["audience"], "sub": "s", "client_id": "acme"}
    return {**who, "iat": now, "exp": now + 300, **more}


def raw_claims(replaced: str, by: str) -> bytes:
    text = json.dumps(claims())
    assert replaced in text
    return text.replace(replaced, by, 1).encode()


def flipped(position: int) -> str:
    """An honest token with one character of its signature replaced by its neighbour."""
    head, payload, signature = parts()
    other = chr(ord(signature[position]) + 1) if signature[position].isdigit() and signature[position] != "9" else "A"
    other = other if other != signature[position] else "B"
    return f"{head}.{payload}.{signature[:position]}{other}{signature[position + 1 :]}"


def der() -> str:
    """The signature in DER instead of the 64 bytes of RFC 7518 §3.4."""
    head, payload, _ = parts()
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec

    return f"{head}.{payload}." + base64url(
        _p256("partner").sign(f"{head}.{payload}".encode(), ec.ECDSA(hashes.SHA256()))
    )


PEM = serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
DER = serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
BOMB = base64url(zlib.compress(bytes(300_000)))
FORGERIES: dict[str, Callable[[], str]] = {
    "alg none": lambda: unsigned({"alg": "none", "typ": "at+jwt"}) + ".",
    "alg nOnE": lambda: unsigned({"alg": "nOnE", "typ": "at+jwt", "kid": "es256"}) + ".",
    "alg none with a signature": lambda: unsigned({"alg": "none", "typ": "at+jwt"}) + "." + parts()[2],
    "alg none without its dot": lambda: unsigned({"alg": "none", "typ": "at+jwt"}),
    "no alg": lambda: unsigned({"typ": "at+jwt", "kid": "es256"}) + "." + parts()[2],
    "alg in lower case": lambda: signed({"alg": "es256"}),
    "alg of another curve": lambda: signed({"alg": "ES384"}),
    "alg of another key type": lambda: signed({"alg": "EdDSA"}),
    "alg that the entry does not allow": lambda: signed({"alg": "RS256"}),
    "alg that is a list": lambda: signed({"alg": ["ES256"]}),
    "HS256 with the public key as PEM": lambda: confused(public(*PEM)),
    "HS256 with the public key as DER": lambda: confused(public(*DER)),
    "HS256 with the public JWK": lambda: confused(json.dumps(Signer("partner").jwk("ES256")).encode()),
    "HS256 with an empty secret": lambda: confused(b""),
    "HS256 with an empty secret and no kid": lambda: confused(b"", {"kid": None}),
    "a null signature": lambda: token(null_signature=True),
    "r and s are the order": lambda: ".".join(parts()[:2]) + "." + base64url(ORDER.to_bytes(32, "big") * 2),
    "r is zero": lambda: ".".join(parts()[:2]) + "." + base64url(bytes(32) + b"\x01" * 32),
    "a signature too short": lambda: ".".join(parts()[:2]) + "." + base64url(bytes(63)),
    "a signature too long": lambda: token() + "AA",
    "no signature": lambda: ".".join(parts()[:2]) + ".",
    "a DER signature": der,
    "a flipped character": lambda: flipped(3),
    "another flipped character": lambda: flipped(60),
    "the other issuer's key of the same id": lambda: token(signer="people"),
    "a stranger's key": lambda: token(signer="stranger"),
    "a stranger's key, embedded": lambda: token(signer="stranger", header={"jwk": "own"}),
    "a stranger's key, embedded, without kid": lambda: token(signer="stranger", header={"jwk": "own", "kid": None}),
    "an embedded certificate": lambda: token(signer="stranger", header={"x5c": ["MIIB"]}),
    "an unknown kid": lambda: token(header={"kid": "k9"}),
    "a kid that is a path": lambda: token(signer="stranger", header={"kid": "../../../../dev/null"}),
    "a kid that is SQL": lambda: token(signer="stranger", header={"kid": "' UNION SELECT 'x'--"}),
    "a kid that is a number": lambda: token(header={"kid": 1}),
    "a kid that is an object": lambda: token(header={"kid": {"$ne": ""}}),
    "an unknown critical header": lambda: token(header={"crit": ["x"], "x": 1}),
    "a critical header that is known elsewhere": lambda: token(header={"crit": ["b64"], "b64": True}),
    "no critical header": lambda: token(header={"crit": []}),
    "critical that is no list": lambda: token(header={"crit": "exp"}),
    "an unencoded payload": lambda: token(header={"b64": False, "crit": ["b64"]}),
    "another type": lambda: token(header={"typ": "dpop+jwt"}),
    "an ID token's type": lambda: token(header={"typ": "id_token"}),
    "a nested token's type": lambda: token(header={"cty": "JWT", "typ": "JWE"}),
    "another issuer": lambda: token(iss="https://evil.example"),
    "the issuer with a slash": lambda: token(iss=PARTNER["issuer"] + "/"),
    "the issuer in capitals": lambda: token(iss=PARTNER["issuer"].upper()),
    "the issuer in a list": lambda: token(iss=[PARTNER["issuer"]]),
    "no issuer": lambda: token(iss=None),
    "another audience": lambda: token(aud="other"),
    "an audience that begins like it": lambda: token(aud="the-api-2"),
    "no audience": lambda: token(aud=None),
    "an empty list of audiences": lambda: token(aud=[]),
    "an audience in an object": lambda: token(aud={"the-api": True}),
    "expired": lambda: token(exp=int(time.time()) - 120),
    "no expiry": lambda: token(exp=None),
    "an expiry in words": lambda: token(exp="9e9"),
    "an expiry that is true": lambda: token(exp=True),
    "an expiry that overflows": lambda: signed({}, raw_claims(f'"exp": {int(time.time()) + 300}', '"exp": 1e400')),
    "an expiry that is not a number": lambda: signed({}, raw_claims(f'"exp": {int(time.time()) + 300}', '"exp": NaN')),
    "an expiry below zero": lambda: token(exp=-1),
    "not valid yet": lambda: token(nbf=int(time.time()) + 600),
    "not before that is text": lambda: token(nbf="0"),
    "issued in the future": lambda: token(iat=int(time.time()) + 6000, nbf=int(time.time()) + 6000),
    "duplicate claims": lambda: signed({}, raw_claims('"client_id": "acme"', '"client_id": "x", "client_id": "acme"')),
    "duplicate claims, escaped": lambda: signed({}, raw_claims('"sub": "s"', '"sub": "s", "s\\u0075b": "root"')),
    "a payload that is a list": lambda: signed({}, b"[]"),
    "a payload that is no JSON": lambda: signed({}, b"x"),
    "a payload that goes on": lambda: signed({}, json.dumps(claims()).encode() + b"{}"),
    "a payload with a byte order mark": lambda: signed({}, b"\xef\xbb\xbf" + json.dumps(claims()).encode()),
    "a header with duplicate members": lambda: (
        base64url(b'{"alg":"none","alg":"ES256","typ":"at+jwt","kid":"es256"}') + "." + ".".join(parts()[1:])
    ),
    "padding": lambda: token() + "=",
    "padding inside": lambda: token().replace(".", "=.", 1),
    "standard base64": lambda: ".".join(parts()[:2]) + "." + base64.b64encode(bytes(range(190, 254))).decode(),
    "a line feed inside": lambda: token().replace(".", ".%0A", 1),
    "white space inside": lambda: token().replace(".", ". ", 1),
    "two parts": lambda: ".".join(parts()[:2]),
    "four parts": lambda: token() + ".",
    "five parts, as encryption has": lambda: "e30.e30.e30.e30.e30",
    "an encrypted bomb": lambda: ".".join(
        [base64url(b'{"alg":"dir","enc":"A256GCM","zip":"DEF"}'), "", "AAAA", BOMB, "AAAA"]
    ),
    "a bound token, sent as if it were not": lambda: token(cnf={"jkt": "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"}),
    "a token bound to a certificate": lambda: token(cnf={"x5t#S256": "bwcK0esc3ACC3DB2Y5_lESsXE8o9ltc05O89jdN-dg2"}),
    "a payload changed under an honest signature": lambda: (
        parts()[0] + "." + base64url(json.dumps(claims(client_id="root")).encode()) + "." + parts()[2]
    ),
    "an issuer that the scheme does not name": lambda: token("people", client_id="acme"),
    "nothing": lambda: "",
    "dots": lambda: "..",
    "a very long token": lambda: token(filler="x" * 40_000),
}  # fmt: skip


@pytest.mark.parametrize("make", FORGERIES.values(), ids=list(FORGERIES))
def test_a_forged_token_opens_nothing(gateway: Gateway, make: Callable[[], str]) -> None:
    answer = ask(gateway.port, "GET", "/stock", [bearer(make())])
    assert answer.status in (400, 401, 431)
    assert answer.status != 401 or answer.values("WWW-Authenticate")
    assert gateway.origin.received == b""


def test_the_honest_token_passes_before_and_after(gateway: Gateway) -> None:
    for make in (token, lambda: token(algorithm="EdDSA"), lambda: token(header={"typ": "JWT"})):
        assert ask(gateway.port, "GET", "/stock", [bearer(make())]).status == 200
    assert len(gateway.origin.take()) == 3


def test_a_signature_of_another_spelling_is_not_taken_from_the_cache(gateway: Gateway) -> None:
    """The last character of 64 bytes in base64url has bits to spare (RFC 4648 §3.5)."""
    honest = token()
    assert ask(gateway.port, "GET", "/stock", [bearer(honest)]).status == 200
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    place = alphabet.index(honest[-1])
    assert place % 16 == 0
    gateway.origin.take()
    assert ask(gateway.port, "GET", "/stock", [bearer(honest[:-1] + alphabet[place + 1])]).status == 401
    assert gateway.origin.take() == []
