"""OpenAPI Overlay 1.0 and 1.1: what a team that does not own the contract adds to it. Nodes keep the place of the file
that wrote them. An update never opens what was closed: see `_check_security`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jsonpath

from firstclass.compiler.diagnostics import Findings
from firstclass.compiler.fields import METHODS, check_fields, expect_mapping, expect_sequence
from firstclass.compiler.nodes import Node
from firstclass.compiler.overlay_targets import Bounds, Location, find_near, select

MAX_DEPTH = 250
MAX_NODES = 1_000_000
MAX_MATCHES = 20_000


class Overlay:
    """One overlay file over one contract."""

    def __init__(self, overlay: Node, findings: Findings) -> None:
        self.overlay = overlay
        self.findings = findings
        self._matched = 0
        self._is_newer = False
        self._bounds = Bounds(MAX_NODES, MAX_DEPTH)
        self._last_update: Node | None = None
        self._last_locations: list[Location] = []

    def apply(self, root: Node) -> Node:
        """The contract's tree with every action applied in order; errors are reported at the overlay's own lines."""
        if not expect_mapping(self.overlay, "an overlay", self.findings) or not self._check_version():
            return root
        check_fields(self.overlay, ("overlay", "info", "extends", "actions"), "an overlay", self.findings)
        actions = self.overlay.find("actions")
        if actions is None or not expect_sequence(actions, "actions", self.findings):
            if actions is None:
                self._error(self.overlay, "an overlay needs actions", "list at least one action")
            return root
        for action in actions.sequence:
            root = self._act(action, root)
            if not self._bounds.holds(root, self._last_update, self._last_locations):
                self._error(action, "this action makes the contract too large or too deep", "narrow its target")
                break
            if self._matched > MAX_MATCHES:
                break
        return root

    def _error(self, at: Node, message: str, hint: str, code: str = "overlay_invalid") -> None:
        self.findings.error(at, code, message, hint)

    def _check_version(self) -> bool:
        version = self.overlay.find("overlay")
        text = version.text if version is not None else None
        if text is not None and text.startswith(("1.0.", "1.1.")):
            self._is_newer = text.startswith("1.1.")
            return True
        said = "does not say its version" if version is None else f"says version {version.plain()!r}, which is not read"
        self._error(version or self.overlay, f"the overlay {said}", "write overlay: 1.0.0, or 1.1.0")
        return False

    def _act(self, action: Node, root: Node) -> Node:
        self._last_update, self._last_locations = None, []
        if not expect_mapping(action, "an action", self.findings):
            return root
        fields = ("target", "description", "update", "remove", *(("copy",) if self._is_newer else ()))
        check_fields(action, fields, f"an action of Overlay {'1.1' if self._is_newer else '1.0'}", self.findings)
        target, update, remove = action.find("target"), action.find("update"), action.find("remove")
        copy = action.find("copy") if self._is_newer else None
        if target is None or target.text is None:
            self._error(action, "an action needs a target, a JSONPath in a string", "write target: $.paths['/…'].get")
            return root
        if remove is not None and not isinstance(remove.value, bool):
            self._error(remove, "remove is true or false", "write remove: true")
            return root
        removes = remove is not None and remove.is_true
        if update is None and copy is None and not removes:
            self._error(action, "an action needs update or remove", "say what is to be done with the target")
            return root
        if update is not None and copy is not None and not removes:
            self._error(copy, "update and copy cannot stand in one action", "write two actions, one after the other")
            return root
        if copy is not None and not removes:
            update = self._copied(copy, root)
            if update is None:
                return root
        locations = self._select(target, root)
        if removes:
            return self._remove(target, locations, root)
        self._last_update, self._last_locations = update, locations
        for location in locations:
            assert update is not None
            root = self._update(update, location, target, root)
        return root

    def _copied(self, copy: Node, root: Node) -> Node | None:
        """The one node that `copy` selects, as it stands in the contract now; None after an error."""
        if copy.text is None:
            self._error(copy, "copy is a JSONPath in a string", "write copy: $.paths['/…'].get")
            return None
        locations = self._select(copy, root)
        if len(locations) > 1:
            self._error(copy, f"copy selects {len(locations)} places, and one is needed", "narrow it")
        if len(locations) != 1:
            return None
        node: Node | None = root
        for key in locations[0]:
            assert node is not None
            node = node.sequence[int(key)] if node.is_sequence else node.mapping[str(key)]
        return node

    def _select(self, target: Node, root: Node) -> list[Location]:
        text = target.text or ""
        try:
            locations = select(text, root, MAX_MATCHES + 1)
        except (jsonpath.JSONPathError, RecursionError, ValueError, TypeError, ArithmeticError) as problem:
            # Its text may raise in turn (an empty target has no column to point at): only the bare message is used.
            first = str(problem.args[0] if problem.args else type(problem).__name__).partition("\n")[0]
            self._error(target, f"the target {text} is no JSONPath (RFC 9535): {first}", "as in $.paths['/items'].get")
            return []
        self._matched += len(locations)
        if self._matched > MAX_MATCHES:
            hint = "narrow the target, or split the overlay"
            self._error(target, f"the targets of this overlay match more than {MAX_MATCHES} places", hint)
            return []
        if not locations:
            near = find_near(text, root)
            hint = (
                f"did you mean {near}?"
                if near
                else "compare it with the contract; names with a slash are written ['/items/{id}']"
            )
            self._error(target, f"the target {text} matches nothing", hint, "overlay_target_unmatched")
        return locations

    def _remove(self, target: Node, locations: list[Location], root: Node) -> Node:
        def order(location: Location) -> list[tuple[bool, int, str]]:
            return [(isinstance(k, int), k if isinstance(k, int) else 0, str(k)) for k in location]

        for location in sorted(locations, key=order, reverse=True):
            if not location:
                self._error(target, "the whole contract cannot be removed", "name a part of it")
            else:
                root = _changed(root, location[:-1], lambda node, key=location[-1]: _without(node, key))
        return root

    def _update(self, update: Node, location: Location, target: Node, root: Node) -> Node:
        def change(node: Node) -> Node | None:
            if node.is_sequence:
                added = update.sequence if update.is_sequence else [update]
                self._check_security(location[:-1], location[-1] if location else "", node, added, update)
                return node.with_value([*node.sequence, *added])
            is_primitive = not node.is_mapping and not update.is_mapping and not update.is_sequence
            if is_primitive and self._is_newer:
                return node.with_value(update.value) if update.file == node.file else update
            if not node.is_mapping or not update.is_mapping:
                message = f"the target is {node.kind} and the update {update.kind}: they cannot be merged"
                self._error(update, message, "select the object around it, and write its member in update")
                return node
            return self._merge(node, update, location)

        return _changed(root, location, change)

    def _merge(self, into: Node, update: Node, location: Location) -> Node:
        members = dict(into.mapping)
        for key, value in update.mapping.items():
            present = members.get(key)
            if present is not None and present.is_mapping and value.is_mapping:
                members[key] = self._merge(present, value, (*location, key))
            elif present is not None and present.is_sequence and value.is_sequence:
                self._check_security(location, key, present, value.sequence, value)
                members[key] = present.with_value([*present.sequence, *value.sequence])
            else:
                members[key] = value
        return into.with_value(members)

    def _check_security(self, location: Location, key: str | int, present: Node, added: list[Node], at: Node) -> None:
        """What is meant to tighten must not open: alternatives in `security` are joined by or."""
        on_operation = len(location) >= 3 and (location[-1] in METHODS or location[-2] == "additionalOperations")
        if key == "security" and (not location or on_operation) and present.sequence and added:
            message = "this update adds an alternative to an existing security: either would let a caller in"
            hint = "remove the existing security first (an action with remove: true), then write the one that you want"
            self._error(at, message, hint, "overlay_opens_security")


def _without(node: Node, key: str | int) -> Node:
    if node.is_sequence:
        return node.with_value([item for position, item in enumerate(node.sequence) if position != key])
    return node.with_value({name: value for name, value in node.mapping.items() if name != key})


def _changed(node: Node, location: Location, change: Callable[..., Any]) -> Node:
    """The tree with `change` applied at `location`; unchanged where an earlier change took the location away."""
    if not location:
        changed = change(node)
        return changed if isinstance(changed, Node) else node
    key = location[0]
    if node.is_mapping and key in node.mapping:
        return node.with_value({**node.mapping, str(key): _changed(node.mapping[str(key)], location[1:], change)})
    if node.is_sequence and isinstance(key, int) and key < len(node.sequence):
        items = list(node.sequence)
        items[key] = _changed(items[key], location[1:], change)
        return node.with_value(items)
    return node
