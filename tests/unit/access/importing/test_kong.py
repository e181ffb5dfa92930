"""Kong's declarative configuration, in the shapes of deck and of `kong config db_export`."""

import hashlib
from datetime import UTC, datetime, timedelta

import pytest

from firstclass.access.importing.foreign import Foreign
from firstclass.access.importing.kong import read
from firstclass.model.errors import FirstclassError

EXPORT = """_format_version: "3.0"
services:
- name: garage
  url: http://garage:3000
  plugins:
  - name: key-auth
    config: {key_names: [apikey, X-App-Key], key_in_query: true}
  - name: rate-limiting
    config: {minute: 100, hour: 1000, policy: local}
  routes:
  - name: quotes
    paths: [/v1/quotes]
    methods: [GET]
  - name: users
    paths: ["~/v1/users/\\\\d+$"]
    hosts: [api.example.com]
    plugins:
    - name: acl
      config: {allow: [staff]}
  - name: health
    paths: [/health]
    plugins:
    - {name: key-auth, enabled: false}
    - name: cors
consumers:
- username: kiosk
  custom_id: kiosk@example.com
  keyauth_credentials:
  - key: KIOSK-KEY
  - key: "{vault://env/kiosk}"
- username: desk
  acls:
  - group: staff
  keyauth_credentials:
  - {key: DESK-KEY, ttl: 100}
  basicauth_credentials:
  - {username: desk, password: x}
"""

FLAT = """_format_version: "1.1"
services:
- {name: s, id: s-1, url: "http://h"}
routes:
- {name: r, id: r-1, service: s-1, paths: [/v1]}
- {name: open, paths: [/open]}
plugins:
- {name: key-auth, service: {id: s-1}}
- {name: acl, route: r-1, config: {whitelist: [a], blacklist: [b]}}
consumers:
- {username: one, id: c-1}
- {username: two, id: c-2}
- {username: both, id: c-3}
keyauth_credentials:
- {consumer: c-1, key: ONE}
acls:
- {consumer: c-1, group: a}
- {consumer: two, group: b}
- {consumer: c-3, group: a}
- {consumer: c-3, group: b}
"""


def parsed(written, content):
    return read(written("kong.yaml", content), Foreign("kong.yaml"))


def test_consumers_come_with_their_keys_and_owners(written):
    foreign = parsed(written, EXPORT)
    kiosk, desk = foreign.consumers
    assert (kiosk.name, kiosk.owner) == ("kiosk", "kiosk@example.com")
    assert [key.sha256 for key in kiosk.keys] == [hashlib.sha256(b"KIOSK-KEY").digest()]
    assert desk.name == "desk" and len(desk.keys) == 1


def test_a_consumer_opens_what_its_groups_open(written):
    foreign = parsed(written, EXPORT)
    kiosk, desk = foreign.consumers
    opened = [(route.name, route.kind, route.methods) for route in desk.routes]
    assert ("users", "regex", ()) in opened and ("quotes", "prefix", ("GET",)) in opened
    assert [route.name for route in kiosk.routes if route.name != "health"] == ["quotes"]


def test_places_of_keys_and_limits_are_kept(written):
    foreign = parsed(written, EXPORT)
    assert foreign.headers == foreign.queries == {"apikey", "X-App-Key"}
    assert [(limit.count, limit.seconds) for limit in foreign.limits] == [(100, 60), (1000, 3600)]


def test_what_has_no_equivalent_is_listed_with_its_line(written):
    lost = {each.what: each.where.line for each in parsed(written, EXPORT).lost}
    assert lost["route users: hosts"] == 14 and lost["plugin cors"] == 24
    assert "consumer desk: basicauth_credentials" in lost and "a key with a ttl and no created_at" in lost
    assert any("vault" in what for what in lost)


def test_parts_that_lie_beside_each_other_are_put_together(written):
    foreign = parsed(written, FLAT)
    assert {consumer.name: [route.name for route in consumer.routes] for consumer in foreign.consumers} == {
        "one": ["r"],
        "two": [],
        "both": [],
    }
    assert len(foreign.consumers[0].keys) == 1
    assert any(each.what == "route open: it asks for no key" for each in foreign.lost)


ACLS = """_format_version: "3.0"
services:
- {name: s, url: "http://h", plugins: [{name: key-auth}], routes: [{name: r, paths: [/r]}, {name: q, paths: [/q]}]}
- {name: t, url: "http://h"}
consumers:
- {username: staff, keyauth_credentials: [{key: STAFF}]}
- {username: desk, acls: [{group: staff}], keyauth_credentials: [{key: DESK}]}
- {username: gold, groups: [{name: staff}], keyauth_credentials: [{key: GOLD}]}
plugins:
"""


def opened(foreign):
    return {consumer.name: [route.name for route in consumer.routes] for consumer in foreign.consumers}


@pytest.mark.parametrize(
    ("plugins", "staff", "desk", "gold"),
    [
        # Groups alone: a consumer that is called as a group is in none, and consumer groups count where it says so.
        ("- {name: acl, config: {allow: [staff]}}", "", "rq", ""),
        ("- {name: acl, config: {allow: [staff], include_consumer_groups: true}}", "", "rq", "rq"),
        ("- {name: acl, config: {deny: [staff]}}", "rq", "", "rq"),
        ("- {name: acl, config: {allow: []}}", "", "", ""),
        # Several scopes: the route's if the service is its own, and before what is bound more widely.
        ("- {name: acl, route: r, service: s, config: {allow: [staff]}}", "q", "rq", "q"),
        (
            "- {name: acl, route: {name: r}, service: {name: s}, config: {allow: [none]}}\n"
            "- {name: acl, route: r, config: {allow: [staff]}}",
            *("q", "q", "q"),
        ),
        ("- {name: acl, route: r, service: null, config: {allow: [staff]}}", "q", "rq", "q"),
        # Nobody can say: nothing is opened there.
        ("- {name: acl, route: r, service: t, config: {allow: [staff]}}", "q", "q", "q"),
        ("- {name: acl, service: s, consumer: desk, config: {allow: [staff]}}", "", "", ""),
        ("- {name: acl, consumer_group: {name: x}, config: {deny: [x]}}", "", "", ""),
    ],
)
def test_nobody_may_more_than_the_acl_let_them(written, plugins, staff, desk, gold):
    foreign = parsed(written, ACLS + plugins)
    assert opened(foreign) == {"staff": list(staff), "desk": list(desk), "gold": list(gold)}
    is_odd = any(word in plugins for word in ("service: t", "consumer:", "consumer_group:"))
    assert any("acl of" in each.what for each in foreign.lost) == is_odd


def test_a_key_plugin_of_route_and_service_counts_where_both_match(written):
    export = ACLS.replace('- {name: s, url: "http://h", plugins: [{name: key-auth}],', '- {name: s, url: "http://h",')
    foreign = parsed(
        written, export + "- {name: key-auth, route: r, service: s}\n- {name: key-auth, route: q, service: t}"
    )
    assert opened(foreign)["desk"] == ["r"]


def test_a_plugin_in_a_service_may_be_bound_to_one_route(written):
    nested = ACLS.replace("[{name: key-auth}]", "[{name: key-auth}, {name: acl, route: r, config: {allow: [staff]}}]")
    assert opened(parsed(written, nested + " []")) == {"staff": ["q"], "desk": ["r", "q"], "gold": ["q"]}


@pytest.mark.parametrize(
    ("content", "line"),
    [
        ("services: []\n", 1),
        ("_format_version: '3.0'\nconsumers:\n- keyauth_credentials: []\n", 3),
        ("[]", 1),
        ("_format_version: '3.0'\nroutes: [{paths: [/a]}]\nplugins:\n- {name: acl, service: {at: s}}\n", 4),
    ],
)
def test_what_is_no_export_of_kong_is_told(written, content, line):
    with pytest.raises(FirstclassError) as caught:
        parsed(written, content)
    assert caught.value.where.line == line and caught.value.hint


LIMITS = """_format_version: "3.0"
services:
- name: s
  plugins: [{name: key-auth}]
  routes: [{name: r, paths: [/r]}, {name: q, paths: [/q]}]
consumers:
- {username: desk, keyauth_credentials: [{key: DESK}]}
- {username: gold, groups: [{name: best}], keyauth_credentials: [{key: GOLD}]}
plugins:
"""
DESK, ROUTE = "consumer: desk, ", "route: r, "


@pytest.mark.parametrize(
    ("plugins", "desk_r", "desk_q", "gold_r"),
    [
        ([("", 1)], [1], [1], [1]),
        ([("", 1), ("service: s, ", 2)], [2], [2], [2]),
        ([("service: s, ", 1), (ROUTE, 2)], [2], [1], [2]),
        ([(ROUTE, 1), (DESK, 2)], [2], [2], [1]),
        ([(DESK, 1), (DESK + ROUTE, 2)], [2], [1], []),
        ([("route: r, service: s, ", 1), (DESK, 2)], [1], [2], [1]),
        ([("", 1), ("consumer_group: best, ", 2)], [1], [1], [2]),
        # Bound alike: all hold.
        ([(DESK, 1), (DESK, 2)], [1, 2], [1, 2], []),
        ([("service: t, ", 1), ("enabled: false, ", 2)], [], [], []),
    ],
)
def test_the_limit_bound_most_narrowly_holds(written, plugins, desk_r, desk_q, gold_r):
    lines = [f"- {{name: rate-limiting, {scopes}config: {{minute: {count}}}}}\n" for scopes, count in plugins]
    desk, gold = parsed(written, LIMITS + "".join(lines)).consumers
    held = [[limit.count for limit in route.limits] for route in (*desk.routes, gold.routes[0])]
    assert held == [desk_r, desk_q, gold_r]


def test_limits_inside_a_consumer_are_its_own(written):
    own = "keyauth_credentials: [{key: DESK}], plugins: [{name: rate-limiting, config: {day: 9, limit_by: ip}}]"
    desk, gold = parsed(written, LIMITS.replace("keyauth_credentials: [{key: DESK}]", own) + " []").consumers
    assert [(each.count, each.by) for each in desk.routes[0].limits] == [(9, "address")] and not gold.routes[0].limits


ROUTED = """_format_version: "3.0"
services:
- name: s
  url: "http://h"
  plugins: [{name: key-auth}]
  routes: [{name: v1, paths: [/v1]}, {name: admin, paths: [/v1/admin], %s}]
consumers:
- {username: desk, keyauth_credentials: [{key: DESK}]}
"""


@pytest.mark.parametrize(
    ("more", "noted"),
    [
        ("sources: [{ip: 10.0.0.0/8}]", "sources"),
        ("destinations: [{port: 8443}]", "destinations"),
        ("headers: {X-Staff: ['1']}", "headers"),
        ("snis: [a.example]", "snis"),
        ("expression: 'net.src.ip == 10.0.0.1'", "expression"),
        ("protocols: [grpc]", "protocols"),
        ("plugins: [{name: jwt}]", "plugin jwt"),
        ("plugins: [{name: house-auth}]", "plugin house-auth"),
        ("plugins: [{name: ip-restriction, config: {allow: [10.0.0.1]}}]", "plugin ip-restriction"),
        # Null and empty ask for nothing; `anonymous` lets go on whom the key names; these turn nobody away.
        ("sources: null, headers: {}, snis: [], protocols: [http, https]", None),
        ("plugins: [{name: jwt, config: {anonymous: nobody}}]", None),
        ("plugins: [{name: jwt, enabled: false}, {name: cors}]", None),
    ],
)
def test_a_route_that_asks_for_more_than_a_key_opens_nothing(written, more, noted):
    foreign = parsed(written, ROUTED % more)
    assert opened(foreign)["desk"] == (["v1"] if noted else ["v1", "admin"])
    told = [each.what for each in foreign.lost if each.what.startswith("route")]
    assert told == ([f"route admin: {noted}"] if noted else [])
    assert [route.name for route in foreign.routes] == ["v1", "admin"], "it is still a route that takes calls"


def test_hosts_and_protocols_are_told_apart(written):
    foreign = parsed(written, ROUTED % "hosts: [A.example], protocols: [https]")
    assert opened(foreign)["desk"] == ["v1", "admin"]
    assert [route.among for route in foreign.routes] == [frozenset(), {"a.example", "https:"}]
    (told,) = [each for each in foreign.lost if each.what == "route admin: hosts"]
    assert "only what all of them open" in told.instead


def test_what_counts_when_several_routes_match(written):
    more = "methods: [GET]}, {name: p, paths: ['~/v1/x$', /v1/xyz, /v1/x], regex_priority: 3}, {name: n, methods: [GET]"
    foreign = parsed(written, ROUTED % more)
    ranks = [(route.name, route.kind, route.least, route.most) for route in foreign.routes]
    assert ranks[:2] == [("v1", "prefix", (1, 0, 3), (1, 0, 3)), ("admin", "prefix", (2, 0, 9), (2, 0, 9))]
    assert ranks[3:] == [
        ("p", "prefix", (1, 3, 7), (1, 3, 7)),
        ("p", "prefix", (1, 3, 5), (1, 3, 7)),
        ("n", "prefix", (1, 0, 1), (1, 0, 1)),
    ]
    assert ranks[2][1] == "regex" and ranks[2][2] == ranks[2][3] > ranks[3][3]
    assert "n" not in opened(foreign)["desk"], "a route without a path opens nothing, and takes calls"


def test_old_patterns_have_no_tilde(written):
    foreign = parsed(written, ROUTED.replace('"3.0"', '"2.1"') % r"hosts: []}, {name: q, paths: ['/v1/q/\d+']")
    assert [(route.name, route.kind) for route in foreign.routes] == [
        ("v1", "prefix"),
        ("admin", "prefix"),
        ("q", "regex"),
    ]


def test_a_disabled_service_takes_no_calls(written):
    foreign = parsed(written, ROUTED.replace("url:", "enabled: false\n  url:") % "hosts: []")
    assert foreign.routes == [] and [each.what for each in foreign.lost] == [
        "route …: its service is disabled: 2 of them: v1 (line 7); admin (line 7)"
    ]


@pytest.mark.parametrize(
    "bound",
    [
        "consumers: [{username: desk, plugins: [{name: ip-restriction}]}, {username: other}]",
        "consumers: [{username: desk}, {username: other}]\nplugins: [{name: ip-restriction, consumer: desk}]",
        "consumers: [{username: desk, groups: [{name: g}]}, {username: other}]\n"
        "consumer_groups: [{name: g, plugins: [{name: ip-restriction}]}]",
    ],
)
def test_what_turns_one_consumer_away_closes_its_routes_alone(written, bound):
    foreign = parsed(written, (ROUTED % "hosts: []").partition("consumers:")[0] + bound)
    assert opened(foreign) == {"desk": [], "other": ["v1", "admin"]}
    assert "consumer desk: plugin ip-restriction" in {each.what for each in foreign.lost}


def test_two_consumers_are_not_joined_by_a_name(written):
    with pytest.raises(FirstclassError) as caught:
        parsed(written, "_format_version: '3.0'\nconsumers:\n- {username: a}\n- {custom_id: a}\n")
    assert (caught.value.code, caught.value.where.line) == ("name_of_two", 4)


def test_who_calls_itself_as_a_key_further_on_is_not_printed(written):
    export = "_format_version: '3.0'\nconsumers:\n- {username: SECRET}\n- {username: SECRET}\n"
    with pytest.raises(FirstclassError) as caught:
        parsed(written, export + "- {username: a, keyauth_credentials: [{key: SECRET}]}\n")
    assert "SECRET" not in str(caught.value) and "line 3" in caught.value.message


ALIASES = """_format_version: "3.0"
services:
- name: s
  url: http://s
  routes:
  - {name: admin, paths: [/admin], plugins: [{name: key-auth}, {name: acl, config: {allow: [admins]}}]}
  - {name: user, paths: [/user], plugins: [{name: key-auth}]}
consumers:
- {username: alice, custom_id: bob}
"""


def test_no_consumer_is_meant_by_its_custom_id(written):
    """Kong refers to a consumer by its id or its username; another one may have the custom_id as its username."""
    export = (
        ALIASES + "- {username: bob}\nkeyauth_credentials:\n- {consumer: alice, key: K1}\n- {consumer: bob, key: K2}\n"
        "acls:\n- {consumer: bob, group: admins}\nplugins:\n- {name: ip-restriction, consumer: bob}\n"
    )
    foreign = parsed(written, export)
    alice, bob = foreign.consumers
    assert opened(foreign) == {"alice": ["user"], "bob": []}
    assert [key.sha256 for key in alice.keys] == [hashlib.sha256(b"K1").digest()]
    assert [key.sha256 for key in bob.keys] == [hashlib.sha256(b"K2").digest()]


def test_what_belongs_to_nobody_is_listed(written):
    beside = {
        "acls": "- {consumer: bob, group: admins}",
        "keyauth_credentials": "- {consumer: bob, key: bob}",
        "keyauth_enc_credentials": "- {key: K2}",
        "jwt_secrets": "- {consumer: {id: gone}, key: x}",
        "plugins": "- {name: cors, consumer: ghost}",
    }
    foreign = parsed(written, ALIASES + "".join(f"{kind}:\n{entry}\n" for kind, entry in beside.items()))
    assert opened(foreign) == {"alice": ["user"]} and foreign.consumers[0].keys == ()
    lost = {each.what: each.where.line for each in foreign.lost}
    # A name that is a key is not printed.
    assert lost["acls of a consumer that is not there: …"] == 11
    assert lost["keyauth_credentials of a consumer that is not there: …"] == 13
    assert lost["keyauth_enc_credentials of a consumer that is not there"] == 15
    assert lost["jwt_secrets of a consumer that is not there: gone"] == 17
    assert lost["plugin cors of a consumer that is not there: ghost"] == 19


KEYS = """_format_version: "3.0"
consumers:
- username: desk
  keyauth_credentials:
  - {key: A, ttl: 100, created_at: 1800000000}
  - {key: B, ttl: 100, created_at: 1800000000123}
  - {key: C, ttl: 0, created_at: 1800000000}
  - {key: D, ttl: 100}
  - {key: E, ttl: soon}
  - {key: F, ttl: -1, created_at: 1800000000}
  - {key: G, ttl: 99999999999999999999, created_at: 99999999999}
"""


def test_a_key_ends_its_ttl_after_it_was_made(written):
    foreign = parsed(written, KEYS)
    ends = datetime.fromtimestamp(1800000100, UTC)
    keys = {name: next((k for k in foreign.consumers[0].keys if k.sha256 == digest(name)), None) for name in "ABCDEFG"}
    assert [keys["A"].expires_at, keys["B"].expires_at, keys["C"].expires_at] == [ends, ends, None]
    assert keys["A"].lasts is None and keys["D"].expires_at is None and keys["D"].lasts == timedelta(seconds=100)
    assert keys["E"] is keys["F"] is None and keys["G"].expires_at.year == 9999
    told = {each.what: each.where.line for each in foreign.lost}
    assert told["a key with a ttl and no created_at"] == 8
    assert told["a key whose ttl is no whole number of seconds: 2 of them: line 9; line 10"] == 9


def digest(key):
    return hashlib.sha256(key.encode()).digest()


@pytest.mark.parametrize(
    ("config", "is_told"), [("{}", True), ("{hide_credentials: false}", True), ("{hide_credentials: true}", False)]
)
def test_what_an_origin_heard_of_its_callers_is_told(written, config, is_told):
    foreign = parsed(written, (ROUTED % "hosts: []").replace("key-auth}", f"key-auth, config: {config}}}"))
    told = [each for each in foreign.lost if "at the origin" in each.what or "that the origin" in each.what]
    sentence = "the key that the origin of route … got with each call: 2 of them: v1 (line 5); admin (line 5)"
    assert [each.what for each in told][:-1] == ([sentence] if is_told else [])
    assert "X-Consumer-Username" in told[-1].what and "Firstclass-Application" in told[-1].instead
    assert "X-Consumer-Custom-ID" in foreign.identity_headers


def test_many_of_a_kind_are_one_line(written):
    routes = "".join(f"  - {{name: r{at}, paths: [/r{at}], hosts: [a.example]}}\n" for at in range(2000))
    foreign = parsed(written, f"_format_version: '3.0'\nservices:\n- name: s\n  routes:\n{routes}")
    told = {each.what: each for each in foreign.lost}
    assert len(told) == 2
    hosts = told["route …: hosts: 2000 of them: r0 (line 5); r1 (line 6); r2 (line 7); and 1997 more"]
    assert hosts.where.line == 5 and len(hosts.places) == 2000
