"""Where metadata is looked for, and what is no place to look."""

import json

import pytest

from firstclass.app.issuer_metadata import MAX_BYTES, addresses_of, fetch_metadata, is_url, read_metadata
from firstclass.model.errors import Exit, FirstclassError


def test_the_well_known_part_goes_before_a_path_or_behind_it():
    assert addresses_of("https://login.example/") == [
        "https://login.example/.well-known/openid-configuration",
        "https://login.example/.well-known/oauth-authorization-server",
    ]
    assert addresses_of("https://login.example/t/1") == [
        "https://login.example/t/1/.well-known/openid-configuration",
        "https://login.example/.well-known/oauth-authorization-server/t/1",
        "https://login.example/.well-known/openid-configuration/t/1",
    ]
    assert is_url("HTTPS://login.example") and not is_url("issuer.json")


@pytest.mark.parametrize(
    "issuer",
    ["http://login.example", "https://", "https://u@login.example", "https://login.example?x=1", "https://l.example#f"],
)
def test_no_other_place_is_asked(issuer):
    with pytest.raises(FirstclassError) as caught:
        fetch_metadata(issuer)
    assert caught.value.exit_code == Exit.USAGE


def test_a_file_has_lines(tmp_path):
    path = tmp_path / "issuer.json"
    path.write_text('{"issuer": "https://login.example",\n "jwks_uri": "x"}')
    metadata, lines = read_metadata(path)
    assert metadata["jwks_uri"] == "x" and lines == {"issuer": 1, "jwks_uri": 2}


@pytest.mark.parametrize(
    ("content", "code"),
    [("[1]", "metadata_unreadable"), ("{", "metadata_unreadable"), (" " * (MAX_BYTES + 1), "file_too_large")],
)
def test_a_file_that_is_no_metadata_is_told(tmp_path, content, code):
    path = tmp_path / "issuer.json"
    path.write_text(content)
    with pytest.raises(FirstclassError) as caught:
        read_metadata(path)
    assert caught.value.code == code
    with pytest.raises(FirstclassError) as caught:
        read_metadata(tmp_path / "none.json")
    assert caught.value.exit_code == Exit.NOT_FOUND
    assert json.dumps(caught.value.as_json())
