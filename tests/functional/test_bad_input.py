"""Settings, contracts, options and ports that cannot be: a message with the way out, an exit code, nothing started."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest
from operated import Done, Operated


def refused(done: Done, code: int, error: str, *words: str) -> None:
    """The command ended with `code`; its error has the name `error`, and says `words`."""
    assert done.code == code, done
    told = done.error
    assert told["code"] == error, told
    assert told["hint"], told
    for word in words:
        assert word in f"{told['message']} | {told['hint']}", told


@pytest.mark.parametrize("name", ["traffic", "control", "status"])
def test_a_port_in_use_is_named(fresh: Operated, name: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        fresh.write_config(listen={**fresh.settings["listen"], name: address})
        refused(fresh.cli("run", "--json"), 5, "listen_failed", f"listen.{name}", address, "in use", "end that process")
    assert not fresh.data.exists()


def test_an_address_of_another_machine_is_told(fresh: Operated) -> None:
    fresh.write_config(listen={**fresh.settings["listen"], "traffic": "192.0.2.1:0"})
    refused(fresh.cli("run", "--json"), 5, "listen_failed", "listen.traffic: 192.0.2.1:0")


def test_a_second_gateway_over_the_same_data_is_refused(shared: Operated) -> None:
    refused(shared.cli("run", "--json"), 5, "data_in_use", str(shared.ready["pid"]), "--data")
    assert shared.call("GET", "/v1/open").status == 200


def test_a_second_gateway_over_the_same_data_and_ports_hears_of_the_first(shared: Operated) -> None:
    taken = {f"FIRSTCLASS_LISTEN__{name.upper()}": shared.ready[name] for name in ("traffic", "control", "status")}
    with pytest.MonkeyPatch.context() as patch:
        for name, address in taken.items():
            patch.setenv(name, address)
        done = shared.cli("run", "--json")
    refused(done, 5, "data_in_use", f"process {shared.ready['pid']}", "firstclass apply")


def test_a_configuration_that_is_missing(fresh: Operated) -> None:
    fresh.config.unlink()
    for command in (["run"], ["apply"], ["keys", "list", "desk"], ["dump"]):
        refused(fresh.cli(*command, "--json"), 4, "config_missing", "firstclass init")
    refused(fresh.cli("run", "--json", "--config", "nowhere.yaml"), 4, "config_missing", "nowhere.yaml")


@pytest.mark.parametrize(
    ("content", "error", "words"),
    [
        (b"\x00\x01\xff\xfe", "config_unreadable", "no text in UTF-8"),
        (b"apis: [1", "yaml_syntax", ""),
        (b"- 1\n", "config_invalid", "must be a mapping"),
        (b"", "", "empty"),
        (b"version: 1\nlisten: {trafic: 1}\n", "config_invalid", "did you mean 'traffic'?"),
        (b"version: 2\n", "config_invalid", "version"),
        (b"version: 1\nversion: 1\n", "", "version"),
        (b"version: 1\ntls: {client_ca: ca.pem}\n", "not_enforceable_yet", "tls"),
    ],
)
def test_a_configuration_that_says_nothing_sensible(fresh: Operated, content: bytes, error: str, words: str) -> None:
    fresh.config.write_bytes(content)
    done = fresh.cli("run", "--json")
    assert done.code == 1 and done.error["hint"], done
    assert not error or done.error["code"] == error or error == "yaml_syntax", done
    assert words in f"{done.error['message']} | {done.error['hint']}", done
    if error != "config_unreadable":
        assert done.error["where"]["line"] >= 1, done
    assert not fresh.data.exists()


def test_a_configuration_that_is_a_directory(fresh: Operated) -> None:
    refused(fresh.cli("run", "--json", "--config", "."), 1, "config_unreadable", "Is a directory")


def test_a_contract_that_is_missing_or_broken_starts_nothing(fresh: Operated) -> None:
    fresh.contract.rename(fresh.directory / "elsewhere.yaml")
    refused(fresh.cli("run", "--json"), 1, "unreadable_file", "notes.yaml", "relative")
    fresh.contract.write_text(
        "openapi: 3.1.0\ninfo: {title: x, version: '1'}\npaths:\n  /a:\n    get: {responses: {}}\n"
    )
    done = fresh.cli("run", "--json")
    assert done.code == 1 and done.error["where"]["file"] == "notes.yaml" and done.error["where"]["line"] >= 1
    assert not (fresh.data / "engine").exists()


def test_people_get_the_place_and_the_hint_without_json(fresh: Operated) -> None:
    fresh.edit_contract("maximum: 50", "maxinum: 50")
    done = fresh.cli("run")
    assert done.code == 1 and done.out == ""
    error, hint = done.err.splitlines()
    assert error.startswith("error: notes.yaml:20:") and hint == "hint: did you mean 'maximum'?"


def test_a_data_path_that_cannot_be(fresh: Operated) -> None:
    long = str(fresh.directory / ("x" * 100))
    refused(fresh.cli("run", "--json", "--data", long), 1, "data_path_too_long", "--data")
    refused(fresh.cli("run", "--json", "--data", str(fresh.contract)), 5, "data_unusable", "has that name")
    refused(fresh.cli("keys", "list", "desk", "--json", "--data", "/proc/none"), 5, "data_unusable")


@pytest.mark.parametrize(
    "arguments",
    [
        ["run", "--wrong"],
        ["frobnicate"],
        ["keys"],
        ["keys", "isue", "desk"],
        ["keys", "issue"],
        ["keys", "issue", "desk", "--expires", "soon"],
        ["applications", "create", "desk"],
        ["subscriptions", "create", "desk"],
        ["init"],
        ["explain"],
        [],
    ],
)
def test_a_wrong_command_line_is_a_usage_error(fresh: Operated, arguments: list[str]) -> None:
    done = fresh.cli(*arguments)
    assert done.code == 2, done


def test_what_is_not_there_is_not_found(shared: Operated) -> None:
    for command in (
        ["keys", "issue", "nobody"],
        ["keys", "list", "nobody"],
        ["keys", "revoke", "key_0192f0c1-0000-7000-8000-000000000000"],
        ["subscriptions", "list", "nobody"],
        ["applications", "show", "nobody"],
    ):
        refused(shared.cli(*command, "--json"), 4, "not_found")


def test_a_misspelt_command_is_guessed(fresh: Operated) -> None:
    assert "did you mean 'apply'?" in fresh.cli("aply").err


def test_check_of_nothing_is_not_found(fresh: Operated, tmp_path: Path) -> None:
    done = fresh.cli("check", "nowhere.yaml", "--json")
    assert done.code == 4 and not done.json["ok"] and done.json["errors"][0]["code"] == "contract_missing"


def test_only_a_data_directory_of_our_own_making_hides_itself_from_git(fresh: Operated) -> None:
    assert fresh.cli("apply").code == 0
    assert (fresh.data / ".gitignore").read_text() == "*\n"
    theirs = fresh.directory / "theirs"
    theirs.mkdir()
    assert fresh.cli("apply", "--data", "theirs").code == 0
    assert not (theirs / ".gitignore").exists()


def test_check_without_an_api_says_so(fresh: Operated) -> None:
    fresh.write_config(apis=[])
    done = fresh.cli("check", "--json")
    assert done.code == 1 and done.json["errors"][0]["code"] == "no_apis", done


def test_ports_and_upstreams_that_contradict_each_other_are_told(fresh: Operated) -> None:
    same = {"traffic": "127.0.0.1:28080", "control": "127.0.0.1:28080", "status": "127.0.0.1:0"}
    fresh.write_config(listen=same)
    for command in ("check", "run", "apply"):
        done = fresh.cli(command, "--json")
        told = done.json["errors"][0] if command == "check" else done.error
        assert done.code == 1 and told["code"] == "listeners_clash" and "control" in told["message"], done
    fresh.write_config(listen={**same, "control": "127.0.0.1:28081"})
    fresh.write_config(apis=[{**fresh.settings["apis"][0], "upstream": "http://localhost:28080"}])
    refused(fresh.cli("run", "--json"), 1, "upstream_is_gateway", "listen.traffic", "http://localhost:28080")


def test_an_api_that_is_removed_is_named(site: Operated) -> None:
    site.write_config(apis=[])
    assert site.cli("apply", "--dry-run").code == 3
    done = site.cli("apply")
    assert done.code == 0 and "notes: is removed, for firstclass.yaml names it no more" in done.out, done
    assert site.json("apply")["removed"] == []
