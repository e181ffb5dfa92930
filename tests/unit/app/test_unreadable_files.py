"""Files that are not there are told at the line that names them."""

from pathlib import Path

import pytest

from firstclass.app.applying import apply_files
from firstclass.app.checking import check_path
from firstclass.app.settings import load_settings
from firstclass.model.errors import FirstclassError

CONFIG = "version: 1\napis:\n  - name: a\n    upstream: http://127.0.0.1:1\n    contract: {contract}\n{more}"
SOUND = "openapi: 3.1.0\ninfo: {title: A, version: '1'}\nsecurity: []\npaths: {}\n"


@pytest.mark.parametrize(
    ("contract", "more", "line"),
    [("gone.yaml", "", 5), ("./gone.yaml", "", 5), ("a.yaml", "    overlays:\n      - gone.yaml\n", 7)],
)
def test_the_line_that_names_it_is_told(tmp_path: Path, contract: str, more: str, line: int) -> None:
    (tmp_path / "a.yaml").write_text(SOUND)
    path = tmp_path / "firstclass.yaml"
    path.write_text(CONFIG.format(contract=contract, more=more))
    (error,) = check_path(path).errors
    assert (error.code, error.file, error.line) == ("unreadable_file", "firstclass.yaml", line)
    assert "gone.yaml cannot be read: No such file" in error.message
    with pytest.raises(FirstclassError) as caught:
        apply_files(load_settings(path, environment={}))
    assert caught.value.where is not None and caught.value.where.line == line


def test_other_errors_stay_where_they_are(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(SOUND.replace("paths: {}", "paths: {/a: {$ref: gone.yaml}}"))
    path = tmp_path / "firstclass.yaml"
    path.write_text(CONFIG.format(contract="a.yaml", more=""))
    assert {error.file for error in check_path(path).errors} == {"a.yaml"}
