"""What is said to be enforced is what is enforced, in every file that says so."""

import json
import re

import pytest

from firstclass.compiler import FEATURES
from firstclass.compiler.keywords import ENFORCED_TIERS, KEYWORDS
from firstclass.compiler.policies import MAX_BODY_BYTES, MAX_RATES
from firstclass.compiler.schema_keywords import FORMATS
from firstclass.model.rates import KEYS, PERIOD_SECONDS


@pytest.fixture(scope="module")
def editor_schema(bundle_folder):
    return json.loads((bundle_folder / "x-firstclass.schema.json").read_text())


def test_every_keyword_is_listed_as_enforced_or_not_yet():
    assert set(FEATURES["keywords"]) | set(FEATURES["keywords_not_enforceable_yet"]) == set(KEYWORDS)
    assert all(all(isinstance(word, str) for word in words) for words in FEATURES.values())


def test_editors_are_offered_exactly_the_keywords_of_each_place(editor_schema):
    for level in ("root", "path", "operation", "parameter", "schema", "scheme"):
        offered = set(editor_schema["$defs"][level]["properties"])
        assert offered == {name for name, keyword in KEYWORDS.items() if level in keyword.levels and not keyword.later}


def test_editors_are_offered_the_same_values(editor_schema):
    words = editor_schema["$defs"]["keywords"]["$defs"]
    assert words["credential"]["enum"] == list(ENFORCED_TIERS)
    assert words["max_request_bytes"]["maximum"] == MAX_BODY_BYTES
    assert words["rate"]["oneOf"][1]["maxItems"] == MAX_RATES
    pattern = words["rate"]["oneOf"][0]["pattern"]
    for period in PERIOD_SECONDS:
        assert re.search(pattern, f"3 per {period} by {', '.join(KEYS)}")
    assert not re.search(pattern, "3 per fortnight by application")


def test_the_bundle_schema_names_the_engines_features_and_formats(bundle_folder):
    schema = json.loads((bundle_folder / "bundle.schema.json").read_text())
    assert set(schema["$defs"]["schema"]["properties"]["format"]["enum"]) == FORMATS
    source = (bundle_folder.parent / "engine" / "bundle" / "src" / "document.rs").read_text()
    listed = re.search(r"FEATURES: &\[&str\] = &\[(.*?)\];", source, re.DOTALL)
    assert set(re.findall(r'"([a-z-]+)"', listed[1])) == set(schema["properties"]["requires"]["items"]["enum"])


def test_the_bundle_schema_is_a_schema_and_closed(bundle_folder):
    from jsonschema import Draft202012Validator

    for name in ("bundle.schema.json", "x-firstclass.schema.json"):
        schema = json.loads((bundle_folder / name).read_text())
        Draft202012Validator.check_schema(schema)
        waiting = [schema]
        while waiting:
            part = waiting.pop()
            if isinstance(part, dict):
                assert part.get("type") != "object" or part.get("additionalProperties") is False, part
                waiting.extend(part.values())
            elif isinstance(part, list):
                waiting.extend(part)
