"""`firstclass plans` and `firstclass products`."""

from __future__ import annotations

from typing import Any

QUOTA = {"kind": "quota", "limit": "20 per hour by application", "operation": None}
PLACES = {"kind": "concurrency", "limit": "3 by application", "operation": "getMember"}
BASIC = {"name": "basic", "limits": [QUOTA, PLACES], "subscriptions": 0}


def test_plans_are_listed_and_shown_with_their_use(firstclass: Any):
    listed = firstclass.json("plans", "list")
    assert listed == {"items": [BASIC, {"name": "gold", "limits": [], "subscriptions": 0}], "next": None}
    firstclass.json("applications", "create", "desk", "--owner", "desk@example.com")
    firstclass.json("subscriptions", "create", "desk", "--product", "reading")
    assert firstclass.json("plans", "show", "basic") == BASIC | {"subscriptions": 1}
    assert firstclass("plans", "show", "basic")[1].startswith("basic  1 subscription\n")
    _, out, _ = firstclass("plans", "list")
    assert "quota 20 per hour by application; concurrency of getMember 3 by application" in out


def test_products_are_listed_and_shown_with_their_use(firstclass: Any):
    reading = {"name": "reading", "api": "library", "operations": ["getMember"], "plan": "basic", "subscriptions": 0}
    assert firstclass.json("products", "list") == {"items": [reading], "next": None}
    assert firstclass.json("products", "show", "reading") == reading


def test_what_is_not_there_is_not_found_with_what_was_meant(firstclass: Any):
    assert firstclass.error("plans", "show", "basics")[1]["hint"] == "did you mean 'basic'?"
    code, error = firstclass.error("products", "show", "writing")
    assert code == 4 and "firstclass apply" in error["hint"]
