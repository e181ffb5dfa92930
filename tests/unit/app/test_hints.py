"""Hints say the very command, header or address, wherever these are known."""

from dataclasses import replace
from datetime import UTC, datetime

from inline_snapshot import snapshot

from firstclass.app.hints import DISABLED, ENDED, HINTS, Parties, hint_for, spelled
from firstclass.model.applications import Application
from firstclass.model.credentials import Credential
from firstclass.model.plans import Plan, parse_limit

DAY = datetime(2031, 1, 1, tzinfo=UTC)
DESK = Application("app_1", "front desk", "desk@example.com", "server", True, DAY)
KEY = Credential("key_1", "app_1", "fc_live_abcdefgh", "d", "p", DAY, DAY)
KEY_SCHEME, TOKEN_SCHEME = {"kind": "key", "name": "k", "header": "x-api-key"}, {"kind": "bearer", "issuer": "people"}
BUNDLE = {
    "api": {"upstream": "http://127.0.0.1:4000"},
    "schemes": [KEY_SCHEME, TOKEN_SCHEME],
    "operations": [
        {
            "id": "getBook",
            "timeout_milliseconds": 2500,
            "access": {"any_of": [[{"scheme": 0}, {"scheme": 1}], [{"scheme": 1}]]},
        },
        {"id": "open", "timeout_milliseconds": 1000, "access": {"public": {}}},
    ],
}
ALL = Parties(DESK, KEY, BUNDLE, "books", "getBook")


def test_a_subscription_is_one_command_with_the_real_names():
    assert hint_for("not_subscribed", ALL) == (
        "firstclass subscriptions create 'front desk' --api books --operations getBook"
    )
    assert "--client-id" in hint_for("not_subscribed", replace(ALL, application=None))


def test_a_missing_credential_is_named_with_its_header():
    assert hint_for("credential_missing", ALL) == snapshot(
        "send the header X-API-Key with a key (firstclass keys issue makes one) and the header Authorization: Bearer "
        "with a token of people, or the header Authorization: Bearer with a token of people"
    )
    assert hint_for("credential_missing", replace(ALL, operation="open")) == HINTS["credential_missing"]


def test_a_token_that_is_not_believed_is_held_against_its_issuers():
    assert hint_for("credential_invalid", ALL) == snapshot(
        "hold the token against issuers: people in firstclass.yaml (issuer, audience, types); firstclass keys issue "
        "makes a new key"
    )
    keys_alone = {**BUNDLE, "operations": [{"id": "getBook", "access": {"any_of": [[{"scheme": 0}]]}}]}
    assert hint_for("credential_invalid", replace(ALL, bundle=keys_alone)) == HINTS["credential_invalid"]


def test_a_revoked_credential_says_what_was_revoked():
    disabled = hint_for("credential_revoked", replace(ALL, application=replace(DESK, enabled=False)))
    assert disabled == snapshot(
        "the application front desk is disabled; firstclass applications enable 'front desk' lets it in again"
    )
    revoked = hint_for("credential_revoked", replace(ALL, credential=replace(KEY, revoked_at=DAY)))
    assert revoked == snapshot("key_1 was revoked at 2031-01-01T00:00:00.000Z: firstclass keys issue 'front desk'")
    assert "enabled now" in hint_for("credential_revoked", ALL)


def test_an_ended_key_says_when():
    assert "key_1 ended at 2031-01-01T00:00:00.000Z" in hint_for("credential_expired", ALL)


def test_a_token_that_is_over_is_no_matter_of_keys():
    token = replace(ALL, application=None, credential=None)
    assert hint_for("credential_expired", token) == ENDED and hint_for("credential_revoked", token) == DISABLED


def test_an_upstream_is_named_by_its_address():
    assert "http://127.0.0.1:4000 cannot be reached, or closes connections without answering" in hint_for(
        "upstream_unreachable", ALL
    )
    assert "within 2.5 s" in hint_for("upstream_timeout", ALL)


def test_every_reason_has_a_hint_where_nothing_is_known():
    assert {reason: hint_for(reason, Parties()) for reason in HINTS if reason != "not_subscribed"} == {
        reason: hint for reason, hint in HINTS.items() if reason != "not_subscribed"
    }
    assert hint_for("of_a_later_version", Parties()) == "see the reference of reasons"


def test_headers_are_spelled_as_people_write_them():
    assert [spelled(name) for name in ("x-api-key", "app-token")] == ["X-API-Key", "App-Token"]


def test_a_limit_of_a_plan_is_named_with_its_words():
    limit = parse_limit("quota", "20 per hour by application", "getBook")
    parties = replace(ALL, plan=Plan("basic", (limit,)), limit=limit)
    assert hint_for("quota_exceeded", parties) == (
        "the plan basic has the quota of getBook 20 per hour by application: wait as long as Retry-After says,"
        " or raise it in firstclass.yaml"
    )
    places = replace(parties, limit=parse_limit("concurrency", "3"))
    assert "concurrency 3 by application: send fewer calls at once" in hint_for("concurrency_exceeded", places)
    assert hint_for("rate_exceeded", ALL) == HINTS["rate_exceeded"], "a rate of the contract has its line there"
