"""Threat 36: keys, tokens and personal data on disk, in logs, in arguments and environments of processes."""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from gateway import Product, bearer, processes_of, started_product, token
from raw import ask


def test_a_key_lies_nowhere_readable(product: Product) -> None:
    rotated = product.cli_json("keys", "rotate", product.cli_json("keys", "issue", "desk", "--expires", "1d")["id"],
                               "--overlap", "1h")["key"]  # fmt: skip
    time.sleep(1.1)
    secrets = [rotated, product.keys["desk"], product.keys["other"]]
    for secret in secrets:
        ask(product.port, "GET", "/admin", [("X-API-Key", secret)])
        ask(product.port, "GET", f"/admin?key={secret}", [])
        ask(product.port, "GET", f"/{secret}", [("User-Agent", "x"), ("X-Request-Id", "mine")])
        ask(product.port, "GET", "/stock", [("Authorization", f"Bearer {secret}")])
    for listed in ("keys", "subscriptions"):
        done = product.cli(listed, "list", "desk", "--json")
        assert not any(secret in done.stdout + done.stderr for secret in secrets)
    done = product.cli("dump")
    assert not any(secret in done.stdout for secret in secrets)
    time.sleep(1.5)
    pieces = [secret.split("_")[-1][:20] for secret in secrets]
    assert product.leaks(*secrets, *pieces) == []


def test_a_token_lies_nowhere_readable(product: Product) -> None:
    honest, broken = token(), token(signer="stranger")
    assert ask(product.port, "GET", "/stock", [bearer(honest)]).status == 200
    assert ask(product.port, "GET", "/stock", [bearer(broken)]).status == 401
    time.sleep(1.5)
    assert product.leaks(honest, broken, honest.split(".")[2], broken.split(".")[2]) == []


def test_a_subject_is_in_no_log(product: Product) -> None:
    sent = [("X-API-Key", product.keys["desk"]), bearer(token("people", sub="90071234567890"))]
    assert ask(product.port, "GET", "/people/90071234567890/orders", sent).status == 200
    time.sleep(1.5)
    assert product.leaks("90071234567890") == []


def test_a_name_that_a_stranger_chose_is_in_no_event(product: Product) -> None:
    """Names of undeclared parameters, properties and parts are a stranger's text: secrets, people, lines of a log."""
    key = product.keys["other"]
    names = [
        key,
        "ana.canary@example.org",
        'x"}\r\n{"forged":"canary"}',
        "\x1b[31mcanary\x1b[0m",
        "canary" * 40,
        "4711000012345678",
    ]
    for name in names:
        assert ask(product.port, "GET", f"/api?{quote(name)}=1", []).status == 400
        body = json.dumps({name: 1}).encode()
        assert ask(product.port, "POST", "/notes", [("Content-Type", "application/json")], body).status == 400
    time.sleep(1.5)
    assert product.leaks(key, key[:30], "ana.canary", "forged", "31mcanary", "canarycanary", "4711000012345678") == []


def test_no_secret_is_an_argument_or_in_the_environment(product: Product) -> None:
    processes = processes_of(product.process.pid)
    assert len(processes) >= 3  # supervisor, engine, control
    for path in processes:
        told = (path / "cmdline").read_bytes() + (path / "environ").read_bytes()
        assert not any(secret.encode() in told for secret in product.keys.values())
        for word in (b"pepper", b"mask_key", b"PRIVATE KEY"):
            assert word not in told


def test_the_data_directory_is_the_owners_alone(product: Product) -> None:
    data = product.directory / "data"
    for path in (data, data / "secrets", *data.glob("store.db*"), *(data / "secrets").iterdir()):
        assert path.stat().st_mode & 0o077 == 0, path


def test_no_file_of_the_data_directory_is_for_others(product: Product) -> None:
    files = [path for path in (product.directory / "data").rglob("*") if not path.is_symlink()]
    assert any("engine" in path.parts for path in files)
    assert [str(path) for path in files if path.stat().st_mode & 0o077] == []


@contextmanager
def cores_allowed() -> Iterator[None]:
    """What is started inside may leave cores of any size, as far as this machine lets it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (hard, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_CORE, (soft, hard))


def cores_below(place: Path) -> list[str]:
    return [path.name for path in place.rglob("*") if path.name.startswith("core") and path.is_file()]


def test_a_crash_leaves_no_core_with_secrets(tmp_path: Path) -> None:
    """The memory of each process holds the pepper, the keys of tokens or what callers sent."""
    (tmp_path / "plain").mkdir()
    with cores_allowed():
        plain = [sys.executable, "-c", "import os; os.abort()"]
        subprocess.run(plain, cwd=tmp_path / "plain", check=False, stderr=subprocess.DEVNULL)
        of_others = cores_below(tmp_path / "plain")  # none: the limits are all that can be looked at here
        (tmp_path / "gateway").mkdir()
        with started_product(tmp_path / "gateway") as product:
            assert ask(product.port, "GET", "/admin", [("X-API-Key", product.keys["desk"])]).status == 200
            processes = processes_of(product.process.pid)
            limits = [(path / "limits").read_text() for path in processes]
            sizes = [line.split()[4:6] for text in limits for line in text.splitlines() if "core file size" in line]
            assert len(sizes) >= 3 and all(size == ["0", "0"] for size in sizes), sizes
            others = [int(path.name) for path in processes if int(path.name) != product.process.pid]
            for process in [*others, product.process.pid]:
                os.kill(process, signal.SIGABRT)
            _, status = os.waitpid(product.process.pid, 0)
            assert os.WTERMSIG(status) == signal.SIGABRT and not os.WCOREDUMP(status)
            product.process.returncode = -signal.SIGABRT
            assert cores_below(product.directory) == [], of_others
            assert product.leaks(*product.keys.values()) == []
