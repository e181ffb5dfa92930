"""Exports as trees with lines; an error never shows what a name in them was."""

from pathlib import Path

import pytest

from firstclass.access.importing.reading import (
    MAX_BYTES,
    is_false,
    items,
    members,
    number,
    read_bytes,
    read_tree,
    text,
    texts,
)
from firstclass.model.errors import Exit, FirstclassError


def test_yaml_and_json_are_read(written):
    assert text(read_tree(written("a.yaml", "a: {b: 1}\n")), "a", "b") == "1"
    assert text(read_tree(written("a.json", {"a": {"b": "x"}})), "a", "b") == "x"


@pytest.mark.parametrize("content", ["keys: {SECRET: 1, SECRET: 2}\n", "- a\n", "SECRET: [\n", ""])
def test_what_cannot_be_read_is_told_by_line_alone(written, content):
    with pytest.raises(FirstclassError) as caught:
        read_tree(written("a.yaml", content))
    assert caught.value.where.line >= 1 and "SECRET" not in str(caught.value.as_json())


def test_a_file_that_is_not_there_is_told(tmp_path):
    with pytest.raises(FirstclassError) as caught:
        read_tree(tmp_path / "none.yaml")
    assert caught.value.exit_code == Exit.NOT_FOUND


def test_values_of_another_kind_are_not_there(written):
    root = read_tree(
        written("a.yaml", "list: [{a: 1}, 2]\nword: x\nwords: [x, 1, [y]]\noff: false\nn: 5\nmap: {k: v}\n")
    )
    assert [text(item, "a") for item in items(root, "list")] == ["1"] and items(root, "word") == []
    assert texts(root, "word") == ("x",) and texts(root, "words") == ("x", "1") and texts(root, "none") == ()
    assert text(root, "map") is None and text(root, "off") is None and text(None, "a") is None
    assert number(root, "n") == 5 and number(root, "off") is None and number(root, "word") is None
    assert is_false(root, "off") and not is_false(root, "n")
    assert [name for name, _ in members(root, "map")] == ["k"] and list(members(root, "word")) == []


def test_what_never_ends_is_not_read():
    with pytest.raises(FirstclassError) as caught:
        read_bytes(Path("/dev/zero"))
    assert caught.value.code == "file_unreadable" and "device" in caught.value.message


def test_what_is_too_large_is_not_read(tmp_path):
    path = tmp_path / "a.csv"
    with path.open("wb") as file:
        file.truncate(MAX_BYTES + 1)
    with pytest.raises(FirstclassError) as caught:
        read_bytes(path)
    assert caught.value.code == "file_too_large" and "64 MiB" in caught.value.message
