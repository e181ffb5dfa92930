"""Replay one case: compile, compare bundles with their snapshots, start engine and origin, make every exchange."""

from __future__ import annotations

import base64
import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from firstclass.compiler import ApiSettings, compile_api, encode
from firstclass.engine.cases.directory import build_changes, issuers_of, keys_of
from firstclass.engine.cases.gateway import EngineUnderTest
from firstclass.engine.cases.judging import judge, judge_event
from firstclass.engine.cases.model import ApiOfCase, Case, CaseError, Difference, Exchange, Json, Observed, Outcome
from firstclass.engine.cases.origin import Origin, Reply
from firstclass.engine.cases.templates import Expander
from firstclass.engine.cases.times import absolute_milliseconds
from firstclass.engine.cases.wire import encode_request, exchange

# What a snapshot has in place of the origin's port, which differs from run to run.
SNAPSHOT_UPSTREAM = "http://origin.test"
LINGER_SECONDS = 0.15


def replay_case(case: Case, *, update: bool = False) -> Outcome:
    """Replay `case`; with `update` its bundle snapshots are rewritten instead of compared.

    Raises:
        CaseError: the case cannot be replayed: its contract does not compile, or the engine does not take it.
    """
    documents = {api.name: _compile(case, api) for api in case.apis}
    differences, notes = _snapshots(case, documents, update=update)
    origin = Origin()
    try:
        with EngineUnderTest() as engine:
            differences += _Replay(case, documents, origin, engine).run()
    finally:
        origin.close()
    return Outcome(case.name, len(case.exchanges), tuple(differences), tuple(notes))


def _compile(case: Case, api: ApiOfCase) -> dict[str, Any]:
    settings = ApiSettings(
        name=api.name,
        contract=api.contract,
        overlays=api.overlays,
        upstream=SNAPSHOT_UPSTREAM + api.upstream_path,
        base_path=api.base_path,
        mode=api.mode,
    )
    compiled = compile_api(settings, lambda name: (case.path / name).read_bytes())
    if compiled.errors or compiled.document is None:
        said = "; ".join(f"{e.file}:{e.line}:{e.column}: {e.message}" for e in compiled.errors)
        raise CaseError(f"{case.name}: the contract has errors: {said}")
    return compiled.document


def _snapshots(case: Case, documents: dict[str, dict[str, Any]], *, update: bool) -> tuple[list[Difference], list[str]]:
    differences, notes = [], []
    for name, document in documents.items():
        path = case.path / ("bundle.json" if len(documents) == 1 else f"bundle-{name}.json")
        text = json.dumps(json.loads(encode(document)), indent=1, ensure_ascii=False) + "\n"
        if update:
            path.write_text(text, encoding="utf-8")
        elif not path.is_file():
            notes.append(f"no snapshot {path.name}")
        else:
            differences += _compare_snapshot(path, text)
    return differences, notes


def _compare_snapshot(path: Path, text: str) -> list[Difference]:
    kept = path.read_text(encoding="utf-8")
    if kept == text or json.loads(kept) == json.loads(text):
        return []
    pairs = zip(kept.splitlines(), text.splitlines(), strict=False)
    line, (old, new) = next(((i, p) for i, p in enumerate(pairs, start=1) if p[0] != p[1]), (0, ("", "")))
    return [Difference("", line, f"{path.name} (reviewed snapshot)", old.strip(), new.strip())]


@dataclass
class _Replay:
    case: Case
    documents: dict[str, dict[str, Any]]
    origin: Origin
    engine: EngineUnderTest

    def run(self) -> list[Difference]:
        self.run_ms = int(time.time() * 1000)
        bundles = {}
        for name, document in self.documents.items():
            api = {**document["api"], "upstream": self.origin.url}
            bundles[name] = encode({**document, "api": api}).decode()
        moved = None
        differences: list[Difference] = []
        ids: list[tuple[Exchange, str]] = []
        for each in self.case.exchanges:
            wanted = self._moved(each)
            if wanted != moved:
                self._load(bundles if moved is None else {}, wanted)
                moved = wanted
            observed, minted = self._exchange(each)
            differences += judge(each, observed, minted)
            ids += [(each, name) for got in observed.got[:1] for name in _request_ids(got.headers)]
        events = self.engine.events({name for _, name in ids})
        for each, name in ids:
            differences += judge_event(each, events.get(name))
        if not self.engine.running:
            differences.append(Difference("", 0, "engine", "still running", f"ended: {self.engine.log()[-1000:]}"))
        return differences

    def _moved(self, each: Exchange) -> int:
        """How far absolute times of the directory lie from the run, for the moment that the exchange names."""
        return 0 if each.now is None else self.run_ms - absolute_milliseconds(each.now)

    def _load(self, bundles: dict[str, str], moved_ms: int) -> None:
        operations = {n: [o["id"] for o in d["operations"]] for n, d in self.documents.items()}
        self.engine.load(bundles, build_changes(self.case, operations, self.run_ms, moved_ms))

    def _exchange(self, each: Exchange) -> tuple[Observed, list[str]]:
        expander = Expander(issuers_of(self.case), keys_of(self.case), int(time.time()))
        self.origin.reply = _reply(each.origin)
        self.origin.take()
        data, raw = _request(each.request, expander)
        client = each.expect.get("client_got") or {}
        observed = exchange(
            self.engine.port,
            data,
            responses=client.get("count", 1),
            head_only=data.startswith(b"HEAD "),
            expect_close=bool(client.get("closed")),
            linger=LINGER_SECONDS if raw else 0,
        )
        observed.seen = self.origin.take()
        return observed, expander.minted


def _request(request: Json, expander: Expander) -> tuple[bytes, bool]:
    """The bytes to send, and whether they were written raw."""
    if "raw_base64" in request:
        return base64.b64decode(request["raw_base64"]), True
    if "raw" in request:
        return expander.expand(request["raw"]).encode("latin-1"), True
    headers = [(name, expander.expand(value)) for name, value in request.get("headers", ())]
    target = expander.expand(request["target"])
    return encode_request(request["method"], target, headers, _body(request)), False


def _reply(origin: Json) -> Reply:
    delay = float(origin.get("delay_seconds", 0))
    if "raw_base64" in origin:
        return Reply(raw=base64.b64decode(origin["raw_base64"]), delay_seconds=delay)
    if "raw" in origin:
        return Reply(raw=origin["raw"].encode("latin-1"), delay_seconds=delay)
    if not origin:
        return Reply()
    written = origin.get("headers", [])
    headers = [(str(k), str(v)) for k, v in (written.items() if isinstance(written, dict) else written)]
    body = _body(origin)
    if "json" in origin:
        body = json.dumps(origin["json"], ensure_ascii=False, separators=(",", ":")).encode()
        if not any(name.lower() == "content-type" for name, _ in headers):
            headers.append(("Content-Type", "application/json"))
    return Reply(origin.get("status", 200), headers, body or b"", delay_seconds=delay)


def _body(value: Json) -> bytes | None:
    if "body_base64" in value:
        return base64.b64decode(value["body_base64"])
    return value["body"].encode() if "body" in value else None


def _request_ids(headers: list[tuple[str, str]]) -> list[str]:
    return [value for name, value in headers if name.lower() == "x-request-id"]
