"""The line of the contract, only where it is still the one that was enforced."""

import pytest

from firstclass.app.source_lines import find_source_line

TEXT = """paths:
  /a~b:
    get:
      parameters:
        - {name: limit, in: query}
"""


@pytest.fixture
def directory(tmp_path):
    (tmp_path / "a.yaml").write_text(TEXT)
    return tmp_path


def place(line, column, pointer, file="a.yaml"):
    return {"file": file, "line": line, "column": column, "pointer": pointer}


def test_the_line_is_shown_without_its_indentation(directory):
    assert find_source_line(directory, place(3, 5, "/paths/~1a~0b/get")) == "get:"
    assert find_source_line(directory, place(5, 11, "/paths/~1a~0b/get/parameters/0")) == "- {name: limit, in: query}"


@pytest.mark.parametrize(
    "moved",
    [
        place(2, 5, "/paths/~1a~0b/get"),
        place(3, 5, "/paths/~1b/get"),
        place(3, 5, "/paths/~1a~0b/get/parameters/7"),
        place(3, 5, "/paths/~1a~0b/get", file="gone.yaml"),
    ],
)
def test_a_line_that_moved_or_went_is_not_shown(directory, moved):
    assert find_source_line(directory, moved) is None


def test_a_file_that_is_broken_now_shows_nothing(directory):
    (directory / "a.yaml").write_text("paths: [")
    assert find_source_line(directory, place(1, 1, "/paths")) is None


def test_a_long_line_is_shown_from_the_place_on(directory):
    text = '{"pad": "' + "x" * 200 + '", "security": [' + ", ".join(["{}"] * 60) + "]}"
    (directory / "a.yaml").write_text(text)
    shown = find_source_line(directory, place(1, text.index('"security"') + 1, "/security"))
    assert shown is not None and shown.startswith('"security": [') and shown.endswith("…") and len(shown) <= 101
