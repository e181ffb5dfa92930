"""Test credentials have the product's form, and follow from names alone."""

import base64
import json
import zlib

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from firstclass.engine.cases.minting import BASE62, Signer, TokenWish, base64url, derived, digest, mint_key, mint_token

ENTRY = {"issuer": "https://a.example", "audience": "x"}


def bytes_of(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def test_a_key_has_the_form_and_a_checksum_that_holds():
    key = mint_key("key_1")
    kind, mode, number, rest = key.split("_")
    assert (kind, mode, len(number), len(rest)) == ("fc", "test", 8, 49)
    checksum = 0
    for letter in key[-6:]:
        checksum = checksum * 62 + BASE62.index(letter)
    assert checksum == zlib.crc32(key[:-6].encode())


def test_names_make_the_same_key_again_and_different_ones_another():
    assert mint_key("a") == mint_key("a") != mint_key("b")
    assert derived("a") == derived("a") != derived("b")


def test_a_digest_depends_on_pepper_and_key():
    assert len({digest(b"p", "a"), digest(b"p", "b"), digest(b"q", "a")}) == 3
    assert len(bytes_of(digest(b"p", "a"))) == 32


def test_base64url_has_no_padding():
    assert [base64url(b"\xff" * length) for length in (1, 2, 3)] == ["_w", "__8", "____"]


@pytest.mark.parametrize("algorithm", ["ES256", "EdDSA", "RS256", "PS256"])
def test_a_public_key_is_named_after_its_algorithm_and_keeps_its_secret(algorithm: str):
    jwk = Signer("a").jwk(algorithm)
    assert (jwk["alg"], jwk["kid"], jwk["use"]) == (algorithm, algorithm.lower(), "sig")
    assert not {"d", "p", "q"} & set(jwk)


def test_a_signature_is_the_key_pairs_own():
    public = Ed25519PublicKey.from_public_bytes(bytes_of(Signer("a").jwk("EdDSA")["x"]))
    public.verify(Signer("a").sign("EdDSA", b"text"), b"text")
    with pytest.raises(InvalidSignature):
        public.verify(Signer("b").sign("EdDSA", b"text"), b"text")


def test_an_es256_signature_is_two_numbers_of_32_bytes():
    assert len(Signer("a").sign("ES256", b"text")) == 64


def test_forgers_sign_with_nothing_or_with_the_public_key():
    assert Signer("a").sign("nOnE", b"text") == b""
    assert len(Signer("a").sign("HS256", b"text")) == 32


def test_a_token_lives_five_minutes_and_leaves_out_what_is_none():
    text = mint_token(TokenWish("a", claims={"jti": None}), ENTRY, 1000)
    claims = json.loads(bytes_of(text.split(".")[1]))
    assert (claims["iat"], claims["exp"], "jti" in claims) == (1000, 1300, False)


def test_a_token_may_carry_the_key_that_made_it():
    text = mint_token(TokenWish("a", header={"jwk": "own"}), ENTRY, 1000)
    assert json.loads(bytes_of(text.split(".")[0]))["jwk"] == Signer("a").jwk("ES256")
