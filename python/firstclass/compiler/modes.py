"""The mode of an operation, class by class: what stands nearest to the operation wins. From the farthest: the root of
the contract, what it says of the operation by name, the API in
`firstclass.yaml`, the path, the operation, the operation in `firstclass.yaml`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from firstclass.base.modes import FORM, RULE_CLASSES, WHOLE, parse_share, share_in_bundle
from firstclass.compiler.compilation import Compilation
from firstclass.compiler.diagnostics import Findings
from firstclass.compiler.fields import EXTENSION
from firstclass.compiler.nodes import Node
from firstclass.model.suggestions import did_you_mean

KEYWORD = "mode"
OPERATIONS = "operations"
_CLASSES = ", ".join(RULE_CLASSES)

Shares = dict[str, int]


def lower_mode(
    compilation: Compilation,
    root: dict[str, Node],
    path: dict[str, Node],
    own: dict[str, Node],
    operation: str,
) -> str | int | dict[str, str | int]:
    """The `mode` of an operation in a bundle, of the keywords at root, path and operation."""
    findings, file = compilation.findings, compilation.settings.mode
    shares = dict.fromkeys(RULE_CLASSES, WHOLE)
    shares |= _of_root(root.get(KEYWORD), operation, findings)
    shares |= _of_file(file)
    shares |= _of_node(path.get(KEYWORD), findings)
    shares |= _of_node(own.get(KEYWORD), findings)
    if isinstance(file, Mapping):
        shares |= _of_file(file.get("operations", {}).get(operation))
    if any(share < WHOLE for share in shares.values()):
        compilation.features.add("observe")
    if len(set(shares.values())) == 1:
        return share_in_bundle(shares["parameters"])
    compilation.features.add("modes")
    return {name: share_in_bundle(share) for name, share in shares.items()}


def check_operations(compilation: Compilation, operations: list[dict[str, Any]]) -> None:
    """The file and the root set modes of operations that exist."""
    known = [operation["id"] for operation in operations]
    listed = compilation.root.find(EXTENSION, KEYWORD, OPERATIONS)
    for name, node in listed.mapping.items() if listed is not None else ():
        if name not in known:
            message = f"mode names {name!r}, which is no operation of this contract"
            compilation.findings.error(node, "unknown_operation", message, did_you_mean(name, known), key=True)
    file = compilation.settings.mode
    if not isinstance(file, Mapping):
        return
    for name in file.get("operations", {}):
        if name not in known:
            message = f"mode of firstclass.yaml names {name!r}, which is no operation of this contract"
            compilation.findings.error(compilation.root, "unknown_operation", message, did_you_mean(name, known))


def _of_root(node: Node | None, operation: str, findings: Findings) -> Shares:
    """What the root says, of all operations and then of this one."""
    if node is None or (listed := node.find(OPERATIONS)) is None:
        return _of_node(node, findings)
    if not listed.is_mapping:
        hint = "write each operation with its mode: {getUser: observe}"
        findings.error(listed, "wrong_value", f"mode of operations cannot be {listed.plain()!r}", hint)
    return _of_node(node, findings, but=OPERATIONS) | _of_node(listed.find(operation), findings)


def _of_node(node: Node | None, findings: Findings, but: str = "") -> Shares:
    """What a keyword says: one word for every class, or some classes by name."""
    if node is None:
        return {}
    if not node.is_mapping:
        share = _share(node, findings)
        return {} if share is None else dict.fromkeys(RULE_CLASSES, share)
    shares = {}
    for name, value in node.mapping.items():
        if name == but:
            continue
        if name not in RULE_CLASSES:
            message = f"{name!r} is no class of rules with a mode"
            hint = did_you_mean(name, RULE_CLASSES)
            findings.error(value, "unknown_rule_class", message, hint, key=True)
        elif (share := _share(value, findings)) is not None:
            shares[name] = share
    return shares


def _share(node: Node, findings: Findings) -> int | None:
    try:
        return parse_share(node.text or "")
    except ValueError:
        hint = f"{FORM}; or by class ({_CLASSES})"
        findings.error(node, "wrong_value", f"mode cannot be {node.plain()!r}", hint)
        return None


def _of_file(said: str | Mapping[str, Any] | None) -> Shares:
    """What `firstclass.yaml` says at one place; its form was checked when it was read."""
    if said is None:
        return {}
    if isinstance(said, str):
        return dict.fromkeys(RULE_CLASSES, parse_share(said))
    default = said.get("default")
    shares = {} if default is None else dict.fromkeys(RULE_CLASSES, parse_share(default))
    return shares | {name: parse_share(said[name]) for name in RULE_CLASSES if said.get(name) is not None}
