"""The command line, run in this process on a data directory in which the API `library` is live."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from firstclass.cli.context import Context, begin
from firstclass.cli.main import run
from firstclass.model.plans import Plan, Product, parse_limit
from firstclass.storage import Store

DOCUMENT = {
    "operations": [{"id": name, "method": "GET", "access": {"any_of": []}} for name in ("listMembers", "getMember")],
    "categories": ["contact", "financial"],
}


@dataclass
class CommandLine:
    """Runs commands as a shell would, each with a context of its own."""

    data: Path
    capture: pytest.CaptureFixture[str]

    def __call__(self, *words: str) -> tuple[int, str, str]:
        """Exit code, stdout, stderr."""
        return self._run(words, as_json=False)

    def json(self, *words: str) -> dict[str, Any]:
        """The document of a command that succeeds."""
        code, out, err = self._run(words, as_json=True)
        assert code == 0, (out, err)
        return dict(json.loads(out))

    def error(self, *words: str) -> tuple[int, dict[str, Any]]:
        """Exit code and the member `error` of a command that is refused."""
        code, out, _ = self._run(words, as_json=True)
        return code, json.loads(out)["error"]

    def _run(self, words: tuple[str, ...], *, as_json: bool) -> tuple[int, str, str]:
        context = Context(data_override=self.data, json=as_json)
        begin(context)
        try:
            code = run(list(words))
        finally:
            if "_store" in vars(context):
                context.store().close()
        caught = self.capture.readouterr()
        return code, caught.out, caught.err


@pytest.fixture
def data(tmp_path: Path) -> Path:
    store = Store.open(tmp_path / "data")
    payload = json.dumps(DOCUMENT)
    hashed = hashlib.sha256(payload.encode()).hexdigest()
    with store.change("test", "apply") as change:
        change.put_bundle(api="library", hash=hashed, payload=payload, source_map="{}", title="Library", version="1")
        limits = (parse_limit("quota", "20 per hour by application"), parse_limit("concurrency", "3", "getMember"))
        change.put_plan(Plan("basic", limits))
        change.put_plan(Plan("gold", ()))
        change.put_product(Product("reading", "library", ("getMember",), "basic"))
    store.close()
    return tmp_path / "data"


@pytest.fixture
def firstclass(data: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[CommandLine]:
    yield CommandLine(data, capsys)
    begin(Context())
