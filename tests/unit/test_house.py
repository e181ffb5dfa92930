"""The house rules that no linter knows: file sizes, mirrored tests, no reason outside the one file."""

import json
import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MAX_LINES = 500
# Hand-written files that may be longer, each with its reason.
LONGER: dict[str, str] = {}
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


def test_every_unit_test_mirrors_a_module():
    unit = ROOT / "tests" / "unit"
    package = ROOT / "python" / "firstclass"
    orphans = []
    for path in tracked():
        if unit not in path.parents or not path.name.startswith("test_") or path.parent == unit:
            continue
        room = package / path.parent.relative_to(unit)
        if not room.is_dir():
            orphans.append(str(path.relative_to(ROOT)))
    assert orphans == []


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
