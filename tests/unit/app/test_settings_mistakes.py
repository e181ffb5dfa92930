"""A mistake in `firstclass.yaml` is told in plain words, at its own line."""

from pathlib import Path

import pytest

from firstclass.app.settings import load_settings
from firstclass.model.errors import FirstclassError

SHOP = "version: 1\napis:\n  - name: shop\n    contract: a.yaml\n"
UPSTREAM = "    upstream: http://127.0.0.1:1\n"


@pytest.mark.parametrize(
    ("text", "place", "message", "hint"),
    [
        (SHOP + "    upstraem: http://127.0.0.1:1\n", (5, 5), "apis.shop.upstraem is not a setting", "'upstream'?"),
        (SHOP.replace("name:", "nmae:") + UPSTREAM, (3, 5), "apis.0.nmae is not a setting", "mean 'name'?"),
        (SHOP, (3, 5), "apis.shop lacks 'upstream'", "add upstream:"),
        (
            SHOP + UPSTREAM + "    overlays: policy.overlay.yaml\n",
            (6, 5),
            "apis.shop.overlays: a list is expected, not text",
            "write overlays: [policy.overlay.yaml]",
        ),
        ("version: 7\n", (1, 1), "version: it must be 1", "write version: 1"),
        (
            "version: 1\nlisten:\n  traffic: 127.0.0.1:99999\n",
            (3, 3),
            "listen.traffic: a port is a number from 0 to 65535",
            "0 is any free one",
        ),
        ("listen:\n  traffic: {host: a, port: 70000}\n", (2, 22), "listen.traffic.port: a port is a number", "0 is"),
        ("workers: many\n", (1, 1), "workers: a whole number is expected, not text", "write workers: 1"),
        ("workers: 0\n", (1, 1), "workers: it is 1 at least", "a larger number"),
        ("workers: 999\n", (1, 1), "workers: it is 256 at most", "a smaller number"),
        ("listen: 8080\n", (1, 1), "listen: a mapping is expected, not a number", "write listen: {...}"),
        ("data: [a]\n", (1, 1), "data: text is expected, not a list", "in quotes"),
        ("ready_max_directory_age: soon\n", (1, 1), "ready_max_directory_age: a duration is expected", "10m"),
        ("apis:\n", (1, 1), "apis: a list is expected, not nothing", "write apis: [...]"),
        (SHOP + UPSTREAM + "    colour: red\n", (6, 5), "apis.shop.colour is not a setting", "settings here: name,"),
    ],
)
def test_a_mistake_is_told_in_plain_words(
    tmp_path: Path, text: str, place: tuple[int, int], message: str, hint: str
) -> None:
    path = tmp_path / "firstclass.yaml"
    path.write_text(text)
    with pytest.raises(FirstclassError) as caught:
        load_settings(path, environment={})
    error = caught.value
    assert error.where is not None and (error.where.line, error.where.column) == place, error
    assert error.message.startswith(message) and hint in error.hint, error
