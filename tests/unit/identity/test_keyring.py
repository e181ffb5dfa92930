"""The keyring: made once, private, wrapped, and only what an engine needs leaves it."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from firstclass.base.secret import from_base64url
from firstclass.identity.keyring import Keyring
from firstclass.model.errors import FirstclassError


def test_a_keyring_is_made_once_and_private(data: Path):
    first = Keyring.open(data)
    assert Keyring.open(data) == first
    assert data.stat().st_mode & 0o777 == 0o700 and (data / "secrets").stat().st_mode & 0o777 == 0o700
    files = sorted(path for path in (data / "secrets").iterdir() if path.is_file())
    assert [path.name for path in files] == [".lock", "keyring.json", "root"]
    assert all(path.stat().st_mode & 0o777 == 0o600 for path in files)


def test_many_processes_at_first_start_get_one_keyring(data: Path):
    with ThreadPoolExecutor(16) as pool:
        rings = list(pool.map(lambda _: Keyring.open(data), range(16)))
    assert all(ring == rings[0] for ring in rings)


def test_nothing_of_it_lies_readable_on_the_disk(data: Path):
    keyring = Keyring.open(data)
    keys = [*keyring.pepper_keys, *keyring.signing_keys, *keyring.mask_keys]
    forms = [key.value.reveal() for key in keys] + [
        value.encode() for value in (*keyring.peppers.values(), keyring.mask_key)
    ]
    for path in (path for path in data.rglob("*") if path.is_file()):
        assert not [form for form in forms if form in path.read_bytes()], path


def test_its_repr_hides_every_key(data: Path):
    keyring = Keyring.open(data)
    assert keyring.mask_key not in repr(keyring) and next(iter(keyring.peppers.values())) not in repr(keyring)


def test_a_signature_is_ed25519_under_the_named_key(data: Path):
    keyring = Keyring.open(data)
    key_id, signature = keyring.sign("firstclass directory\n{}")
    public = Ed25519PublicKey.from_public_bytes(from_base64url(keyring.verify_keys[key_id]))
    public.verify(from_base64url(signature), b"firstclass directory\n{}")
    with pytest.raises(InvalidSignature):
        public.verify(from_base64url(signature), b"firstclass directory\n{ }")


def test_an_operators_root_secret_leaves_no_root_file(data: Path):
    made = Keyring.open(data, "a root secret that an operator keeps elsewhere")
    assert not (data / "secrets" / "root").exists()
    assert Keyring.open(data, b"a root secret that an operator keeps elsewhere") == made


@pytest.mark.parametrize("root", ["another root secret that is long enough to be one", None])
def test_another_root_secret_is_refused(data: Path, root: str | None):
    Keyring.open(data, "a root secret that an operator keeps elsewhere")
    with pytest.raises(FirstclassError) as caught:
        Keyring.open(data, root)
    assert caught.value.code in ("keyring_unreadable", "root_secret_missing") and caught.value.hint


def test_a_short_root_secret_is_refused(data: Path):
    with pytest.raises(FirstclassError, match="at least 32 bytes"):
        Keyring.open(data, "hunter2")


@pytest.mark.parametrize("content", [b"", b"{}", b"[]", b"\xff\xfe", b'{"cipher": 1}'])
def test_a_damaged_file_is_a_clear_error(data: Path, content: bytes):
    Keyring.open(data)
    (data / "secrets" / "keyring.json").write_bytes(content)
    with pytest.raises(FirstclassError) as caught:
        Keyring.open(data)
    assert caught.value.code == "keyring_unreadable"


def test_an_altered_ciphertext_is_refused(data: Path):
    Keyring.open(data)
    path = data / "secrets" / "keyring.json"
    document = json.loads(path.read_bytes())
    document["text"] = ("A" if document["text"][0] != "A" else "B") + document["text"][1:]
    path.write_text(json.dumps(document))
    with pytest.raises(FirstclassError) as caught:
        Keyring.open(data)
    assert caught.value.code == "keyring_unreadable"


def test_a_place_that_cannot_be_a_directory_is_a_clear_error(tmp_path: Path):
    (tmp_path / "file").write_text("here")
    with pytest.raises(FirstclassError) as caught:
        Keyring.open(tmp_path / "file")
    assert caught.value.code == "secrets_unusable"
