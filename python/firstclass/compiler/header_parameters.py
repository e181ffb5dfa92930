"""Which headers a contract cannot declare as parameters: the gateway reads, writes or drops them itself, whatever the
contract says. The engine refuses a bundle that declares one (`engine/decide/src/policy.rs`)."""

from __future__ import annotations

from firstclass.compiler.compilation import Compilation
from firstclass.compiler.nodes import Node

# OpenAPI 3.1 §4.8.12.2: such definitions shall be ignored.
BY_THE_STANDARD = frozenset({"accept", "content-type", "authorization"})
WRITTEN_HERE = frozenset(
    {
        "host",
        "content-length",
        "forwarded",
        "x-forwarded-for",
        "x-forwarded-proto",
        "x-forwarded-host",
        "x-request-id",
        "firstclass-application",
        "firstclass-subject",
        "firstclass-operation",
        "firstclass-request-id",
    }
)
# Codings and ranges are between two neighbours: a part of an answer, or a packed one, could not be judged.
NEGOTIATED_HERE = frozenset({"accept-encoding", "content-encoding", "range", "if-range"})
OF_THE_CONNECTION = frozenset(
    {
        "transfer-encoding",
        "connection",
        "expect",
        "upgrade",
        "te",
        "trailer",
        "keep-alive",
        "proxy-connection",
        "proxy-authenticate",
        "http2-settings",
    }
)
CREDENTIALS = frozenset(
    {"proxy-authorization", "cookie", "x-api-key", "dpop", "signature", "signature-input", "content-digest"}
)


def passes(compilation: Compilation, node: Node, name: Node) -> bool:
    """Whether the header can be a parameter; if not, it is said why."""
    findings, text = compilation.findings, name.text or ""
    lower = text.lower()
    if lower in BY_THE_STANDARD:
        hint = "remove it: content and security declare these headers"
        findings.warning(node, "header_ignored", f"OpenAPI ignores a parameter named {text}", hint)
    elif lower in WRITTEN_HERE:
        message = f"the gateway writes {text} itself; what a caller sends does not reach the API"
        findings.warning(node, "header_ignored", message, "remove it, or give the API's own value another name")
    elif lower in NEGOTIATED_HERE:
        message = f"{text} is not forwarded: only whole, uncoded messages can be judged"
        findings.warning(node, "header_ignored", message, "remove it; the API sees requests without it")
    elif lower in _key_headers(compilation):
        message = f"{text} carries the API key, which is no parameter"
        findings.warning(node, "header_ignored", message, "remove it: the security scheme declares it")
    elif lower in OF_THE_CONNECTION:
        message = f"{text} belongs to one connection and cannot be a parameter"
        findings.error(name, "header_reserved", message, "remove it (an overlay can)")
    elif lower in CREDENTIALS:
        hint = "declare it as a security scheme, a cookie as a parameter in: cookie, or give it another name"
        findings.error(name, "header_reserved", f"{text} says who calls and cannot be a parameter", hint)
    else:
        return True
    return False


def _key_headers(compilation: Compilation) -> set[str]:
    """Headers in which a scheme of the contract carries a key, in lower case."""
    schemes = compilation.root.find("components", "securitySchemes")
    names: set[str] = set()
    for scheme in schemes.mapping.values() if schemes is not None and schemes.is_mapping else ():
        found = compilation.follow(scheme, compilation.document)
        if found is None or not found[0].is_mapping:
            continue
        kind, place, name = (found[0].find(member) for member in ("type", "in", "name"))
        if kind is not None and kind.text == "apiKey" and place is not None and place.text == "header" and name:
            names.add((name.text or "").lower())
    return names
