"""The frame of the command line: global options, usage errors, unknown commands."""

import json
from pathlib import Path

import pytest

from firstclass.cli import main
from firstclass.cli.context import Context, begin
from firstclass.model.errors import Exit


@pytest.mark.parametrize(
    "words",
    [
        ["--json", "keys", "list", "x"],
        ["keys", "--json", "list", "x"],
        ["keys", "list", "x", "--json"],
    ],
)
def test_global_options_stand_before_or_after_the_command(words):
    context, rest = main.split_global_options(words)
    assert context.json and rest == ["keys", "list", "x"]


def test_paths_are_taken_with_a_space_or_an_equals_sign():
    context, rest = main.split_global_options(["run", "--config", "a.yaml", "--data=b"])
    assert (context.config, context.data_override, rest) == (Path("a.yaml"), Path("b"), ["run"])


def test_what_follows_two_dashes_is_left_alone():
    _, rest = main.split_global_options(["keys", "--", "--json"])
    assert rest == ["keys", "--", "--json"]


def test_an_unknown_command_names_the_one_that_was_meant(capsys):
    begin(Context())
    assert main.run(["chekc"]) == Exit.USAGE
    assert "did you mean 'check'" in capsys.readouterr().err


@pytest.mark.parametrize("words", [["--jsn", "check"], ["check", "--jsn"], ["keys", "list", "a", "--jsn"]])
def test_a_misspelt_global_option_names_the_one_that_was_meant(words, capsys):
    begin(Context())
    assert main.run(words) == Exit.USAGE
    assert "did you mean '--json'?" in capsys.readouterr().err


def test_a_missing_argument_is_a_usage_error_in_json_too(capsys):
    begin(Context(json=True))
    assert main.run(["keys", "issue"]) == Exit.USAGE
    assert json.loads(capsys.readouterr().out)["error"]["code"] == "usage"


def test_help_lists_every_command(capsys):
    begin(Context())
    assert main.run(["--help"]) == Exit.DONE
    shown = capsys.readouterr().out
    assert all(name in shown for name in main.COMMANDS)


@pytest.mark.parametrize("command", main.COMMANDS)
def test_every_command_explains_itself(command, capsys):
    begin(Context())
    assert main.run([command, "--help"]) == Exit.DONE
    assert "Usage" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        (["subscriptions", "create", "a", "--operatoins", "x"], "--operations"),
        (["enforce", "a", "--operatins", "x"], "--operations"),
        (["applications", "create", "a", "--ovner", "x"], "--owner"),
    ],
)
def test_a_misspelt_option_of_a_command_names_its_own(words, meant, capsys):
    begin(Context())
    assert main.run(words) == Exit.USAGE
    told = capsys.readouterr().err
    assert f"did you mean {meant!r}?" in told and "--version" not in told and told.lower().count("did you mean") == 1


@pytest.mark.parametrize("words", [["enforce"], ["observe"], ["subscriptions", "create"]])
def test_operations_are_named_in_the_singular_and_the_plural(words, capsys):
    begin(Context())
    for option in ("--operation", "--operations"):
        assert main.run([*words, option, "x"]) == Exit.USAGE  # API or APPLICATION is lacking
        assert "No such option" not in capsys.readouterr().err
