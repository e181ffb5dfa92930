"""Eight processes issue keys at once: every key is kept, every sequence number is given once."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from firstclass.access import applications
from firstclass.storage import Store

PROCESSES, EACH = 8, 10
PROGRAM = """
import json, sys
from datetime import timedelta
from pathlib import Path
from firstclass.identity import api_keys
from firstclass.identity.keyring import Keyring
from firstclass.storage import Store

data, name, count = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
store, keyring = Store.open(data), Keyring.open(data)
for _ in range(count):
    issued = api_keys.issue(store, keyring, name, timedelta(days=1), actor=name)
    print(json.dumps({"sequence": issued.sequence, "digest": issued.credential.digest}))
"""


def test_eight_processes_lose_and_repeat_no_sequence(tmp_path: Path):
    """The keyring does not exist yet: they race for that, too."""
    store = Store.open(tmp_path / "data")
    for number in range(PROCESSES):
        applications.create(store, name=f"app-{number}", owner="a@example.com", actor="test")
    working = [
        subprocess.Popen(
            [sys.executable, "-c", PROGRAM, str(tmp_path / "data"), f"app-{number}", str(EACH)], stdout=subprocess.PIPE
        )
        for number in range(PROCESSES)
    ]
    told = [json.loads(line) for process in working for line in process.communicate(timeout=60)[0].splitlines()]
    assert [process.returncode for process in working] == [0] * PROCESSES
    assert sorted(line["sequence"] for line in told) == list(range(PROCESSES + 1, PROCESSES + PROCESSES * EACH + 1))
    rows = store.directory_changes(PROCESSES)
    assert rows is not None
    held = {row.sequence: row.value["digest"] for row in rows if row.value is not None}
    assert held == {line["sequence"]: line["digest"] for line in told}
    assert store.verify_audit_chain().intact
    store.close()
