"""`firstclass subscriptions`: what an application may call and see."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Annotated, Any

import typer

from firstclass.cli.arguments import OPERATIONS, actor, moment, word_list, wrong_usage
from firstclass.cli.context import current
from firstclass.cli.output import emit, say_next, table, talk

if TYPE_CHECKING:
    from firstclass.model.subscriptions import Subscription

app = typer.Typer(add_completion=False, help="What an application may call and see.")

Name = Annotated[str, typer.Argument(metavar="APPLICATION", help="Its name or id.")]


@app.command()
def create(
    application: Name,
    api: Annotated[
        str | None, typer.Option(help="The API's name in firstclass.yaml; with a product, the product's.")
    ] = None,
    operations: Annotated[str, typer.Option(*OPERATIONS, metavar="A,B", help="Operation ids of the contract.")] = "",
    unmask: Annotated[
        str, typer.Option(metavar="CATEGORY,..", help="Categories of data that it sees as they are.")
    ] = "",
    until: Annotated[str | None, typer.Option(metavar="DATE", help="From this instant on it grants nothing.")] = None,
    product: Annotated[
        str | None, typer.Option(help="A product's name, in place of operations: it is followed.")
    ] = None,
    plan: Annotated[str | None, typer.Option(help="The plan whose limits hold; default: the product's.")] = None,
) -> None:
    """Let an application call operations of an API; several subscriptions add up."""
    from firstclass.access import subscriptions
    from firstclass.identity import api_keys

    if product is None and (api is None or not operations):
        raise wrong_usage("a subscription names what it is to", "add --api API --operations A,B, or --product P")
    made = subscriptions.create(
        current().store(),
        application=application,
        api=api,
        operations=word_list(operations),
        product=product,
        plan=plan,
        unmask=word_list(unmask),
        until=moment("--until", until),
        actor=actor(),
    )
    under = f" (plan {made.plan})" if made.plan else ""
    unmasked = f", unmasked: {', '.join(made.unmask)}" if made.unmask else ""
    emit(document(made), [f"{made.id}  {made.api}: {', '.join(made.operations)}{under}{unmasked}"])
    if beside := subscriptions.find_beside(current().store(), made):
        ids = ", ".join(other.id for other in beside)
        talk(f"adds up with {ids} of the same application: to narrow what it may do, revoke what grants too much")
    for unlimited in subscriptions.find_unlimited(current().store(), made):
        talk(f"warning: {unlimited} grants some of these operations without a plan, so they are not limited")
        talk(f"hint: firstclass subscriptions revoke {unlimited}")
    if not api_keys.has_live_key(current().store(), application):
        say_next(f"KEY=$(firstclass keys issue {shlex.quote(application)} --expires 90d)")


@app.command("list")
def list_(
    application: Annotated[
        str | None, typer.Argument(metavar="APPLICATION", help="Its name or id. Default: all of them.")
    ] = None,
) -> None:
    """List subscriptions of an application, or all, the ended ones too."""
    from firstclass.access import applications, subscriptions

    store = current().store()
    found = subscriptions.list_all(store) if application is None else subscriptions.list_of(store, application)
    items = [document(each) for each in found]
    columns = ["id", "api", "product", "operations", "plan", "unmask", "state", "until", "created_at"]
    rows = items
    if application is None:
        names = {each.id: each.name for each in applications.list_all(store)}
        rows = [{**each, "application": names.get(each["application"], each["application"])} for each in items]
        columns.insert(1, "application")
    emit({"items": items, "next": None}, table(rows, columns, "there is no subscription yet"))


@app.command()
def revoke(
    subscription: Annotated[str, typer.Argument(metavar="ID", help="The subscription's id: sub_…")],
) -> None:
    """End a subscription, for ever."""
    from firstclass.access import subscriptions

    ended = subscriptions.revoke(current().store(), subscription, actor=actor())
    emit(document(ended), [f"{ended.id}  {ended.state}"])


def document(subscription: Subscription) -> dict[str, Any]:
    """Its members with `--json`; `application` is the id."""
    from firstclass.base.clock import format_time

    return {
        "id": subscription.id,
        "application": subscription.application,
        "api": subscription.api,
        "operations": list(subscription.operations),
        "unmask": list(subscription.unmask),
        "product": subscription.product,
        "plan": subscription.plan,
        "state": subscription.state,
        "until": None if subscription.until is None else format_time(subscription.until),
        "created_at": format_time(subscription.created_at),
    }
