"""Case directories are read strictly: a misspelt expectation would hold for ever."""

import json
from pathlib import Path
from typing import Any

import pytest

from firstclass.engine.cases.model import CaseError
from firstclass.engine.cases.reading import find_cases, read_case

LINE: dict[str, Any] = {"name": "one", "request": {"method": "GET", "target": "/"}, "expect": {"decision": "allow"}}


def case(folder: Path, *lines: dict[str, Any], changes: tuple[dict[str, Any], ...] = (), **files: Any) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "exchanges.jsonl").write_text("\n\n".join(json.dumps(line) for line in lines) + "\n")
    (folder / "directory.json").write_text(json.dumps({"changes": list(changes)}))
    for name, value in files.items():
        (folder / f"{name}.json").write_text(json.dumps(value))
    return folder


def refused(folder: Path, **members: Any) -> str:
    with pytest.raises(CaseError) as problem:
        read_case(case(folder, {**LINE, **members}))
    return str(problem.value)


def test_exchanges_are_read_with_their_lines_and_empty_lines_are_skipped(tmp_path: Path):
    read = read_case(case(tmp_path / "c", LINE, {**LINE, "name": "two", "now": "2031-01-01T00:00:00Z"}))
    assert [(each.name, each.line, each.now) for each in read.exchanges] == [
        ("one", 1, None),
        ("two", 3, "2031-01-01T00:00:00Z"),
    ]


def test_a_directory_is_a_case_or_holds_cases(tmp_path: Path):
    one, two = case(tmp_path / "b", LINE), case(tmp_path / "a", LINE)
    assert find_cases(one) == [one]
    assert find_cases(tmp_path) == [two, one]
    (tmp_path / "empty").mkdir()
    with pytest.raises(CaseError, match=r"no exchanges\.jsonl"):
        find_cases(tmp_path / "empty")


@pytest.mark.parametrize(
    ("members", "what"),
    [
        ({"expekt": {}}, "expekt"),
        ({"request": {**LINE["request"], "bodi": ""}}, "bodi"),
        ({"origin": {"statuss": 200}}, "statuss"),
        ({"expect": {"decision": "allow", "client_got": {"bodyy": ""}}}, "bodyy"),
        ({"expect": {"decision": "allow", "origin_saw": {"path": "/"}}}, "path"),
    ],
)
def test_a_misspelt_member_is_refused_by_name(tmp_path: Path, members: dict[str, Any], what: str):
    told = refused(tmp_path / "c", **members)
    assert f"no member '{what}'" in told and told.startswith("c/exchanges.jsonl:1")


def test_a_request_has_method_and_target_or_raw_bytes(tmp_path: Path):
    assert "a method and a target" in refused(tmp_path / "c", request={"method": "GET"})
    assert read_case(case(tmp_path / "d", {**LINE, "request": {"raw": "GET / HTTP/1.1"}})).exchanges


def test_a_decision_is_allow_or_deny(tmp_path: Path):
    assert "allow or deny" in refused(tmp_path / "c", expect={"decision": "maybe"})


def test_what_is_no_object_is_refused(tmp_path: Path):
    assert "`request` is an object" in refused(tmp_path / "c", request=[])


def test_the_api_is_called_what_every_subscription_calls_it(tmp_path: Path):
    about = {"type": "subscription", "id": "s"}
    shop = {**about, "value": {"api": "shop"}}
    assert read_case(case(tmp_path / "c", LINE, changes=(shop,))).apis[0].name == "shop"
    for changes in ((shop, {**about, "value": {"api": "other"}}), (shop, {**about, "value": None}), ()):
        assert read_case(case(tmp_path / "c", LINE, changes=changes)).apis[0].name == "c"


def test_settings_name_several_apis(tmp_path: Path):
    settings = {"apis": [{"name": "a", "mode": "observe"}, {"name": "b", "contract": "b.yaml", "overlays": ["o.yaml"]}]}
    apis = read_case(case(tmp_path / "c", LINE, settings=settings)).apis
    assert [(api.name, api.contract, api.overlays, api.mode) for api in apis] == [
        ("a", "contract.yaml", (), "observe"),
        ("b", "b.yaml", ("o.yaml",), None),
    ]


@pytest.mark.parametrize("settings", [{}, [], {"apis": []}, {"apis": [{"name": "a", "mode": "loose"}]}])
def test_settings_that_say_nothing_or_something_else_are_refused(tmp_path: Path, settings: Any):
    with pytest.raises(CaseError, match=r"settings\.json"):
        read_case(case(tmp_path / "c", LINE, settings=settings))


def test_a_file_that_is_absent_or_no_json_is_named(tmp_path: Path):
    folder = case(tmp_path / "c", LINE)
    (folder / "directory.json").write_text("{")
    with pytest.raises(CaseError, match=r"c/directory\.json"):
        read_case(folder)
    (folder / "directory.json").unlink()
    with pytest.raises(CaseError, match=r"c/directory\.json: No such file"):
        read_case(folder)
    (folder / "exchanges.jsonl").write_bytes(b"\xff")
    with pytest.raises(CaseError, match="not UTF-8"):
        read_case(folder)
