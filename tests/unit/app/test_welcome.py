"""A newcomer's gateway says what does not answer yet, and what comes next; one in use says neither."""

import json
import socket

import pytest

from firstclass.access import applications
from firstclass.app.welcome import NextSteps, answers, silent_upstreams
from firstclass.base.settings import Settings
from firstclass.storage import Store

SCHEMES = [{"kind": "key", "header": "x-api-key"}]
CREATE = "  firstclass subscriptions create my-app --api books --operations listBooks"


@pytest.fixture
def store(tmp_path):
    store = Store.open(tmp_path)
    yield store
    store.close()


def put(store, access):
    """A live contract; the hash that it got."""
    operation = {"id": "listBooks", "method": "GET", "path": 0, "parameters": [], "access": access}
    document = {
        "api": {"base_path": "/v1"},
        "paths": [{"template": "/books"}],
        "operations": [operation],
        "schemes": SCHEMES,
        "schemas": [],
        "categories": [],
    }
    digest = ("0" if "public" in access else "1") * 64
    with store.change("test", "apply") as change:
        change.put_bundle(
            api="books", hash=digest, payload=json.dumps(document), source_map="{}", title="Books", version="1"
        )
    return {"books": digest}


def settings(upstream="http://127.0.0.1:9"):
    return Settings.model_validate({"apis": [{"name": "books", "contract": "a.yaml", "upstream": upstream}]})


PUBLIC, KEY = {"public": {}}, {"any_of": [[{"scheme": 0}]]}


def test_a_silent_upstream_is_named_with_its_address():
    assert not answers("http://127.0.0.1:9")
    assert "books: nothing answers at http://127.0.0.1:9 yet" in next(silent_upstreams(settings()))
    with socket.create_server(("127.0.0.1", 0)) as server:
        upstream = f"http://127.0.0.1:{server.getsockname()[1]}"
        assert list(silent_upstreams(settings(upstream))) == []


def test_the_next_command_has_the_real_names_and_is_told_once(store):
    said = []
    steps, live = NextSteps(store, settings(), said.append), put(store, KEY)
    steps.turn(live)
    assert CREATE in said
    assert said[-1] == '  curl -H "X-API-Key: $KEY" http://127.0.0.1:8080/v1/books'
    steps.turn({**live, "books": "2"})
    assert said.count(CREATE) == 1


def test_where_everybody_is_let_in_nobody_is_told_to_get_a_key_until_it_is_needed(store):
    said = []
    steps = NextSteps(store, settings(), said.append)
    steps.turn(put(store, PUBLIC))
    assert said == ["next, in another terminal:", "  curl http://127.0.0.1:8080/v1/books"]
    steps.turn(put(store, KEY))
    assert CREATE in said


def test_a_gateway_in_use_says_nothing(store):
    said = []
    live = put(store, KEY)
    applications.create(store, name="desk", owner="desk@example.com", actor="test")
    NextSteps(store, settings(), said.append).turn(live)
    assert said == []
