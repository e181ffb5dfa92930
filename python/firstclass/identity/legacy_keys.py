"""Keys of another gateway: taken over with an end date, and stored as a peppered digest of their SHA-256, so that a key
whose text nobody knows any more is stored like one that is known."""

from __future__ import annotations

import hmac
from datetime import datetime, timedelta

from firstclass.base.randomness import Randomness, base62
from firstclass.base.secret import Secret, base64url
from firstclass.identity.api_keys import expiry_of
from firstclass.identity.keyring import Keyring
from firstclass.model import ids
from firstclass.model.credentials import LEGACY, Credential
from firstclass.storage import Change

DEFAULT_LIFETIME = timedelta(days=90)
# `engine/decide/src/api_key.rs` digests the same; the label keeps a stolen SHA-256 from being a key itself.
_LABEL = b"legacy key\n"
PREFIX = "legacy_"
_ID_CHARACTERS = 8


def digest(pepper: Secret, sha256: bytes) -> str:
    """The only form in which such a key is stored."""
    return base64url(hmac.digest(pepper.reveal(), _LABEL + sha256, "sha256"))


def expiry(change: Change, lifetime: timedelta) -> datetime:
    """When a key that is taken over now ends.

    Raises:
        FirstclassError: beyond a year.
    """
    return expiry_of(change, lifetime)


def make(
    change: Change, keyring: Keyring, application: str, sha256: bytes, expires_at: datetime, randomness: Randomness
) -> Credential:
    """The credential of an application (its id). Its prefix is drawn: nothing of the key shows."""
    pepper = keyring.pepper()
    drawn = int.from_bytes(randomness(16), "big") % 62**_ID_CHARACTERS
    return Credential(
        id=ids.make_id(ids.CREDENTIAL, change.now, randomness(10)),
        application=application,
        prefix=PREFIX + base62(drawn, _ID_CHARACTERS),
        digest=digest(pepper.value, sha256),
        pepper=pepper.id,
        created_at=change.now,
        expires_at=expires_at,
        tenant=change.tenant,
        credential_class=LEGACY,
    )
