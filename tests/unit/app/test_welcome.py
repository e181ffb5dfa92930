"""A newcomer's gateway says what does not answer yet, and what comes next; one in use says neither."""

import json
import socket

import pytest

from firstclass.access import applications
from firstclass.app.welcome import answers, welcome
from firstclass.base.settings import Settings
from firstclass.storage import Store


@pytest.fixture
def store(tmp_path):
    store = Store.open(tmp_path)
    document = {"operations": [{"id": "listBooks", "method": "GET"}], "categories": []}
    with store.change("test", "apply") as change:
        change.put_bundle(
            api="books", hash="0" * 64, payload=json.dumps(document), source_map="{}", title="Books", version="1"
        )
    yield store
    store.close()


def settings(upstream):
    return Settings.model_validate({"apis": [{"name": "books", "contract": "a.yaml", "upstream": upstream}]})


def test_a_silent_upstream_is_named_with_its_address(store):
    assert not answers("http://127.0.0.1:9")
    assert "books: nothing answers at http://127.0.0.1:9 yet" in next(welcome(settings("http://127.0.0.1:9"), store))


def test_the_next_command_has_the_real_names_until_there_is_an_application(store):
    with socket.create_server(("127.0.0.1", 0)) as server:
        upstream = f"http://127.0.0.1:{server.getsockname()[1]}"
        lines = list(welcome(settings(upstream), store))
        assert "  firstclass subscriptions create my-app --api books --operations listBooks" in lines
        applications.create(store, name="desk", owner="desk@example.com", actor="test")
        assert list(welcome(settings(upstream), store)) == []
