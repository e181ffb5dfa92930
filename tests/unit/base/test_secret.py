"""What must not be printed is not."""

from __future__ import annotations

import pickle

import pytest

from firstclass.base.secret import Secret, base64url, from_base64url


def test_no_way_of_printing_shows_it():
    secret = Secret("hunter2")
    for shown in (repr(secret), str(secret), f"{secret}", f"{secret!r:>30}", repr([secret])):
        assert "hunter2" not in shown
    with pytest.raises(TypeError):
        pickle.dumps(secret)
    with pytest.raises(TypeError):
        hash(secret)
    assert secret.reveal() == b"hunter2" and secret.reveal_text() == "hunter2"


def test_equal_secrets_are_equal_and_no_text_is():
    assert Secret("a") == Secret(b"a") != Secret("b")
    assert Secret("a") != "a"


def test_base64url_has_one_form():
    assert base64url(b"\xff\xfe") == "__4" and from_base64url("__4") == b"\xff\xfe"
    for text in ("__5", "__4=", "//4", "_"):
        with pytest.raises(ValueError):
            from_base64url(text)
