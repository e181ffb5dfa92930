"""What `firstclass.yaml` may say, and how it is refused where it says something else."""

from typing import Any

import pytest
from pydantic import ValidationError

from firstclass.base.settings import NOT_YET, ApiEntry, IssuerSettings, Listen, Settings

ISSUER = {"name": "p", "issuer": "https://p.example", "audience": "a", "jwks_uri": "https://p.example/keys"}
API = {"name": "library", "contract": "openapi.yaml", "upstream": "http://127.0.0.1:3000"}


def api(**members: Any) -> ApiEntry:
    return ApiEntry.model_validate({**API, **members})


def issuer(**members: Any) -> IssuerSettings:
    return IssuerSettings.model_validate({**ISSUER, **members})


def test_nothing_said_is_the_documented_default():
    settings = Settings()
    assert [str(settings.listen.traffic), str(settings.listen.control), str(settings.listen.status)] == [
        "127.0.0.1:8080",
        "127.0.0.1:8081",
        "127.0.0.1:8082",
    ]
    assert (settings.data, settings.public_url, settings.workers) == (".firstclass", None, None)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (9000, "127.0.0.1:9000"),
        ("0.0.0.0:80", "0.0.0.0:80"),
        ("[::1]:0", "[::1]:0"),
        ("gateway:65535", "gateway:65535"),
    ],
)
def test_an_address_is_host_and_port_or_a_port_of_loopback(written: object, read: str):
    assert str(Listen.model_validate({"traffic": written}).traffic) == read


@pytest.mark.parametrize("written", ["8080", ":8080", "127.0.0.1:", "127.0.0.1:http", 65536, -1, True, None, "a:99999"])
def test_what_is_no_address_is_refused(written: object):
    with pytest.raises(ValidationError):
        Listen.model_validate({"traffic": written})


def test_an_ipv6_address_is_held_without_its_brackets():
    assert Listen.model_validate({"traffic": "[::1]:80"}).traffic.host == "::1"


def test_a_word_that_nobody_knows_is_refused_wherever_it_stands():
    for written in ({"datta": "x"}, {"listen": {"trafic": 1}}, {"apis": [{**API, "upstreem": "x"}]}):
        with pytest.raises(ValidationError):
            Settings.model_validate(written)


def test_what_comes_later_is_no_setting_yet():
    for word in NOT_YET:
        with pytest.raises(ValidationError):
            Settings.model_validate({word: []})


@pytest.mark.parametrize(
    "url", ["http://keys.example/k", "ftp://keys.example", "keys.example", "https://", "file:///etc"]
)
def test_keys_are_fetched_over_tls_or_from_loopback(url: str):
    with pytest.raises(ValidationError):
        issuer(jwks_uri=url)


@pytest.mark.parametrize(
    "url", ["https://keys.example/k", "http://127.0.0.1:1/k", "http://localhost/k", "http://[::1]/k"]
)
def test_such_key_urls_are_taken(url: str):
    assert issuer(jwks_uri=url).jwks_uri == url


def test_token_types_are_compared_in_lower_case():
    assert issuer(types=["AT+JWT", ""]).types == ("at+jwt", "")


def test_an_issuer_allows_some_algorithm_and_only_those_that_are_safe():
    for algorithms in ([], ["HS256"], ["none"], ["ES256", "RS1"]):
        with pytest.raises(ValidationError):
            issuer(algorithms=algorithms)


@pytest.mark.parametrize("name", ["", "Library", "1st", "a b", "a_b", "a" * 64, "-a", "a/../b"])
def test_a_name_that_would_be_spelled_two_ways_is_refused(name: str):
    with pytest.raises(ValidationError):
        api(name=name)


@pytest.mark.parametrize(
    "upstream",
    ["127.0.0.1:3000", "http://", "http://a/?b", "http://a/#b", "http://user:secret@a/", "https://a", "unix:/socket"],
)
def test_an_upstream_that_is_no_plain_origin_is_refused(upstream: str):
    with pytest.raises(ValidationError):
        api(upstream=upstream)


def test_two_entries_of_one_name_are_refused():
    for entries in ({"apis": [API, API]}, {"issuers": [ISSUER, ISSUER]}):
        with pytest.raises(ValidationError, match="two entries are called"):
            Settings.model_validate(entries)


@pytest.mark.parametrize("age", ["10m", "1ms", "999999999d"])
def test_a_duration_is_a_number_and_its_unit(age: str):
    assert Settings(ready_max_directory_age=age).ready_max_directory_age == age


@pytest.mark.parametrize("age", ["0s", "10", "m", "1 m", "-1s", "1w", "1234567890d"])
def test_what_is_no_duration_is_refused(age: str):
    with pytest.raises(ValidationError):
        Settings(ready_max_directory_age=age)


def test_settings_do_not_change_once_they_are_read():
    with pytest.raises(ValidationError):
        Settings().data = "elsewhere"  # type: ignore[misc]
