"""`firstclass explain`: what happened to one request and why, down to the line of the contract."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from firstclass.cli.context import current
from firstclass.cli.output import emit
from firstclass.model.counted import counted
from firstclass.model.errors import FirstclassError

if TYPE_CHECKING:
    from firstclass.app.settings import LoadedSettings

app = typer.Typer(add_completion=False)


@app.command()
def explain(request_id: Annotated[str, typer.Argument(help="The X-Request-Id of the answer: req_…")]) -> None:
    """Say why a request was refused; works from any process and after a restart."""
    from firstclass.app.explaining import explain_request
    from firstclass.publish.left_out import FAILURES, thing
    from firstclass.publish.modes import CONFORMANCE

    context = current()
    loaded = _settings()
    told = explain_request(context.data, request_id, loaded.directory if loaded else None, loaded)
    place = told["location"]
    lines = [f"{told['decision']}: {told['reason'] or _allowed(told['would_refuse'])}"]
    if told["summary"]:  # nobody denied anything: the API failed
        lines = [f"{told['reason']}: {told['summary']}"]
    lines += [
        f"  at        {told['time']}",
        f"  request   {told['method']} {told['path'] or 'no path'} -> {told['status']}",
        f"  api       {told['api'] or 'none'}, {told['operation'] or 'no operation'}",
    ]
    lines += [f"  caller    {_caller(told)}"]
    for each in told["credentials"]:
        lines.append(f"  {each['kind']:<9} {each['verdict'].replace('_', ' ')}: {each['why']}")
    if told["stage"]:
        lines.append(f"  stage     {told['stage']}")
    for violation in told["violations"]:
        where = violation.get("pointer") or violation.get("name") or "(whole)"
        lines.append(f"  violation {violation['in']} {where}: {violation['keyword']}")
    for found in told["left_out"]:
        if found["in"] in FAILURES:
            continue
        lines.append(
            f"  left out  {thing(found)} of the {'answer' if found['class'] == CONFORMANCE else 'request'}: undeclared"
        )
    if place:
        lines.append(f"  rule      {place['file']}:{place['line']}:{place['column']}  {place['pointer']}")
    if told["source"]:
        lines.append(f"            | {told['source']}")
    if "sessions" in told:
        calls = told["sessions"]
        total = counted(calls["known"] + calls["unknown"], "call")
        lines.append(f"  sessions  {calls['unknown']} of {total} with a session: nobody knew it ({calls['share']:.0%})")
    emit(told, [*lines, f"hint: {told['hint']}"])


def _settings() -> LoadedSettings | None:
    """Where contracts and plans stand; None where only a data directory is named, or the file is wrong."""
    try:
        return current().settings
    except FirstclassError:
        return None


def _caller(told: dict[str, Any]) -> str:
    if told["application"] is None:
        has_good_key = any((each["kind"], each["verdict"]) == ("key", "good") for each in told["credentials"])
        return "an application with a good key; the event does not name it" if has_good_key else "nobody known"
    return f"{told['application_name']} ({told['application']})" if told["application_name"] else told["application"]


def _allowed(would_refuse: list[str]) -> str:
    """An allowed call that is not as the contract declares it is said to be so."""
    if not would_refuse:
        return "the contract allows it"
    return f"recorded only; strictly it would be refused: {', '.join(dict.fromkeys(would_refuse))}"
