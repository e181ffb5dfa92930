"""The keyring: peppers, signing keys and the mask key, versioned, wrapped by one root secret. Reads no environment."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from firstclass.base.files import create_private, is_full, locked, make_private_directory
from firstclass.base.randomness import base62, random_bytes
from firstclass.base.secret import Secret, base64url, from_base64url
from firstclass.identity.wrapping import unwrap, wrap
from firstclass.model.errors import Exit, FirstclassError, disk_full

DIRECTORY = "secrets"
ROOT_FILE = "root"
KEYRING_FILE = "keyring.json"
_KEY_BYTES = 32
_MIN_ROOT_BYTES = 32


@dataclass(frozen=True)
class VersionedKey:
    """A key and the id that is stored beside whatever it made."""

    id: str
    value: Secret


@dataclass(frozen=True)
class Keyring:
    """The unwrapped keyring. In each tuple the last key is the current one; older ones still verify."""

    id: str
    pepper_keys: tuple[VersionedKey, ...]
    signing_keys: tuple[VersionedKey, ...]
    mask_keys: tuple[VersionedKey, ...]

    @classmethod
    def open(cls, data_dir: Path, root_secret: str | bytes | Secret | None = None) -> Keyring:
        """Read the keyring of a data directory; create it (and, without `root_secret`, a root file) at first use.

        `root_secret`: at least 32 bytes of the operator's; None: the file `secrets/root`, made here with mode 0600.

        Raises:
            FirstclassError: unwritable, damaged, or wrapped with another root secret.
        """
        directory = data_dir / DIRECTORY
        try:
            make_private_directory(data_dir)
            make_private_directory(directory)
            if not (directory / KEYRING_FILE).exists():
                with locked(directory / ".lock"):
                    _create(directory, root_secret)
            return _read(directory / KEYRING_FILE, _root(directory, root_secret))
        except OSError as error:
            if is_full(error):
                raise disk_full(f"the keyring {directory / KEYRING_FILE}") from error
            raise FirstclassError(
                "secrets_unusable",
                f"{error.filename or directory}: {error.strerror or error}",
                hint="check the owner and the rights of secrets/ in the data directory",
                exit_code=Exit.UNAVAILABLE,
            ) from error

    def pepper(self) -> VersionedKey:
        """The pepper for new digests."""
        return self.pepper_keys[-1]

    @property
    def peppers(self) -> dict[str, str]:
        """Every pepper by id, base64url: what an engine recognises keys by. Secret: for its standard input alone."""
        return {key.id: base64url(key.value.reveal()) for key in self.pepper_keys}

    @property
    def mask_key(self) -> str:
        """The key of keyed masks, base64url. Secret: for the engine's standard input alone."""
        return base64url(self.mask_keys[-1].value.reveal())

    @cached_property
    def verify_keys(self) -> dict[str, str]:
        """The public halves of the signing keys by id, base64url of 32 bytes."""
        return {key.id: base64url(_private(key).public_key().public_bytes_raw()) for key in self.signing_keys}

    def sign(self, text: str) -> tuple[str, str]:
        """Ed25519 over the UTF-8 of `text`: the id of the key, and the signature in base64url without padding."""
        key = self.signing_keys[-1]
        return key.id, base64url(self._signing_key.sign(text.encode()))

    @cached_property
    def _signing_key(self) -> Any:
        return _private(self.signing_keys[-1])


def _private(key: VersionedKey) -> Any:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    return Ed25519PrivateKey.from_private_bytes(key.value.reveal())


def _create(directory: Path, root_secret: str | bytes | Secret | None) -> None:
    path = directory / KEYRING_FILE
    if path.exists():
        return  # somebody else was first
    if root_secret is None:
        create_private(directory / ROOT_FILE, base64url(random_bytes(_KEY_BYTES)).encode() + b"\n")
    content: dict[str, Any] = {
        "format": 1,
        "id": _new_id("ring"),
        "peppers": [_new_key("pep")],
        "signing": [_new_key("sig")],
        "masks": [_new_key("mask")],
    }
    create_private(path, wrap(json.dumps(content).encode(), _root(directory, root_secret)))


def _read(path: Path, root: Secret) -> Keyring:
    content = json.loads(unwrap(path.read_bytes(), root, path))
    if content.get("format") != 1:
        raise FirstclassError(
            "keyring_too_new",
            f"{path} was written by a newer version of Firstclass",
            hint="install that version again",
            exit_code=Exit.UNAVAILABLE,
        )
    return Keyring(content["id"], *(_keys(content[name]) for name in ("peppers", "signing", "masks")))


def _keys(entries: list[dict[str, str]]) -> tuple[VersionedKey, ...]:
    return tuple(VersionedKey(entry["id"], Secret(from_base64url(entry["value"]))) for entry in entries)


def _root(directory: Path, root_secret: str | bytes | Secret | None) -> Secret:
    if root_secret is None:
        path = directory / ROOT_FILE
        if not path.exists():
            raise FirstclassError(
                "root_secret_missing",
                f"{path} is missing, and the keyring beside it cannot be read without it",
                hint="restore it from a backup, or give the root secret that the keyring was made with",
                exit_code=Exit.UNAVAILABLE,
            )
        root_secret = path.read_bytes().strip()
    root = root_secret if isinstance(root_secret, Secret) else Secret(root_secret)
    if len(root.reveal()) < _MIN_ROOT_BYTES:
        raise FirstclassError(
            "root_secret_too_short",
            f"a root secret has at least {_MIN_ROOT_BYTES} bytes",
            hint="make one: head -c 32 /dev/urandom | base64",
            exit_code=Exit.USAGE,
        )
    return root


def _new_key(prefix: str) -> dict[str, str]:
    return {"id": _new_id(prefix), "value": base64url(random_bytes(_KEY_BYTES))}


def _new_id(prefix: str) -> str:
    return f"{prefix}_{base62(int.from_bytes(random_bytes(8), 'big'), 11)}"
