"""`firstclass rehearse`: an access log of the old gateway against the contract, before anybody is refused."""

from __future__ import annotations

import gzip
import sys
from contextlib import nullcontext
from pathlib import Path
from typing import Annotated, Any

import typer

from firstclass.cli.context import current
from firstclass.cli.output import emit, say_next, talk
from firstclass.model.counted import counted
from firstclass.model.errors import Exit, FirstclassError

app = typer.Typer(add_completion=False)

_GZIP = b"\x1f\x8b"


@app.command()
def rehearse(
    access_log: Annotated[Path, typer.Argument(help="Combined or JSON lines, gzip too; - for standard input.")],
    api: Annotated[str, typer.Option(help="The API whose contract decides.")],
) -> None:
    """Say which calls that were let in would be refused in enforce, and why; who called is not in a log."""
    from firstclass.inventory.access_log import lines_of
    from firstclass.inventory.rehearsal import replay

    payload = _payload(api)
    try:
        with _opened(access_log) as log:
            outcome = replay(lines_of(log), payload)
    except FileNotFoundError:
        hint = "name the old gateway's access log"
        raise FirstclassError("not_found", f"there is no {access_log}", hint=hint, exit_code=Exit.NOT_FOUND) from None
    except (OSError, EOFError) as problem:
        message = f"{access_log} cannot be read: {getattr(problem, 'strerror', None) or problem}"
        raise FirstclassError("file_unreadable", message, hint="check the file") from None
    document = outcome.as_json()
    if outcome.calls == 0 and outcome.unreadable:
        talk("hint: no line was a call; the combined format and JSON lines of nginx, Kong and APISIX are read")
    emit(document, list(_lines(document)))
    say_next("firstclass check    # then write what is missing into the contract or its overlay, and rehearse again")


def _opened(path: Path) -> Any:
    """The log for reading, unpacked if it is gzip; of `-` standard input as it comes."""
    if str(path) == "-":
        return nullcontext(sys.stdin.buffer)
    with path.open("rb") as file:
        is_packed = file.read(len(_GZIP)) == _GZIP
    return gzip.open(path) if is_packed else path.open("rb")


def _payload(api: str) -> str:
    """The bundle: of the files as they are now, or, without a configuration, the one that is live."""
    from firstclass.app.settings import DEFAULT_CONFIG
    from firstclass.publish.contracts import compile_entry, require_sound

    context = current()
    if context.config is not None or DEFAULT_CONFIG.exists():
        loaded = context.settings
        entry = next((entry for entry in loaded.settings.apis if entry.name == api), None)
        if entry is not None:
            result = compile_entry(entry, loaded.directory)
            require_sound([result])
            assert result.payload is not None
            return result.payload
    with context.store().read() as reader:
        return reader.bundles.get(api).payload


def _lines(document: dict[str, Any]) -> Any:
    share = 100 * document["agree"] / document["calls"] if document["calls"] else 100.0
    refused = document["calls"] - document["agree"]
    told = f"{counted(document['calls'], 'call')}: {document['agree']} as before ({share:.2f} %)"
    yield f"{told}, {refused} would be refused"
    rows = [each["operation"] or "-" for each in (*document["differ"], *document["admitted"])]
    width = max(len(name) for name in ("operation", *rows))
    if document["differ"]:
        yield f"{'calls':>8}  {'operation':<{width}}  why"
    for each in document["differ"]:
        yield f"{each['calls']:>8}  {each['operation'] or '-':<{width}}  {each['reason']}"
        for place in each.get("places", []):
            yield f"{place['calls']:>12}  {place['in']} {place['name']}: {place['keyword']}"
        for shape in each.get("shapes", []):
            yield f"{shape['calls']:>12}  {shape['method']} {shape['path_shape']}"
    if document["admitted"]:
        count = sum(each["calls"] for each in document["admitted"])
        were = "1 was refused then and would reach the API" if count == 1 else f"{count} were refused then and would"
        yield f"of those as before, {were}{'' if count == 1 else ' reach the API'}:"
    for each in document["admitted"]:
        was = f"was answered {each['status']}"
        yield f"{each['calls']:>8}  {each['operation'] or '-':<{width}}  {was}"
    if document["elsewhere"]:
        yield f"{counted(document['elsewhere'], 'call')} to paths that are not this API's"
    if document["unreadable"]:
        yield f"{counted(document['unreadable'], 'line')} could not be read"
