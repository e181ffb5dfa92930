"""`x-data-classification`: which values are masked on the way out, and how. A mask must fit the type it stands on:
DESIGN's table, held here."""

from __future__ import annotations

import re
from typing import Any

from firstclass.compiler.fields import CLASSIFICATION, check_fields, expect_mapping
from firstclass.compiler.keywords import not_yet
from firstclass.compiler.nodes import Node
from firstclass.compiler.schemas import Job, Schemas
from firstclass.compiler.value_types import find_types
from firstclass.model.suggestions import did_you_mean, find_closest

STRATEGIES = ("remove", "full", "partial", "regex", "hash")
LATER = ("tokenize",)
SENSITIVITIES = ("public", "internal", "confidential", "restricted")
_MEMBERS = {
    "remove": (),
    "full": (),
    "hash": (),
    "partial": ("keep", "maskChar"),
    "regex": ("pattern", "replacement"),
}
_KEEP = re.compile(r"(first|last)-([0-9]{1,4})", re.ASCII)
_GROUP = re.compile(r"\$(\$|[0-9]{1,2}|.|$)", re.ASCII)


def read_mask(schemas: Schemas, job: Job, node: Node) -> dict[str, int] | None:
    """The mask of a classified schema: indices of its category and action. None: nothing is masked.

    In requests it is what may not be written back. Without `masking` a string is masked in full and everything else is
    removed; `sensitivity: public` masks nothing.
    """
    findings = schemas.findings
    if not expect_mapping(node, CLASSIFICATION, findings):
        return None
    check_fields(node, ("category", "sensitivity", "masking", "description"), CLASSIFICATION, findings)
    category = node.find("category")
    if category is None or not category.text:
        hint = "write category: contact, or another word that subscriptions can unmask"
        findings.error(node, "classification_invalid", f"{CLASSIFICATION} needs a category", hint)
        return None
    is_public = _is_public(schemas, node.find("sensitivity"))
    types = find_types(schemas, job.node, job.scope)
    action = _action(schemas, node, types)
    if action is None or is_public:
        return None
    index = schemas.tables.category(category.text, category)
    if index is None or (job.direction == "request" and not _comes_back(job.node, action)):
        return None
    return {"category": index, "action": schemas.tables.action(action)}


def _comes_back(node: Node, action: dict[str, Any]) -> bool:
    """Whether a masked value could be written back: somebody is shown it in the first place."""
    write_only = node.find("writeOnly")
    return action["strategy"] != "remove" and not (write_only is not None and write_only.is_true)


def _is_public(schemas: Schemas, node: Node | None) -> bool:
    if node is None:
        return False
    if node.text in SENSITIVITIES:
        return node.text == "public"
    known = ", ".join(SENSITIVITIES)
    message = f"sensitivity {node.plain()!r} is none of {known}"
    if find_closest(str(node.value), SENSITIVITIES) is not None or node.text is None:
        hint = did_you_mean(str(node.value), SENSITIVITIES)
        schemas.findings.error(node, "classification_invalid", message, hint)
    else:
        schemas.findings.warning(node, "sensitivity_unknown", message, "only public changes anything: it is masked")
    return False


def _action(schemas: Schemas, node: Node, types: frozenset[str] | None) -> dict[str, Any] | None:
    masking = node.find("masking")
    if masking is None:
        is_text = types is not None and types <= {"string", "null"}
        return {"strategy": "full"} if is_text else {"strategy": "remove"}
    if not expect_mapping(masking, "masking", schemas.findings):
        return None
    strategy = masking.find("strategy")
    word = strategy.text if strategy is not None else None
    if strategy is None or word not in STRATEGIES:
        _complain(schemas, masking, strategy)
        return None
    check_fields(masking, ("strategy", *_MEMBERS[word]), f"masking by {word}", schemas.findings)
    if not _fits(schemas, strategy, word, types):
        return None
    if word == "partial":
        return _partial(schemas, masking)
    if word == "regex":
        return _regex(schemas, masking)
    return {"strategy": word}


def _complain(schemas: Schemas, masking: Node, strategy: Node | None) -> None:
    if strategy is not None and strategy.text in LATER:
        not_yet(schemas.findings, strategy, f"masking by {strategy.text}", "use hash or remove until then")
        return
    mistyped = find_closest("strategy", masking.mapping) if strategy is None else None
    if mistyped is not None:
        message, hint = f"masking has no {mistyped!r}", did_you_mean(mistyped, ["strategy"])
        schemas.findings.error(masking.mapping[mistyped], "unknown_key", message, hint, key=True)
        return
    said = f"{strategy.plain()!r} is no masking strategy" if strategy is not None else "masking needs a strategy"
    hint = did_you_mean(str(strategy.value) if strategy is not None else "", STRATEGIES)
    schemas.findings.error(strategy or masking, "masking_strategy_unknown", said, hint)


def _fits(schemas: Schemas, at: Node, word: str, types: frozenset[str] | None) -> bool:
    if word == "remove":
        return True
    if types is None:
        hint = "declare type: string, or use strategy: remove"
        message = f"masking by {word} needs a declared type"
    else:
        unfit = sorted(types - {"string", "null"})
        if not unfit:
            return True
        hint = "use strategy: remove, which fits every type"
        message = f"masking by {word} does not fit a value of type {' or '.join(unfit)}"
    schemas.findings.error(at, "mask_does_not_fit", message, hint)
    return False


def _partial(schemas: Schemas, masking: Node) -> dict[str, Any] | None:
    keep = masking.find("keep")
    match = _KEEP.fullmatch(keep.text or "") if keep is not None else None
    if match is None:
        said = f"keep cannot be {keep.plain()!r}" if keep is not None else "masking by partial needs keep"
        schemas.findings.error(keep or masking, "masking_invalid", said, "write keep: last-4 or keep: first-2")
        return None
    character = masking.find("maskChar")
    mask_char = "*" if character is None else character.text
    if mask_char is None or len(mask_char) != 1 or not mask_char.isprintable():
        assert character is not None
        hint = "write one printable character in quotes, as in maskChar: '*'"
        schemas.findings.error(character, "masking_invalid", "maskChar must be one character", hint)
        return None
    if mask_char.isalnum():
        assert character is not None
        message = f"real values may look like masks of {mask_char!r}: who sees them masked could not write them"
        schemas.findings.warning(character, "mask_looks_real", message, "choose a character that no value has")
    return {"strategy": "partial", "keep": match[1], "count": int(match[2]), "mask_char": mask_char}


def _regex(schemas: Schemas, masking: Node) -> dict[str, Any] | None:
    pattern, replacement = masking.find("pattern"), masking.find("replacement")
    if pattern is None or replacement is None or replacement.text is None:
        hint = "write pattern: '(^.).*' and replacement: '$1***'"
        schemas.findings.error(replacement or masking, "masking_invalid", "masking by regex needs both", hint)
        return None
    translated = schemas.tables.translate(pattern)
    if translated is None:
        return None
    bare = re.sub(r"\\.", "", translated.regex)
    groups = bare.count("(") - bare.count("(?")
    for match in _GROUP.finditer(replacement.text):
        name = match[1]
        if name != "$" and not (name.isdigit() and 0 < int(name) <= groups):
            message = f"the replacement's {match[0]!r} names no group of the pattern (it has {groups})"
            hint = "$1 to $9 name groups, $$ is a dollar sign"
            schemas.findings.error(replacement, "masking_invalid", message, hint)
            return None
    index = schemas.tables.pattern(pattern.text or "", translated.regex)
    return {"strategy": "regex", "pattern": index, "replacement": replacement.text}
