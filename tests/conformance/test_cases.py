"""Every golden case of `bundle/cases`, through compiler and engine, against its reviewed bundle."""

from __future__ import annotations

from pathlib import Path

import pytest

from firstclass.engine.cases import find_cases, read_case, replay_case

CASES = find_cases(Path(__file__).parents[2] / "bundle" / "cases")


@pytest.mark.parametrize("path", CASES, ids=[path.name for path in CASES])
def test_a_golden_case_holds(path: Path) -> None:
    outcome = replay_case(read_case(path))
    shown = [f"{d.exchange} (line {d.line}): {d.what}\n  - {d.expected}\n  + {d.observed}" for d in outcome.differences]
    assert not shown, "\n" + "\n".join(shown)
    assert not outcome.notes, outcome.notes


def test_there_are_at_least_150_exchanges() -> None:
    assert sum(len(read_case(path).exchanges) for path in CASES) >= 150
