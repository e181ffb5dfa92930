"""Did you mean."""

from firstclass.model.suggestions import did_you_mean, find_closest


def test_the_closest_word_is_named():
    assert did_you_mean("rates", ["rate", "timeout"]) == "did you mean 'rate'?"
    assert find_closest("Apikey", ["apiKey", "oauth2"]) == "apiKey"


def test_two_letters_in_the_wrong_order_are_close_however_short_the_word():
    assert find_closest("tpye", ["type", "title"], likeness=0.8) == "type"
    assert find_closest("$rfe", ["$ref"], likeness=0.8) == "$ref"
    assert find_closest("a", ["b"]) is None and find_closest("", ["b"]) is None


def test_where_nothing_is_close_all_are_listed():
    assert did_you_mean("zzz", ["b", "a"]) == "known here: a, b"
    assert did_you_mean("zzz", []) == "remove it"
    assert find_closest("zzz", ["a"]) is None
