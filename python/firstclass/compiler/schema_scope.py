"""What `$ref`, `$anchor` and `$dynamicRef` of a schema mean: resources by `$id`, their anchors, the dynamic scope.

JSON Schema 2020-12 §8.2 and §9.1. A dynamic reference is resolved while lowering: the scope is part of the key under
which a lowered schema is remembered, so that one schema may be lowered once for each meaning."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import unquote, urljoin, urlsplit

from firstclass.compiler.diagnostics import Findings
from firstclass.compiler.library import Library
from firstclass.compiler.nodes import Document, Node
from firstclass.compiler.schema_keywords import Dialect
from firstclass.compiler.schema_places import schemas_of_contract, schemas_of_parts


@dataclass(eq=False)
class Resource:
    """A schema resource: a file, or a schema with an `$id`."""

    base: str
    root: Node
    document: Document
    anchors: dict[str, Node] = field(default_factory=dict)
    dynamic: dict[str, Node] = field(default_factory=dict)


@dataclass(frozen=True)
class Scope:
    """Where a schema is read: its resource, and the outermost resource for each dynamic anchor on the way here, by
    name: two ways that give the anchors the same meaning are one scope."""

    resource: Resource
    dynamic: tuple[tuple[str, Node, Resource], ...] = ()

    def enter(self, resource: Resource) -> Scope:
        """The scope inside of `resource`, reached from here."""
        if not resource.dynamic:
            return self if resource is self.resource else Scope(resource, self.dynamic)
        known = {name for name, _, _ in self.dynamic}
        new = tuple((name, node, resource) for name, node in resource.dynamic.items() if name not in known)
        return Scope(resource, tuple(sorted(self.dynamic + new, key=lambda found: found[0])))


def is_whole(document: Document) -> bool:
    """Whether a file is an OpenAPI document rather than a part of one."""
    return document.root.find("openapi") is not None


class Scopes:
    """Finds resources and resolves the references of schemas."""

    def __init__(self, library: Library, dialect: Dialect, findings: Findings) -> None:
        self.library = library
        self.dialect = dialect
        self.findings = findings
        self._by_uri: dict[str, Resource] = {}
        self._by_root: dict[Node, Resource] = {}
        self._indexed: dict[int, Resource] = {}
        self._walked: set[Node] = set()
        # Names of schemas that a reference was met to: a file of that name was looked for.
        self._met: set[str] = set()

    def of_schema(self, schema: Node, document: Document) -> Scope:
        """The scope of a schema that stands in an OpenAPI object of a file."""
        top = self._index(document)
        if self.dialect.is_modern:  # where else one stands in the file could not be told
            self._walk_schema(schema, top, document)
        return Scope(top).enter(top)

    def inside(self, node: Node, scope: Scope) -> Scope:
        """The scope for the keywords of `node`: its own resource where it has an `$id`."""
        resource = self._by_root.get(node)
        if resource is None or resource is scope.resource:
            return scope
        return scope.enter(resource)

    def _index(self, document: Document) -> Resource:
        found = self._indexed.get(id(document))
        if found is not None:
            return found
        resource = Resource(document.file, document.root, document)
        self._indexed[id(document)] = resource
        self._by_uri[document.file] = resource
        if self.dialect.is_modern:
            self._walk(document, resource)
        return resource

    def _walk(self, document: Document, top: Resource) -> None:
        """Find every `$id` and anchor where a schema stands; elsewhere the words mean nothing."""
        if is_whole(document):
            schemas = schemas_of_contract(document.root)
        else:
            schemas = schemas_of_parts(document.root, self.dialect.known)
        for schema in schemas:
            self._walk_schema(schema, top, document)

    def _walk_schema(self, schema: Node, resource: Resource, document: Document) -> None:
        """The schema and those below it, each once."""
        open_nodes = [(schema, resource)]
        while open_nodes:
            node, resource = open_nodes.pop()
            if node not in self._walked:
                self._walked.add(node)
                resource = self._enter(node, resource, document)
                open_nodes.extend((child, resource) for child in self.dialect.subschemas(node))

    def _enter(self, node: Node, resource: Resource, document: Document) -> Resource:
        identifier = node.find("$id")
        if identifier is not None and identifier.text:
            base = self._join(resource.base, identifier.text.partition("#")[0])
            if node is document.root:
                resource.base = base
            else:
                resource = Resource(base, node, document)
            if not identifier.text.startswith("#"):  # no name of its own
                self._name(base, resource, identifier)
            self._by_root[node] = resource
        for key, anchors in (("$anchor", resource.anchors), ("$dynamicAnchor", resource.dynamic)):
            anchor = node.find(key)
            if anchor is not None and anchor.text is not None:
                known = resource.anchors.setdefault(anchor.text, node)
                anchors.setdefault(anchor.text, node)
                if not _are_alike(known, node):
                    message = f"{key} {anchor.text} names this schema and the one at {_place(known)}"
                    hint = "give one of them another name: a $ref to it could mean either"
                    self.findings.error(anchor, "duplicate_anchor", message, hint)
        return resource

    def _name(self, base: str, resource: Resource, identifier: Node) -> None:
        """Know a resource by its `$id`. What a `$ref` to one of two would mean is for their author to say."""
        known = self._by_uri.setdefault(base, resource).root
        if not _are_alike(known, resource.root):
            message = f"$id {identifier.text} names this schema and the one at {_place(known)}"
            hint = "give one of them another $id: a $ref to it could mean either"
            self.findings.error(identifier, "duplicate_schema_id", message, hint)

    def _join(self, base: str, reference: str) -> str:
        """RFC 3986 §5; bases that are files of the contract stay paths."""
        try:
            if urlsplit(reference).scheme:
                return reference
            if urlsplit(base).scheme:
                return urljoin(base, reference)
        except ValueError:
            return reference
        return (
            urljoin("/" + base, reference).removeprefix("/") if not base.startswith("/") else urljoin(base, reference)
        )

    def resolve(self, reference: Node, scope: Scope) -> tuple[Node, Scope] | None:
        """The schema that a `$ref` names and its scope; None after an error was reported."""
        text = reference.text
        if text is None:
            message = f"$ref must be a string, not {reference.kind}"
            self.findings.error(reference, "wrong_type", message, "write '#/components/schemas/Name'")
            return None
        address, _, fragment = text.partition("#")
        resource = scope.resource if not address else self._find_resource(address, reference, scope)
        if resource is None:
            return None
        if fragment == "":
            node: Node | None = resource.root
        elif fragment.startswith("/"):
            node = self.library.point(resource.root, fragment, text, reference)
            resource = self._resource_along(resource, fragment) if node is not None else resource
        else:
            node = resource.anchors.get(unquote(fragment))
            if node is None:
                hint = "write a JSON Pointer, as in '#/components/schemas/Name', or declare the $anchor"
                self.findings.error(reference, "dangling_reference", f"{text} names no anchor that is there", hint)
        return None if node is None else (node, scope.enter(resource))

    def resolve_dynamic(self, reference: Node, scope: Scope) -> tuple[Node, Scope] | None:
        """The schema that a `$dynamicRef` names in this dynamic scope."""
        found = self.resolve(reference, scope)
        name = (reference.text or "").partition("#")[2]
        if found is None or found[1].resource.dynamic.get(name) is not found[0]:
            return found
        for anchor, node, resource in scope.dynamic:
            if anchor == name:
                return node, scope.enter(resource)
        return found

    def resolve_recursive(self, reference: Node, scope: Scope) -> tuple[Node, Scope] | None:
        """What `$recursiveRef: '#'` (2019-09) means to those who still write it: the nearest schema around it with
        `$recursiveAnchor: true`. None where there is none."""
        tokens: list[str | int] = []
        path = reference.path
        while path is not None:
            path, token = path
            tokens.append(token)
        node: Node | None = scope.resource.document.root
        found: Node | None = None
        for token in reversed(tokens):
            if node is None:
                break
            anchor = node.find("$recursiveAnchor")
            found = node if anchor is not None and anchor.is_true else found
            if node.is_sequence:
                items = node.sequence
                node = items[token] if isinstance(token, int) and token < len(items) else None
            else:
                node = node.mapping.get(str(token))
        return (found, scope) if found is not None and reference.text == "#" else None

    def _find_resource(self, address: str, reference: Node, scope: Scope) -> Resource | None:
        base = scope.resource.base
        resource = self._by_uri.get(self._join(base, address)) or self._by_uri.get(unquote(self._join(base, address)))
        target = self._join(base, address)
        is_remote = "://" in target
        if resource is not None:
            if not is_remote and resource.root in self._by_root and target not in self._met:
                self._met.add(target)
                self._meet_file(target, resource)
            return resource
        file = self.library.locate("" if is_remote else base, target if is_remote else address, reference)
        document = self.library.open(file, reference) if file is not None else None
        return self._index(document) if document is not None else None

    def _meet_file(self, target: str, resource: Resource) -> None:
        """Where a schema's `$id` is the name of a file that is there, too, a reference could mean either."""
        document = self.library.find(unquote(target))
        if document is not None and not _are_alike(document.root, resource.root):
            message = f"$id {target} names this schema and the file at {_place(document.root)}"
            hint = "give the schema another $id: a $ref to it could mean either"
            self.findings.error(resource.root.mapping["$id"], "duplicate_schema_id", message, hint)

    def _resource_along(self, resource: Resource, fragment: str) -> Resource:
        """The innermost resource on the way down a pointer that is known to lead somewhere. Where it leads, a schema
        stands, wherever that is, and what has an `$id` on the way is one, too: their names are found now."""
        node, document = resource.root, resource.document
        tokens = fragment.split("/")[1:]
        for left, raw in zip(reversed(range(len(tokens))), tokens, strict=True):
            token = unquote(raw).replace("~1", "/").replace("~0", "~")
            node = node.sequence[int(token)] if node.is_sequence else node.mapping[token]
            if self.dialect.is_modern and (left == 0 or _has_id(node)):
                self._walk_schema(node, resource, document)
            resource = self._by_root.get(node, resource)
        return resource


def _has_id(node: Node) -> bool:
    identifier = node.find("$id")
    return identifier is not None and bool(identifier.text)


def _place(node: Node) -> str:
    return f"{node.file}:{node.line}"


def _are_alike(one: Node, other: Node) -> bool:
    """Whether the same is written at both places: copies of a schema that tools put in place of references to it."""
    pairs = [(one, other)]
    while pairs:
        one, other = pairs.pop()
        if one is other:
            continue
        if one.mapping.keys() != other.mapping.keys() or len(one.sequence) != len(other.sequence):
            return False
        if type(one.value) is not type(other.value):
            return False
        if not (one.is_mapping or one.is_sequence) and one.value != other.value:
            return False
        pairs.extend((value, other.mapping[key]) for key, value in one.mapping.items())
        pairs.extend(zip(one.sequence, other.sequence, strict=True))
    return True
