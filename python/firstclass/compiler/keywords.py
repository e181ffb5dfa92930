"""The table of `x-firstclass`: every keyword, where it may stand, and whether this version enforces it. Nothing that
stands in a contract is accepted and ignored."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from firstclass.compiler.diagnostics import Findings
from firstclass.compiler.fields import EXTENSION
from firstclass.compiler.nodes import Node
from firstclass.model.suggestions import did_you_mean

Level = Literal["root", "path", "operation", "parameter", "schema", "scheme"]
_OPERATIONS: tuple[Level, ...] = ("root", "path", "operation")
_VALUES: tuple[Level, ...] = ("parameter", "schema")

NAMES: dict[Level, str] = {
    "root": "the root",
    "path": "a path",
    "operation": "an operation",
    "parameter": "a parameter",
    "schema": "a schema",
    "scheme": "a security scheme",
}


@dataclass(frozen=True)
class Keyword:
    """One member of `x-firstclass`. `later`: what this version cannot do yet (empty: it is enforced)."""

    levels: tuple[Level, ...]
    says: str
    later: str = ""


KEYWORDS: dict[str, Keyword] = {
    "credential": Keyword(_OPERATIONS, "lowest tier of credential let through: key or bearer"),
    "mode": Keyword(
        _OPERATIONS, "enforce, observe or a share such as 1%, for all rules or by class: {bodies: observe}"
    ),
    "rate": Keyword(_OPERATIONS, "limit or list of limits: 100 per minute by application"),
    "responses": Keyword(_OPERATIONS, "strict: an answer that breaks the contract is a 502; record: it is noted"),
    "timeout": Keyword(_OPERATIONS, "how long the upstream may take, as in 5s"),
    "max_request_bytes": Keyword(_OPERATIONS, "largest JSON or form body that is read"),
    "max_response_bytes": Keyword(_OPERATIONS, "largest answer that is held until it is decided"),
    "object": Keyword(_VALUES, "what the id at this place identifies, as in customer"),
    "owner": Keyword(_VALUES, "claim that the value must equal: token.sub, token.<claim> or subject"),
    "pattern": Keyword(_VALUES, "unchecked: the pattern cannot be enforced and is waived"),
    "reveals": Keyword(("parameter",), "categories that the value tells of, by order or choice: contact"),
    "ignore": Keyword(_OPERATIONS, "undeclared query parameters that are left behind: [utm_*]"),
    "issuer": Keyword(("scheme",), "the issuers entry of firstclass.yaml whose tokens are meant"),
    "legacy_query": Keyword(("scheme",), "query parameter in which keys of another gateway are still taken"),
    "pass": Keyword(("scheme",), "the credential passes to the API: unchecked, or checked here first"),
    "subject": Keyword(("scheme",), "login: the subject is learnt when the session begins"),
    "attested": Keyword(_OPERATIONS, "only a proven install may call", "attestation of installs"),
    "budget": Keyword(_OPERATIONS, "distinct objects per period", "budgets of distinct objects"),
    "login": Keyword(("operation",), "where in its answer the session token and the user's id stand"),
    "logout": Keyword(("operation",), "true: this operation ends the session that it is called with"),
    "seal": Keyword(_VALUES, "the client sees a handle instead of the id", "sealing of ids"),
    "stream": Keyword(_OPERATIONS, "answers too large to be held", "answers that stream before they are decided"),
}
TIERS = ("key", "bearer", "dpop", "mtls", "signed")
ENFORCED_TIERS = ("key", "bearer")


def read_extension(node: Node | None, level: Level, findings: Findings) -> dict[str, Node]:
    """The keywords of an `x-firstclass` object that this version enforces; the others are reported."""
    if node is None:
        return {}
    if not node.is_mapping:
        message = f"{EXTENSION} must be an object, not {node.kind}"
        findings.error(node, "wrong_type", message, f"write {EXTENSION}: {{keyword: value}}")
        return {}
    return {name: value for name, value in node.mapping.items() if _is_enforced(name, value, level, findings)}


def _is_enforced(name: str, value: Node, level: Level, findings: Findings) -> bool:
    keyword = KEYWORDS.get(name)
    if keyword is None:
        fitting = [known for known, found in KEYWORDS.items() if level in found.levels]
        hint = did_you_mean(name, fitting if level != "schema" else KEYWORDS)
        findings.error(value, "unknown_keyword", f"{EXTENSION} has no keyword {name!r}", hint, key=True)
        return False
    if level not in keyword.levels:
        places = " or ".join(NAMES[known] for known in keyword.levels)
        message = f"{EXTENSION} keyword {name!r} has no meaning on {NAMES[level]}"
        findings.error(value, "misplaced_keyword", message, f"it belongs on {places}", key=True)
        return False
    if not keyword.later:
        return True
    if value.value is not False:
        not_yet(findings, value, f"{name} ({keyword.later})", f"remove {name!r} until a version that has it")
    return False


def not_yet(findings: Findings, at: Node, what: str, hint: str) -> None:
    """`what` is understood and cannot be enforced by this version."""
    findings.error(at, "not_enforceable_yet", f"{what} cannot be enforced by this version", hint)


def read_owner(extension: dict[str, Node], findings: Findings) -> str | None:
    """The claim that `owner` names: `sub` for `subject` and `token.sub`."""
    node = extension.get("owner")
    if node is None:
        return None
    text = node.text or ""
    if text == "subject":
        return "sub"
    claim = text.removeprefix("token.")
    if claim and claim != text and "." not in claim and not any(c.isspace() for c in claim):
        return claim
    message = f"owner cannot be {node.plain()!r}"
    findings.error(node, "owner_invalid", message, "write token.sub, token.<claim> or subject")
    return None


def read_object(extension: dict[str, Node], findings: Findings) -> str | None:
    """The noun that `object` gives to an id."""
    node = extension.get("object")
    if node is None:
        return None
    text = node.text or ""
    if text and len(text) <= 64 and text.replace("_", "").replace("-", "").isalnum():
        return text
    message = f"object cannot be {node.plain()!r}"
    findings.error(node, "object_invalid", message, "write a noun of letters, digits, - and _, as in customer")
    return None


def waives_pattern(node: Node) -> bool:
    """Whether `x-firstclass: {pattern: unchecked}` stands on the schema or parameter."""
    waiver = node.find(EXTENSION, "pattern")
    return waiver is not None and waiver.text == "unchecked"


def check_waiver(extension: dict[str, Node], findings: Findings) -> None:
    """`pattern` has one value."""
    node = extension.get("pattern")
    if node is not None and node.text != "unchecked":
        message = f"pattern cannot be {node.plain()!r} here"
        findings.error(node, "wrong_value", message, "write pattern: unchecked, or write the pattern in the schema")
