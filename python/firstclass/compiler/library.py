"""The files of a contract and the references between them: relative, inside its directory, never over the network."""

from __future__ import annotations

import posixpath
from collections.abc import Callable
from urllib.parse import unquote, urlsplit

from firstclass.compiler.diagnostics import Findings
from firstclass.compiler.fields import CLASSIFICATION, EXTENSION
from firstclass.compiler.nodes import Document, Node
from firstclass.compiler.reading import parse
from firstclass.model.errors import Where
from firstclass.model.suggestions import did_you_mean

Reader = Callable[[str], bytes]
MAX_CHAIN = 100


class OutsideError(OSError):
    """What a reader raises for a file that a link leads to out of the contract's directory."""


class Library:
    """Loads each file once and resolves references of OpenAPI objects (schemas: see `schema_scope`)."""

    def __init__(self, contract: str, read: Reader, findings: Findings) -> None:
        self.contract = posixpath.normpath(contract)
        self.findings = findings
        self._read = read
        self._documents: dict[str, Document | None] = {}

    def open(self, file: str, referrer: Node | None = None) -> Document | None:
        """The document in `file`, or None after an error was reported at the node that refers to it."""
        if file in self._documents:
            return self._documents[file]
        root = self._load(file, referrer)
        document = Document(file, root) if root is not None else None
        self._documents[file] = document
        return document

    def find(self, file: str) -> Document | None:
        """The document in `file`; None where there is no such file, which is no error here."""
        if file not in self._documents:
            try:
                self._read(file)
            except (OSError, LookupError, ValueError):
                return None
        return self.open(file)

    def _load(self, file: str, referrer: Node | None) -> Node | None:
        where = referrer.where if referrer is not None else Where(file, 1, 1, "")
        try:
            content = self._read(file)
        except OutsideError:
            self._refuse_outside(where, f"{file} is a link that")
            return None
        except (OSError, LookupError, ValueError) as problem:
            why = getattr(problem, "strerror", None) or type(problem).__name__
            hint = "check the path; it is relative to the file that names it"
            self.findings.error_at(where, "unreadable_file", f"{file} cannot be read: {why}", hint)
            return None
        return parse(file, content, self.findings)

    def parse_only(self, file: str) -> Node | None:
        """The tree of a file that is no part of the contract's references (an overlay)."""
        return self._load(posixpath.normpath(file), None)

    def locate(self, base: str, reference: str, at: Node) -> str | None:
        """The file that a reference's part before `#` names, seen from the file `base`; None after an error."""
        try:
            parts = urlsplit(reference)
        except ValueError:
            self.findings.error(at, "dangling_reference", f"{reference} is no reference", "write a relative path")
            return None
        if parts.scheme or parts.netloc:
            hint = "copy the document beside the contract and refer to the copy: nothing is fetched over the network"
            self.findings.error(at, "remote_reference", f"{reference} lies outside of the contract's files", hint)
            return None
        file = posixpath.normpath(posixpath.join(posixpath.dirname(base), unquote(parts.path)))
        top = posixpath.dirname(self.contract)
        inside = file.startswith(top + "/") if top not in ("", "/") else not file.startswith(("../", "/"))
        if file == ".." or not (inside or (top == "/" and file.startswith("/"))) or "\0" in file:
            self._refuse_outside(at.where, reference)
            return None
        return file

    def _refuse_outside(self, where: Where, what: str) -> None:
        hint = "keep every file of the contract in its directory or below it"
        self.findings.error_at(where, "reference_outside", f"{what} leads out of the contract's directory", hint)

    def point(self, root: Node, fragment: str, reference: str, at: Node) -> Node | None:
        """The node that a JSON Pointer fragment names; None after an error that names the missing part."""
        node = root
        for raw in fragment.split("/")[1:]:
            token = unquote(raw).replace("~1", "/").replace("~0", "~")
            below = self._step(node, token)
            if below is None:
                known = did_you_mean(token, node.mapping) if len(node.mapping) <= 200 else "check the pointer"
                self.findings.error(
                    at, "dangling_reference", f"{reference} leads nowhere: there is no {token!r}", known
                )
                return None
            node = below
        return node

    @staticmethod
    def _step(node: Node, token: str) -> Node | None:
        if node.is_sequence:
            position = int(token) if token.isascii() and token.isdigit() and len(token) < 8 else -1
            return node.sequence[position] if 0 <= position < len(node.sequence) else None
        return node.mapping.get(token)

    def follow(self, node: Node, document: Document) -> tuple[Node, Document] | None:
        """What an OpenAPI object that may be a reference stands for, and the document that it lies in."""
        for _ in range(MAX_CHAIN):
            reference = node.find("$ref")
            if reference is None:
                return node, document
            self._check_siblings(node)
            found = self._target(reference, document)
            if found is None:
                return None
            node, document = found
        self.findings.error(node, "circular_reference", "this reference leads back to itself", "let it lead somewhere")
        return None

    def _check_siblings(self, node: Node) -> None:
        """OpenAPI ignores what stands beside a `$ref`; here nothing is ignored in silence."""
        ignored = [key for key in node.mapping if key not in ("$ref", "summary", "description")]
        ignored = [key for key in ignored if not key.startswith("x-") or key in (EXTENSION, CLASSIFICATION)]
        if ignored:
            message = f"OpenAPI ignores what stands beside $ref: {', '.join(ignored)}"
            hint = "write it where the reference leads, or write the whole object here"
            self.findings.error(node, "ref_siblings", message, hint)

    def _target(self, reference: Node, document: Document) -> tuple[Node, Document] | None:
        text = reference.text
        if text is None:
            message = f"$ref must be a string, not {reference.kind}"
            self.findings.error(reference, "wrong_type", message, "write a reference such as '#/components/…'")
            return None
        address, _, fragment = text.partition("#")
        if address:
            file = self.locate(document.file, address, reference)
            opened = self.open(file, reference) if file is not None else None
            if opened is None:
                return None
            document = opened
        if fragment and not fragment.startswith("/"):
            hint = "write a JSON Pointer, as in '#/components/responses/NotFound'"
            self.findings.error(reference, "dangling_reference", f"{text} is no JSON Pointer", hint)
            return None
        node = self.point(document.root, fragment, text, reference)
        return (node, document) if node is not None else None
