"""The generated reference says what the code does."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from firstclass._native import load_yaml
from firstclass.app.settings import load_settings
from firstclass.model.errors import FirstclassError

ROOT = Path(__file__).resolve().parents[2]


def test_generated_pages_are_what_the_code_says():
    done = subprocess.run([sys.executable, ROOT / "docs" / "build.py", "--check"], capture_output=True, text=True)
    assert done.returncode == 0, f"{done.stderr}run make docs"


def test_every_reason_has_a_row_and_a_hint():
    page = (ROOT / "docs" / "reference" / "reasons.md").read_text()
    rows = [line for line in page.splitlines() if line.startswith("| ") and "`" in line]
    assert len(rows) >= 30


def test_every_setting_is_documented_in_words():
    page = (ROOT / "docs" / "reference" / "settings.md").read_text()
    bare = [line for line in page.splitlines() if line.startswith("| `") and line.rstrip().endswith("|  |")]
    assert bare == []


@pytest.fixture(scope="module")
def settings_schema():
    schema = json.loads((ROOT / "docs" / "reference" / "firstclass.schema.json").read_text())
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


def test_the_example_is_as_the_schema_of_settings_says(settings_schema):
    settings_schema.validate(plain(load_yaml((ROOT / "examples" / "cards" / "firstclass.yaml").read_text())))


@pytest.mark.parametrize(
    "text",
    [
        "{}",
        "{version: 1, listen: {traffic: '[::1]:8080', status: 0}}",
        "{version: 2}",
        "{lisen: {}}",
        "{listen: {traffic: 70000}}",
        "{tls: {}}",
        "{plans: []}",
        "{workers: 0}",
        "{ready_max_directory_age: 10 minutes}",
        "{apis: [{name: a, contract: a.yaml, upstream: 'http://h:1', mode: observe}]}",
        "{apis: [{name: A b, contract: a.yaml, upstream: 'http://h:1'}]}",
        "{apis: [{name: a, upstream: 'http://h:1'}]}",
        "{apis: [{name: a, contract: a.yaml, upstream: 'http://h:1', mode: off}]}",
        "{apis: [{name: a, contract: a.yaml, upstream: 'http://h:1', mode: 1.5%}]}",
        "{apis: [{name: a, contract: a.yaml, upstream: 'http://h:1', mode: {bodies: observe, operations: {x: 5%}}}]}",
        "{apis: [{name: a, contract: a.yaml, upstream: 'http://h:1', mode: {operations: {x: {default: 1%}}}}]}",
        "{apis: [{name: a, contract: a.yaml, upstream: 'http://h:1', mode: {owners: observe}}]}",
        "{apis: [{name: a, contract: a.yaml, upstream: 'http://h:1', mode: {operations: {x: {bodies: never}}}}]}",
        "{subscriptions: [{application: a, api: b, operations: []}]}",
    ],
)
def test_schema_and_gateway_agree_about_settings(settings_schema, tmp_path, text):
    path = tmp_path / "firstclass.yaml"
    path.write_text(text)
    try:
        load_settings(path, environment={})
        is_read = True
    except FirstclassError:
        is_read = False
    assert settings_schema.is_valid(plain(load_yaml(text))) == is_read


def plain(node):
    """The value of a node of the YAML reader."""
    kind, _, _, value = node
    if kind == "map":
        return {key: plain(child) for key, _, _, child in value}
    return [plain(child) for child in value] if kind == "list" else value


def test_every_link_between_our_pages_leads_somewhere():
    pages = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("bundle/*.md"), *ROOT.glob("examples/**/*.md")]
    dangling = [
        f"{page.relative_to(ROOT)}: {target}"
        for page in pages
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text())
        if not (page.parent / target).exists()
    ]
    assert pages and dangling == []
