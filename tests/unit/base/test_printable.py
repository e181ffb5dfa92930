"""Foreign text where people read it."""

import json

import pytest

from firstclass.base.printable import json_line, json_text, printable

HOSTILE = ["\x1b[2J", "a\nb", "a\rb", "\x9b2J", "\x7f", "a\x85b", "a\u2028b", "a\u2029b", "\u202eabc", "\U000e0001"]


@pytest.mark.parametrize("text", HOSTILE)
def test_what_has_no_sign_of_its_own_is_a_question_mark(text):
    assert printable(text).isprintable() and "?" in printable(text) and len(printable(text)) == len(text)


@pytest.mark.parametrize("text", ["", "a b", "Zürich 北京 …"])
def test_what_people_write_is_as_it_is(text):
    assert printable(text) == text


@pytest.mark.parametrize("text", [*HOSTILE, "Zürich 北京", '"\\'])
def test_json_is_the_same_document_and_says_nothing_to_a_terminal(text):
    document = {text: [text]}
    assert json.loads(json_text(document, 2)) == document and json.loads(json_line(document)) == document
    assert all(line.isprintable() for line in json_text(document, 2).split("\n")) and json_line(document).isprintable()


def test_json_of_people_is_not_escaped():
    assert json_line({"city": "Zürich"}) == '{"city": "Zürich"}'
