"""A compiled contract as the rules look at it: operations with who gets in, parameters, bodies, and the table of
schemas with the operations that lead to each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Literal

from firstclass.compiler import Lowered, Node
from firstclass.compiler.shapes import parts as parts_of
from firstclass.inventory.places import Places
from firstclass.inventory.schemas import Field, Table, about
from firstclass.inventory.unreadable import Unreadable
from firstclass.inventory.words import split

Entry = Literal["open", "unsaid", "closed", "unclear"]
WRITES = frozenset({"POST", "PUT", "PATCH", "DELETE"})


@dataclass(frozen=True, eq=False)
class Parameter:
    """A parameter of one operation; `lowered` is the bundle's form, `node` may be shared by several operations."""

    operation: Operation
    node: Node
    lowered: dict[str, Any]

    @property
    def name(self) -> str:
        """As the contract writes it."""
        name = self.node.find("name")
        return (name.text or "") if name is not None else str(self.lowered["name"])

    @property
    def place(self) -> str:
        """`path`, `query`, `header` or `cookie`."""
        return str(self.lowered["in"])


@dataclass(frozen=True, eq=False)
class Media:
    """One media type of a body. `kind` is `json`, `form`, `multipart` or `opaque`."""

    node: Node
    lowered: dict[str, Any]

    @property
    def kind(self) -> str:
        """How it is read."""
        return str(next(iter(self.lowered["kind"])))

    @property
    def schema(self) -> int | None:
        """The index of its schema."""
        found = self.lowered["kind"][self.kind].get("schema")
        return found if isinstance(found, int) else None


@dataclass(frozen=True, eq=False)
class Operation:
    """One operation: `entry` says who gets in, `security` is the node that says it."""

    index: int
    node: Node
    lowered: dict[str, Any]
    template: str
    entry: Entry
    security: Node | None
    has_own_security: bool

    @property
    def id(self) -> str:
        """Its operationId, or the name that stands for one."""
        return str(self.lowered["id"]) or f"{self.method} {self.template}"

    @property
    def method(self) -> str:
        """GET and so on."""
        return str(self.lowered["method"])

    @property
    def is_open(self) -> bool:
        """Whether anybody gets in."""
        return self.entry in ("open", "unsaid")

    @cached_property
    def words(self) -> tuple[str, ...]:
        """The words of its id and path."""
        return (*split(str(self.lowered["id"])), *split(self.template))


# In place of the schema that holds a field: it is a part of a body.
PART = -1


@dataclass(frozen=True, eq=False)
class Written:
    """What requests may write: `bits` are the operations that take it; `demand`, at the node `holder`, makes it
    required."""

    field: Field
    bits: int
    holder: Node
    demand: dict[str, Any]


class Facts:
    """One contract. `written` (through `places`) is what an overlay speaks of."""

    def __init__(self, lowered: Lowered) -> None:
        self.lowered = lowered
        self.root = lowered.root
        self.places = Places(lowered.written)
        document = lowered.document
        self.schemes: list[dict[str, Any]] = document["schemes"]
        self.operations = [self._operation(index, each) for index, each in enumerate(document["operations"])]
        self.table = Table(document["schemas"], lowered.sources)
        self.parameters = [found for operation in self.operations for found in self._parameters(operation)]

    @property
    def is_swagger(self) -> bool:
        """Whether its authors wrote Swagger 2.0."""
        return self.lowered.written.find("swagger") is not None

    @property
    def is_modern(self) -> bool:
        """Whether keywords may stand beside a `$ref` (3.1 and later)."""
        return self.lowered.compilation.dialect.is_modern

    def _operation(self, index: int, lowered: dict[str, Any]) -> Operation:
        node = self.lowered.sources[f"operations/{index}"]
        own, general = node.find("security"), self.root.find("security")
        security = own if own is not None else general
        paths = self.lowered.document["paths"]
        template = str(paths[lowered["path"]]["template"])
        return Operation(index, node, lowered, template, _entry(lowered, security), security, own is not None)

    def _parameters(self, operation: Operation) -> Iterator[Parameter]:
        for position, lowered in enumerate(operation.lowered["parameters"]):
            place = f"operations/{operation.index}/parameters/{position}"
            yield Parameter(operation, self.lowered.sources[place], lowered)

    def parameters_of(self, operation: Operation) -> list[Parameter]:
        """The parameters of an operation."""
        return self._by_operation.get(operation.index, [])

    @cached_property
    def _by_operation(self) -> dict[int, list[Parameter]]:
        found: dict[int, list[Parameter]] = {}
        for parameter in self.parameters:
            found.setdefault(parameter.operation.index, []).append(parameter)
        return found

    def bodies(self, operation: Operation) -> list[Media]:
        """The media types of its request."""
        body = operation.lowered["body"]
        return self._media(body, f"operations/{operation.index}/body") if body is not None else []

    def answers(self, operation: Operation, *, good: bool = False) -> list[Media]:
        """The media types of its answers; `good`: of 2xx and default alone."""
        found: list[Media] = []
        for position, response in enumerate(operation.lowered["responses"]):
            if not good or response["status"][0] == "2":
                found += self._media(response, f"operations/{operation.index}/responses/{position}")
        return found

    def answers_together(self, operation: Operation) -> list[list[Media]]:
        """The media types of its answers, for each status."""
        found = enumerate(operation.lowered["responses"])
        return [self._media(each, f"operations/{operation.index}/responses/{position}") for position, each in found]

    def _media(self, holder: dict[str, Any], at: str) -> list[Media]:
        return [
            Media(self.lowered.sources[f"{at}/media/{position}"], lowered)
            for position, lowered in enumerate(holder["media"])
        ]

    def takes(self, operation: Operation) -> int:
        """One bit for each operation."""
        return 1 << operation.index

    @cached_property
    def given(self) -> list[int]:
        """For every schema the operations whose answers hold it unmasked, as bits."""
        roots: dict[int, int] = {}
        for operation in self.operations:
            for media in self.answers(operation):
                if media.schema is not None:
                    roots[media.schema] = roots.get(media.schema, 0) | self.takes(operation)
        return self.table.reached(roots, through_masks=False)

    @cached_property
    def taken(self) -> list[int]:
        """For every schema the operations whose request bodies hold it, as bits."""
        roots: dict[int, int] = {}
        for operation in self.operations:
            for media in self.bodies(operation):
                found = [media.schema] if media.schema is not None else []
                for part in media.lowered["kind"].get("multipart", {}).get("parts", ()):
                    found += [kind["schema"] for kind in part["content"].values() if "schema" in kind]
                for index in found:
                    roots[index] = roots.get(index, 0) | self.takes(operation)
        return self.table.reached(roots, through_masks=True)

    @cached_property
    def written(self) -> list[Written]:
        """Every property that request bodies hold, and every part of `multipart/form-data`."""
        found = [
            Written(field, self.taken[field.parent], self.table.source(field.parent), {"required": [field.name]})
            for field in self.table.fields(self.taken)
        ]
        parts: dict[Node, Written] = {}
        for operation in self.operations:
            for media in self.bodies(operation):
                for each in self._parts(media):
                    known = parts.get(each.field.raw, each)
                    parts[each.field.raw] = replace(known, bits=known.bits | self.takes(operation))
        return [*found, *parts.values()]

    def _parts(self, media: Media) -> Iterator[Written]:
        for part, raw in self.parts(media):
            index = next((kind["schema"] for kind in part["content"].values() if "schema" in kind), None)
            if index is None:
                continue
            holder = self._holders(media)[part["name"]][0]
            field = Field(part["name"], PART, index, raw, about(holder), part["least"] > 0)
            # In Swagger 2.0 a field of a form is a parameter, which says itself that it must be there.
            at, demand = (raw, {"required": True}) if self.is_swagger else (holder, {"required": [part["name"]]})
            yield Written(field, 0, at, demand)

    def parts(self, media: Media) -> Iterator[tuple[dict[str, Any], Node]]:
        """The parts of `multipart/form-data`, each with its schema as it is written."""
        parts = media.lowered["kind"].get("multipart", {}).get("parts", ())
        holders = self._holders(media) if parts else {}
        yield from ((part, holders[part["name"]][1]) for part in parts if part["name"] in holders)

    def _holders(self, media: Media) -> dict[str, tuple[Node, Node]]:
        """The properties of a body's schema by name, each with the object that names it."""
        schema, schemas = media.node.find("schema"), self.lowered.compilation.schemas
        found: dict[str, tuple[Node, Node]] = {}
        if schema is None:
            return found
        scope = schemas.scopes.of_schema(schema, self.lowered.compilation.document)
        for holder, _ in parts_of(schemas, schema, scope):
            properties = holder.find("properties")
            for name, raw in properties.mapping.items() if properties is not None else ():
                found.setdefault(name, (holder, raw))
        return found

    @cached_property
    def owned(self) -> int:
        """The operations in which an owner is declared, as bits: whoever passes sees its own."""
        bits = 0
        for parameter in self.parameters:
            bits |= self.takes(parameter.operation) if parameter.lowered["owner"] is not None else 0
        for index, schema in enumerate(self.table.schemas):
            if "owner" in schema:
                bits |= self.given[index] | self.taken[index]
        return bits

    def named(self, bits: int) -> list[Operation]:
        """The operations behind bits, in the contract's order."""
        return [operation for operation in self.operations if bits >> operation.index & 1]

    @cached_property
    def unreadable(self) -> Unreadable:
        """What leaves in media types that cannot be masked."""
        return Unreadable(self)


def _entry(lowered: dict[str, Any], security: Node | None) -> Entry:
    access = lowered["access"]
    if "public" in access:
        return "open"
    if security is None:
        return "unsaid"
    if any(item.is_mapping and not item.mapping for item in security.sequence):
        return "open"
    return "closed" if access.get("any_of") else "unclear"
