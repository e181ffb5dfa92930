"""SARIF 2.1.0: the parts that code hosts read, held against the shape that the standard gives them."""

import json

import pytest
from jsonschema import Draft202012Validator

from firstclass.app.checking import check_path
from firstclass.cli.context import Context, begin
from firstclass.cli.main import run as run_command
from firstclass.cli.sarif import as_sarif
from firstclass.inventory import CODES

MESSAGE = {"type": "object", "required": ["text"], "properties": {"text": {"type": "string", "minLength": 1}}}
LEVEL = {"enum": ["none", "note", "warning", "error"]}
ARTIFACT = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "uri": {"type": "string", "pattern": "^[!-~]+$"},
        "uriBaseId": {"type": "string"},
        "index": {"type": "integer", "minimum": -1},
        "description": MESSAGE,
    },
}
LOCATION = {
    "type": "object",
    "additionalProperties": False,
    "required": ["physicalLocation"],
    "properties": {
        "physicalLocation": {
            "type": "object",
            "additionalProperties": False,
            "required": ["artifactLocation", "region"],
            "properties": {
                "artifactLocation": ARTIFACT,
                "region": {
                    "type": "object",
                    "additionalProperties": False,
                    "required": ["startLine"],
                    "properties": {
                        "startLine": {"type": "integer", "minimum": 1},
                        "startColumn": {"type": "integer", "minimum": 1},
                    },
                },
            },
        },
        "logicalLocations": {
            "type": "array",
            "items": {
                "type": "object",
                "additionalProperties": False,
                "properties": {"fullyQualifiedName": {"type": "string"}},
            },
        },
    },
}
RULE = {
    "type": "object",
    "additionalProperties": False,
    "required": ["id", "shortDescription", "help"],
    "properties": {
        "id": {"type": "string"},
        "shortDescription": MESSAGE,
        "fullDescription": MESSAGE,
        "help": MESSAGE,
        "defaultConfiguration": {"type": "object", "additionalProperties": False, "properties": {"level": LEVEL}},
        "properties": {"type": "object"},
    },
}
RESULT = {
    "type": "object",
    "additionalProperties": False,
    "required": ["ruleId", "level", "message", "locations"],
    "properties": {
        "ruleId": {"type": "string"},
        "ruleIndex": {"type": "integer", "minimum": 0},
        "level": LEVEL,
        "message": MESSAGE,
        "locations": {"type": "array", "minItems": 1, "items": LOCATION},
        "properties": {"type": "object"},
    },
}
SHAPE = {
    "type": "object",
    "additionalProperties": False,
    "required": ["$schema", "version", "runs"],
    "properties": {
        "$schema": {"type": "string", "format": "uri"},
        "version": {"const": "2.1.0"},
        "runs": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": ["tool", "results"],
                "properties": {
                    "tool": {
                        "type": "object",
                        "additionalProperties": False,
                        "required": ["driver"],
                        "properties": {
                            "driver": {
                                "type": "object",
                                "additionalProperties": False,
                                "required": ["name", "version", "rules"],
                                "properties": {
                                    "name": {"const": "firstclass"},
                                    "version": {"type": "string"},
                                    "rules": {"type": "array", "uniqueItems": True, "items": RULE},
                                },
                            }
                        },
                    },
                    "columnKind": {"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
                    "originalUriBaseIds": {"type": "object", "additionalProperties": ARTIFACT},
                    "results": {"type": "array", "items": RESULT},
                    "properties": {"type": "object"},
                },
            },
        },
    },
}


@pytest.fixture
def run(tmp_path):
    """The one run of a contract with an error, harms and a warning, in a file whose name has a space and an umlaut."""
    number = {"name": "userId", "in": "path", "required": True, "schema": {"type": "integer"}}
    operation = {"security": [], "parameters": [number, {"name": "x", "in": "nowhere"}], "responses": {}}
    whole = {
        "openapi": "3.1.0",
        "info": {"title": "A", "version": "1"},
        "paths": {"/users/{userId}": {"get": operation}},
    }
    path = tmp_path / "mein Vertrag ü.json"
    path.write_text(json.dumps(whole, indent=1))
    document = json.loads(json.dumps(as_sarif(check_path(path))))
    Draft202012Validator(SHAPE).validate(document)
    return document["runs"][0]


def test_errors_harms_and_warnings_are_results(run):
    levels = {result["ruleId"]: result["level"] for result in run["results"]}
    assert levels["parameter_place_unknown"] == "error"
    assert levels["operation_id_missing"] == "warning"
    assert levels["no_credential"] == levels["id_without_owner"] == "error"


def test_every_result_has_its_rule_and_a_place(run):
    rules = run["tool"]["driver"]["rules"]
    assert len({rule["id"] for rule in rules}) == len(rules)
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        artifact = result["locations"][0]["physicalLocation"]["artifactLocation"]
        assert artifact == {"uri": "mein%20Vertrag%20%C3%BC.json", "uriBaseId": "SRCROOT"}
    assert run["originalUriBaseIds"]["SRCROOT"]["uri"].startswith("file:///")
    assert run["originalUriBaseIds"]["SRCROOT"]["uri"].endswith("/")


def test_a_harm_says_why_and_how(run):
    harm = next(result for result in run["results"] if result["ruleId"] == "no_credential")
    assert CODES["no_credential"].why in harm["message"]["text"] and "target:" in harm["properties"]["fix"]
    assert run["properties"]["grade"] == "F"


@pytest.mark.parametrize(
    ("name", "text", "exit_code", "code"),
    [
        ("nosuch.json", None, 4, "contract_missing"),
        ("firstclass.yaml", "version: [", 1, "syntax"),
        ("firstclass.yaml", "version: 1\n", 1, "no_apis"),
    ],
)
def test_what_cannot_be_read_is_one_result(tmp_path, capsys, monkeypatch, name, text, exit_code, code):
    monkeypatch.chdir(tmp_path)
    if text is not None:
        (tmp_path / name).write_text(text)
    begin(Context())
    assert run_command(["check", name, "--format", "sarif"]) == exit_code
    document = json.loads(capsys.readouterr().out)
    Draft202012Validator(SHAPE).validate(document)
    only = document["runs"][0]["results"]
    assert [(each["ruleId"], each["level"]) for each in only] == [(code, "error")]
    assert only[0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"].endswith(name)
