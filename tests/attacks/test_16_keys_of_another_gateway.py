"""Threats 16, 21 and 36 where keys of another gateway go on in a query: no other key does, two are none, they end, and
their text is nowhere but with their owner."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from gateway import Product, started_product
from raw import ask

OLD, SHORT, HASHED = "OLD-CANARY-7f3a9c", "SHORT-CANARY-51bd2e", "HASHED-CANARY-c03e77"
OVERLAY = """overlay: 1.0.0
info: {title: Old keys go on, version: 1.0.0}
actions:
  - target: $.components.securitySchemes.apiKey
    update: {x-firstclass: {legacy_query: api_key}}
"""
KONG = """_format_version: "3.0"
services:
- name: shop
  url: http://shop
  plugins: [{name: key-auth}]
  routes:
  - {name: all, paths: [/]}
  - {name: admin, paths: [/admin], %s}
consumers: [{username: kong-%d, keyauth_credentials: [{key: KONG-CANARY-0000-%d}]}]
"""
APISIX = """routes:
- {name: all, uri: /*, plugins: {key-auth: {}}}
- {name: admin, uri: /admin, %s}
consumers: [{username: apisix-%d, plugins: {key-auth: {key: APISIX-CANARY-0000-%d}}}]
"""
TIGHTER = [
    ("kong", "plugins: [{name: acl, config: {allow: [admins]}}]"),
    ("kong", "plugins: [{name: key-auth, enabled: false}, {name: basic-auth}]"),
    ("kong", "plugins: [{name: jwt}]"),
    ("kong", "plugins: [{name: ip-restriction, config: {allow: [10.0.0.0/8]}}]"),
    ("kong", "sources: [{ip: 10.0.0.0/8}]"),
    ("kong", "destinations: [{port: 8443}]"),
    ("kong", "headers: {X-Staff: ['1']}"),
    ("kong", "snis: [staff.example.com]"),
    ("kong", "hosts: [staff.example.com], plugins: [{name: acl, config: {allow: [admins]}}]"),
    ("apisix", "plugins: {key-auth: {}, consumer-restriction: {whitelist: [boss]}}"),
    ("apisix", "plugins: {jwt-auth: {}}"),
    ("apisix", "plugins: {key-auth: {}}, remote_addrs: [10.0.0.0/8]"),
    ("apisix", "plugins: {key-auth: {}}, vars: [[arg_staff, '==', '1']]"),
]


def import_(product: Product, rows: str, *more: str) -> Any:
    """Import a table that is gone afterwards."""
    path = product.directory / "keys.csv"
    path.write_text(f"application,owner,key,operations\n{rows}")
    try:
        return product.cli_json("import", "csv", "keys.csv", "--api", "shop", *more)
    finally:
        path.unlink()


@pytest.fixture(scope="module")
def adopted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """The product of the other attacks, with keys of another gateway."""
    with started_product(tmp_path_factory.mktemp("adopted")) as product:
        (product.directory / "old.overlay.yaml").write_text(OVERLAY)
        config = json.loads((product.directory / "firstclass.yaml").read_text())
        config["apis"][0]["overlays"] = ["old.overlay.yaml"]
        (product.directory / "firstclass.yaml").write_text(json.dumps(config))
        product.cli("apply")
        known = hashlib.sha256(HASHED.encode()).hexdigest()
        import_(product, f"kiosk,k@example.com,{OLD},getAdmin\nbox,b@example.com,sha256:{known},getAdmin\n")
        time.sleep(1.2)
        yield product


@pytest.fixture
def product(adopted: Product) -> Iterator[Product]:
    adopted.origin.says()
    adopted.origin.take()
    yield adopted
    assert adopted.process.poll() is None, adopted.log.read_text()[-2000:]


def get(product: Product, target: str, *headers: tuple[str, str]) -> tuple[int, str | None]:
    answer = ask(product.port, "GET", target, headers)
    return answer.status, answer.reason


def wait_until_known(product: Product, key: str) -> None:
    """Until the engine knows a key."""
    ends = time.monotonic() + 5
    while get(product, "/admin", ("X-API-Key", key))[0] == 401:
        assert time.monotonic() < ends, "the key never arrived"
        time.sleep(0.1)


def test_the_origin_never_sees_it(product: Product) -> None:
    for target, headers in (
        (f"/admin?api_key={OLD}", ()),
        (f"/admin?%61pi_key={OLD}", ()),
        ("/admin", (("X-API-Key", OLD),)),
        (f"/admin?api_key={HASHED}", ()),
        ("/admin", (("X-API-Key", HASHED),)),
        (f"/api?api_key={OLD}", ()),
    ):
        assert get(product, target, *headers) == (200, None), target
    arrived = product.origin.take()
    assert len(arrived) == 6
    for request in arrived:
        assert "?" not in request.target
        assert not any("CANARY" in value for _, value in request.headers)
    assert [request.values("Firstclass-Application") for request in arrived[:4]] == [["kiosk"]] * 3 + [["box"]]


def test_no_other_key_is_taken_from_a_url(product: Product) -> None:
    ours = product.keys["desk"]
    for target in (
        f"/admin?api_key={ours}",
        f"/admin?X-API-Key={OLD}",
        f"/admin?API_KEY={OLD}",
        f"/admin?api_key[]={OLD}",
        f"/admin?api_key[0]={OLD}",
        f"/admin?api%5Fkey.x={OLD}",
        f"/admin?apikey={OLD}",
        "/admin?api_key=",
        "/admin?api_key",
        "/admin?api_key=unknown",
        f"/admin?api_key={OLD}x",
        f"/admin?api_key={OLD},{OLD}",
        f"/admin/{OLD}",
        f"/admin#api_key={OLD}",
        f"/admin;api_key={OLD}",
    ):
        assert get(product, target)[0] in (400, 401, 404), target
    assert product.origin.take() == []


def test_two_keys_are_none(product: Product) -> None:
    ours = product.keys["desk"]
    for target, headers in (
        (f"/admin?api_key={OLD}", (("X-API-Key", OLD),)),
        (f"/admin?api_key={OLD}", (("X-API-Key", ours),)),
        (f"/admin?api_key=x&api_key={OLD}", ()),
        (f"/admin?api_key={OLD}&api_key={OLD}", ()),
        (f"/admin?api_key={OLD}&%61pi_key={HASHED}", ()),
        ("/admin", (("X-API-Key", OLD), ("X-API-Key", OLD))),
    ):
        assert get(product, target, *headers) == (401, "credential_invalid"), target
    assert product.origin.take() == []


def test_it_opens_what_it_opened_and_no_more(product: Product) -> None:
    assert get(product, f"/people?api_key={OLD}") == (403, "not_subscribed")
    assert get(product, f"/people/7?api_key={OLD}") == (403, "not_subscribed")
    assert product.origin.take() == []


def test_who_stole_the_hashes_has_no_key(product: Product) -> None:
    for text in (OLD, HASHED):
        known = hashlib.sha256(text.encode())
        encoded = "".join(f"%{byte:02x}" for byte in known.digest())
        for value in (known.hexdigest(), f"sha256:{known.hexdigest()}", encoded, f"legacy%20key%0a{encoded}"):
            assert get(product, f"/admin?api_key={value}")[0] in (400, 401), value
        assert get(product, "/admin", ("X-API-Key", known.hexdigest())) == (401, "credential_invalid")
    assert product.origin.take() == []


@pytest.mark.parametrize("at", range(len(TIGHTER)))
def test_no_route_opens_what_a_more_specific_one_closed(product: Product, at: int) -> None:
    """A key of the old gateway that reached the people, and by the route of /admin never got in."""
    source, more = TIGHTER[at]
    path, key = product.directory / "export.yaml", f"{source.upper()}-CANARY-0000-{at}"
    path.write_text((KONG if source == "kong" else APISIX) % (more, at, at))
    told = product.cli_json("import", source, "export.yaml", "--api", "shop")
    path.unlink()
    wait_until_known(product, key)
    product.origin.take()
    get(product, "/people", ("X-API-Key", key))
    assert [request.target for request in product.origin.take()] == ["/people"]
    assert get(product, "/admin", ("X-API-Key", key)) == (403, "not_subscribed")
    assert any("admin" in each["what"] and each["line"] for each in told["without_equivalent"]), told


def test_two_keys_of_one_alias_open_each_its_own(product: Product) -> None:
    apis = [
        {"name": name, "api_id": name, "proxy": {"listen_path": f"/{name}"}, "auth": {"auth_header_name": "X-API-Key"}}
        for name in ("people", "admin")
    ]
    keys = {f"TYK-CANARY-{api['name']}": {"alias": "acme", "access_rights": {api["name"]: {}}} for api in apis}
    path = product.directory / "tyk.json"
    path.write_text(json.dumps({"apis": apis, "keys": keys}))
    told = product.cli_json("import", "tyk", "tyk.json", "--api", "shop")
    path.unlink()
    assert told["applications"] == 2 and any("acme" in each["what"] for each in told["without_equivalent"])
    for key in keys:
        wait_until_known(product, key)
    product.origin.take()
    get(product, "/people", ("X-API-Key", "TYK-CANARY-people"))
    get(product, "/admin", ("X-API-Key", "TYK-CANARY-admin"))
    assert [request.target for request in product.origin.take()] == ["/people", "/admin"]
    assert get(product, "/admin", ("X-API-Key", "TYK-CANARY-people")) == (403, "not_subscribed")
    assert get(product, "/people", ("X-API-Key", "TYK-CANARY-admin")) == (403, "not_subscribed")


def test_a_key_of_two_consumers_speaks_for_neither(product: Product) -> None:
    """Whoever of the two calls with it must not be taken for the other; and no name that is a key is printed."""
    shared, own, named = "SHARED-CANARY-4b1d90", "OWN-CANARY-0000-8c2e", "NAMED-CANARY-0000-77"
    told = import_(
        product,
        f"one,a@example.com,{shared},getAdmin\ntwo,b@example.com,{shared},listPeople\n"
        f"three,c@example.com,{own},getAdmin\n{named},c@example.com,{named},getAdmin\n",
    )
    assert told["keys"] == 1 and "CANARY" not in json.dumps(told)
    assert "one (line 2); two (line 3)" in json.dumps(told["without_equivalent"])
    wait_until_known(product, own)
    product.origin.take()
    for key in (shared, named):
        for target in ("/admin", "/people"):
            assert get(product, target, ("X-API-Key", key)) == (401, "credential_invalid")
    assert product.origin.take() == []
    assert "CANARY" not in product.cli("applications", "list").stdout


def test_no_key_and_no_group_goes_to_who_has_its_owners_name_as_custom_id(product: Product) -> None:
    """Kong refers to consumers by id and username. A custom_id, from another system, may be another one's username."""
    alice, bob = "ALICE-CANARY-0000-5e", "BOB-CANARY-0000-90ab"
    routes = KONG.partition("consumers:")[0] % "plugins: [{name: acl, config: {allow: [admins]}}]"
    path = product.directory / "export.yaml"
    path.write_text(
        f"{routes}consumers:\n- {{username: k-alice, custom_id: k-bob}}\n- {{username: k-bob}}\n"
        f"keyauth_credentials:\n- {{consumer: k-alice, key: {alice}}}\n- {{consumer: k-bob, key: {bob}}}\n"
        "- {consumer: nobody, key: NOBODY-CANARY-0000-1}\n"
        "acls:\n- {consumer: k-bob, group: admins}\n"
    )
    told = product.cli_json("import", "kong", "export.yaml", "--api", "shop")
    path.unlink()
    assert told["keys"] == 2 and any("nobody" in each["what"] for each in told["without_equivalent"])
    wait_until_known(product, bob)
    product.origin.take()
    assert get(product, "/admin", ("X-API-Key", alice)) == (403, "not_subscribed")
    get(product, "/admin", ("X-API-Key", bob))
    get(product, "/people", ("X-API-Key", alice))
    assert [request.target for request in product.origin.take()] == ["/admin", "/people"]
    assert get(product, "/people", ("X-API-Key", "NOBODY-CANARY-0000-1")) == (401, "credential_invalid")


def test_a_key_ends_when_the_old_gateway_ended_it(product: Product) -> None:
    """Kong's `ttl` counts from `created_at`, not from the import."""
    made = int(time.time()) - 100
    keys = "".join(f"\n  - {{key: TTL-CANARY-0000-{ttl}, ttl: {ttl}, created_at: {made}}}" for ttl in (50, 100_000))
    path = product.directory / "export.yaml"
    routes = KONG.partition("consumers:")[0] % "hosts: []"
    path.write_text(f"{routes}consumers:\n- username: kong-99\n  keyauth_credentials:{keys}\n")
    told = product.cli_json("import", "kong", "export.yaml", "--api", "shop")
    path.unlink()
    assert told["keys"] == 1 and any("has ended" in each["what"] for each in told["without_equivalent"])
    wait_until_known(product, "TTL-CANARY-0000-100000")
    assert get(product, "/people", ("X-API-Key", "TTL-CANARY-0000-50"))[0] == 401
    (listed,) = product.cli_json("keys", "list", "kong-99")["items"]
    assert abs(datetime.fromisoformat(listed["expires_at"]).timestamp() - made - 100_000) < 2


def test_it_ends_on_its_day(product: Product) -> None:
    import_(product, f"short,s@example.com,{SHORT},getAdmin\n", "--expires", "4s")
    ends = time.monotonic() + 4
    while get(product, f"/admin?api_key={SHORT}")[0] != 200:
        assert time.monotonic() < ends, "it never worked"
        time.sleep(0.1)
    time.sleep(max(0.0, ends - time.monotonic()) + 0.2)
    assert get(product, f"/admin?api_key={SHORT}") == (401, "credential_expired")
    assert get(product, "/admin", ("X-API-Key", SHORT)) == (401, "credential_expired")
    again = import_(product, f"short,s@example.com,{SHORT},getAdmin\n", "--expires", "90d")
    assert again["keys"] == 0 and get(product, f"/admin?api_key={SHORT}") == (401, "credential_expired")


def test_its_text_lies_nowhere(product: Product) -> None:
    """After all that was tried above, and after a wrong import."""
    ask(product.port, "GET", f"/{OLD}?api_key={OLD}", [("User-Agent", "x")])
    path: Path = product.directory / "wrong.csv"
    path.write_text(f"application,owner,key,operations\nx,x@example.com,{OLD},noSuchOperation\n")
    done = product.cli("import", "csv", "wrong.csv", "--api", "shop", expect=1)
    path.unlink()
    listed = product.cli("keys", "list", "kiosk", "--json").stdout + product.cli("dump").stdout
    assert "CANARY" not in done.stdout + done.stderr + listed
    time.sleep(1.5)
    hashes = [hashlib.sha256(text.encode()).hexdigest() for text in (OLD, SHORT, HASHED)]
    assert product.leaks(OLD, SHORT, HASHED, "CANARY", *hashes) == []
