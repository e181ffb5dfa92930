"""Threat 23: a misspelt or unknown setting that would silently protect nothing. Nothing starts."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from gateway import CONTRACT, bearer, configuration, contract_files, free_port, key, started_gateway, token
from raw import RawOrigin, ask


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


def open_ports(config: dict[str, Any]) -> list[str]:
    """Addresses of the configuration at which somebody listens."""
    found = []
    for address in config["listen"].values():
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", int(address.rpartition(":")[2]))) == 0:
                found.append(address)
    return found


MISSPELT = {
    "a top-level key": lambda c: c | {"lisen": {}},
    "an address": lambda c: c | {"listen": {**c["listen"], "trafficx": "127.0.0.1:1"}},
    "a member of an API": lambda c: c | {"apis": [{**c["apis"][0], "mod": "enforce"}]},
    "a member of an issuer": lambda c: c | {"issuers": [{**c["issuers"][0], "audiences": "x"}]},
}


@pytest.mark.parametrize("change", MISSPELT.values(), ids=list(MISSPELT))
def test_a_misspelt_setting_is_refused_with_the_right_one(tmp_path: Path, sound: dict[str, Any], change: Any) -> None:
    refused(tmp_path, change(sound), "did you mean")


# A setting that cannot be kept, the code of its error, and where it stands.
WRONG: dict[str, tuple[Any, str, str]] = {
    "an unknown mode": (lambda c: of_api(c, mode="off"), "config_invalid", "/apis/0/mode"),
    "an upstream that is no URL": (
        lambda c: of_api(c, upstream="localhost:3000"), "config_invalid", "/apis/0/upstream",
    ),
    "an upstream of another scheme": (lambda c: of_api(c, upstream="ftp://a"), "config_invalid", "/apis/0/upstream"),
    "an upstream whose certificate nobody would check": (
        lambda c: of_api(c, upstream="https://127.0.0.1:1"), "config_invalid", "/apis/0/upstream",
    ),
    "a missing contract": (lambda c: of_api(c, contract="absent.yaml"), "unreadable_file", "/apis/0/contract"),
    "an unknown version": (lambda c: c | {"version": 2}, "config_invalid", "/version"),
    "an algorithm that signs nothing": (
        lambda c: of_issuer(c, algorithms=["none"]), "config_invalid", "/issuers/0/algorithms/0",
    ),
    "an algorithm with a shared secret": (
        lambda c: of_issuer(c, algorithms=["HS256"]), "config_invalid", "/issuers/0/algorithms/0",
    ),
    "no algorithm": (lambda c: of_issuer(c, algorithms=[]), "config_invalid", "/issuers/0/algorithms"),
    "an issuer without an audience": (
        lambda c: c | {"issuers": [{k: v for k, v in c["issuers"][0].items() if k != "audience"}]},
        "config_invalid", "/issuers/0",
    ),
    "keys of a file": (
        lambda c: of_issuer(c, jwks_uri="file:///etc/passwd"), "config_invalid", "/issuers/0/jwks_uri",
    ),
    "a check that is turned off": (lambda c: of_api(c, ssl_verify=False), "config_invalid", "/apis/0/ssl_verify"),
    "certificates that this version does not have": (
        lambda c: c | {"tls": {"certificates": []}}, "not_enforceable_yet", "/tls",
    ),
    "a CA that this version does not have": (
        lambda c: c | {"tls": {"client_ca": "absent.pem"}}, "not_enforceable_yet", "/tls",
    ),
}  # fmt: skip


def of_api(config: dict[str, Any], **new: Any) -> dict[str, Any]:
    return config | {"apis": [{**config["apis"][0], **new}]}


def of_issuer(config: dict[str, Any], **new: Any) -> dict[str, Any]:
    return config | {"issuers": [{**config["issuers"][0], **new}]}


@pytest.mark.parametrize(("change", "code", "pointer"), WRONG.values(), ids=list(WRONG))
def test_a_setting_that_cannot_be_kept_is_refused(
    tmp_path: Path, sound: dict[str, Any], change: Any, code: str, pointer: str
) -> None:
    (tmp_path / "firstclass.yaml").write_text(json.dumps(change(sound)), encoding="utf-8")
    done = firstclass(tmp_path, "run", "--json")
    error = json.loads(done.stdout)["error"]
    assert (done.returncode, error["code"], error["where"]["pointer"]) == (1, code, pointer)
    assert error["hint"] and not open_ports(sound)


CONTRACTS = {
    "an unknown policy": ("rate: 50 per hour by application", "throttle: 50 per hour", "unknown_keyword"),
    "a misspelt policy": ("rate: 50 per hour by application", "rates: 50 per hour by application", "unknown_keyword"),
    "a rate that cannot be read": ("50 per hour by application", "50 per fortnight by application", "rate_invalid"),
    "a credential that cannot be asked for yet": (
        "rate: 50 per hour by application", "credential: dpop", "not_enforceable_yet",
    ),
    "an unknown masking strategy": (
        "masking: {strategy: full}", "masking: {strategy: fullest}", "masking_strategy_unknown",
    ),
    "a misspelt classification": (
        "ssn: {type: [string, \"null\"], x-data-classification",
        "ssn: {type: [string, \"null\"], x-data-clasification", "unknown_keyword",
    ),
    "a mask that does not fit": (
        "ssn: {type: [string, \"null\"]", "ssn: {type: [integer, \"null\"]", "mask_does_not_fit",
    ),
    "an operation without security": ("security: [{apiKey: []}]\npaths", "paths", "security_missing"),
    "a scheme that is not there": (
        "security: [{partner: []}]", "security: [{partners: []}]", "security_scheme_unknown",
    ),
    "a misspelt issuer": ("x-firstclass: {issuer: people}", "x-firstclass: {isuer: people}", "unknown_keyword"),
    "an owner that is no claim": ("owner: token.sub", "owner: header.sub", "owner_invalid"),
    "a pattern that no linear engine holds": ("^(a+)+$", "^(a+)+\\\\1$", "pattern_not_enforceable"),
    "a reference to the network": ("choices.json", "http://127.0.0.1:1/choices.json", "remote_reference"),
    "a reference out of the directory": ("choices.json", "../../../../etc/passwd", "reference_outside"),
}  # fmt: skip


@pytest.mark.parametrize(("old", "new", "code"), CONTRACTS.values(), ids=list(CONTRACTS))
def test_a_contract_that_cannot_be_enforced_does_not_start(
    tmp_path: Path, sound: dict[str, Any], old: str, new: str, code: str
) -> None:
    text = CONTRACT.read_text()
    assert old in text
    (tmp_path / "shop.yaml").write_text(text.replace(old, new))
    (tmp_path / "firstclass.yaml").write_text(json.dumps(sound), encoding="utf-8")
    done = firstclass(tmp_path, "run", "--json")
    error = json.loads(done.stdout)["error"]
    assert (done.returncode, error["code"]) == (1, code)
    assert Path(error["where"]["file"]).name == "shop.yaml" and error["where"]["line"] > 1 and error["hint"]
    assert not open_ports(sound)


def test_the_sound_configuration_passes(tmp_path: Path, sound: dict[str, Any]) -> None:
    (tmp_path / "firstclass.yaml").write_text(json.dumps(sound), encoding="utf-8")
    done = firstclass(tmp_path, "check")
    assert done.returncode == 0, done.stdout + done.stderr


def test_an_issuer_that_is_not_configured_is_told_and_lets_nobody_in(tmp_path: Path, sound: dict[str, Any]) -> None:
    """An issuer may be named before it is there: nobody can sign in then, whoever vouches for them."""
    edit = ("{issuer: people}", "{issuer: peoples}")
    (tmp_path / "shop.yaml").write_text(CONTRACT.read_text().replace(*edit))
    (tmp_path / "firstclass.yaml").write_text(json.dumps(sound), encoding="utf-8")
    warnings = json.loads(firstclass(tmp_path, "check", "--json").stdout)["warnings"]
    (told,) = (each for each in warnings if each["code"] == "nobody_can_sign_in")
    assert told["file"] == "shop.yaml" and "did you mean 'people'?" in told["hint"]
    with started_gateway(edit=(edit[0].encode(), edit[1].encode())) as gateway:
        for name in ("people", "partner"):
            sent = [key("desk"), bearer(token(name, sub="7"))]
            assert ask(gateway.port, "GET", "/people/7/orders", sent).status == 401
        assert gateway.origin.received == b""
