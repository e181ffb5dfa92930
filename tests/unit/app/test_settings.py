"""Reading firstclass.yaml: every mistake has a line and a hint."""

from pathlib import Path

import pytest

from firstclass.app.settings import load_settings
from firstclass.model.errors import Exit, FirstclassError

MINIMAL = "version: 1\napis: [{name: shop, contract: shop.yaml, upstream: 'http://127.0.0.1:3000'}]\n"


def load(tmp_path: Path, text: str, **environment: str):
    path = tmp_path / "firstclass.yaml"
    path.write_text(text)
    return load_settings(path, environment=environment)


def refused(tmp_path: Path, text: str) -> FirstclassError:
    with pytest.raises(FirstclassError) as caught:
        load(tmp_path, text)
    return caught.value


def test_defaults_stand_where_the_file_is_silent(tmp_path):
    loaded = load(tmp_path, MINIMAL)
    assert str(loaded.settings.listen.traffic) == "127.0.0.1:8080"
    assert loaded.data == tmp_path / ".firstclass"
    assert loaded.settings.apis[0].mode is None


def test_a_misspelt_setting_is_refused_with_the_right_one(tmp_path):
    error = refused(tmp_path, "version: 1\nlisen: {}\n")
    assert "did you mean 'listen'" in error.hint
    assert error.where is not None and error.where.line == 2


def test_a_misspelt_setting_deep_inside_is_found_too(tmp_path):
    error = refused(tmp_path, "version: 1\nlisten:\n  trafic: 127.0.0.1:1\n")
    assert "did you mean 'traffic'" in error.hint and error.where is not None and error.where.line == 3


def test_what_a_later_version_enforces_is_refused_now(tmp_path):
    error = refused(tmp_path, "version: 1\ntls: {}\n")
    assert error.code == "not_enforceable_yet"


def test_the_environment_wins_over_the_file(tmp_path):
    loaded = load(tmp_path, MINIMAL, FIRSTCLASS_LISTEN__TRAFFIC="127.0.0.1:9000", FIRSTCLASS_WORKERS="3")
    assert str(loaded.settings.listen.traffic) == "127.0.0.1:9000"
    assert loaded.settings.workers == 3


def test_a_flag_wins_over_both(tmp_path):
    path = tmp_path / "firstclass.yaml"
    path.write_text(MINIMAL)
    assert load_settings(path, data=tmp_path / "other", environment={"FIRSTCLASS_DATA": "x"}).data == tmp_path / "other"


def test_yaml_that_does_not_parse_names_its_line(tmp_path):
    error = refused(tmp_path, "version: 1\napis: [\n")
    assert error.where is not None and error.where.line is not None and error.hint


def test_a_duplicate_key_is_refused(tmp_path):
    assert refused(tmp_path, "version: 1\nversion: 1\n").code == "duplicate_key"


def test_a_missing_file_says_how_to_make_one(tmp_path):
    with pytest.raises(FirstclassError) as caught:
        load_settings(tmp_path / "no.yaml")
    assert caught.value.exit_code == Exit.NOT_FOUND and "init" in caught.value.hint


@pytest.mark.parametrize(
    "text",
    [
        "version: 2\n",
        "version: 1\nlisten: {traffic: nowhere}\n",
        "version: 1\napis: [{name: Shop!, contract: a, upstream: 'http://h'}]\n",
        "version: 1\napis: [{name: shop, contract: a, upstream: 'https://h'}]\n",
        "version: 1\napis: [{name: shop, contract: a, upstream: 'http://u:p@h'}]\n",
        "version: 1\nissuers: [{name: a, issuer: b, audience: c, jwks_uri: 'http://login.example/keys'}]\n",
        "version: 1\nissuers: [{name: a, issuer: b, audience: c, jwks_uri: 'file:///etc/passwd'}]\n",
        "version: 1\nready_max_directory_age: soon\n",
        "- a list\n",
        "",
    ],
)
def test_what_cannot_be_meant_is_refused(tmp_path, text):
    error = refused(tmp_path, text)
    assert error.hint and error.where is not None and error.where.line


def test_two_apis_of_one_name_are_refused(tmp_path):
    entry = "{name: shop, contract: a.yaml, upstream: 'http://127.0.0.1:1'}"
    assert "shop" in refused(tmp_path, f"version: 1\napis: [{entry}, {entry}]\n").message


def test_a_tab_is_told_as_one(tmp_path):
    error = refused(tmp_path, "version: 1\napis:\n\t- name: a\n")
    assert error.message == "line 3 begins with a tab; use spaces" and error.where.line == 3


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("overlay: 1.0.0\nactions: []\n", "an overlay"),
        ("openapi: 3.1.0\n", "a contract"),
        ("swagger: '2.0'\n", "a contract"),
    ],
)
def test_another_file_in_its_place_is_told_as_what_it_is(tmp_path, text, what):
    error = refused(tmp_path, text)
    assert error.message == f"this is {what}, not a configuration" and "firstclass" in error.hint
