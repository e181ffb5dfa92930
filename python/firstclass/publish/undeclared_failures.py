"""Operations whose own failures nobody declared: the API's status passes, its body is replaced. Told once for a
contract, since most declare none of theirs at all. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from firstclass.compiler import Diagnostic
from firstclass.model.counted import counted
from firstclass.publish.contracts import CompiledApi

CODE = "failures_undeclared"
# What frameworks declare by themselves of requests that they refuse: no word of 401, 403, 404 and 500.
OF_REQUESTS = frozenset({"400", "422"})
HINT = (
    "declare 4XX (or each status, or default) with the body that callers read; until then they get the status and an"
    " application/problem+json of the gateway's"
)


def find_undeclared_failures(results: Iterable[CompiledApi]) -> Iterator[Diagnostic]:
    """A warning for each contract, at the first such operation."""
    for result in results:
        operations = (result.compiled.document or {}).get("operations", [])
        declared = [_failures(each["responses"]) for each in operations]
        found = [index for index, statuses in enumerate(declared) if statuses <= OF_REQUESTS]
        if not found:
            continue
        of = f"{len(found)} of {counted(len(operations), 'operation')}"
        declares = "declares" if len(found) == 1 else "declare"
        known = sorted({status for index in found for status in declared[index]})
        but = f" but {' and '.join(known)}" if known else ""
        others = "other errors" if known else "own errors"
        message = f"{of} {declares} no error status{but}: the bodies of the API's {others} are replaced, in every mode"
        yield result.diagnose(f"operations/{found[0]}", "warning", CODE, message, HINT)


def _failures(responses: Iterable[dict[str, str]]) -> set[str]:
    statuses = {response["status"] for response in responses}
    return {status for status in statuses if status == "default" or status[0] in "45"}
