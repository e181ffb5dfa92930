"""`firstclass check` as its users run it: what it says of weak contracts, its exit codes, and what its fixes do."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
SHOP = ROOT / "python" / "firstclass" / "demo" / "shop.openapi.yaml"
# Weak contracts of our own, the demo's without its overlay, and others where they lie beside the checkout.
PEOPLE = HERE / "weak-people.yaml"
WEAK = [HERE / "weak.json", HERE / "weak-swagger.yaml", PEOPLE, SHOP]
WEAK += sorted((ROOT.parent / "shared" / "accept" / "garage").glob("*.json"))


def firstclass(directory: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "firstclass", *arguments]
    return subprocess.run(command, cwd=directory, capture_output=True, text=True, timeout=120)


def checked(directory: Path, *arguments: str) -> dict[str, Any]:
    done = firstclass(directory, "check", *arguments, "--json")
    found = json.loads(done.stdout)
    assert isinstance(found, dict)
    return found


@pytest.fixture(params=WEAK, ids=lambda path: path.name)
def weak(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A weak contract in a directory of its own."""
    return Path(shutil.copy(request.param, tmp_path))


def test_a_weak_contract_is_graded_and_its_harms_have_lines_and_fixes(weak: Path) -> None:
    found = checked(weak.parent, weak.name)
    assert set(found) == {"ok", "grade", "reach", "errors", "harms", "warnings", "unenforced", "in_observe"}
    assert found["grade"] in "DEF" and len(found["harms"]) >= 2
    lines = weak.read_text().splitlines()
    for harm in found["harms"]:
        assert set(harm) == {"code", "message", "file", "line", "column", "pointer", "why", "fix"}
        assert (
            harm["file"] == weak.name and len(lines[harm["line"] - 1]) >= harm["column"] and harm["fix"] and harm["why"]
        )


def test_what_others_know_and_filters_of_hidden_fields_are_told(tmp_path: Path) -> None:
    place = Path(shutil.copy(PEOPLE, tmp_path))
    found = checked(tmp_path, place.name)
    said = [harm["message"] for harm in found["harms"]]
    for name in ("{username} names a user", "{patientCode} names a patient", "{email} names a customer"):
        assert any(each.startswith(f"{name} by what others know or guess") for each in said), name
    hidden = [harm for harm in found["harms"] if harm["code"] == "hidden_revealed"]
    names = ("filter[ssn]", "expand takes", "include takes", "by ssn", "fields takes", "of sort lets", "where[ssn]")
    for name in names:
        assert any(name in harm["message"] for harm in hidden), name
    (warning,) = [each for each in found["warnings"] if each["code"] == "pattern_between_slashes"]
    assert "write pattern: '^[A-Z]{3}$'" in warning["hint"]
    overlay = Path(checked(tmp_path, place.name, "--fix")["fixed"][0]["overlay"])
    api = {"name": "people", "contract": place.name, "overlays": [overlay.name], "upstream": "http://127.0.0.1:9"}
    (tmp_path / "firstclass.yaml").write_text(json.dumps({"version": 1, "data": ".firstclass", "apis": [api]}))
    left = [harm for harm in checked(tmp_path)["harms"] if harm["code"] in ("id_without_owner", "hidden_revealed")]
    assert not any("ssn" in harm["message"] for harm in left), "what the fixes masked may be told now, and nothing else"
    assert {harm["code"] for harm in left} <= {"hidden_revealed"}


def test_gates_exit_as_documented(weak: Path) -> None:
    has_errors = bool(checked(weak.parent, weak.name)["errors"])
    assert firstclass(weak.parent, "check", weak.name, "--min-grade", "A").returncode == (1 if has_errors else 3)
    assert firstclass(weak.parent, "check", weak.name, "--min-grade", "F").returncode == (1 if has_errors else 0)
    assert firstclass(weak.parent, "check", weak.name, "--min-grade", "G").returncode == 2


def test_the_fixes_compile_and_leave_fewer_harms(weak: Path) -> None:
    before = checked(weak.parent, weak.name)
    fixed = checked(weak.parent, weak.name, "--fix")["fixed"][0]
    overlay = Path(fixed["overlay"])
    config = {
        "version": 1,
        "data": ".firstclass",
        "apis": [{"name": "weak", "contract": weak.name, "overlays": [overlay.name], "upstream": "http://127.0.0.1:9"}],
    }
    (weak.parent / "firstclass.yaml").write_text(json.dumps(config))
    after = checked(weak.parent)
    assert after["errors"] == [] and after["ok"]
    assert fixed["harms_before"] == len(before["harms"]) > len(after["harms"]) == fixed["harms_after"]
    assert after["grade"] < before["grade"]
    assert firstclass(weak.parent, "apply").returncode == 0, "what check fixes can be made live"


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    shutil.copy(HERE / "weak.json", tmp_path)
    assert firstclass(tmp_path, "check", "weak.json", "--fix").returncode == 1
    overlay = tmp_path / "weak.fixes.overlay.yaml"
    written = overlay.read_text()
    overlay.write_text(written + "# mine\n")
    again = firstclass(tmp_path, "check", "weak.json", "--fix")
    assert again.returncode == 1 and "ever overwritten" in again.stderr
    assert overlay.read_text() == written + "# mine\n"


def test_with_a_configuration_the_line_to_add_is_said_and_no_file_changed(tmp_path: Path) -> None:
    shutil.copy(HERE / "weak-swagger.yaml", tmp_path)
    text = "version: 1\napis: [{name: boats, contract: weak-swagger.yaml, upstream: 'http://127.0.0.1:9'}]\n"
    (tmp_path / "firstclass.yaml").write_text(text)
    done = firstclass(tmp_path, "check", "--fix")
    assert done.returncode == 0, done.stderr
    assert "overlays: [boats.fixes.overlay.yaml]" in done.stderr
    assert "starts in observe unless firstclass.yaml says `mode: enforce`" in done.stderr
    assert (tmp_path / "firstclass.yaml").read_text() == text


def test_what_comes_next_is_the_fixes_and_then_the_gateway(tmp_path: Path) -> None:
    shutil.copy(HERE / "weak-swagger.yaml", tmp_path)
    text = "version: 1\napis: [{name: boats, contract: weak-swagger.yaml, upstream: 'http://127.0.0.1:9'}]\n"
    (tmp_path / "firstclass.yaml").write_text(text)
    said = firstclass(tmp_path, "check").stderr
    assert "next: firstclass check --fix    # writes the fixes as an overlay beside it, and changes no file\n" in said
    assert (
        "next: firstclass check weak-swagger.yaml --fix " in firstclass(tmp_path, "check", "weak-swagger.yaml").stderr
    )
    assert firstclass(tmp_path, "check", "--fix").returncode == 0
    assert firstclass(tmp_path, "check").stderr == "next: firstclass dev\n", "nothing is ever overwritten"


def test_an_api_that_is_enforced_stays_so_with_its_fixes(tmp_path: Path) -> None:
    shutil.copy(HERE / "weak-swagger.yaml", tmp_path)
    api = "name: boats, contract: weak-swagger.yaml, upstream: 'http://127.0.0.1:9', mode: enforce"
    (tmp_path / "firstclass.yaml").write_text(f"version: 1\napis: [{{{api}}}]\n")
    done = firstclass(tmp_path, "check", "--fix")
    assert done.returncode == 0 and "the mode of firstclass.yaml holds" in done.stderr, done.stderr
    assert "starts in observe" not in done.stderr


def test_fixing_says_where_it_wrote_nothing(tmp_path: Path) -> None:
    operation = {"operationId": "a", "security": [{"k": []}], "responses": {"204": {"description": ""}}}
    whole = {"openapi": "3.1.0", "info": {"title": "A", "version": "1"}, "paths": {"/a": {"get": operation}}}
    whole["components"] = {"securitySchemes": {"k": {"type": "apiKey", "in": "header", "name": "X-API-Key"}}}
    (tmp_path / "api.json").write_text(json.dumps(whole))
    done = firstclass(tmp_path, "check", "api.json", "--fix")
    assert "api.json: nothing is to be fixed, so no overlay was written" in done.stderr
    email = {"type": "string", "maxLength": 9}
    (tmp_path / "shared.json").write_text(json.dumps({"A": {"type": "object", "properties": {"email": email}}}))
    media = {"application/json": {"schema": {"$ref": "shared.json#/A"}}}
    operation["responses"] = {"200": {"description": "", "content": media}}
    (tmp_path / "api.json").write_text(json.dumps(whole))
    done = firstclass(tmp_path, "check", "api.json", "--fix")
    assert "api.json: no overlay was written: none can mend its 1 harm" in done.stderr
    assert not list(tmp_path.glob("*.overlay.yaml"))


def test_a_fix_is_pasted_as_it_is(weak: Path) -> None:
    """Any one fix, as the whole list of an overlay's actions, is an overlay that applies."""
    harms = checked(weak.parent, weak.name)["harms"]
    codes = {harm["code"]: harm for harm in harms}
    config = {"version": 1, "apis": [{"name": "w", "contract": weak.name, "overlays": ["o.yaml"]}]}
    config["apis"][0]["upstream"] = "http://127.0.0.1:9"  # type: ignore[index]
    (weak.parent / "firstclass.yaml").write_text(json.dumps(config))
    for harm in codes.values():
        head = "overlay: 1.0.0\ninfo: {title: One, version: 1.0.0}\nactions:\n"
        (weak.parent / "o.yaml").write_text(head + harm["fix"])
        after = checked(weak.parent)
        assert [e for e in after["errors"] if e["file"] == "o.yaml"] == [], harm
        gone = (harm["code"], harm["pointer"])
        assert gone not in {(each["code"], each["pointer"]) for each in after["harms"]}, harm


def test_what_is_no_contract_has_the_worst_grade(tmp_path: Path) -> None:
    (tmp_path / "api.yaml").write_text("openapi: 3.1.0\npaths: [\n")
    found = checked(tmp_path, "api.yaml", "--min-grade", "F")
    assert found["grade"] == "F" and not found["ok"] and found["reach"] == []


def test_sarif_is_printed_for_a_code_host(weak: Path) -> None:
    done = firstclass(weak.parent, "check", weak.name, "--format", "sarif")
    sarif = json.loads(done.stdout)
    found = checked(weak.parent, weak.name)
    count = len(found["errors"]) + len(found["harms"]) + len(found["warnings"])
    assert sarif["version"] == "2.1.0" and len(sarif["runs"][0]["results"]) == count


def test_people_read_it_in_80_columns_and_without_colour(weak: Path) -> None:
    out = firstclass(weak.parent, "check", weak.name).stdout
    assert "\x1b" not in out
    wide = [line for line in out.splitlines() if len(line) > 80 and "target:" not in line]
    assert wide == [] and out.startswith("* A stranger")
    assert out.rstrip().splitlines()[-1].startswith("grade ")
