"""A root secret of the operator's: it is in no file, and in no process but the one it was given to."""

from __future__ import annotations

import os
import secrets
import signal
from pathlib import Path

import pytest
from operated import Operated


@pytest.mark.parametrize("given", ["variable", "file"])
def test_the_root_secret_stays_where_the_operator_put_it(
    fresh: Operated, tmp_path_factory: pytest.TempPathFactory, given: str
) -> None:
    secret = secrets.token_urlsafe(32)
    if given == "file":
        file = tmp_path_factory.mktemp("vault") / "root"
        file.write_text(secret + "\n")
        fresh.environment["FIRSTCLASS_ROOT_SECRET_FILE"] = str(file)
    else:
        fresh.environment["FIRSTCLASS_ROOT_SECRET"] = secret
    fresh.start()
    fresh.json("applications", "create", "desk", "--owner", "owner@example.com")
    fresh.json("subscriptions", "create", "desk", "--api", "notes", "--operations", "getNote")
    key = fresh.json("keys", "issue", "desk")["key"]
    fresh.until_status(200, "/v1/notes/7", key)
    os.kill(fresh.group()["control"], signal.SIGKILL)
    os.kill(fresh.group()["engine"], signal.SIGKILL)
    fresh.until_status(200, "/v1/notes/7", key)
    fresh.call("GET", f"/v1/notes?limit={key}", key, X_Other=secret)
    found = fresh.group()
    assert set(found) == {"supervisor", "engine", "control"}
    for role, process in found.items():
        arguments = Path(f"/proc/{process}/cmdline").read_bytes()
        environment = Path(f"/proc/{process}/environ").read_bytes()
        assert secret.encode() not in arguments and key.encode() not in arguments + environment
        assert (secret.encode() in environment) == (role == "supervisor" and given == "variable"), role
    assert fresh.stop() == 0
    assert not (fresh.data / "secrets" / "root").exists()
    for path in fresh.directory.rglob("*"):
        content = path.read_bytes() if path.is_file() else b""
        assert secret.encode() not in content and key.encode() not in content, path
