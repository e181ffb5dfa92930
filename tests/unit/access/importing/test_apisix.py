"""APISIX's standalone configuration."""

import hashlib

import pytest

from firstclass.access.importing.apisix import read
from firstclass.access.importing.foreign import Foreign
from firstclass.model.errors import FirstclassError

EXPORT = """routes:
  - id: 1
    name: quotes
    uri: /v1/quotes
    methods: [GET]
    plugins:
      key-auth: {header: X-App-Key, query: token}
      limit-count: {count: 20, time_window: 3600, rejected_code: 429}
    upstream: {type: roundrobin, nodes: {"127.0.0.1:3000": 1}}
  - id: 2
    uris: [/v1/users/*]
    service_id: s1
    plugins:
      consumer-restriction: {whitelist: [desk]}
    host: api.example.com
  - id: 3
    uri: /v1/cars/:id
    plugin_config_id: p1
  - {id: 4, uri: /closed, status: 0}
services:
  - {id: s1, plugins: {key-auth: {}}}
plugin_configs:
  - {id: p1, plugins: {key-auth: {}, consumer-restriction: {type: route_id, whitelist: ["9"]}}}
consumers:
  - username: desk
    plugins: {key-auth: {key: DESK-KEY}, jwt-auth: {key: x, secret: y}}
  - username: kiosk
    credentials: [{name: main, type: key-auth, config: {key: KIOSK-KEY}}]
  - id: kiosk/credentials/second
    plugins: {key-auth: {key: KIOSK-KEY-2}}
#END
"""


@pytest.fixture
def foreign(written):
    return read(written("apisix.yaml", EXPORT), Foreign("apisix.yaml"))


def test_consumers_come_with_keys_from_every_place(foreign):
    desk, kiosk = foreign.consumers
    assert [key.sha256 for key in desk.keys] == [hashlib.sha256(b"DESK-KEY").digest()]
    wanted = [hashlib.sha256(text).digest() for text in (b"KIOSK-KEY", b"KIOSK-KEY-2")]
    assert [key.sha256 for key in kiosk.keys] == wanted


def test_a_consumer_opens_what_no_restriction_keeps_from_it(foreign):
    desk, kiosk = foreign.consumers
    assert [(route.path, route.kind) for route in desk.routes] == [("/v1/quotes", "exact"), ("/v1/users/", "prefix")]
    assert [route.path for route in kiosk.routes] == ["/v1/quotes"]


def test_the_rest_is_kept_or_listed(foreign):
    assert foreign.headers == {"X-App-Key", "apikey"} and foreign.queries == {"token", "apikey"}
    assert [(limit.count, limit.seconds) for limit in foreign.limits] == [(20, 3600)]
    lost = " ".join(each.what for each in foreign.lost)
    for word in ("host", "consumer desk: jwt-auth", "consumer-restriction by route_id", "route 4"):
        assert word in lost, word


def test_what_is_no_configuration_of_apisix_is_told(written):
    for content in ("upstreams: []\n", "consumers: [{plugins: {}}]\n"):
        with pytest.raises(FirstclassError) as caught:
            read(written("apisix.yaml", content), Foreign("apisix.yaml"))
        assert caught.value.where.line == 1


LIMITS = """routes:
  - {id: 1, uri: /a, plugins: {key-auth: {}, limit-count: {count: 20, time_window: 60, key: consumer_name}}}
  - {id: 2, uri: /b, plugins: {key-auth: {}, limit-req: {rate: 3, burst: 1, key: server_addr, _meta: {disable: OFF}}}}
global_rules:
  - {id: 1, plugins: {limit-count: {count: 1000, time_window: 3600}}}
consumer_groups:
  - {id: gold, plugins: {limit-count: {count: 90, time_window: 60, key: consumer_name}}}
consumers:
  - {username: desk, plugins: {key-auth: {key: DESK}}}
  - {username: kiosk, group_id: gold, plugins: {key-auth: {key: KIOSK}}}
  - {username: ana, group_id: gold, plugins: {key-auth: {key: ANA}, limit-count: {count: 5, time_window: 60}}}
"""


def test_a_consumers_limit_counts_before_its_groups_before_a_routes(written):
    foreign = read(written("apisix.yaml", LIMITS.replace("OFF", "false")), Foreign("apisix.yaml"))
    held = [[(each.count, each.seconds, each.by) for each in who.routes[0].limits] for who in foreign.consumers]
    everywhere = (1000, 3600, "address")
    assert held == [[(n, 60, by), everywhere] for n, by in ((20, "application"), (90, "application"), (5, "address"))]
    (other,) = [each for each in foreign.consumers[0].routes[1].limits if each.seconds == 1]
    assert (other.count, other.otherwise) == (3, "server_addr")


def test_a_limit_that_is_switched_off_holds_for_nobody(written):
    foreign = read(written("apisix.yaml", LIMITS.replace("OFF", "true")), Foreign("apisix.yaml"))
    assert [each.count for each in foreign.consumers[0].routes[1].limits] == [1000]


ROUTED = """routes:
- {name: v1, uri: /v1/*, plugins: {key-auth: {}}}
- {name: admin, uri: /v1/admin, %s}
consumers:
- {username: desk, plugins: {key-auth: {key: DESK}}}
"""


@pytest.mark.parametrize(
    ("more", "noted"),
    [
        ("plugins: {key-auth: {}}, remote_addr: 10.0.0.1", "route admin: remote_addr"),
        ("plugins: {key-auth: {}}, remote_addrs: [10.0.0.0/8]", "route admin: remote_addrs"),
        ("plugins: {key-auth: {}}, vars: [[arg_a, '==', b]]", "route admin: vars"),
        ("plugins: {key-auth: {}}, filter_func: 'function(vars) return true end'", "route admin: filter_func"),
        ("plugins: {key-auth: {}, jwt-auth: {}}", "route admin: plugin jwt-auth"),
        ("plugins: {key-auth: {}, ip-restriction: {whitelist: [10.0.0.1]}}", "route admin: plugin ip-restriction"),
        ("plugins: {key-auth: {_meta: {disable: true}}}", "route admin: it asks for no key"),
        ("plugins: {key-auth: {}, jwt-auth: {_meta: {disable: true}}}, vars: [], remote_addrs: null", None),
    ],
)
def test_a_route_that_asks_for_more_than_a_key_opens_nothing(written, more, noted):
    foreign = read(written("apisix.yaml", ROUTED % more), Foreign("apisix.yaml"))
    assert [route.name for route in foreign.consumers[0].routes] == (["v1"] if noted else ["v1", "admin"])
    assert [each.what for each in foreign.lost if each.what.startswith("route")] == ([noted] if noted else [])
    assert [route.name for route in foreign.routes] == ["v1", "admin"], "it is still a route that takes calls"


def test_what_counts_when_several_routes_match(written):
    more = "hosts: [A.example], priority: 2}\n- {name: t, uri: '/v1/:id'}\n"
    more += "- {name: w, uri: '/v1/*/x', plugins: {key-auth: {}}"
    foreign = read(written("apisix.yaml", ROUTED % more), Foreign("apisix.yaml"))
    ranks = [(route.name, route.kind, route.least) for route in foreign.routes]
    assert ranks == [
        ("v1", "prefix", (0, 4, 0)),
        ("admin", "exact", (1, 9, 2)),
        ("t", "template", ()),
        ("w", "prefix", ()),
    ]
    assert foreign.routes[1].among == {"a.example"}
    assert [route.name for route in foreign.consumers[0].routes] == ["v1"]


@pytest.mark.parametrize("plugin", ["consumer-restriction: {type: service_id, whitelist: [s]}", "ip-restriction: {}"])
def test_what_turns_a_consumer_away_closes_its_routes(written, plugin):
    export = (ROUTED % "plugins: {key-auth: {}}").replace("{key: DESK}}", "{key: DESK}, " + plugin + "}")
    foreign = read(written("apisix.yaml", export), Foreign("apisix.yaml"))
    assert foreign.consumers[0].routes == () and any("consumer desk: plugin" in each.what for each in foreign.lost)


def test_two_consumers_of_one_name_are_not_joined(written):
    two = "routes: []\nconsumers:\n- {username: a, plugins: {key-auth: {key: A}}}\n- {username: a}\n"
    with pytest.raises(FirstclassError) as caught:
        read(written("apisix.yaml", two), Foreign("apisix.yaml"))
    assert (caught.value.code, caught.value.where.line) == ("name_of_two", 4)


def test_who_calls_itself_as_a_key_further_on_is_not_printed(written):
    three = "routes: []\nconsumers:\n- {username: SECRET}\n- {username: SECRET}\n"
    with pytest.raises(FirstclassError) as caught:
        read(written("apisix.yaml", three + "- {username: a, plugins: {key-auth: {key: SECRET}}}\n"), Foreign("a"))
    assert "SECRET" not in str(caught.value) and "line 3" in caught.value.message


def test_what_an_origin_heard_of_its_callers_is_told(written):
    routes = (
        "routes:\n- {name: a, uri: /a, plugins: {key-auth: {hide_credentials: true}}}\n"
        "- {name: b, uri: /b, plugins: {key-auth: {}}}\nconsumers: []\n"
    )
    told = [each.what for each in read(written("apisix.yaml", routes), Foreign("apisix.yaml")).lost]
    assert "the key that the origin of route b got with each call" in told
    assert any("X-Consumer-Username" in each for each in told)
