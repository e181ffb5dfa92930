"""Credentials that the API checks itself: `x-firstclass: {pass: unchecked}` on a security scheme. What such a scheme
names passes on as it came; nothing here says who calls by it."""

from __future__ import annotations

from typing import Any

from firstclass.compiler.diagnostics import Findings
from firstclass.compiler.fields import EXTENSION
from firstclass.compiler.header_parameters import NEGOTIATED_HERE, OF_THE_CONNECTION, WRITTEN_HERE
from firstclass.compiler.nodes import Node
from firstclass.compiler.parameters import is_cookie_name

UNCHECKED, CHECKED = "unchecked", "checked"
# Beside those that are written, negotiated or kept here.
_TAKEN = frozenset(
    {
        *("cookie", "proxy-authorization", "dpop", "signature", "signature-input", "content-digest", "content-type"),
        "user-agent",
        *("if-match", "if-none-match", "if-modified-since", "if-unmodified-since"),
    }
)
_FAMILIES = ("firstclass-", "x-forwarded-")

Json = dict[str, Any]


def passes_unchecked(scheme: Node) -> bool:
    """Whether the API alone checks what this security scheme names."""
    written = scheme.find(EXTENSION, "pass")
    return written is not None and written.text == UNCHECKED


def read_pass(extension: dict[str, Node], findings: Findings) -> str | None:
    """`unchecked`, `checked`, or None where nothing of the kind is said."""
    node = extension.get("pass")
    if node is None:
        return None
    if node.text in (UNCHECKED, CHECKED):
        return node.text
    message = f"pass cannot be {node.plain()!r}"
    hint = (
        "write pass: unchecked where the API alone checks the credential, pass: checked where it is checked here first"
    )
    findings.error(node, "wrong_value", message, hint)
    return None


def lower_own(name: str, node: Node, extension: dict[str, Node], findings: Findings) -> Json | None:
    """The bundle's members of a scheme that the API alone checks; None after an error."""
    for word, value in extension.items():
        if word == "pass" or (word == "subject" and value.text == "login"):
            continue
        message = f"what is not checked here has no {word}"
        hint = "keep one of the two: pass: checked passes it on after it was checked here"
        findings.error(value, "misplaced_keyword", message, hint, key=True)
        return None
    kind = node.find("type")
    text = kind.text if kind is not None else None
    if text == "apiKey":
        found = _key(name, node, findings)
    elif text == "http":
        found = _http(name, node, findings)
    elif text in ("oauth2", "openIdConnect"):
        found = _authorization("bearer")
    else:
        message = (
            f"{name!r} cannot pass: TLS ends here, and with it a client's certificate" if text == "mutualTLS" else ""
        )
        message = message or f"the security scheme {name!r} is of no type that is known"
        findings.error(node, "security_scheme_invalid", message, "remove pass: unchecked")
        return None
    if found is not None and "subject" in extension:
        if found.get("word") != "bearer":
            message = "an API's own sessions are a scheme of type http bearer"
            hint = "write type: http, scheme: bearer"
            findings.error(extension["subject"], "security_scheme_invalid", message, hint)
            return None
        found["login"] = True
    return found


def _authorization(word: str) -> Json:
    return {"in": "header", "field": "authorization", "word": word}


def _http(name: str, node: Node, findings: Findings) -> Json | None:
    word = node.find("scheme")
    text = (word.text or "").lower() if word is not None else ""
    if text and text.isascii() and text.replace("-", "").isalnum():
        return _authorization(text)
    findings.error(word or node, "security_scheme_invalid", f"{name!r} names no scheme", "write scheme: bearer")
    return None


def _key(name: str, node: Node, findings: Findings) -> Json | None:
    place, field = node.find("in"), node.find("name")
    if place is None or place.text not in ("header", "query", "cookie") or field is None or not field.text:
        message = f"the security scheme {name!r} needs 'in' and 'name'"
        findings.error(node, "security_scheme_invalid", message, "write in: header and name: X-API-Key")
        return None
    if place.text == "cookie" and not is_cookie_name(field.text):
        message, hint = f"{field.text!r} cannot be the name of a cookie", "letters, digits and !#$%&'*+-.^_`|~"
        findings.error(field, "cookie_name_invalid", message, hint)
        return None
    if place.text != "header":
        return {"in": place.text, "field": field.text}
    lower = field.text.lower()
    if not is_cookie_name(lower) or _is_reserved(lower):
        message = f"no credential passes in the header {field.text!r}"
        hint = "it frames a message, says who calls or is negotiated here; give the credential a header of its own"
        if lower == "cookie":
            hint = "write in: cookie, and the name of the one cookie that is a credential"
        findings.error(field, "security_unsatisfiable", message, hint)
        return None
    return {"in": "header", "field": lower}


def _is_reserved(lower: str) -> bool:
    folded = lower.replace("_", "-").replace(".", "-")
    taken = _TAKEN | WRITTEN_HERE | NEGOTIATED_HERE | OF_THE_CONNECTION
    is_alias = folded != lower and folded in ("authorization", "x-api-key")
    return folded in taken or folded.startswith(_FAMILIES) or is_alias
