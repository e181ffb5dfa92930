"""Who gets in: security schemes, the alternatives of each operation, and the tiers that they reach. An operation that
does not say it is an error; so is an alternative that nobody could meet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from firstclass.compiler.compilation import Compilation
from firstclass.compiler.fields import (
    EXTENSION,
    SECURITY_SCHEME,
    check_fields,
    expect_mapping,
    expect_sequence,
    expect_text,
)
from firstclass.compiler.key_queries import find_key_query
from firstclass.compiler.keywords import ENFORCED_TIERS, TIERS, not_yet, read_extension
from firstclass.compiler.nodes import Node
from firstclass.compiler.own_credentials import UNCHECKED, lower_own, passes_unchecked, read_pass
from firstclass.compiler.parameters import is_header_name
from firstclass.model.suggestions import did_you_mean

DEFAULT_KEY_HEADER = "x-api-key"
HTTP_HINT = "use scheme: bearer or an apiKey, or x-firstclass: {pass: unchecked} where the API itself checks it"
# What these say is the framing layer's, the upstream's or the engine's own business.
TAKEN_HEADERS = frozenset(
    {
        *("host", "connection", "content-length", "content-type", "transfer-encoding", "upgrade", "te", "trailer"),
        *("cookie", "expect", "keep-alive", "proxy-authorization", "x-request-id"),
    }
)


@dataclass(frozen=True)
class Scheme:
    """A scheme that this version can check, and its index in the bundle."""

    name: str
    tier: Literal["own", "key", "bearer"]
    index: int
    header: str | None
    is_session: bool = False

    @property
    def is_own(self) -> bool:
        """Whether the API alone checks it."""
        return self.tier == "own"


class Security:
    """Reads the schemes that are used and the alternatives of each operation."""

    def __init__(self, compilation: Compilation) -> None:
        self.compilation = compilation
        self.findings = compilation.findings
        self.schemes: list[dict[str, Any]] = []
        self._known: dict[str, Scheme | None] = {}

    def access(self, operation: Node, credential: Node | None, *, is_own_credential: bool) -> dict[str, Any] | None:
        """The bundle's `access`; None after an error."""
        security = operation.find("security") or self.compilation.root.find("security")
        if security is None:
            hint = (
                "write security: [{scheme: []}] with a scheme of components/securitySchemes, or security: [] for public"
            )
            self.findings.error(
                operation, "security_missing", "this operation does not say who gets in", hint, key=True
            )
            return None
        if not expect_sequence(security, "security", self.findings):
            return None
        if not security.sequence:
            if credential is not None and is_own_credential:
                hint = "name a security scheme, or remove credential"
                message = "a public operation cannot ask for a credential"
                self.findings.error(credential, "credential_unsatisfiable", message, hint)
            return {"public": {}}
        kept = [item for item in security.sequence if not self._is_left_out(item, security)]
        is_optional = any(item.is_mapping and not item.mapping for item in kept) and self._is_all_own(kept)
        asking = [item for item in kept if not is_optional or item.mapping]
        alternatives = [self._alternative(item) for item in asking]
        if any(found is None for found in alternatives):
            return None
        # Nobody gets in without a credential who would not get in with any text in its place.
        empty: list[list[tuple[Scheme, Node]]] = [[]] if is_optional else []
        return self._strong_enough([*(found for found in alternatives if found is not None), *empty], credential)

    def _is_all_own(self, alternatives: list[Node]) -> bool:
        """Whether nothing is asked for but what the API alone checks."""
        schemes = self.compilation.root.find("components", "securitySchemes")
        names = {name for item in alternatives for name in item.mapping}
        nodes = [schemes.find(name) if schemes is not None else None for name in names]
        return bool(names) and all(node is not None and passes_unchecked(node) for node in nodes)

    def _is_left_out(self, item: Node, security: Node) -> bool:
        """An alternative by a credential that this version cannot check, beside others that it can: nobody gets in by
        it, which is said and refuses callers rather than letting any in."""
        for name in item.mapping:
            later = self._find_later(name)
            if later is not None and any(
                other.mapping and all(self._find_later(each) is None for each in other.mapping)
                for other in security.sequence
            ):
                message = f"{later} cannot be checked by this version: callers by {name} alone are refused"
                hint = "let them send the other credential, or remove this alternative"
                self.findings.warning(item, "alternative_refused", message, hint)
                return True
        return False

    def _find_later(self, name: str) -> str | None:
        """What a scheme asks for that this version cannot check."""
        node = self.compilation.root.find("components", "securitySchemes", name)
        if node is not None and passes_unchecked(node):
            return None
        kind, word = (node.find("type"), node.find("scheme")) if node is not None else (None, None)
        if kind is not None and kind.text == "mutualTLS":
            return "a client certificate"
        if kind is not None and kind.text == "http" and word is not None and (word.text or "").lower() != "bearer":
            return f"http authentication by {word.text}"
        return None

    def _alternative(self, item: Node) -> list[tuple[Scheme, Node]] | None:
        if not expect_mapping(item, "a security requirement", self.findings):
            return None
        if not item.mapping:
            hint = "write security: [] for a public operation, or remove the empty alternative"
            message = "an empty alternative lets anybody in, with a credential or without"
            self.findings.error(item, "security_optional", message, hint)
            return None
        met = [(self._scheme(name, scopes), scopes) for name, scopes in item.mapping.items()]
        known = [(scheme, scopes) for scheme, scopes in met if scheme is not None]
        if len(known) < len(met):
            return None
        for tier, why in (("key", "one call carries one API key"), ("bearer", "one call carries one Authorization")):
            same = [scheme.name for scheme, _ in known if scheme.tier == tier]
            if len(same) > 1:
                message = f"nobody can meet {' and '.join(same)} at once: {why}"
                hint = "write them as alternatives, each in an item of its own"
                self.findings.error(item, "security_unsatisfiable", message, hint)
                return None
        places = [self.schemes[scheme.index].get("field", "") for scheme, _ in known if scheme.is_own]
        if any(scheme.tier == "bearer" for scheme, _ in known):
            places.append("authorization")
        if len(places) != len(set(places)):
            message = f"nobody can meet {' and '.join(scheme.name for scheme, _ in known)} at once: they share a place"
            hint = "write them as alternatives, each in an item of its own"
            self.findings.error(item, "security_unsatisfiable", message, hint)
            return None
        return known if all(self._check_scopes(scheme, scopes) for scheme, scopes in known) else None

    def _check_scopes(self, scheme: Scheme, scopes: Node) -> bool:
        if not expect_sequence(scopes, f"the scopes of {scheme.name}", self.findings):
            return False
        if scheme.is_own:
            return True  # what its scopes mean is the API's business
        if scheme.tier == "key" and scopes.sequence:
            hint = f"write {scheme.name}: []; which operations a key may call is said by its subscription"
            self.findings.error(scopes, "scope_on_key", "an API key has no scopes", hint)
            return False
        if scheme.is_session and scopes.sequence:
            message, hint = "a session of the API's own has no scopes", f"write {scheme.name}: []"
            self.findings.error(scopes, "scope_on_session", message, hint)
            return False
        return all(expect_text(scope, "a scope", self.findings) is not None for scope in scopes.sequence)

    def _strong_enough(
        self, alternatives: list[list[tuple[Scheme, Node]]], credential: Node | None
    ) -> dict[str, Any] | None:
        tier = self._lowest_tier(credential)
        if tier is None:
            return None
        if credential is None:
            reached = alternatives
        else:
            lowest = TIERS.index(tier)
            checked = [[s for s, _ in found if not s.is_own] for found in alternatives]
            reached = [
                found
                for found, schemes in zip(alternatives, checked, strict=True)
                if any(TIERS.index(scheme.tier) >= lowest for scheme in schemes)
            ]
        if not reached:
            assert credential is not None
            hint = "add a scheme of type http bearer, oauth2 or openIdConnect to security, or write credential: key"
            message = f"no security alternative of this operation reaches credential: {tier}"
            self.findings.error(credential, "credential_unsatisfiable", message, hint)
            return None
        tiers = {scheme.tier for found in reached for scheme, _ in found}
        self.compilation.features.update("own-credentials" if tier == "own" else tier for tier in tiers)
        if any(scheme.tier == "bearer" for found in reached for scheme, _ in found):
            self.compilation.features.add("subject")
        self.compilation.features.add("subscription")
        return {"any_of": [[_requirement(scheme, scopes) for scheme, scopes in found] for found in reached]}

    def _lowest_tier(self, credential: Node | None) -> str | None:
        if credential is None:
            return "key"
        if credential.text in ENFORCED_TIERS:
            return credential.text
        if credential.text in TIERS:
            not_yet(self.findings, credential, f"credential: {credential.text}", "write credential: bearer until then")
        else:
            message = f"{credential.plain()!r} is no tier of credential"
            self.findings.error(credential, "wrong_value", message, did_you_mean(str(credential.value), TIERS))
        return None

    def _scheme(self, name: str, at: Node) -> Scheme | None:
        if name in self._known:
            return self._known[name]
        schemes = self.compilation.root.find("components", "securitySchemes")
        node = schemes.mapping.get(name) if schemes is not None else None
        if node is None:
            known = schemes.mapping if schemes is not None else {}
            message = f"there is no security scheme {name!r}"
            hint = did_you_mean(name, known) if known else "declare it in components/securitySchemes"
            self.findings.error(at, "security_scheme_unknown", message, hint, key=True)
            return None
        scheme = self._read(name, node)
        self._known[name] = scheme
        return scheme

    def _read(self, name: str, node: Node) -> Scheme | None:
        found = self.compilation.follow(node, self.compilation.document)
        if found is None or not expect_mapping(found[0], "a security scheme", self.findings):
            return None
        node = found[0]
        check_fields(node, SECURITY_SCHEME, "a security scheme", self.findings, extensible=(EXTENSION,))
        extension = read_extension(node.find(EXTENSION), "scheme", self.findings)
        passed = read_pass(extension, self.findings)
        if passed == UNCHECKED:
            return self._own(name, node, extension)
        kind = node.find("type")
        match kind.text if kind is not None else None:
            case "apiKey":
                return self._key(name, node, extension)
            case "http":
                return self._http(name, node, extension)
            case "oauth2" | "openIdConnect":
                return self._bearer(name, node, extension)
            case "mutualTLS":
                not_yet(
                    self.findings, node, "a security scheme of type mutualTLS", "use http bearer or apiKey until then"
                )
            case word:
                message = f"the security scheme {name!r} is of no type that is known: {word!r}"
                known = ("apiKey", "http", "oauth2", "openIdConnect", "mutualTLS")
                self.findings.error(kind or node, "security_scheme_invalid", message, did_you_mean(word or "", known))
        return None

    def _own(self, name: str, node: Node, extension: dict[str, Node]) -> Scheme | None:
        """A scheme that the API alone checks."""
        found = lower_own(name, node, extension, self.findings)
        if found is None:
            return None
        if "login" in found:
            self.compilation.features.add("login")
        header = str(found["field"]) if found["in"] == "header" else None
        return self._append(name, "own", header, node, found, kind="own")

    def _http(self, name: str, node: Node, extension: dict[str, Node]) -> Scheme | None:
        word = node.find("scheme")
        text = (word.text or "").lower() if word is not None else ""
        if text == "bearer":
            return self._bearer(name, node, extension)
        if text:
            not_yet(self.findings, word or node, f"http authentication by {text}", HTTP_HINT)
        else:
            self.findings.error(node, "security_scheme_invalid", f"{name!r} names no scheme", "write scheme: bearer")
        return None

    def _bearer(self, name: str, node: Node, extension: dict[str, Node]) -> Scheme | None:
        if (misplaced := extension.get("legacy_query")) is not None:
            message = "a token has no legacy_query: only old API keys go on in a query"
            hint = "it belongs on a scheme of type apiKey"
            self.findings.error(misplaced, "misplaced_keyword", message, hint, key=True)
        if "subject" in extension:
            return self._session(name, node, extension)
        issuer = extension.get("issuer")
        if issuer is not None and not issuer.text:
            message = "issuer must be the name of an entry under issuers in firstclass.yaml"
            self.findings.error(issuer, "wrong_type", message, "write issuer: NAME")
            return None
        passed = self._passed(extension)
        return self._append(
            name, "bearer", None, node, {"issuer": issuer.text if issuer is not None else None, **passed}
        )

    def _passed(self, extension: dict[str, Node]) -> dict[str, bool]:
        """The member that says that the credential passes on once it was found good."""
        if "pass" not in extension:
            return {}
        self.compilation.features.add("passed-credentials")
        return {"pass": True}

    def _session(self, name: str, node: Node, extension: dict[str, Node]) -> Scheme | None:
        """A bearer scheme whose tokens are the API's own sessions."""
        subject, issuer, kind = extension["subject"], extension.get("issuer"), node.find("type")
        if subject.text != "login":
            message = f"subject cannot be {subject.plain()!r}"
            self.findings.error(subject, "wrong_value", message, "write subject: login")
        elif issuer is not None:
            message = "the tokens of an issuer say themselves whom they speak for"
            self.findings.error(issuer, "misplaced_keyword", message, "keep issuer or subject: login", key=True)
        elif kind is None or kind.text != "http":
            message = "an API's own sessions are a scheme of type http bearer"
            self.findings.error(kind or node, "security_scheme_invalid", message, "write type: http, scheme: bearer")
        else:
            self.compilation.features.add("login")
            return self._append(name, "bearer", None, node, {}, kind="session")
        return None

    def _key(self, name: str, node: Node, extension: dict[str, Node]) -> Scheme | None:
        place, header = node.find("in"), node.find("name")
        if place is None or place.text not in ("header", "query", "cookie") or header is None or not header.text:
            message = f"the security scheme {name!r} needs 'in' and 'name'"
            self.findings.error(node, "security_scheme_invalid", message, "write in: header and name: X-API-Key")
            return None
        for word, value in ((w, value) for w, value in extension.items() if w not in ("legacy_query", "pass")):
            message = f"an API key has no {word}"
            self.findings.error(value, "misplaced_keyword", message, "it belongs on a bearer scheme", key=True)
        query = self._key_query(node, extension)
        if "pass" in extension and (query is not None or place.text != "header" or _is_dropped(header.text)):
            message = "a key that is checked here passes on in a header without underscores alone"
            hint = "remove pass, or write in: header and no legacy_query"
            self.findings.error(extension["pass"], "misplaced_keyword", message, hint, key=True)
            return None
        if place.text != "header":
            message = f"an API key in the {place.text} ends up in logs; callers send it in the header X-API-Key instead"
            message += f" (keys of another gateway go on in {query!r} until they end)" if query else ""
            hint = "write in: header and name: X-API-Key"
            self.findings.warning(node, "key_moved_to_header", message, hint)
            return self._append(
                name, "key", DEFAULT_KEY_HEADER, node, {"header": DEFAULT_KEY_HEADER, **query_of(query)}
            )
        if _is_dropped(header.text):
            message = (
                "a header with an underscore is dropped by most servers; callers send the key in X-API-Key instead"
            )
            hint = "write name: X-API-Key"
            self.findings.warning(header, "key_moved_to_header", message, hint)
            return self._append(
                name, "key", DEFAULT_KEY_HEADER, node, {"header": DEFAULT_KEY_HEADER, **query_of(query)}
            )
        if not is_header_name(header.text) or header.text.lower() in TAKEN_HEADERS:
            hint = "write name: X-API-Key (an overlay can); the upstream does not see the key"
            message = f"no caller can send a key in the header {header.text!r}"
            self.findings.error(header, "security_unsatisfiable", message, hint)
            return None
        lower = header.text.lower()
        return self._append(name, "key", lower, node, {"header": lower, **query_of(query), **self._passed(extension)})

    def _key_query(self, node: Node, extension: dict[str, Node]) -> str | None:
        """Where keys of class legacy may stand in a query."""
        written = extension.get("legacy_query")
        if written is not None and not written.text:
            message = "legacy_query must be the name of a query parameter"
            self.findings.error(written, "wrong_type", message, "write legacy_query: api_key")
        query = find_key_query(node)
        if query is not None:
            self.compilation.features.add("key-query")
        return query

    def _append(
        self,
        name: str,
        tier: Literal["own", "key", "bearer"],
        header: str | None,
        node: Node,
        rest: dict[str, Any],
        kind: str | None = None,
    ) -> Scheme:
        scheme = Scheme(name, tier, len(self.schemes), header, is_session=kind == "session")
        self.compilation.sources[f"schemes/{scheme.index}"] = node
        self.schemes.append({"kind": kind or tier, "name": name, **rest})
        return scheme

    def check_headers(self) -> None:
        """A key in `Authorization`: beside bearer tokens nobody could tell the one from the other, and alone it is
        seldom what the author meant."""
        known = [scheme for scheme in self._known.values() if scheme is not None]
        for scheme in (scheme for scheme in known if scheme.is_own and scheme.header is not None):
            if any(other.tier == "key" and other.header == scheme.header for other in known):
                message = f"{scheme.name} is not checked here, and another scheme takes keys in {scheme.header}"
                hint = "write pass: checked on both: keys that are known here are checked, the API's own passed on"
                node = self.compilation.sources[f"schemes/{scheme.index}"]
                self.findings.error(node, "security_unsatisfiable", message, hint)
        keys = [scheme for scheme in known if scheme.tier == "key" and scheme.header == "authorization"]
        if keys and any(s is not None and s.tier == "bearer" for s in self._known.values()):
            node = self.compilation.sources[f"schemes/{keys[0].index}"]
            message = "an API key in Authorization cannot be told from a bearer token of the same contract"
            self.findings.error(node, "security_unsatisfiable", message, "give the key a header of its own: X-API-Key")
            return
        for key in keys:
            message = (
                f"{key.name} takes all of the header Authorization for an API key that this gateway issued or imported:"
                " a token, as in Bearer TOKEN, is refused"
            )
            hint = "for tokens write type: http, scheme: bearer; for keys write name: X-API-Key"
            node = self.compilation.sources[f"schemes/{key.index}"]
            self.findings.warning(node, "key_in_authorization", message, hint)


def query_of(query: str | None) -> dict[str, str]:
    """The member of the bundle's scheme; none where no query may hold a key."""
    return {} if query is None else {"query": query}


def _is_dropped(header: str) -> bool:
    """Whether only its underscores keep framing from letting the header through."""
    return "_" in header and is_header_name(header.replace("_", "-"))


def _requirement(scheme: Scheme, scopes: Node) -> dict[str, Any]:
    asked = [] if scheme.is_own else [scope.text for scope in scopes.sequence]
    return {"scheme": scheme.index, "scopes": asked}
