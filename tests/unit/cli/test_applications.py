"""`firstclass applications`."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any

import pytest

from firstclass.access import applications
from firstclass.storage import Store


def test_create_list_show_and_disable(firstclass: Any):
    made = firstclass.json("applications", "create", "desk", "--owner", "desk@example.com", "--kind", "mobile")
    assert set(made) == {"id", "client_id", "issuer", "name", "owner", "kind", "state", "created_at"}
    assert made["id"].startswith("app_") and (made["name"], made["kind"], made["state"]) == (
        "desk",
        "mobile",
        "enabled",
    )
    assert firstclass.json("applications", "list") == {"items": [made], "next": None}
    assert firstclass.json("applications", "show", made["id"]) == made
    assert firstclass.json("applications", "disable", "desk") == made | {"state": "disabled"}


def test_people_get_text(firstclass: Any):
    code, out, _ = firstclass("applications", "list")
    assert code == 0 and out == "there is no application yet\n"
    code, out, _ = firstclass("applications", "create", "desk", "--owner", "desk@example.com")
    assert code == 0 and out.startswith("app_")
    assert "desk@example.com" in firstclass("applications", "list")[1]


def test_who_disables_reads_what_undoes_it(firstclass: Any, data: Path):
    firstclass.json("applications", "create", "front desk", "--owner", "desk@example.com")
    _, out, talk = firstclass("applications", "disable", "front desk")
    assert "disabled" in out and talk == "its calls are refused until: firstclass applications enable 'front desk'\n"
    with contextlib.closing(Store.open(data)) as store:
        applications.create(store, name="filed", owner="desk@example.com", actor="test", managed=True)
    assert "the next apply lets it in again" in firstclass("applications", "disable", "filed")[2]


@pytest.mark.parametrize(
    ("words", "exit_code", "code"),
    [
        (("create", "x", "--owner", "nobody"), 2, "invalid_owner"),
        (("create", "x", "--owner", "a@b.example", "--kind", "toaster"), 2, "invalid_kind"),
        (("create", "x", "--owner", "a@b.example", "--client-id", "acme-7"), 2, "usage"),
        (("create", "x", "--owner", "a@b.example", "--client-id", "a", "--issuer", "nobody"), 4, "not_found"),
        (("create", "x", "--owner", "a@b.example", "--jwks", "keys.json"), 1, "not_enforceable_yet"),
        (("create", "x", "--owner", "a@b.example", "--redirect-uri", "https://x.example"), 1, "not_enforceable_yet"),
        (("show", "nobody"), 4, "not_found"),
        (("disable", "nobody"), 4, "not_found"),
    ],
)
def test_what_is_refused_says_why(firstclass: Any, words: tuple[str, ...], exit_code: int, code: str):
    got, error = firstclass.error("applications", *words)
    assert (got, error["code"]) == (exit_code, code) and error["hint"]
    assert firstclass.json("applications", "list")["items"] == []
