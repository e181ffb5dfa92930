"""All of them are written, or none."""

import resource
import signal
from pathlib import Path

import pytest

from firstclass.app.new_files import write_new
from firstclass.model.errors import FirstclassError


def test_nothing_is_written_over_and_then_nothing_is_written(tmp_path: Path):
    first, second = tmp_path / "first", tmp_path / "second"
    second.write_text("mine")
    with pytest.raises(FirstclassError) as caught:
        write_new({first: "1", second: "2"})
    assert caught.value.code == "file_not_written" and str(second) in caught.value.message
    assert not first.exists() and second.read_text() == "mine"


def test_a_file_that_was_cut_off_does_not_stay(tmp_path: Path):
    whole, cut = tmp_path / "whole", tmp_path / "cut"
    limits, before = resource.getrlimit(resource.RLIMIT_FSIZE), signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, limits[1]))
    try:
        with pytest.raises(FirstclassError):
            write_new({whole: "x", cut: "x" * 1000})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, before)
    assert not list(tmp_path.iterdir())
    write_new({whole: "x", cut: "y"})
    assert (whole.read_text(), cut.read_text()) == ("x", "y")
