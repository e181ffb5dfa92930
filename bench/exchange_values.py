"""Values that a schema of a contract allows, made without our own engine: where nothing fits, `Unmade` is raised."""

from __future__ import annotations

import random
import re
import string
from typing import Any

Json = Any
MAX_DEPTH = 6
FORMATS = {
    "date": "2024-02-29",
    "date-time": "2024-02-29T10:00:00Z",
    "time": "10:00:00Z",
    "duration": "P1D",
    "uuid": "123e4567-e89b-42d3-a456-426614174000",
    "email": "ann@example.com",
    "uri": "https://a.example/b",
    "hostname": "a.example",
    "ipv4": "192.0.2.1",
    "ipv6": "2001:db8::1",
    "byte": "YWJj",
}
SAMPLES = ("a", "abc", "abcdef", "1", "12", "123456", "a1", "A", "ABC", "US", "en", "en-US", "2024-01-01", "a_b", "a-b")
SAMPLES += ("0x1", "#ffffff", "a.b", "a/b", "abcdefgh", "1.2.3", "https://a.example/")
# Only where a pattern counts that far: on others of them Python's engine takes exponential time.
LONG_SAMPLES = ("0" * 32, "a" * 40, "a" * 64)
COUNTS_FAR = re.compile(r"\{\d{2,}")


class Unmade(Exception):
    """No value was found here."""


class Values:
    """Makes values for the schemas of one contract."""

    def __init__(self, contract: Json, seed: str, hidden: str) -> None:
        """`hidden`: the flag whose properties are left out (readOnly in requests, writeOnly in answers)."""
        self.contract = contract
        self.chance = random.Random(seed)  # the same exchanges in every run
        self.hidden = hidden
        # How many of the properties and parameters that may be left out are there.
        self.share = 0.4

    def resolve(self, node: Json) -> Json:
        """What a reference leads to."""
        for _ in range(50):
            if not isinstance(node, dict) or "$ref" not in node:
                return node
            if not node["$ref"].startswith("#/"):
                raise Unmade(node["$ref"])
            found: Json = self.contract
            for part in node["$ref"][2:].split("/"):
                key = part.replace("~1", "/").replace("~0", "~").replace("%7B", "{").replace("%7D", "}")
                found = found[int(key)] if isinstance(found, list) else found[key]
            node = found
        raise Unmade("a long chain")

    def flat(self, schema: Json, depth: int = 0) -> dict[str, Any]:
        """The schema with references and `allOf` put together, and one of its alternatives chosen."""
        schema = self.resolve(schema)
        if schema is True:
            return {}
        if not isinstance(schema, dict) or depth > 20:
            raise Unmade("no schema")
        if "$recursiveRef" in schema:
            raise Unmade("a reference that depends on the way")
        out = {k: v for k, v in schema.items() if k not in ("allOf", "oneOf", "anyOf")}
        if "discriminator" in schema and ("oneOf" in schema or "anyOf" in schema):
            schema = {**schema, "oneOf": [self._named(schema)], "anyOf": []}
        parts = list(schema.get("allOf", []))
        for key in ("oneOf", "anyOf"):
            if schema.get(key):
                parts.append(schema[key][self.chance.randrange(len(schema[key]))])
        for part in parts:
            inner = self.flat(part, depth + 1)
            properties = {**out.get("properties", {}), **inner.get("properties", {})}
            required = list(dict.fromkeys([*_names(out), *_names(inner)]))
            out = {**out, **inner} | ({"properties": properties} if properties else {})
            out |= {"required": required} if required else {}
        return out

    def _named(self, schema: dict[str, Any]) -> Json:
        """One of the alternatives of a discriminator, with its name where the discriminator looks for it."""
        found = schema["discriminator"]
        part = self.chance.choice(schema.get("oneOf") or schema.get("anyOf"))
        if "$ref" not in part:
            raise Unmade("an alternative without a name")
        name = part["$ref"].rpartition("/")[2]
        called = {target.rpartition("/")[2]: key for key, target in found.get("mapping", {}).items()}
        at = found["propertyName"]
        return {"allOf": [part, {"properties": {at: {"enum": [called.get(name, name)]}}, "required": [at]}]}

    def make(self, schema: Json, depth: int = 0) -> Json:
        """One valid value (hopefully: whoever needs certainty asks a validator)."""
        if depth > MAX_DEPTH:
            raise Unmade("too deep")
        flat = self.flat(schema)
        if "const" in flat:
            return flat["const"]
        if flat.get("enum"):
            return self.chance.choice([value for value in flat["enum"] if value is not None] or [None])
        kind = flat.get("type", "object" if "properties" in flat else None)
        if isinstance(kind, list):
            kind = next((word for word in kind if word != "null"), "null")
        match kind:
            case "object":
                return self._object(flat, depth)
            case "array":
                least = flat.get("minItems", 0)
                count = max(least, min(1, flat.get("maxItems", 1)))
                if depth >= MAX_DEPTH - 1 and not least:
                    count = 0
                return [self.make(flat.get("items", {}), depth + 1) for _ in range(count)]
            case "integer" | "number":
                return self._number(flat, kind)
            case "boolean":
                return self.chance.random() < 0.5
            case "null":
                return None
            case "string":
                return self._text(flat)
        return "abc"

    def _object(self, flat: dict[str, Any], depth: int) -> Json:
        out: dict[str, Any] = {}
        required = _names(flat)
        for name, child in flat.get("properties", {}).items():
            try:
                # In 3.1 the flag may stand beside a reference.
                if (isinstance(child, dict) and child.get(self.hidden)) or self.flat(child).get(self.hidden):
                    continue
            except Unmade:
                if name in required:
                    raise
                continue
            if name not in required and (depth > 2 or self.chance.random() < self.share):
                continue
            try:
                out[name] = self.make(child, depth + 1)
            except Unmade:
                if name in required:
                    raise
        if len(out) < flat.get("minProperties", 0):
            raise Unmade("too few properties")
        return dict(list(out.items())[: flat.get("maxProperties", len(out))])

    def _number(self, flat: dict[str, Any], kind: str) -> Json:
        low, high = flat.get("minimum", flat.get("exclusiveMinimum")), flat.get("maximum", flat.get("exclusiveMaximum"))
        low = None if isinstance(low, bool) else low
        step = flat.get("multipleOf", 1)
        value = (low if low is not None else (0 if high is None or high > 0 else high - 1)) + step
        if high is not None and not isinstance(high, bool) and value > high:
            value = low if low is not None else high
        return int(value) if kind == "integer" or value == int(value) else float(value)

    def _text(self, flat: dict[str, Any]) -> str:
        least, most = flat.get("minLength", 0), flat.get("maxLength", 10**6)
        pattern = flat.get("pattern")
        words = [flat.get("example"), flat.get("default"), *flat.get("examples", [])] if pattern else []
        words += [FORMATS[flat["format"]]] if flat.get("format") in FORMATS else []
        length = max(least, min(most, 6, max(least, 1)))
        words += ["".join(self.chance.choice(string.ascii_lowercase) for _ in range(length))]
        words += SAMPLES if pattern else ()
        words += LONG_SAMPLES if pattern and COUNTS_FAR.search(pattern) else ()
        for word in words:
            if not isinstance(word, str) or not least <= len(word) <= most:
                continue
            try:
                if pattern is None or re.search(pattern, word):
                    return word
            except re.error as problem:
                raise Unmade(pattern) from problem
        raise Unmade(f"no text for {pattern}")


def _names(schema: dict[str, Any]) -> list[str]:
    required = schema.get("required")
    return required if isinstance(required, list) else []
