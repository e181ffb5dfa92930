"""Which credential was good and which was refused, as events of each kind tell it."""

from typing import Any

import pytest

from firstclass.app.presented import tell_presented

SCHEMES = [{"kind": "key", "header": "x-api-key"}, {"kind": "bearer", "issuer": "people"}, {"kind": "session"}]
KEY, TOKEN, SESSION = ({"scheme": index, "scopes": []} for index in range(3))


def told(ways: list[list[dict[str, Any]]], **event: Any) -> list[tuple[str, str]]:
    return [(each.kind, each.verdict) for each in tell_presented(event, {"any_of": ways}, SCHEMES)]


def test_a_session_that_nobody_knows_stood_beside_a_good_key():
    assert told([[KEY, SESSION]], reason="subject_unknown") == [("key", "good"), ("session", "refused")]
    assert told([[SESSION, KEY]], reason="subject_unknown") == [("session", "refused")], "no key was looked at"
    assert told([[KEY], [SESSION]], reason="subject_unknown") == [("session", "refused")]


def test_a_token_that_has_ended_stood_beside_a_good_key():
    assert told([[KEY, TOKEN]], reason="credential_expired") == [("key", "good"), ("token", "refused")]
    assert told([[KEY, TOKEN], [TOKEN]], reason="credential_expired") == [("token", "refused")]


def test_a_key_that_is_known_and_refused_has_a_caller_and_a_hint():
    assert told([[KEY, TOKEN]], reason="credential_expired", credential="key_1", tier="key") == []


def test_a_believed_token_may_say_too_little():
    event = {"tier": "bearer", "credential": "key_1"}
    assert told([[KEY, TOKEN]], reason="subject_unknown", **event) == [("key", "good"), ("token", "refused")]
    assert told([[TOKEN]], reason="scope_missing", tier="bearer") == [("token", "refused")]
    assert told([[KEY, TOKEN]], reason="scope_missing", tier="bearer") == [("key", "good"), ("token", "refused")]
    assert told([[TOKEN]], reason="foreign_object", tier="bearer") == []


def test_of_two_kinds_that_nobody_knows_the_event_does_not_tell_which():
    assert told([[KEY]], reason="credential_invalid") == [("key", "refused")]
    assert told([[TOKEN], [TOKEN]], reason="credential_invalid") == [("token", "refused")]
    unsure = [("key", "perhaps_refused"), ("token", "perhaps_refused")]
    assert told([[KEY, TOKEN]], reason="credential_invalid") == unsure


@pytest.mark.parametrize("reason", ["credential_missing", "not_subscribed", "body_invalid"])
def test_other_refusals_are_about_no_credential(reason: str):
    assert told([[KEY, TOKEN]], reason=reason) == []


def test_every_verdict_says_why():
    for each in tell_presented({"reason": "credential_invalid"}, {"any_of": [[KEY], [TOKEN], [SESSION]]}, SCHEMES):
        assert each.as_json() == {"kind": each.kind, "verdict": "perhaps_refused", "why": each.why} and each.why
