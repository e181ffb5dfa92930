"""One gateway at a time over a data directory."""

import os

import pytest

from firstclass.app import occupation
from firstclass.app.occupation import FILE, occupy, refuse_where_occupied
from firstclass.model.errors import Exit, FirstclassError


def test_a_second_gateway_hears_of_the_first_and_how_to_make_changes(tmp_path, monkeypatch):
    monkeypatch.setattr(occupation, "PATIENCE_SECONDS", 0)
    held = occupy(tmp_path)
    for refuses in (occupy, refuse_where_occupied):
        with pytest.raises(FirstclassError) as caught:
            refuses(tmp_path)
        assert (caught.value.code, caught.value.exit_code) == ("data_in_use", Exit.UNAVAILABLE)
        assert f"already runs here (process {os.getpid()})" in caught.value.message
        assert "firstclass apply" in caught.value.hint
    os.close(held)
    os.close(occupy(tmp_path))


def test_looking_makes_and_holds_nothing(tmp_path):
    refuse_where_occupied(tmp_path / "nowhere")
    refuse_where_occupied(tmp_path)
    assert list(tmp_path.iterdir()) == []
    os.close(occupy(tmp_path))
    refuse_where_occupied(tmp_path)
    assert (tmp_path / FILE).exists()
