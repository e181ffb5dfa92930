"""`firstclass subscriptions`."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.fixture(autouse=True)
def desk(firstclass: Any) -> str:
    return str(firstclass.json("applications", "create", "desk", "--owner", "desk@example.com")["id"])


def test_create_list_and_revoke(firstclass: Any, desk: str):
    made = firstclass.json(
        *("subscriptions", "create", "desk", "--api", "library", "--operations", "listMembers, getMember"),
        *("--unmask", "contact", "--until", "2099-01-31"),
    )
    assert made.pop("id").startswith("sub_") and made.pop("created_at").endswith("Z")
    assert made == {
        "application": desk,
        "api": "library",
        "operations": ["listMembers", "getMember"],
        "unmask": ["contact"],
        "product": None,
        "plan": None,
        "state": "approved",
        "until": "2099-01-31T00:00:00.000Z",
    }
    listed = firstclass.json("subscriptions", "list", "desk")["items"]
    assert len(listed) == 1
    assert firstclass.json("subscriptions", "revoke", listed[0]["id"]) == listed[0] | {"state": "revoked"}


def test_the_next_command_issues_a_key_until_there_is_one(firstclass: Any):
    wish = ("subscriptions", "create", "desk", "--api", "library", "--operations", "getMember")
    assert "next: KEY=$(firstclass keys issue desk" in firstclass(*wish)[2]
    key = firstclass.json("keys", "issue", "desk")["id"]
    assert "next:" not in firstclass(*wish)[2]
    firstclass.json("keys", "revoke", key)
    assert "next: KEY=$(firstclass keys issue desk" in firstclass(*wish)[2]


@pytest.mark.parametrize(
    ("words", "exit_code", "code"),
    [
        (("--api", "libary", "--operations", "getMember"), 4, "unknown_api"),
        (("--api", "library", "--operations", "getMembers"), 4, "unknown_operation"),
        (("--api", "library", "--operations", "getMember", "--unmask", "contacts"), 4, "unknown_category"),
        (("--api", "library"), 2, "usage"),
        (("--api", "library", "--operations", ","), 2, "no_operations"),
        (("--api", "library", "--operations", "getMember", "--until", "tomorrow"), 2, "usage"),
        (("--api", "library", "--operations", "getMember", "--until", "2001-01-01"), 2, "until_in_the_past"),
        (("--api", "library", "--product", "readin"), 4, "not_found"),
        (("--product", "reading", "--operations", "getMember"), 2, "usage"),
        (("--api", "other", "--product", "reading"), 2, "product_of_other_api"),
        (("--operations", "getMember"), 2, "usage"),
        (("--api", "library", "--operations", "getMember", "--plan", "basics"), 4, "not_found"),
    ],
)
def test_what_is_refused_says_why(firstclass: Any, words: tuple[str, ...], exit_code: int, code: str):
    got, error = firstclass.error("subscriptions", "create", "desk", *words)
    assert (got, error["code"]) == (exit_code, code) and error["hint"]
    assert firstclass.json("subscriptions", "list", "desk")["items"] == []


def test_a_product_brings_its_operations_and_plan(firstclass: Any):
    made = firstclass.json("subscriptions", "create", "desk", "--api", "library", "--product", "reading")
    assert (made["operations"], made["product"], made["plan"]) == (["getMember"], "reading", "basic")
    made = firstclass.json("subscriptions", "create", "desk", "--product", "reading", "--plan", "gold")
    assert (made["product"], made["plan"]) == ("reading", "gold")


def test_a_grant_without_a_plan_beside_it_is_pointed_out(firstclass: Any):
    words = ("subscriptions", "create", "desk", "--api", "library", "--operations", "getMember")
    other = firstclass.json(*words)["id"]
    code, _, talk = firstclass(*words, "--plan", "basic")
    assert code == 0 and f"warning: {other} grants some" in talk
    firstclass("subscriptions", "revoke", other)
    assert "warning" not in firstclass(*words, "--plan", "basic")[2]


def test_a_grant_without_a_plan_that_comes_second_is_pointed_out_too(firstclass: Any):
    words = ("subscriptions", "create", "desk", "--api", "library", "--operations")
    firstclass(*words, "getMember", "--plan", "basic")
    assert "warning" not in firstclass(*words, "listMembers")[2]
    code, out, talk = firstclass(*words, "getMember,listMembers")
    made = out.split()[0]
    assert code == 0 and f"warning: {made} grants some" in talk and f"subscriptions revoke {made}" in talk


def test_what_is_unmasked_and_what_adds_up_is_said(firstclass: Any):
    words = ("subscriptions", "create", "desk", "--api", "library", "--operations", "getMember")
    _, out, talk = firstclass(*words)
    first = out.split()[0]
    assert "unmasked" not in out and "adds up" not in talk
    _, out, talk = firstclass(*words, "--unmask", "contact,financial")
    assert out.endswith("  library: getMember, unmasked: contact, financial\n")
    assert f"adds up with {first} of the same application: to narrow what it may do, revoke" in talk
    firstclass("subscriptions", "revoke", first)
    assert f"adds up with {out.split()[0]} of" in firstclass(*words)[2], "what is revoked adds nothing"


def test_an_unknown_subscription_is_not_found(firstclass: Any):
    assert firstclass.error("subscriptions", "revoke", "sub_none")[0] == 4


def test_without_an_application_all_are_listed(firstclass: Any, desk: str):
    firstclass.json("applications", "create", "till", "--owner", "till@example.com")
    for name in ("desk", "till"):
        firstclass.json("subscriptions", "create", name, "--api", "library", "--operation", "getMember")
    items = firstclass.json("subscriptions", "list")["items"]
    assert len(items) == 2 and items[0]["application"] == desk
    assert firstclass.json("subscriptions", "list", "desk")["items"] == items[:1]
    shown = firstclass("subscriptions", "list")[1]
    assert "desk" in shown and "till" in shown
