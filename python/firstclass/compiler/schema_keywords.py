"""The keywords of a schema in the two dialects: OpenAPI 3.0 (near draft 4) and 3.1 (JSON Schema 2020-12)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from firstclass.compiler.fields import CLASSIFICATION, EXTENSION
from firstclass.compiler.nodes import Node

FORMATS = frozenset(
    {
        *("int32", "int64", "float", "double", "date", "date-time", "time", "duration"),
        *("email", "uuid", "ipv4", "ipv6", "uri", "hostname", "byte"),
    }
)
# Said to people only: nobody expects a validator to act on them.
SILENT_FORMATS = frozenset({"password", "binary"})
TYPES = ("null", "boolean", "integer", "number", "string", "array", "object")

_ANNOTATIONS = frozenset(
    {
        *("title", "description", "default", "example", "examples", "deprecated", "readOnly", "writeOnly"),
        *("xml", "externalDocs", "$comment", EXTENSION, CLASSIFICATION, "discriminator"),
    }
)
_ASSERTIONS = frozenset(
    {
        *("type", "enum", "multipleOf", "maximum", "exclusiveMaximum", "minimum", "exclusiveMinimum"),
        *("maxLength", "minLength", "pattern", "format", "maxItems", "minItems", "uniqueItems"),
        *("maxProperties", "minProperties", "required"),
    }
)
# What a text holds. Parts of a form and bodies of bytes are read by it; texts inside JSON are not.
CONTENT = frozenset({"contentEncoding", "contentMediaType", "contentSchema"})
_ONE = frozenset({"not", "additionalProperties"})
_ONE_31 = frozenset({"contains", "unevaluatedItems", "propertyNames", "unevaluatedProperties", "if", "then", "else"})
_LISTS = frozenset({"allOf", "anyOf", "oneOf"})
_MAPS = frozenset({"properties", "patternProperties", "definitions"})

# Beside a `$ref` these change nothing about which values are valid or how they leave.
_SILENT = frozenset(
    {
        *("$ref", "title", "summary", "description", "default", "example", "examples", "deprecated", "xml"),
        *("externalDocs", "$comment", "$defs", "definitions", "$schema", "$id", "$anchor", "$dynamicAnchor"),
    }
)
# Ignoring these beside a `$ref`, as OpenAPI 3.0 says, would let out or in what their author closed.
_GUARDS = frozenset({EXTENSION, CLASSIFICATION, "readOnly", "writeOnly"})


@dataclass(frozen=True)
class Dialect:
    """Which keywords there are and where schemas stand below a schema."""

    version: str
    known: frozenset[str]
    one: frozenset[str]
    lists: frozenset[str]
    maps: frozenset[str]

    @property
    def is_modern(self) -> bool:
        """Whether it is JSON Schema 2020-12 (OpenAPI 3.1)."""
        return self.version == "3.1"

    def siblings(self, schema: Node) -> list[str]:
        """The keywords beside a `$ref` that would mean something if they were read."""
        return [
            key
            for key in schema.mapping
            if key not in _SILENT and (not key.startswith("x-") or key in (EXTENSION, CLASSIFICATION))
        ]

    @staticmethod
    def guards(siblings: list[str]) -> list[str]:
        """Those of `siblings` that must not be ignored even where the standard says so."""
        return [key for key in siblings if key in _GUARDS]

    def subschemas(self, schema: Node) -> Iterator[Node]:
        """The schemas directly below a schema, by keyword (never what stands in `enum`, `const` or an example)."""
        for key, value in schema.mapping.items():
            if key in self.one:
                yield value
            if key in self.lists:
                yield from value.sequence
            if key in self.maps:
                yield from value.mapping.values()


OPENAPI_30 = Dialect(
    version="3.0",
    known=_ANNOTATIONS
    | _ASSERTIONS
    | _ONE
    | _LISTS
    | _MAPS
    | {"$ref", "nullable", "items", "additionalItems", "dependencies", "$schema"},
    one=_ONE | _ONE_31 | {"items", "additionalItems"},
    lists=_LISTS | {"items", "prefixItems"},
    maps=_MAPS | {"dependencies", "$defs", "dependentSchemas"},
)

OPENAPI_31 = Dialect(
    version="3.1",
    known=_ANNOTATIONS
    | _ASSERTIONS
    | _ONE
    | _LISTS
    | _MAPS
    | {
        *("$ref", "$dynamicRef", "$id", "$schema", "$anchor", "$dynamicAnchor", "$defs", "$vocabulary"),
        *("const", "prefixItems", "items", "contains", "minContains", "maxContains", "unevaluatedItems"),
        *("propertyNames", "unevaluatedProperties", "dependentRequired", "dependentSchemas", "dependencies"),
        *("if", "then", "else"),
    }
    | CONTENT,
    one=_ONE | _ONE_31 | {"items", "contentSchema"},
    lists=_LISTS | {"prefixItems"},
    maps=_MAPS | {"$defs", "dependentSchemas", "dependencies"},
)

# Words of other dialects that their authors may believe in, and what to write instead.
FOREIGN = {
    "3.0": {
        "const": "write enum with one value",
        "$defs": "put shared schemas into components/schemas",
        "prefixItems": "it needs openapi: 3.1.0",
        "if": "it needs openapi: 3.1.0",
        "then": "it needs openapi: 3.1.0",
        "else": "it needs openapi: 3.1.0",
        "contains": "it needs openapi: 3.1.0",
        "propertyNames": "it needs openapi: 3.1.0",
        "unevaluatedProperties": "it needs openapi: 3.1.0",
        "unevaluatedItems": "it needs openapi: 3.1.0",
        "dependentRequired": "it needs openapi: 3.1.0",
        "dependentSchemas": "it needs openapi: 3.1.0",
        "$dynamicRef": "it needs openapi: 3.1.0",
    },
    "3.1": {
        "nullable": "write the type as a list: type: [string, 'null']",
        "$recursiveRef": "write $dynamicRef",
    },
}
# Of the keywords above, those that are held all the same: what their authors mean by them is beyond doubt.
BORROWED = {"3.0": frozenset(FOREIGN["3.0"]) - {"$dynamicRef"}, "3.1": frozenset({"nullable", "$recursiveRef"})}
# Misspelt, these change nothing about which values are valid or how they leave.
HARMLESS = frozenset({"title", "description", "default", "example", "examples", "deprecated", "xml", "externalDocs"})
# Nobody but the value itself reads these, so that another spelling of the very word (min_items) can be held as meant.
MEASURES = frozenset(
    {
        *("minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties"),
        *("multipleOf", "uniqueItems", "minContains", "maxContains"),
    }
)
# Known to older drafts and without any effect in this one; nobody is misled by being told so.
WITHOUT_EFFECT = {
    "3.0": frozenset({"id"}),
    "3.1": frozenset({"additionalItems", "$recursiveAnchor", "id"}),
}

_DIALECTS = {
    "3.0": ("http://json-schema.org/draft-04/schema",),
    "3.1": (
        "https://json-schema.org/draft/2020-12/schema",
        "https://spec.openapis.org/oas/3.1/dialect/",
        "https://spec.openapis.org/oas/3.2/dialect/",
    ),
}


def is_supported_dialect(uri: str, version: str) -> bool:
    """Whether a schema that calls itself this is read as one of this OpenAPI version."""
    return uri.rstrip("#") in _DIALECTS[version] or (version == "3.1" and uri.startswith(_DIALECTS["3.1"][1:]))
