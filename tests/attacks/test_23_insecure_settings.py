"""Threat 23: a misspelt or unknown setting that would silently protect nothing. Nothing starts."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from gateway import CONTRACT, configuration, contract_files, free_port
from raw import RawOrigin


@pytest.fixture
def sound(tmp_path: Path) -> dict[str, Any]:
    for name, content in contract_files().items():
        (tmp_path / name).write_bytes(content)
    origin = RawOrigin()
    origin.close()
    return configuration(origin, [free_port() for _ in range(3)])


def firstclass(directory: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "firstclass", *arguments], cwd=directory, text=True, capture_output=True, timeout=30,
        check=False,
    )  # fmt: skip


def refused(directory: Path, config: dict[str, Any], *mentions: str) -> None:
    """`run` ends with an error that names the matter, instead of starting."""
    (directory / "firstclass.yaml").write_text(json.dumps(config), encoding="utf-8")
    done = firstclass(directory, "run")
    said = done.stdout + done.stderr
    assert done.returncode not in (0, 70), said
    assert "Traceback" not in said
    for mention in mentions:
        assert mention in said


MISSPELT = {
    "a top-level key": lambda c: c | {"lisen": {}},
    "an address": lambda c: c | {"listen": {**c["listen"], "trafficx": "127.0.0.1:1"}},
    "a member of an API": lambda c: c | {"apis": [{**c["apis"][0], "mod": "enforce"}]},
    "a member of an issuer": lambda c: c | {"issuers": [{**c["issuers"][0], "audiences": "x"}]},
}


@pytest.mark.parametrize("change", MISSPELT.values(), ids=list(MISSPELT))
def test_a_misspelt_setting_is_refused_with_the_right_one(tmp_path: Path, sound: dict[str, Any], change: Any) -> None:
    refused(tmp_path, change(sound), "did you mean")


WRONG = {
    "an unknown mode": lambda c: c | {"apis": [{**c["apis"][0], "mode": "off"}]},
    "an upstream that is no URL": lambda c: c | {"apis": [{**c["apis"][0], "upstream": "localhost:3000"}]},
    "an upstream of another scheme": lambda c: c | {"apis": [{**c["apis"][0], "upstream": "ftp://a"}]},
    "an unknown version": lambda c: c | {"version": 2},
    "a missing contract": lambda c: c | {"apis": [{**c["apis"][0], "contract": "absent.yaml"}]},
    "an algorithm that signs nothing": lambda c: c | {"issuers": [{**c["issuers"][0], "algorithms": ["none"]}]},
    "an algorithm with a shared secret": lambda c: c | {"issuers": [{**c["issuers"][0], "algorithms": ["HS256"]}]},
    "no algorithm": lambda c: c | {"issuers": [{**c["issuers"][0], "algorithms": []}]},
    "an issuer without an audience": lambda c: (
        c | {"issuers": [{k: v for k, v in c["issuers"][0].items() if k != "audience"}]}
    ),
    "keys of a file": lambda c: c | {"issuers": [{**c["issuers"][0], "jwks_uri": "file:///etc/passwd"}]},
    "TLS that this version does not have": lambda c: c | {"tls": {"certificates": []}},
}  # fmt: skip


@pytest.mark.parametrize("change", WRONG.values(), ids=list(WRONG))
def test_a_setting_that_cannot_be_kept_is_refused(tmp_path: Path, sound: dict[str, Any], change: Any) -> None:
    refused(tmp_path, change(sound))


CONTRACTS = {
    "an unknown policy": ("rate: 50 per hour by application", "throttle: 50 per hour"),
    "a rate that cannot be read": ("50 per hour by application", "50 per fortnight by application"),
    "a credential that cannot be asked for yet": ("rate: 50 per hour by application", "credential: dpop"),
    "an unknown masking strategy": ("masking: {strategy: full}", "masking: {strategy: fullest}"),
    "a mask that does not fit": ("ssn: {type: [string, \"null\"]", "ssn: {type: [integer, \"null\"]"),
    "an operation without security": ("security: [{apiKey: []}]\npaths", "paths"),
    "a scheme that is not there": ("security: [{partner: []}]", "security: [{partners: []}]"),
    "an issuer that is not configured": ("x-firstclass: {issuer: people}", "x-firstclass: {isuer: people}"),
    "an owner that is no claim": ("owner: token.sub", "owner: header.sub"),
    "a pattern that no linear engine holds": ("^(a+)+$", "^(a+)+\\\\1$"),
    "a reference to the network": ("{$ref: \"choices.json\"}", "$ref: \"http://127.0.0.1:1/choices.json\""),
    "a reference out of the directory": ("$ref: \"choices.json\"", "$ref: \"../../../../etc/passwd\""),
}  # fmt: skip


@pytest.mark.parametrize(("old", "new"), CONTRACTS.values(), ids=list(CONTRACTS))
def test_a_contract_that_cannot_be_enforced_does_not_start(
    tmp_path: Path, sound: dict[str, Any], old: str, new: str
) -> None:
    text = CONTRACT.read_text()
    assert old in text
    (tmp_path / "shop.yaml").write_text(text.replace(old, new))
    refused(tmp_path, sound, "shop.yaml")


def test_the_sound_configuration_passes(tmp_path: Path, sound: dict[str, Any]) -> None:
    (tmp_path / "firstclass.yaml").write_text(json.dumps(sound), encoding="utf-8")
    done = firstclass(tmp_path, "check")
    assert done.returncode == 0, done.stdout + done.stderr
