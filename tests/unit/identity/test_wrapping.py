"""The keyring file says nothing without its root secret, and a damaged one is told, never half read."""

import json
from pathlib import Path
from typing import Any

import pytest

from firstclass.base.secret import Secret
from firstclass.identity.wrapping import unwrap, wrap
from firstclass.model.errors import Exit, FirstclassError

ROOT = Secret(b"root secret of 32 bytes, and so on")
PATH = Path("secrets/keyring.json")
CONTENT = b'{"pepper": "a canary"}'


def refusal(file: bytes, root: Secret = ROOT) -> FirstclassError:
    with pytest.raises(FirstclassError) as caught:
        unwrap(file, root, PATH)
    return caught.value


def with_member(name: str, value: Any) -> bytes:
    return json.dumps({**json.loads(wrap(CONTENT, ROOT)), name: value}).encode()


def test_what_was_wrapped_is_unwrapped():
    assert unwrap(wrap(CONTENT, ROOT), ROOT, PATH) == CONTENT


def test_the_file_shows_nothing_of_its_content_and_is_never_the_same():
    one, other = wrap(CONTENT, ROOT), wrap(CONTENT, ROOT)
    assert b"canary" not in one and one != other


def test_another_root_secret_opens_nothing():
    error = refusal(wrap(CONTENT, ROOT), Secret(b"another"))
    assert (error.code, error.exit_code) == ("keyring_unreadable", Exit.UNAVAILABLE)
    assert str(PATH) in error.message and "backup" in error.hint


@pytest.mark.parametrize("name", ["salt", "nonce", "text"])
def test_each_part_is_needed_as_it_was(name: str):
    written = json.loads(wrap(CONTENT, ROOT))[name]
    flipped = ("B" if written[0] == "A" else "A") + written[1:]
    for value in (flipped, "", written[:-4], None, 5, "not base64url!"):
        assert refusal(with_member(name, value)).code == "keyring_unreadable"


def test_another_cipher_is_not_guessed_at():
    assert refusal(with_member("cipher", "none")).code == "keyring_unreadable"


@pytest.mark.parametrize("file", [b"", b"{", b"[]", b"5", b"{}", b"\xff\xfe", b"null"])
def test_what_is_no_keyring_file_is_refused(file: bytes):
    assert refusal(file).code == "keyring_unreadable"


def test_a_refusal_shows_no_secret():
    error = refusal(wrap(CONTENT, ROOT), Secret(b"another"))
    assert "another" not in str(error.as_json()).replace("another root secret", "")
