"""The text of an API key."""

from __future__ import annotations

import hashlib
import hmac
import re
import zlib
from base64 import urlsafe_b64encode

from hypothesis import given
from hypothesis import strategies as st

from firstclass.base.randomness import BASE62, random_bytes
from firstclass.base.secret import Secret
from firstclass.identity.key_text import LIVE, TEST, checksum, digest, is_well_formed, make_key


def test_a_key_has_the_documented_form():
    key, prefix = make_key(random_bytes)
    text = key.reveal_text()
    assert re.fullmatch(r"fc_live_[0-9A-Za-z]{8}_[0-9A-Za-z]{49}", text)
    assert text.startswith(prefix + "_") and prefix.startswith(LIVE)
    assert make_key(random_bytes, TEST)[1].startswith("fc_test_")


def test_the_last_six_characters_are_the_crc_of_all_before():
    text = make_key(random_bytes)[0].reveal_text()
    number = 0
    for character in text[-6:]:
        number = number * 62 + BASE62.index(character)
    assert number == zlib.crc32(text[:-6].encode())


def test_the_secret_part_carries_all_256_bits():
    full = make_key(lambda count: b"\xff" * count)[0].reveal_text()[17:60]
    number = 0
    for character in full:
        number = number * 62 + BASE62.index(character)
    assert number == 2**256 - 1
    assert make_key(lambda count: b"\0" * count)[0].reveal_text()[17:60] == "0" * 43


def test_no_two_keys_are_alike():
    assert len({make_key(random_bytes)[0].reveal() for _ in range(1000)}) == 1000


def test_a_key_with_one_character_changed_is_not_well_formed():
    text = make_key(random_bytes)[0].reveal_text()
    assert is_well_formed(text)
    for place in range(8, len(text)):
        if text[place] != "_":
            other = "0" if text[place] != "0" else "1"
            assert not is_well_formed(text[:place] + other + text[place + 1 :])
    assert not is_well_formed(text + "\n") and not is_well_formed(text[:-1]) and not is_well_formed("")


@given(st.text())
def test_any_text_is_judged_without_an_error(text: str):
    assert not is_well_formed(text)


def test_the_digest_is_hmac_sha256_over_the_whole_key():
    pepper, key = Secret(b"p" * 32), Secret("fc_live_x")
    plain = urlsafe_b64encode(hmac.new(b"p" * 32, b"fc_live_x", hashlib.sha256).digest()).rstrip(b"=").decode()
    assert digest(pepper, key) == plain
    assert checksum("fc_live_abcdefgh_") == checksum("fc_live_abcdefgh_")
