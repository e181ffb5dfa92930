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
