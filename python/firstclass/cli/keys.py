"""`firstclass keys`: API keys. A key is printed once, when it is issued; nothing can show it again."""

from __future__ import annotations

import json
import shlex
from typing import TYPE_CHECKING, Annotated, Any

import typer

from firstclass.cli.arguments import actor, duration
from firstclass.cli.context import current
from firstclass.cli.output import emit, say_next, table, talk
from firstclass.model.errors import Exit, FirstclassError

if TYPE_CHECKING:
    from firstclass.identity.api_keys import IssuedKey
    from firstclass.model.credentials import Credential

app = typer.Typer(add_completion=False, help="API keys: issue, list, rotate, revoke.")

Name = Annotated[str, typer.Argument(metavar="APPLICATION", help="Its name or id.")]
KeyId = Annotated[str, typer.Argument(metavar="ID", help="The key's id: key_…")]

CONFIRMATION_SECONDS = 10.0


@app.command()
def issue(
    application: Name,
    expires: Annotated[str, typer.Option(metavar="DURATION", help="At most a year: 90d, 24h.")] = "90d",
) -> None:
    """Issue a key; it is shown this once."""
    from firstclass.identity import api_keys

    context, lifetime = current(), duration("--expires", expires)
    _print(api_keys.issue(context.store(), context.keyring(), application, lifetime, actor=actor()))
    if not context.json:
        _say_next_call(application)


@app.command("list")
def list_(application: Name) -> None:
    """List an application's keys: their state, never the key."""
    from firstclass.identity import api_keys

    items = [document(found.credential, found.state) for found in api_keys.list_keys(current().store(), application)]
    columns = ["id", "prefix", "class", "state", "created_at", "expires_at", "last_used_at", "query_uses"]
    emit({"items": items, "next": None}, table(items, columns, "there is no key yet"))


@app.command()
def rotate(
    key: KeyId,
    overlap: Annotated[str, typer.Option(metavar="DURATION", help="How long the old key still works.")] = "24h",
) -> None:
    """Issue a successor, and let the old key end after the overlap."""
    from firstclass.identity import api_keys

    context, still = current(), duration("--overlap", overlap)
    _print(api_keys.rotate(context.store(), context.keyring(), key, still, actor=actor()))
    talk(f"{key} still works for {overlap} at most")


@app.command()
def revoke(
    key: KeyId,
    wait: Annotated[bool, typer.Option("--wait", help="Return when every engine has confirmed it.")] = False,
) -> None:
    """End a key now and for ever."""
    from firstclass.identity import api_keys

    store = current().store()
    revocation = api_keys.revoke(store, key, actor=actor())
    if wait and (behind := store.wait_until_confirmed(revocation.sequence, CONFIRMATION_SECONDS)):
        raise FirstclassError(
            "unconfirmed",
            f"{revocation.credential.id} is revoked, but not every engine has confirmed it: {', '.join(behind)}",
            hint="an engine that is cut off or not running learns of it before it is ready again",
            exit_code=Exit.UNAVAILABLE,
        )
    emit(document(revocation.credential, "revoked"), [f"{revocation.credential.id}  revoked"])


def document(credential: Credential, state: str) -> dict[str, Any]:
    """Its members with `--json`; never the key. `application` is the id."""
    from firstclass.base.clock import format_time

    used = credential.last_used_at
    return {
        "id": credential.id,
        "prefix": credential.prefix,
        "application": credential.application,
        "class": credential.credential_class,
        "state": state,
        "created_at": format_time(credential.created_at),
        "expires_at": format_time(credential.expires_at),
        "last_used_at": None if used is None else format_time(used),
        "query_uses": credential.query_uses,
    }


def _print(issued: IssuedKey) -> None:
    from firstclass.base.clock import format_time

    credential, key = issued.credential, issued.key.reveal_text()
    members = {
        "id": credential.id,
        "key": key,
        "application": credential.application,
        "created_at": format_time(credential.created_at),
        "expires_at": format_time(credential.expires_at),
    }
    emit(members, [key])
    talk(f"{credential.id}, valid until {members['expires_at']}; the key is not shown again")


def _say_next_call(application: str) -> None:
    """A call that the new key opens, or that nothing asks for it yet; nothing where no configuration says where to."""
    from firstclass.access.subscriptions import list_of
    from firstclass.app.first_call import find_first_call, traffic_url
    from firstclass.app.welcome import asks_for_key, where_to_ask_for_keys
    from firstclass.model.subscriptions import APPROVED

    context = current()
    held = [each for each in list_of(context.store(), application) if each.state == APPROVED]
    if not held:
        say_next(f"firstclass subscriptions create {shlex.quote(application)} --api API --operations A,B")
        return
    try:
        url = traffic_url(context.settings.settings)
    except FirstclassError:
        return
    with context.store().read() as reader:
        bundles = {each.api: reader.bundles.find(each.api) for each in held}
    live = [(each, json.loads(bundle.payload)) for each in held if (bundle := bundles[each.api]) is not None]
    asking = [(each, document) for each, document in live if asks_for_key(document, each.operations)]
    if asking:
        call = find_first_call(asking[-1][1], url, asking[-1][0].operations) if url else None
        if call is not None:
            say_next(f"{call}    # with the key as KEY")
    elif live:
        api = live[-1][0].api
        talk(f"{api} does not ask for our keys yet: no call that {application} may make needs this one")
        say_next(where_to_ask_for_keys(context.settings, api))
