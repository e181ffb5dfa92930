"""Applications: create, list, show, disable, enable. Every rule about them that needs the store stands here."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from firstclass.base.randomness import Randomness, random_bytes
from firstclass.model import ids
from firstclass.model.applications import KINDS, NAME, Application, Client, is_email
from firstclass.model.errors import Exit, FirstclassError
from firstclass.storage import Reader, Store

_MAX_CLIENT_ID = 255


def create(
    store: Store,
    *,
    name: str,
    owner: str,
    actor: str,
    kind: str = "server",
    client: Client | None = None,
    managed: bool = False,
    randomness: Randomness = random_bytes,
) -> Application:
    """Register an application. `client` names it in a foreign issuer's tokens.

    Raises:
        FirstclassError: a name, owner or kind of the wrong form; a name or client that is taken; an unknown issuer.
    """
    check_form(name=name, owner=owner, kind=kind, client=client)
    with store.change(actor, "application.create") as change:
        application = Application(
            id=ids.make_id(ids.APPLICATION, change.now, randomness(10)),
            name=name,
            owner=owner,
            kind=kind,
            enabled=True,
            created_at=change.now,
            clients=() if client is None else (client,),
            managed=managed,
            tenant=change.tenant,
        )
        check_issuers(change, application.clients)
        change.put_application(application, {**application.directory_value(), "owner": owner, "kind": kind})
    return application


def disable(store: Store, application: str, *, actor: str) -> Application:
    """Refuse every credential of an application (by name or id) from now on; doing it twice is harmless.

    Raises:
        FirstclassError: not_found.
    """
    with store.change(actor, "application.disable") as change:
        found = change.applications.get(application)
        if found.enabled:
            found = replace(found, enabled=False)
            change.put_application(found)
    return found


def enable(store: Store, application: str, *, actor: str) -> Application:
    """Let the credentials of a disabled application in again, the revoked and ended ones excepted; doing it twice is
    harmless. One that a file named before and names no more is disabled again by the next `apply`.

    Raises:
        FirstclassError: not_found.
    """
    with store.change(actor, "application.enable") as change:
        found = change.applications.get(application)
        if not found.enabled:
            found = replace(found, enabled=True)
            change.put_application(found)
    return found


def get(store: Store, application: str) -> Application:
    """An application by name or id.

    Raises:
        FirstclassError: not_found.
    """
    with store.read() as reader:
        return reader.applications.get(application)


def list_all(store: Store) -> list[Application]:
    """Every application, in the order of their creation."""
    with store.read() as reader:
        return reader.applications.all()


def check_form(*, name: str, owner: str, kind: str, client: Client | None) -> None:
    """What can be judged without the store.

    Raises:
        FirstclassError: invalid_name, invalid_owner, invalid_kind, invalid_client.
    """
    if not NAME.fullmatch(name) or name.startswith(f"{ids.APPLICATION}_"):
        raise _wrong(
            "invalid_name",
            f"{name!r} is no name for an application",
            "at most 64 of A-Z a-z 0-9 space . _ + @ -, beginning and ending with a letter or digit, and not with app_",
        )
    if not is_email(owner):
        raise _wrong(
            "invalid_owner", f"{owner!r} is no e-mail address", "--owner names who answers for it: team@example.com"
        )
    if kind not in KINDS:
        raise _wrong("invalid_kind", f"{kind!r} is no kind of application", f"one of {', '.join(KINDS)}")
    if client is not None and not (0 < len(client.client_id) <= _MAX_CLIENT_ID and client.client_id.isprintable()):
        hint = "give the value of the token's claim"
        raise _wrong("invalid_client", "a client id has 1 to 255 printable characters", hint)


def check_issuers(reader: Reader, clients: Iterable[Client]) -> None:
    """Whether each client's issuer is configured and its tokens speak for applications.

    Raises:
        FirstclassError: not_found, issuer_without_applications.
    """
    for client in clients:
        if not reader.issuers.get(client.issuer).application_claims:
            raise FirstclassError(
                "issuer_without_applications",
                f"tokens of {client.issuer!r} speak for people only",
                hint="set application_claim in its entry in firstclass.yaml, and run firstclass apply",
            )


def _wrong(code: str, message: str, hint: str) -> FirstclassError:
    return FirstclassError(code, message, hint=hint, exit_code=Exit.USAGE)
