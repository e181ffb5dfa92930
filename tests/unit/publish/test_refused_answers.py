"""Answers that no mode lets through, in words: what was wrong, where, and what to do."""

import pytest

from firstclass.publish.refused_answers import in_json, in_words, to_do, what
from firstclass.storage.counts import PlaceCount


@pytest.mark.parametrize(
    ("place", "name", "keyword", "words", "remedy"),
    [
        (
            "media_type",
            "text/html",
            "media_type",
            "its media type text/html is not declared",
            "declare it under content",
        ),
        ("media_type", "*", "media_type", "its media type is not declared", "declare it under content"),
        ("media_type", "application/json", "charset", "its application/json is not in UTF-8", "answer in UTF-8"),
        ("header", "content-encoding", "coding", "it is compressed", "Accept-Encoding"),
        ("header", "content-type", "repeated", "its header content-type stands twice", "one Content-Type"),
        ("header", "x-total", "syntax", "its header x-total is not as declared", "correct it in the contract"),
        ("body", "", "syntax", "it is no JSON that can be read", "whole JSON"),
        ("body", "", "required", "it has a body without a media type", "one Content-Type"),
        ("body", "", "maxLength", "it is larger than is held", "max_response_bytes"),
        ("body", "/user", "type", "/user breaks type", "correct it in the contract"),
        ("status", "206", "range", "it is a part of something (206), and nobody asked for one", "ignore Range"),
        ("status", "304", "status", "nobody asked for a 304", "what it was asked for"),
        ("body", "", "status", "its status is not declared", "declare the status"),
        (None, "*", "other", "further things keep it from leaving", "correct it"),
    ],
)
def test_each_kind_says_what_was_wrong_and_what_to_do(place, name, keyword, words, remedy):
    (found,) = in_json([PlaceCount("getA", "", "answers", place, name, keyword, 3, 1, "", "")])
    assert (found["what"], what(found)) == (words, words) and remedy in to_do(found)


def test_operations_are_told_apart_and_only_so_many_of_each():
    many = [PlaceCount("getA", "", "answers", "body", f"/{n}", "type", 1, 1, "", "") for n in range(7)]
    lines = list(in_words(in_json(many), {"getA": "GET /a"}))
    assert lines[0] == "getA (GET /a): answers that are a 502 in every mode:" and lines[-1] == "  and 2 more: --json"
