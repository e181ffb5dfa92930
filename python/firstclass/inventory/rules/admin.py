"""Operations that look as if they were made for administrators or for debugging, and that ordinary callers reach."""

from __future__ import annotations

from collections.abc import Iterator

from firstclass.inventory.amending import remove
from firstclass.inventory.facts import Facts, Operation
from firstclass.inventory.harms import Harm, harm
from firstclass.inventory.words import split

_ADMIN = frozenset(
    {
        *("admin", "administration", "administrator", "debug", "internal", "actuator", "heapdump", "threaddump"),
        *("phpinfo", "impersonate", "sudo", "superuser", "backdoor", "maintenance", "diagnostics", "jolokia"),
        *("console", "shell", "exec", "eval", "devtools", "testing", "profiler", "pprof", "graphiql", "intern"),
    }
)
# A whole API for administrators is no finding about one of its operations.
SHARE = 0.5


def find_admin_operations(facts: Facts) -> Iterator[Harm]:
    """One harm for each operation; the fix takes it out of the contract: what is not declared does not pass."""
    found = [operation for operation in facts.operations if _is_admin(operation) and not _asks_for_scopes(operation)]
    if len(found) > SHARE * len(facts.operations):
        return
    for operation in found:
        who = "anybody, without a credential," if operation.is_open else "every credential"
        name = f"{operation.method} {operation.template}"
        message = f"{name} looks made for administrators, and {who} reaches it"
        actions = remove(facts, operation.node)
        advice = "or let it ask for a scope: security: [{SCHEME: [admin]}], with a scheme of type oauth2"
        indices = [operation.index]
        yield harm("admin_reachable", operation.node, message, actions, advice=advice, operations=indices, sample=name)


def _is_admin(operation: Operation) -> bool:
    segments = [part for part in operation.template.split("/") if part and not part.startswith("{")]
    return any("".join(split(part)) in _ADMIN or set(split(part)[:1]) & {"admin", "debug"} for part in segments)


def _asks_for_scopes(operation: Operation) -> bool:
    alternatives = operation.lowered["access"].get("any_of", [])
    return bool(alternatives) and all(any(each["scopes"] for each in found) for found in alternatives)
