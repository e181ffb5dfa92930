"""What is attacked: an engine with the contract below in front of a raw origin, or the whole product, started by its
documented commands."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from raw import RawOrigin, ask, reply

from firstclass.compiler import ApiSettings, compile_api, encode
from firstclass.engine.cases.directory import PEPPER, PEPPER_ID
from firstclass.engine.cases.gateway import EngineUnderTest
from firstclass.engine.cases.minting import Signer, TokenWish, digest, mint_key, mint_token

CONTRACT = Path(__file__).parent / "shop.yaml"
DAY_MS = 86_400_000
PARTNER = {"issuer": "https://login.partner.example", "audience": "the-api"}
PEOPLE = {"issuer": "https://accounts.people.example", "audience": "the-api"}


def contract_files(choices: int = 2) -> dict[str, bytes]:
    """The contract, and a choice among so many schemas that it refers to."""
    branches = [
        {
            "type": "object",
            "required": [f"p{i}"],
            "properties": {f"p{i}": {"type": "string", "pattern": f"^x{i}(y|z)*$"}},
        }
        for i in range(choices)
    ]
    return {"shop.yaml": CONTRACT.read_bytes(), "choices.json": json.dumps({"oneOf": branches}).encode()}


def bundle_of(settings: ApiSettings, contract: bytes) -> str:
    """What an engine gets of a contract that is one file, without a mistake."""
    compiled = compile_api(settings, lambda _: contract)
    assert compiled.document is not None and not compiled.errors, compiled.errors
    return encode(compiled.document).decode()


def load_contract(engine: EngineUnderTest, origin: RawOrigin, contract: bytes, operations: list[str]) -> None:
    """Puts an API of one file in front of the origin; `desk` may call these operations."""
    settings = ApiSettings(name="shop", contract="contract", upstream=origin.url)
    engine.load({"shop": bundle_of(settings, contract)}, directory(int(time.time() * 1000), operations))


def all_operations() -> list[dict[str, Any]]:
    """The operations of the contract, as compiled."""
    compiled = compile_api(ApiSettings(name="shop", contract="shop.yaml"), contract_files().__getitem__)
    assert compiled.document is not None, compiled.errors
    operations: list[dict[str, Any]] = compiled.document["operations"]
    return operations


def directory(now_ms: int, operations: list[str]) -> list[dict[str, Any]]:
    """Applications `desk` (everything), `other` (nothing), `gone` (disabled), and keys in every state."""
    applications = [
        ("desk", True, [{"issuer": "partner", "client_id": "acme"}]),
        ("other", True, [{"issuer": "partner", "client_id": "other"}]),
        ("gone", False, [{"issuer": "partner", "client_id": "gone"}]),
        ("past", True, [{"issuer": "partner", "client_id": "past"}]),
    ]
    keys = [
        ("desk", "desk", "active", 90 * DAY_MS),
        ("expired", "desk", "active", -1000),
        ("revoked", "desk", "revoked", 90 * DAY_MS),
        ("other", "other", "active", 90 * DAY_MS),
        ("gone", "gone", "active", 90 * DAY_MS),
        ("past", "past", "active", 90 * DAY_MS),
    ]
    about = {"tenant": "main"}
    changes: list[dict[str, Any]] = [
        {"type": "application", "id": name, "value": {**about, "name": name, "enabled": on, "clients": clients}}
        for name, on, clients in applications
    ]
    for name, application, state, left in keys:
        value = {
            **about,
            "application": application,
            "digest": digest(PEPPER, mint_key(name)),
            "pepper": PEPPER_ID,
            "state": state,
            "expires_at": now_ms + left,
        }
        changes.append({"type": "credential", "id": name, "value": value})
    for name, until in (("desk", None), ("gone", None), ("past", now_ms - 1000)):
        value = {**about, "application": name, "api": "shop", "operations": operations, "unmask": [], "until": until}
        changes.append({"type": "subscription", "id": name, "value": value})
    for name, entry, claim in (("partner", PARTNER, "client_id"), ("people", PEOPLE, None)):
        value = {
            **about,
            **entry,
            "algorithms": ["ES256", "EdDSA"],
            "application_claim": claim,
            "types": ["at+jwt", "jwt", ""],
            "keys": Signer(name).public_keys(["ES256", "EdDSA"]),
        }
        changes.append({"type": "issuer", "id": name, "value": value})
    return changes


def plan_of(count: int = 0, limits: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    """A plan of so many calls a month, or of these limits."""
    quota = {"kind": "quota", "operation": None, "by": ["application"], "count": count, "window": "month"}
    value = {"tenant": "main", "limits": [quota] if limits is None else limits}
    return {"type": "plan", "id": "metered", "value": value}


def key(name: str) -> tuple[str, str]:
    """The header that carries a key."""
    return ("X-API-Key", mint_key(name))


def token(issuer: str = "partner", **claims: Any) -> str:
    """A token; the keywords `header`, `signer`, `algorithm` and `null_signature` are not claims."""
    wish = {k: claims.pop(k) for k in ("header", "signer", "algorithm", "null_signature") if k in claims}
    entry = PARTNER if issuer == "partner" else PEOPLE
    if issuer == "partner":
        claims.setdefault("client_id", "acme")
    return mint_token(TokenWish(issuer, claims=claims, **wish), entry, int(time.time()))


def bearer(text: str) -> tuple[str, str]:
    """The header that carries a token."""
    return ("Authorization", f"Bearer {text}")


@dataclass
class Gateway:
    """An engine and the origin behind it."""

    engine: EngineUnderTest
    origin: RawOrigin
    changes: list[dict[str, Any]] = field(default_factory=list)
    """The directory, without its plan."""

    @property
    def port(self) -> int:
        return self.engine.port


@contextmanager
def started_gateway(
    limits: dict[str, int] | None = None,
    *,
    workers: int = 1,
    plan: dict[str, Any] | None = None,
    public_url: str | None = None,
    edit: tuple[bytes, bytes] = (b"", b""),
) -> Iterator[Gateway]:
    """The contract behind an engine of its own; `desk` is under the plan, if there is one. `edit`: what is replaced in
    the contract, and by what."""
    origin = RawOrigin()
    settings = ApiSettings(name="shop", contract="shop.yaml", upstream=origin.url)
    files = contract_files(choices=1000)
    assert edit[0] in files["shop.yaml"]
    files["shop.yaml"] = files["shop.yaml"].replace(*edit) if edit[0] else files["shop.yaml"]
    compiled = compile_api(settings, files.__getitem__)
    assert compiled.document is not None and not compiled.errors, compiled.errors
    operations = [operation["id"] for operation in compiled.document["operations"]]
    with EngineUnderTest(limits=limits, workers=workers, public_url=public_url) as engine:
        now_ms = int(time.time() * 1000)
        changes = directory(now_ms, operations)
        for change in changes:
            if plan is not None and (change["type"], change["id"]) == ("subscription", "desk"):
                change["value"]["plan"] = plan["id"]
        planned = changes if plan is None else [*changes, plan]
        engine.load({"shop": encode(compiled.document).decode()}, planned)
        yield Gateway(engine, origin, changes)
    origin.close()


@dataclass
class Product:
    """`firstclass run` in a directory of its own."""

    directory: Path
    origin: RawOrigin
    port: int
    control_port: int
    status_port: int
    log: Path
    keys: dict[str, str] = field(default_factory=dict)
    key_ids: dict[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] = field(init=False)

    def cli(self, *arguments: str, expect: int | None = 0) -> subprocess.CompletedProcess[str]:
        """Run a command in the directory."""
        command = [sys.executable, "-m", "firstclass", *arguments]
        done = subprocess.run(command, cwd=self.directory, text=True, capture_output=True, timeout=60, check=False)
        assert expect is None or done.returncode == expect, (arguments, done.stdout[-500:], done.stderr[-1000:])
        return done

    def cli_json(self, *arguments: str) -> Any:
        """A command's JSON document."""
        return json.loads(self.cli(*arguments, "--json").stdout)

    def start(self) -> None:
        """Returns when it is ready."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "firstclass", "run"],
                cwd=self.directory, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            assert self.process.poll() is None, self.log.read_text()[-2000:]
            with contextlib.suppress(OSError, AssertionError):
                if ask(self.status_port, "GET", "/readyz").status == 200:
                    return
            time.sleep(0.1)
        raise AssertionError(f"not ready: {self.log.read_text()[-2000:]}")

    def kill(self) -> None:
        """The whole process group at once, as a power cut would."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def leaks(self, *canaries: str) -> list[str]:
        """Files below the directory, logs and store among them, that hold one of the canaries."""
        found = []
        for path in self.directory.rglob("*"):
            with contextlib.suppress(OSError):
                data = path.read_bytes() if path.is_file() else b""
                found += [f"{path.name}: {canary[:10]}…" for canary in canaries if canary.encode() in data]
        return found


@contextmanager
def started_product(directory: Path) -> Iterator[Product]:
    """The product with the contract, two issuers, and the applications `desk` (everything) and `other` (nothing)."""
    origin = RawOrigin()
    for name in ("partner", "people"):
        body = json.dumps({"keys": Signer(name).public_keys(["ES256", "EdDSA"])}).encode()
        origin.files[f"/{name}/jwks.json"] = lambda body=body: reply(200, body)  # type: ignore[misc]
    ports = [free_port() for _ in range(3)]
    for name, content in contract_files().items():
        (directory / name).write_bytes(content)
    (directory / "firstclass.yaml").write_text(json.dumps(configuration(origin, ports)), encoding="utf-8")
    product = Product(directory, origin, *ports, log=directory / "gateway.log")
    product.start()
    try:
        operations = ",".join(operation["id"] for operation in all_operations())
        for name in ("desk", "other"):
            more = ["--client-id", "acme", "--issuer", "partner"] if name == "desk" else []
            product.cli("applications", "create", name, "--owner", f"{name}@example.com", *more)
            issued = product.cli_json("keys", "issue", name, "--expires", "30d")
            product.keys[name], product.key_ids[name] = issued["key"], issued["id"]
        product.cli("subscriptions", "create", "desk", "--api", "shop", "--operations", operations)
        time.sleep(1.2)
        yield product
    finally:
        product.kill()
        origin.close()


def configuration(origin: RawOrigin, ports: list[int]) -> dict[str, Any]:
    """`firstclass.yaml`, which JSON is."""
    traffic, control, status = (f"127.0.0.1:{port}" for port in ports)
    issuers = [
        {"name": "partner", **PARTNER, "jwks_uri": f"{origin.url}/partner/jwks.json", "application_claim": "client_id"},
        {"name": "people", **PEOPLE, "jwks_uri": f"{origin.url}/people/jwks.json"},
    ]
    return {
        "version": 1,
        "listen": {"traffic": traffic, "control": control, "status": status},
        "data": "data",
        "issuers": issuers,
        "apis": [{"name": "shop", "contract": "shop.yaml", "upstream": origin.url}],
    }


def processes_of(group: int) -> list[Path]:
    """The processes of the gateway's process group."""
    found = []
    for path in Path("/proc").glob("[0-9]*"):
        try:
            fields = (path / "stat").read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        if int(fields[2]) == group:
            found.append(path)
    return found


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])
