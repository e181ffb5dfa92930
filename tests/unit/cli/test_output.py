"""What a terminal of 80 columns shows, and what a program gets."""

import json
import os
import subprocess
import sys
import termios
from pathlib import Path

from firstclass.access import applications
from firstclass.storage import Store


def shown(data: Path, *words: str) -> list[str]:
    """The lines of a command on a terminal of 80 columns."""
    ours, theirs = os.openpty()
    termios.tcsetwinsize(theirs, (24, 80))
    command = [sys.executable, "-m", "firstclass", *words, "--data", str(data)]
    try:
        done = subprocess.run(command, stdout=theirs, stderr=theirs, timeout=30)
        assert done.returncode == 0
        os.close(theirs)
        said = b""
        while chunk := _read(ours):
            said += chunk
    finally:
        os.close(ours)
    return said.decode().replace("\r\n", "\n").splitlines()


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:  # nobody writes any more
        return b""


def test_a_table_fits_a_terminal_and_says_as_much(data: Path):
    store = Store.open(data)
    applications.create(store, name="front-desk", owner="front-desk-of-the-library@example.com", actor="test")
    store.close()
    lines = shown(data, "applications", "list")
    assert max(map(len, lines)) <= 80 and lines[0].endswith("  front-desk")
    assert "owner front-desk-of-the-library@example.com" in lines[1] and "created at 2" in "".join(lines)
    piped = [sys.executable, "-m", "firstclass", "applications", "list", "--data", str(data)]
    wide = subprocess.run(piped, capture_output=True, text=True, timeout=30, check=True).stdout.splitlines()
    assert wide[0].startswith("id ") and max(map(len, wide)) > 80


def test_the_lines_of_a_fix_can_be_pasted_however_long(tmp_path: Path):
    path = "/a-path-that-is-long/of-an-api/with-many-segments/{memberId}/and-more/of-them/{shelfId}"
    get = {"operationId": "getShelf", "security": [], "responses": {"200": {"description": ""}}}
    names = [{"name": name, "in": "path", "required": True} for name in ("memberId", "shelfId")]
    item = {"parameters": [each | {"schema": {"type": "integer"}} for each in names], "get": get}
    scheme = {"securitySchemes": {"key": {"type": "apiKey", "in": "header", "name": "X-API-Key"}}}
    contract = tmp_path / "shelves.yaml"
    head = {"openapi": "3.1.0", "info": {"title": "Shelves", "version": "1"}, "security": [{"key": []}]}
    contract.write_text(json.dumps(head | {"paths": {path: item}, "components": scheme}))
    lines = shown(tmp_path / "data", "check", str(contract))
    assert f"      - target: $.paths['{path}'].get" in lines
