"""Runs `firstclass` commands over a gateway's directory, one after the other, until it is killed.

Run by `test_gateway_kill_points`. A line `DIRECTORY DATA ANSWERS NAME SEED` on standard input forks a writer, whose
process id (and group) is printed; when it has ended, so are the word `ended` and its exit code. Each command is a
process of its own, as an operator's is; only its imports are paid before. What it prints is its acknowledgement, in the
file `NUMBER.json` of ANSWERS; before it begins, its arguments are in `NUMBER.begun`.
"""

from __future__ import annotations

import importlib
import json
import os
import random
import sys
import traceback
from pathlib import Path
from typing import Any

import firstclass.access.applications
import firstclass.access.subscriptions
import firstclass.app.applying
import firstclass.app.opening
import firstclass.app.settings
import firstclass.identity.api_keys
import firstclass.publish.subscribing  # noqa: F401 - paid before the fork
from firstclass.cli.main import COMMANDS, main

OPERATIONS = ("getNote", "listNotes", "getOpen")
STEPS = ("issue", "issue", "issue", "revoke", "revoke", "subscribe", "subscribe", "unsubscribe", "rotate")


class Writer:
    """Commands about applications of its own, so that what is acknowledged says what has to hold."""

    def __init__(self, data: Path, answers: Path, name: str, seed: int) -> None:
        self.data, self.answers, self.name = data, answers, name
        self.random = random.Random(seed)
        self.number = 0
        self.keys: list[str] = []
        self.subscriptions: list[str] = []

    def work_for_ever(self) -> None:
        while True:
            self.keys, self.subscriptions = [], []
            self.application = f"{self.name}-{self.number}"
            self.command("applications", "create", self.application, "--owner", "a@example.com")
            for _ in range(12):
                getattr(self, self.random.choice(STEPS))()

    def issue(self) -> None:
        if len(self.keys) < 8:
            self.keys.append(self.command("keys", "issue", self.application, "--expires", "1d")["id"])

    def rotate(self) -> None:
        if self.keys and len(self.keys) < 8:
            self.keys.append(self.command("keys", "rotate", self.random.choice(self.keys), "--overlap", "12h")["id"])

    def revoke(self) -> None:
        if self.keys:
            self.command("keys", "revoke", self.keys.pop(self.random.randrange(len(self.keys))))

    def subscribe(self) -> None:
        some = ",".join(self.random.sample(OPERATIONS, self.random.choice((1, 2))))
        made = self.command("subscriptions", "create", self.application, "--api", "notes", "--operations", some)
        self.subscriptions.append(made["id"])

    def unsubscribe(self) -> None:
        if self.subscriptions:
            which = self.random.randrange(len(self.subscriptions))
            self.command("subscriptions", "revoke", self.subscriptions.pop(which))

    def command(self, *arguments: str) -> dict[str, Any]:
        """Run one, to its end; what it answered."""
        self.number += 1
        (self.answers / f"{self.number}.begun").write_text(json.dumps(arguments))
        answer = self.answers / f"{self.number}.json"
        child = os.fork()
        if child == 0:
            os.dup2(os.open(answer, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), sys.stdout.fileno())
            sys.argv = ["firstclass", *arguments, "--json", "--data", str(self.data)]
            main()
        _, status = os.waitpid(child, 0)
        assert status == 0, (arguments, answer.read_text())
        told: dict[str, Any] = json.loads(answer.read_text())
        return told


def main_loop() -> None:
    """Fork a writer for each line of standard input."""
    for name in ("applications", "keys", "subscriptions"):
        importlib.import_module(f"firstclass.cli.{COMMANDS[name][0]}")
    for line in sys.stdin:
        directory, data, answers, name, seed = line.split()
        child = os.fork()
        if child == 0:
            os.setsid()
            os.chdir(directory)
            try:
                Writer(Path(data), Path(answers), name, int(seed)).work_for_ever()
            except BaseException as problem:
                if not isinstance(problem, SystemExit):
                    traceback.print_exc()
                os._exit(int(problem.code or 0) if isinstance(problem, SystemExit) else 1)
        print(child, flush=True)
        _, status = os.waitpid(child, 0)
        print(f"ended {os.waitstatus_to_exitcode(status)}", flush=True)


if __name__ == "__main__":
    main_loop()
