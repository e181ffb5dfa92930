"""The demo's scripts as processes of their own: fed their task on stdin, answering with JSON on stdout."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from firstclass.model.errors import Exit, FirstclassError

FINISHED_WITHIN_SECONDS = 300


@contextmanager
def start_script(name: str, task: dict[str, Any]) -> Iterator[subprocess.Popen[str]]:
    """One of the demo's scripts as a process of its own, fed its task; it does not outlive the block."""
    process = subprocess.Popen(
        [sys.executable, "-m", f"firstclass.demo.{name}"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    try:
        process.stdin.write(json.dumps(task))
        process.stdin.flush()
        process.stdin.close()
        process.stdin = None
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
        for stream in (process.stdout, process.stderr):
            if stream is not None:
                stream.close()


def finish_script(name: str, process: subprocess.Popen[str]) -> dict[str, Any]:
    """Wait for a script and return what it learnt.

    Raises:
        FirstclassError: it failed.
    """
    said, complained = process.communicate(timeout=FINISHED_WITHIN_SECONDS)
    if process.returncode:
        hint = f"it said: {complained.strip()[-1500:]}"
        raise FirstclassError("demo_failed", f"the demo's {name} script failed", hint=hint, exit_code=Exit.UNAVAILABLE)
    told: dict[str, Any] = json.loads(said)
    return told
