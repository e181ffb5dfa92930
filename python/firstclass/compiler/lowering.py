"""One schema into one node: which keyword does what, and complaints about keywords that nobody knows."""

from __future__ import annotations

from firstclass.compiler.applicators import APPLICATORS, absent_names
from firstclass.compiler.assertions import ASSERTIONS, finish
from firstclass.compiler.fields import CLASSIFICATION, EXTENSION
from firstclass.compiler.nodes import Node
from firstclass.compiler.reaching import refuse_idle, refuse_unread
from firstclass.compiler.schema_keywords import (
    BORROWED,
    CONTENT,
    FOREIGN,
    HARMLESS,
    MEASURES,
    WITHOUT_EFFECT,
    is_supported_dialect,
)
from firstclass.compiler.schemas import Job, Schemas
from firstclass.compiler.value_types import is_nullable
from firstclass.model.suggestions import find_closest

HANDLERS = {**ASSERTIONS, **APPLICATORS}


def lower(schemas: Schemas, job: Job) -> None:
    """Fill the node of `job`."""
    if not _is_object(schemas, job):
        return
    scope = schemas.scopes.inside(job.node, job.scope)
    if _is_nullable_alone(job.node):
        bare = schemas.without(job.node, "nullable", "x-nullable")
        null = schemas.constant(job.node, {"types": ["null"]})
        job.out["any_of"] = [schemas.same(job, bare), null]
        return
    absent = job.absent
    if job.flags != "ignored":
        absent |= absent_names(schemas, job.node, scope, job.direction)
    inner = Job(job.node, scope, job.direction, absent, job.flags, job.out)
    for key, value in job.node.mapping.items():
        if key not in schemas.dialect.known and not _is_borrowed(schemas, key, value):
            _complain(schemas, inner, key, value)
        elif key in HANDLERS:
            HANDLERS[key](schemas, inner, value)
        elif key in CONTENT:
            why = "what a text holds is not decoded (JSON Schema 2020-12 Validation §8.2 makes it an annotation)"
            schemas.findings.unenforced(value, f"the keyword {key!r}", why)
            if key == "contentSchema":
                hint = "let the value be an object rather than a text that holds one"
                refuse_idle(schemas, value, scope, value, "in a text that is not decoded", hint)
        elif key == "$schema" and not is_supported_dialect(value.text or "", schemas.dialect.version):
            message = f"the schema dialect {value.plain()!r} is not read"
            hint = "remove $schema: the dialect follows from the OpenAPI version"
            schemas.findings.error(value, "unknown_dialect", message, hint)
    finish(schemas, inner)


def _is_object(schemas: Schemas, job: Job) -> bool:
    if isinstance(job.node.value, bool) and schemas.dialect.is_modern:
        if job.node.value is False:
            job.out["never"] = "false"
        return False
    if not job.node.is_mapping:
        message = f"a schema must be an object, not {job.node.kind}"
        schemas.findings.error(job.node, "wrong_type", message, "write a schema, as in {type: string}")
        return False
    return True


def _is_nullable_alone(node: Node) -> bool:
    """`nullable` without `type`, beside what would judge null: it is read as `null, or what stands here`."""
    judges = ("allOf", "anyOf", "oneOf", "$ref", "const", "not")
    return is_nullable(node) and "type" not in node.mapping and any(key in node.mapping for key in judges)


def _is_borrowed(schemas: Schemas, key: str, value: Node) -> bool:
    """A keyword of the other version that is held all the same, because its author means it."""
    if key not in BORROWED[schemas.dialect.version]:
        return False
    message = f"OpenAPI {schemas.dialect.version} schemas have no {key!r}; it is held as the other version means it"
    hint = FOREIGN[schemas.dialect.version][key]
    if key != "nullable":
        schemas.findings.warning(value, "keyword_of_other_version", message, hint, key=True)
    return True


def _complain(schemas: Schemas, job: Job, key: str, value: Node) -> None:
    version = schemas.dialect.version
    if key == "additionalItems" and version == "3.1":
        refuse_idle(schemas, value, job.scope, value, "under additionalItems", "OpenAPI 3.1 has items instead")
    if key in WITHOUT_EFFECT[version] or (key == "nullable" and value.value is False):
        return
    if key in FOREIGN[version]:
        message = f"OpenAPI {version} schemas have no {key!r}"
        schemas.findings.error(value, "unknown_keyword", message, FOREIGN[version][key], key=True)
        return
    is_extension = key.startswith("x-")
    known = (EXTENSION, CLASSIFICATION) if is_extension else schemas.dialect.known
    closest = find_closest(key, known, likeness=0.85 if is_extension else 0.8)
    if closest in MEASURES and closest.lower() == key.replace("_", "").lower():
        message = f"schemas have no keyword {key!r}; it is held as {closest}"
        schemas.findings.warning(value, "unknown_keyword", message, f"write {closest}", key=True)
        HANDLERS[closest](schemas, job, value)
        return
    if closest in HARMLESS:
        message = f"schemas have no keyword {key!r}"
        schemas.findings.warning(value, "unknown_keyword", message, f"did you mean {closest!r}?", key=True)
    elif closest is not None:
        message = f"schemas have no keyword {key!r}"
        schemas.findings.error(value, "unknown_keyword", message, f"did you mean {closest!r}?", key=True)
    elif not is_extension:
        schemas.findings.unenforced(value, f"the keyword {key!r}", "no keyword of this dialect goes by this name")
        refuse_unread(schemas, value, f"under {key!r}, which is no keyword,", "write what it guards under properties")
