"""`init`: a newcomer's first minute, with contracts as they are found."""

from __future__ import annotations

import json
import socket
from pathlib import Path
from typing import Any

import pytest
from operated import Done, Operated, Origin

# No security, no operationId, patterns that no linear-time engine can hold in places that are awkward to name.
FOUND: dict[str, Any] = {
    "openapi": "3.0.3",
    "info": {"title": "Shop & Söns!", "version": "1"},
    "servers": [{"url": "/shop"}],
    "paths": {
        "/a/{id}": {
            "get": {
                "parameters": [
                    {"name": "id", "in": "path", "required": True, "schema": {"type": "string", "pattern": r"^(a+)\1$"}}
                ],
                "responses": {
                    "200": {
                        "description": "x",
                        "content": {
                            "application/json": {
                                "schema": {
                                    "type": "object",
                                    "properties": {
                                        "it's": {"type": "string", "pattern": "(?<=a)b"},
                                        "x/y~z": {"type": "string", "pattern": "(?<=c)b"},
                                    },
                                }
                            }
                        },
                    }
                },
            }
        }
    },
}


@pytest.fixture
def place(tmp_path: Path, origin: Origin) -> Operated:
    """A directory with a contract in a folder below, and nothing else."""
    site = Operated(tmp_path, origin)
    site.config.unlink()
    site.contract.unlink()
    (tmp_path / "my api").mkdir()
    (tmp_path / "my api" / "found.json").write_text(json.dumps(FOUND))
    return site


def begin(place: Operated, upstream: str, *more: str) -> Done:
    return place.cli("init", "my api/found.json", "--upstream", upstream, "--json", *more)


def test_what_init_writes_passes_check_and_runs(place: Operated) -> None:
    done = begin(place, "http://127.0.0.1:9")
    assert done.code == 0, done
    assert sorted(done.json) == ["config", "in_observe", "next", "overlay"] and done.json["in_observe"] == []
    assert Path(done.json["config"]) == place.config and Path(done.json["overlay"]).exists()
    assert done.json["next"][:2] == ["firstclass check", "firstclass dev"]
    checked = place.json("check")
    assert checked["ok"] and checked["errors"] == [] and len(checked["unenforced"]) == 3
    text = place.config.read_text()
    assert "name: shop-sons\n" in text and "mode: enforce\n" in text
    for port in ("8080", "8081", "8082"):
        text = text.replace(f"127.0.0.1:{port}", "127.0.0.1:0")
    place.config.write_text(text)
    place.start()
    assert place.call("GET", "/shop/a/aa").reason == "credential_missing"
    place.kill()


def test_an_api_that_answers_begins_in_observe(place: Operated) -> None:
    with socket.create_server(("127.0.0.1", 0)) as alive:
        assert begin(place, f"http://127.0.0.1:{alive.getsockname()[1]}").code == 0
    assert "mode: observe" in place.config.read_text()


def test_nothing_is_ever_overwritten(place: Operated) -> None:
    for name in ("firstclass.yaml", "policy.overlay.yaml"):
        mine = place.directory / name
        mine.write_text("mine")
        done = begin(place, "http://127.0.0.1:9")
        assert done.code == 1 and done.error["code"] == "file_exists" and name in done.error["message"]
        assert mine.read_text() == "mine"
        mine.unlink()
    assert [path.name for path in place.directory.iterdir()] == ["my api"]


@pytest.mark.parametrize(
    ("content", "line"), [("openapi: [", 1), ("", 1), ("swagger: '1.2'\n", 1), ("- a\n", 1), ("just words", 1)]
)
def test_a_file_that_is_no_contract_begins_nothing(place: Operated, content: str, line: int) -> None:
    (place.directory / "my api" / "found.json").write_text(content)
    done = begin(place, "http://127.0.0.1:9")
    assert done.code == 1 and done.error["where"]["line"] >= line and done.error["hint"], done
    assert [path.name for path in place.directory.iterdir()] == ["my api"]


def test_wrong_arguments_are_told(place: Operated) -> None:
    assert begin(place, "127.0.0.1:9").code == 2
    assert begin(place, "http://127.0.0.1:9", "--name", "Not A Name").code == 2
    assert place.cli("init", "nowhere.yaml", "--upstream", "http://127.0.0.1:9").code == 4
    done = begin(place, "http://127.0.0.1:9", "--config", "nowhere/firstclass.yaml")
    assert done.code == 1 and done.error["code"] == "directory_missing", done
    assert [path.name for path in place.directory.iterdir()] == ["my api"]


NESTED = b'{"a": {"b": [{"c": 1}, [{"d": {}}]]}, "e": null}'
SLOPPY: dict[str, Any] = {
    "openapi": "3.0.3",
    "info": {"title": "Sloppy", "version": "1"},
    "paths": {
        "/free": {
            "get": {
                "operationId": "get",
                "responses": {
                    "200": {"description": "x", "content": {"application/json": {"schema": {"type": "object"}}}}
                },
            }
        },
        "/shallow": {
            "get": {
                "operationId": "get",
                "responses": {
                    "200": {
                        "description": "x",
                        "content": {"application/json": {"schema": {"additionalProperties": True}}},
                    }
                },
            }
        },
        "/bare": {"get": {"responses": {"200": {"description": "x"}}}},
        "/text": {"get": {"responses": {"200": {"description": "x"}}}},
        "/moved": {"get": {"responses": {"302": {"description": "x"}}}},
        "/made": {"post": {"responses": {"201": {"description": "x"}}}},
    },
}


def test_a_sloppy_contract_of_a_live_api_changes_no_answer(place: Operated) -> None:
    (place.directory / "my api" / "found.json").write_text(json.dumps(SLOPPY))
    answers = {
        "/free": (200, NESTED, {}),
        "/shallow": (200, NESTED, {}),
        "/bare": (200, NESTED, {}),
        "/text": (200, b"OK", {"Content-Type": "text/plain"}),
        "/moved": (302, b"", {"Location": "/free"}),
        "/made": (201, NESTED, {"Location": "/things/7"}),
    }
    for path, (status, body, fields) in answers.items():
        place.origin.answers[path], place.origin.fields[path] = (status, body), fields
    try:
        assert begin(place, place.origin.url).code == 0
        checked = place.json("check")
        assert checked["ok"] and checked["errors"] == []
        assert {harm["message"] for harm in checked["harms"] if harm["code"] == "answer_of_anything"} == {
            "the answer may hold any property that nobody declared: get",
            "the answer may hold any property that nobody declared: getShallow",
            "the answer may be anything, and nobody looks into it: getBare",
            "the answer may be anything, and nobody looks into it: getText",
            "the answer may be anything, and nobody looks into it: postMade",
        }
        text = place.config.read_text()
        for port in ("8080", "8081", "8082"):
            text = text.replace(f"127.0.0.1:{port}", "127.0.0.1:0")
        place.config.write_text(text)
        place.start()
        for path, (status, body, fields) in answers.items():
            got = place.call("POST" if path == "/made" else "GET", path)
            assert (got.status, got.body) == (status, body), path
            assert dict(got.headers).items() >= fields.items(), path
        told = place.json("enforce", "sloppy")
        assert told["left_out"] == told["refused_answers"] == []
        assert all(item["would_refuse"] == 0 and item["places"] == [] for item in told["held_back"])
    finally:
        for path in answers:
            del place.origin.answers[path], place.origin.fields[path]
    place.kill()
