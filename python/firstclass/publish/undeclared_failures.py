"""Operations whose own failures nobody declared: the API's status passes, its body is replaced. Told once for a
contract, since most declare none of theirs at all. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from firstclass.compiler import Diagnostic
from firstclass.model.counted import counted
from firstclass.publish.contracts import CompiledApi

CODE = "failures_undeclared"
HINT = (
    "declare 4XX (or each status, or default) with the body that callers read; until then they get the status and an"
    " application/problem+json of the gateway's"
)


def find_undeclared_failures(results: Iterable[CompiledApi]) -> Iterator[Diagnostic]:
    """A warning for each contract, at the first such operation."""
    for result in results:
        operations = (result.compiled.document or {}).get("operations", [])
        found = [index for index, each in enumerate(operations) if not _declares_failure(each["responses"])]
        if not found:
            continue
        of = f"{len(found)} of {counted(len(operations), 'operation')}"
        declares = "declares" if len(found) == 1 else "declare"
        message = f"{of} {declares} no error status: the bodies of the API's own errors are replaced, in every mode"
        yield result.diagnose(f"operations/{found[0]}", "warning", CODE, message, HINT)


def _declares_failure(responses: Iterable[dict[str, str]]) -> bool:
    return any(response["status"] == "default" or response["status"][0] in "45" for response in responses)
