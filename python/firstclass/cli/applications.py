"""`firstclass applications`: registered software that calls APIs."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Annotated, Any

import typer

from firstclass.cli.arguments import actor, wrong_usage
from firstclass.cli.context import current
from firstclass.cli.output import emit, say_next, table, talk
from firstclass.model.errors import not_enforceable_yet

if TYPE_CHECKING:
    from firstclass.model.applications import Application, Client

app = typer.Typer(add_completion=False, help="Registered software that calls APIs.")

Name = Annotated[str, typer.Argument(metavar="APPLICATION", help="Its name or id.")]


@app.command()
def create(
    name: Annotated[str, typer.Argument(help="A label for people, unique.")],
    owner: Annotated[str, typer.Option(help="E-mail address of who answers for it.")],
    kind: Annotated[str, typer.Option(help="server, mobile, web, device or agent.")] = "server",
    client_id: Annotated[str | None, typer.Option(help="What the issuer's tokens call it; needs --issuer.")] = None,
    issuer: Annotated[str | None, typer.Option(help="The issuer's name in firstclass.yaml.")] = None,
    jwks: Annotated[str | None, typer.Option(help="Comes with a later version.")] = None,
    redirect_uri: Annotated[list[str] | None, typer.Option(help="Comes with a later version.")] = None,
) -> None:
    """Register an application."""
    from firstclass.access import applications

    if jwks is not None:
        raise not_enforceable_yet("--jwks", "an application can have API keys, or a --client-id at a foreign --issuer")
    if redirect_uri:
        raise not_enforceable_yet("--redirect-uri", "sign-in of people stays with your own issuer for now")
    client = _client(client_id, issuer)
    made = applications.create(current().store(), name=name, owner=owner, kind=kind, client=client, actor=actor())
    emit(document(made), [f"{made.id}  {made.name}"])
    if not current().json:
        say_next(f"firstclass subscriptions create {shlex.quote(made.name)} --api {_some_operations()}")


@app.command("list")
def list_(
    unregistered: Annotated[
        bool, typer.Option("--unregistered", help="Those that good tokens name and nobody registered, instead.")
    ] = False,
) -> None:
    """List every application."""
    from firstclass.access import applications

    if unregistered:
        _list_unregistered()
        return
    items = [document(found) for found in applications.list_all(current().store())]
    columns = ["id", "name", "owner", "kind", "state", "created_at"]
    emit({"items": items, "next": None}, table(items, columns, "there is no application yet"))


def _list_unregistered() -> None:
    """Whom to register: their calls are refused with not_subscribed."""
    from firstclass.base.clock import format_time

    with current().store().read() as reader:
        found = reader.sightings.unregistered()
    items = [
        {
            "issuer": client.issuer,
            "client_id": client.client_id,
            "calls": client.calls,
            "first_seen_at": format_time(client.first_seen_at),
            "last_seen_at": format_time(client.last_seen_at),
        }
        for client in found
    ]
    columns = ["issuer", "client_id", "calls", "first_seen_at", "last_seen_at"]
    emit({"items": items, "next": None}, table(items, columns, "every application that called is registered"))
    if items and not current().json:
        client_id, issuer = shlex.quote(str(items[0]["client_id"])), shlex.quote(str(items[0]["issuer"]))
        say_next(f"firstclass applications create NAME --owner EMAIL --client-id {client_id} --issuer {issuer}")


@app.command()
def show(application: Name) -> None:
    """Show one application."""
    from firstclass.access import applications

    _show(applications.get(current().store(), application))


@app.command()
def disable(application: Name) -> None:
    """Refuse all its credentials from now on."""
    from firstclass.access import applications

    found = applications.disable(current().store(), application, actor=actor())
    _show(found)
    if not current().json:
        talk(f"its calls are refused until: firstclass applications enable {shlex.quote(found.name)}")
        if found.managed:
            talk("warning: a file names it, and the next apply lets it in again: take its entry out of the file, too")


@app.command()
def enable(application: Name) -> None:
    """Undo disable: let its credentials in again, but not those that were revoked or have ended."""
    from firstclass.access import applications

    _show(applications.enable(current().store(), application, actor=actor()))


def document(application: Application) -> dict[str, Any]:
    """Its members with `--json`. `client_id` is its name in the foreign issuer's tokens."""
    from firstclass.base.clock import format_time

    client = application.clients[0] if application.clients else None
    return {
        "id": application.id,
        "client_id": None if client is None else client.client_id,
        "issuer": None if client is None else client.issuer,
        "name": application.name,
        "owner": application.owner,
        "kind": application.kind,
        "state": "enabled" if application.enabled else "disabled",
        "created_at": format_time(application.created_at),
    }


def _some_operations() -> str:
    """An API that is live and two of its operations, as words of a command line."""
    import json

    from firstclass.app.first_call import some_operations

    live = current().store().current_bundles()
    if not live:
        return "API --operations A,B"
    some = shlex.quote(",".join(some_operations(json.loads(live[0].payload))))
    return f"{live[0].api} --operations {some}"


def _show(application: Application) -> None:
    members = document(application)
    emit(members, [f"{name:<10}  {value}" for name, value in members.items() if value is not None])


def _client(client_id: str | None, issuer: str | None) -> Client | None:
    from firstclass.model.applications import Client

    if client_id is None and issuer is None:
        return None
    if client_id is None or issuer is None:
        hint = "--client-id acme-7 --issuer partner, where firstclass.yaml has an issuer called partner"
        raise wrong_usage("--client-id and --issuer go together", hint)
    return Client(issuer, client_id)
