"""`make setup` over tools that only pretend: what is shown while the engine compiles, and when it fails."""

from __future__ import annotations

import os
import pty
import shutil
import subprocess
from pathlib import Path

import pytest

MAKEFILE = Path(__file__).parents[2] / "Makefile"
COMPILER = """#!/bin/sh
echo "   Compiling one v0.1.0" >&2
sleep 1
echo "   Compiling two v0.1.0" >&2
sleep 1.5
exit ${COMPILER_ENDS:-0}
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout whose packages are installed and whose engine is not compiled yet."""
    for name in ("Cargo.toml", "Cargo.lock", "pyproject.toml", "requirements.lock"):
        (tmp_path / name).touch()
    tools = tmp_path / ".venv" / "bin"
    tools.mkdir(parents=True)
    for name, text in {"maturin": COMPILER, "python": '#!/bin/sh\necho "python $*"\n', "cargo": "#!/bin/sh\n"}.items():
        (tools / name).write_text(text)
        (tools / name).chmod(0o700)
    shutil.copy(MAKEFILE, tmp_path)
    (tmp_path / ".venv" / ".python").touch()
    return tmp_path


def surroundings(checkout: Path, **more: str) -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if name != "CI"}  # noqa: TID251 - handed on
    return inherited | {"PATH": f"{checkout}/.venv/bin:{inherited['PATH']}", "PROGRESS_SECONDS": "0.4", **more}


def setup(checkout: Path, **more: str) -> subprocess.CompletedProcess[str]:
    """Without a terminal."""
    environment = surroundings(checkout, **more)
    return subprocess.run(["make", "setup"], cwd=checkout, env=environment, capture_output=True, text=True, timeout=30)


def test_at_a_terminal_the_compiler_is_heard(checkout: Path) -> None:
    ours, theirs = pty.openpty()
    with os.fdopen(ours, "rb", buffering=0) as screen:
        process = subprocess.Popen(
            ["make", "setup"], cwd=checkout, env=surroundings(checkout), stdin=theirs, stdout=theirs, stderr=theirs
        )
        os.close(theirs)
        shown = b""
        while b"Compiling two" not in shown:
            shown += screen.read(4096)
        assert process.poll() is None  # while it compiles, not after
        assert process.wait(30) == 0


@pytest.mark.parametrize("ci", [{}, {"CI": "true"}])
def test_without_a_terminal_a_short_line_says_from_time_to_time_that_it_works(
    checkout: Path, ci: dict[str, str]
) -> None:
    done = setup(checkout, **ci)
    assert done.returncode == 0, done
    told = [line for line in done.stdout.splitlines() if line.startswith("setup: compiling,")]
    assert 3 <= len(told) <= 8 and told[0].endswith("at crate 1") and told[-1].endswith("at crate 2"), done.stdout
    assert "Compiling" not in done.stdout + done.stderr
    assert "python -m pip install" in done.stdout and (checkout / ".venv" / ".built").exists()


def test_a_compiler_that_fails_is_heard_and_nothing_is_installed(checkout: Path) -> None:
    done = setup(checkout, COMPILER_ENDS="101")
    assert done.returncode != 0 and "Compiling two" in done.stderr
    assert "pip install" not in done.stdout and not (checkout / ".venv" / ".built").exists()
