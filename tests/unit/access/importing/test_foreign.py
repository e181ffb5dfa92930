"""Keys as exports write them: only their SHA-256 is kept, and what no caller can send is listed."""

import hashlib

import pytest

from firstclass.access.importing.foreign import Foreign, Limit
from firstclass.model.errors import FirstclassError, Where

WHY = "so that it can be guessed"
AT = Where("export.yaml", 7, 3, "/keys/SECRET-IN-A-POINTER")


def test_a_plain_key_is_its_sha256_from_here_on():
    key = Foreign("export.yaml").read_key("OLD KEY", AT)
    assert key.sha256 == hashlib.sha256(b"OLD KEY").digest() and "OLD" not in repr(key)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "empty"),
        (None, "empty"),
        ("k" * 513, "longer"),
        ("a,b", "comma"),
        (" secret", "blanks"),
        ("a\tb", "control"),
        ("fc_live_abc", "Firstclass"),
        ("{vault://env/key}", "vault"),
        ("$env://KEY", "vault"),
        ("${KEY}", "vault"),
    ],
)
def test_a_key_that_no_caller_can_send_is_listed(text, says):
    foreign = Foreign("export.yaml")
    assert foreign.read_key(text, AT) is None
    assert says in foreign.lost[0].what and foreign.lost[0].instead and not (text and text in foreign.lost[0].what)


def test_a_key_that_can_be_guessed_is_listed(monkeypatch, short_keys):
    monkeypatch.setattr("firstclass.access.importing.foreign.MIN_KEY_CHARACTERS", short_keys)
    foreign = Foreign("export.yaml")
    assert foreign.read_key("k" * 15, AT) is None and foreign.read_key("k" * 16, AT) is not None
    assert [lost.what for lost in foreign.lost] == [f"a key that is shorter than 16 characters, {WHY}"]


def test_a_hash_is_taken_as_one_where_it_says_so():
    known = hashlib.sha256(b"x")
    foreign = Foreign("export.yaml")
    assert foreign.read_key(f"sha256:{known.hexdigest()}", AT).sha256 == known.digest()
    assert foreign.read_key(known.hexdigest(), AT, is_hash=True).sha256 == known.digest()
    assert foreign.read_key(known.hexdigest(), AT).sha256 != known.digest(), "a key may look like one"
    assert Foreign("export.yaml", is_hashed=True).read_key(known.hexdigest(), AT).sha256 == known.digest()


def test_a_hash_of_another_length_is_an_error_that_shows_nothing_of_it():
    with pytest.raises(FirstclassError) as caught:
        Foreign("export.yaml").read_key("sha256:SECRET", AT)
    assert caught.value.where.line == 7 and "SECRET" not in str(caught.value.as_json())


def test_a_kind_is_listed_once_with_its_places():
    foreign = Foreign("export.yaml")
    foreign.lose("plugin cors", "nothing", AT)
    foreign.lose("plugin cors", "nothing", Where("export.yaml", 9))
    foreign.lose("plugin cors", "nothing", AT)
    (lost,) = foreign.lost
    assert lost.what == "plugin cors: 2 of them: line 7; line 9" and lost.where.line == 7


def test_a_limit_speaks_in_the_words_of_rates():
    assert Limit(5, 60, AT).sentence() == "5 per minute" and Limit(5, 90, AT).sentence() == "5 per 90 seconds"
