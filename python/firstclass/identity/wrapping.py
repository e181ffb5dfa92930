"""Wrapping of the keyring file: AES-256-GCM under a key that HKDF-SHA-256 (RFC 5869) derives from the root secret."""

from __future__ import annotations

import json
from pathlib import Path

from firstclass.base.randomness import random_bytes
from firstclass.base.secret import Secret, base64url, from_base64url
from firstclass.model.errors import Exit, FirstclassError

_CIPHER = "HKDF-SHA256+AES-256-GCM"
_LABEL = b"firstclass keyring 1"


def wrap(content: bytes, root: Secret) -> bytes:
    """The keyring file's bytes."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    salt, nonce = random_bytes(16), random_bytes(12)
    text = AESGCM(_derive(root, salt)).encrypt(nonce, content, _LABEL)
    document = {"cipher": _CIPHER, "salt": base64url(salt), "nonce": base64url(nonce), "text": base64url(text)}
    return json.dumps(document, indent=2).encode() + b"\n"


def unwrap(file: bytes, root: Secret, path: Path) -> bytes:
    """What `wrap` was given; `path` is for the message alone.

    Raises:
        FirstclassError: damaged, or wrapped with another root secret (the two cannot be told apart).
    """
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    try:
        document = json.loads(file)
        if document["cipher"] != _CIPHER:
            raise ValueError(document["cipher"])
        salt, nonce, text = (from_base64url(document[name]) for name in ("salt", "nonce", "text"))
        return AESGCM(_derive(root, salt)).decrypt(nonce, text, _LABEL)
    except (InvalidTag, ValueError, KeyError, TypeError) as error:
        raise FirstclassError(
            "keyring_unreadable",
            f"{path} is damaged, or was wrapped with another root secret",
            hint="give the root secret it was made with, or restore secrets/ from a backup",
            exit_code=Exit.UNAVAILABLE,
        ) from error


def _derive(root: Secret, salt: bytes) -> bytes:
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    return HKDF(algorithm=SHA256(), length=32, salt=salt, info=_LABEL).derive(root.reveal())
