"""Modes in words."""

import pytest

from firstclass.base.modes import RULE_CLASSES, WHOLE, modes_of_bundle, parse_share, share_in_bundle, share_in_words


@pytest.mark.parametrize(
    ("text", "share"),
    [("enforce", WHOLE), ("observe", 0), ("1%", 100), ("0.01%", 1), ("12.5%", 1250), ("100%", WHOLE), ("0%", 0)],
)
def test_a_mode_is_a_share_of_the_callers(text, share):
    assert parse_share(text) == share
    assert parse_share(share_in_words(share)) == share


@pytest.mark.parametrize("text", ["", "off", "Enforce", "101%", "100.5%", "-1%", "01%", "1 %", "1%\n", "0.001%", "1"])
def test_what_is_none_is_refused(text):
    with pytest.raises(ValueError, match="%"):
        parse_share(text)


def test_a_bundle_has_words_for_all_and_none_and_numbers_between():
    assert [share_in_bundle(share) for share in (WHOLE, 0, 100)] == ["enforce", "observe", 100]
    assert modes_of_bundle("observe") == dict.fromkeys(RULE_CLASSES, 0)
    each = {"parameters": "enforce", "media_types": "observe", "bodies": 100, "conformance": "enforce"}
    assert list(modes_of_bundle(each).values()) == [WHOLE, 0, 100, WHOLE]
