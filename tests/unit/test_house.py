"""The house rules that no linter knows: file sizes, mirrored tests, no reason outside the one file."""

import json
import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MAX_LINES = 500
# Hand-written files that may be longer, each with its reason.
LONGER: dict[str, str] = {}
UNIT = ROOT / "tests" / "unit"
PACKAGE = ROOT / "python" / "firstclass"
# Unit tests of something that is no single module, each with its reason.
MIRRORS_NO_MODULE = {
    "inventory/rules/test_parts_of_forms.py": "every rule about bodies, in each way that a form is sent",
    "publish/test_directory_schema.py": "a file of bundle/, which is held against what is published",
    "storage/test_directory.py": "changes and snapshots, which several repositories write together",
}
# Shorter modules are nouns and wiring. Larger ones that only functional tests and cases reach are listed in
# modules_without.txt: a list that may only get shorter.
SOME_SIZE = 60
SUFFIXES = (".py", ".rs", ".html", ".css", ".js")


def tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout.decode()
    return [ROOT / name for name in listed.split("\0") if name and (ROOT / name).exists()]


def test_no_hand_written_file_is_over_500_lines():
    long = {
        str(path.relative_to(ROOT)): count
        for path in tracked()
        if path.suffix in SUFFIXES and (count := len(path.read_text(errors="replace").splitlines())) > MAX_LINES
    }
    assert set(long) <= set(LONGER), long


def test_no_file_is_named_for_nothing():
    vague = re.compile(r"(^|/)(utils?|helpers?|common|manager|misc)(\.|/|$)")
    assert [p for p in tracked() if vague.search(str(p.relative_to(ROOT)))] == []


def mirrored(test: Path) -> Path:
    """The module that a unit test is named for."""
    return PACKAGE / test.parent.relative_to(UNIT) / test.name.removeprefix("test_")


def unit_tests() -> list[Path]:
    return [
        path for path in tracked() if UNIT in path.parents and path.name.startswith("test_") and path.parent != UNIT
    ]


def test_every_unit_test_mirrors_a_module():
    orphans = {str(path.relative_to(UNIT)) for path in unit_tests() if not mirrored(path).is_file()}
    assert orphans <= set(MIRRORS_NO_MODULE), orphans - set(MIRRORS_NO_MODULE)


def test_a_new_module_of_some_size_has_a_unit_test():
    tested = {mirrored(path) for path in unit_tests()}
    untested = {
        str(path.relative_to(PACKAGE))
        for path in tracked()
        if PACKAGE in path.parents and path.suffix == ".py" and path not in tested
        if "migrations" not in path.parts and len(path.read_text().splitlines()) >= SOME_SIZE
    }
    known = (UNIT / "modules_without.txt").read_text().split()
    assert untested <= set(known), f"no unit test mirrors {sorted(untested - set(known))}"
    assert known == sorted(untested), f"no longer belongs into modules_without.txt: {sorted(set(known) - untested)}"


def test_reasons_are_spelled_only_as_the_one_file_has_them():
    reasons = {entry["reason"] for entry in json.loads((ROOT / "bundle" / "reasons.json").read_text())["reasons"]}
    from firstclass.app.hints import HINTS

    assert set(HINTS) <= reasons


def test_nothing_is_left_unfinished():
    unfinished = re.compile(r"\b(TODO|FIXME|XXX)\b|todo!\(|unimplemented!\(")
    found = [
        f"{path.relative_to(ROOT)}: {line.strip()}"
        for path in tracked()
        if path.suffix in (".py", ".rs") and path != Path(__file__)
        for line in path.read_text(errors="replace").splitlines()
        if unfinished.search(line)
    ]
    assert found == []
