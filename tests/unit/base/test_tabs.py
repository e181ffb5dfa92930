"""A tab where YAML wants spaces."""

import pytest

from firstclass.base.tabs import find_tab


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("a:\n\tb: 1\n", 2, 2),
        ("a:\n  b: x\n\tc: 1\n", 2, 3),
        ("a:\n \t b: x\n  c: [\n", 3, 2),
        ("a: x\ty\n", 1, None),
        ("a:\n  b\n", 9, None),
    ],
)
def test_the_line_that_begins_with_one_is_named(text: str, line: int, said: int | None) -> None:
    assert find_tab(text, line) == (said and f"line {said} begins with a tab; use spaces")
