"""API keys: issue, rotate, revoke, list. A key is shown once; the store gets its peppered digest alone."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from firstclass.base.randomness import Randomness, random_bytes
from firstclass.base.secret import Secret
from firstclass.identity.key_text import LIVE, digest, make_key
from firstclass.identity.keyring import Keyring
from firstclass.model import ids
from firstclass.model.applications import Application
from firstclass.model.credentials import ACTIVE, LEGACY, Credential
from firstclass.model.errors import Exit, FirstclassError
from firstclass.storage import Change, Store

MAX_LIFETIME = timedelta(days=366)  # a year, whichever
MAX_LIVE_KEYS = 10


@dataclass(frozen=True)
class IssuedKey:
    """A new credential with the key itself: the only moment at which anyone can read it."""

    credential: Credential
    key: Secret
    sequence: int


@dataclass(frozen=True)
class Revocation:
    """A revoked credential and the sequence number that engines confirm when it is in effect."""

    credential: Credential
    sequence: int


@dataclass(frozen=True)
class ListedKey:
    """A credential and its state now."""

    credential: Credential
    state: str


def issue(
    store: Store,
    keyring: Keyring,
    application: str,
    lifetime: timedelta,
    *,
    actor: str,
    kind: str = LIVE,
    randomness: Randomness = random_bytes,
) -> IssuedKey:
    """A new key for an application (its name or id), valid for `lifetime`.

    Raises:
        FirstclassError: no such application, disabled, too many live keys, or a lifetime beyond a year.
    """
    with store.change(actor, "key.issue") as change:
        found = _enabled(change, application)
        issued = _make(change, keyring, found, lifetime, kind=kind, randomness=randomness)
        _check_live_keys(change, found)
        change.put_credential(issued.credential)
    return replace(issued, sequence=change.sequence)


def rotate(
    store: Store,
    keyring: Keyring,
    id: str,  # noqa: A002 - the noun's own word
    overlap: timedelta,
    *,
    actor: str,
    randomness: Randomness = random_bytes,
) -> IssuedKey:
    """A new key with the old one's lifetime and kind; the old one ends after `overlap`, if it would not end before.

    Raises:
        FirstclassError: no such key, no longer live, application disabled, or too many live keys.
    """
    with store.change(actor, "key.rotate") as change:
        old = change.credentials.get(id)
        if (state := old.state(change.now)) != ACTIVE:
            hint = f"issue a new one: firstclass keys issue {old.application}"
            raise FirstclassError(f"key_{state}", f"the key {old.id} is {state}", hint=hint)
        found = _enabled(change, old.application)
        kind = LIVE if old.credential_class == LEGACY else old.prefix[: len(LIVE)]
        issued = _make(change, keyring, found, old.expires_at - old.created_at, kind=kind, randomness=randomness)
        shortened = replace(old, expires_at=min(old.expires_at, change.now + min(overlap, MAX_LIFETIME)))
        change.put_credential(shortened)
        _check_live_keys(change, found)
        change.put_credential(issued.credential)
    return replace(issued, sequence=change.sequence)


def revoke(store: Store, id: str, *, actor: str) -> Revocation:  # noqa: A002 - the noun's own word
    """End a key now and for ever; doing it twice is harmless.

    Raises:
        FirstclassError: no such key.
    """
    with store.change(actor, "key.revoke") as change:
        found = change.credentials.get(id)
        if found.revoked_at is None:
            found = replace(found, revoked_at=change.now)
            change.put_credential(found)
    return Revocation(found, change.sequence)


def list_keys(store: Store, application: str) -> list[ListedKey]:
    """The keys of an application (its name or id), in the order of their creation.

    Raises:
        FirstclassError: no such application.
    """
    with store.read() as reader:
        found = reader.credentials.of(reader.applications.get(application).id)
        return [ListedKey(credential, credential.state(reader.now)) for credential in found]


def has_live_key(store: Store, application: str) -> bool:
    """Whether some key of an application is good now.

    Raises:
        FirstclassError: no such application.
    """
    return any(listed.state == ACTIVE for listed in list_keys(store, application))


def _enabled(change: Change, application: str) -> Application:
    found = change.applications.get(application)
    if not found.enabled:
        raise FirstclassError(
            "application_disabled", f"the application {found.name!r} is disabled", hint="create another application"
        )
    return found


def _make(
    change: Change,
    keyring: Keyring,
    application: Application,
    lifetime: timedelta,
    *,
    kind: str,
    randomness: Randomness,
) -> IssuedKey:
    expires_at = expiry_of(change, lifetime)
    change.bind_keyring(keyring.id)
    key, prefix = make_key(randomness, kind)
    pepper = keyring.pepper()
    credential = Credential(
        id=ids.make_id(ids.CREDENTIAL, change.now, randomness(10)),
        application=application.id,
        prefix=prefix,
        digest=digest(pepper.value, key),
        pepper=pepper.id,
        created_at=change.now,
        expires_at=expires_at,
        tenant=change.tenant,
    )
    return IssuedKey(credential, key, change.sequence)


def expiry_of(change: Change, lifetime: timedelta) -> datetime:
    """When a key that begins now ends.

    Raises:
        FirstclassError: lifetime_too_long, clock_set_back.
    """
    if not timedelta(0) < lifetime <= MAX_LIFETIME:
        raise FirstclassError(
            "lifetime_too_long",
            "a key lives at most a year",
            hint="--expires 365d, and rotate before",
            exit_code=Exit.USAGE,
        )
    # By the wall clock, which engines go by too; where that was set back, a key could be born expired.
    expires_at = change.wall_clock + lifetime
    if expires_at <= change.now:
        raise FirstclassError(
            "clock_set_back",
            "this machine's clock is behind times that the store has already seen",
            hint="set the clock; until then new keys would count as expired",
            exit_code=Exit.UNAVAILABLE,
        )
    return expires_at


def _check_live_keys(change: Change, application: Application) -> None:
    """Keys that were taken over are not counted: their successors must find room beside them."""
    held = [key for key in change.credentials.of(application.id) if key.credential_class != LEGACY]
    live = [key for key in held if key.state(change.now) == ACTIVE]
    if len(live) >= MAX_LIVE_KEYS:
        raise FirstclassError(
            "too_many_keys",
            f"{application.name!r} has {len(live)} live keys, and {MAX_LIVE_KEYS} is the most",
            hint=f"firstclass keys list {application.name}, and revoke one that is not used",
        )
