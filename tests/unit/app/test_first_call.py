"""The first call names a real path and the real header, and is one that a key alone opens."""

import pytest

from firstclass.app.first_call import find_first_call, some_operations, traffic_url
from firstclass.base.settings import Settings

KEY, BOTH, PUBLIC = {"any_of": [[{"scheme": 0}]]}, {"any_of": [[{"scheme": 0}, {"scheme": 1}]]}, {"public": {}}
URL = "http://127.0.0.1:8080"
ID = {"name": "id", "in": "path", "required": True, "schema": 0}
KIND = {"name": "kind", "in": "query", "required": True, "schema": 1}
LIMIT = {"name": "limit", "in": "query", "required": False, "schema": 0}


def document(*operations):
    paths = ["/books/{id}", "/books", "/kinds"]
    return {
        "api": {"base_path": "/v1"},
        "schemas": [{"types": ["integer"], "minimum": 7}, {"types": ["string"], "enum": ["a b"]}],
        "schemes": [{"kind": "key", "header": "x-api-key"}, {"kind": "bearer"}],
        "paths": [{"template": path} for path in paths],
        "operations": [
            {"id": name, "method": method, "access": access, "path": path, "parameters": list(parameters)}
            for name, method, access, path, *parameters in operations
        ],
    }


def test_the_plainest_reading_call_is_taken():
    found = find_first_call(document(("get", "GET", KEY, 0, ID), ("list", "GET", KEY, 1, LIMIT)), URL)
    assert found == 'curl -H "X-API-Key: $KEY" http://127.0.0.1:8080/v1/books'


def test_only_operations_that_are_asked_for_count():
    both = document(("get", "GET", KEY, 0, ID), ("list", "GET", KEY, 1))
    assert find_first_call(both, URL, ["get"]) == 'curl -H "X-API-Key: $KEY" http://127.0.0.1:8080/v1/books/7'


def test_a_call_that_takes_the_key_comes_before_a_plainer_one_that_does_not():
    mixed = document(("list", "GET", PUBLIC, 1), ("get", "GET", KEY, 0, ID))
    assert "$KEY" in (find_first_call(mixed, URL) or "")


def test_a_required_parameter_gets_a_value():
    found = find_first_call(document(("kinds", "GET", KEY, 2, KIND)), URL)
    assert found == "curl -H \"X-API-Key: $KEY\" 'http://127.0.0.1:8080/v1/kinds?kind=a%20b'"


def test_a_public_operation_needs_no_key():
    assert find_first_call(document(("list", "GET", PUBLIC, 1)), URL) == "curl http://127.0.0.1:8080/v1/books"


@pytest.mark.parametrize("operation", [("list", "GET", BOTH, 1), ("add", "POST", KEY, 1)])
def test_what_a_key_alone_does_not_read_is_no_first_call(operation):
    assert find_first_call(document(operation), URL) is None


def test_where_callers_reach_the_gateway():
    assert traffic_url(Settings()) == "http://127.0.0.1:8080"
    assert traffic_url(Settings(public_url="https://api.example.com/")) == "https://api.example.com"
    assert traffic_url(Settings.model_validate({"listen": {"traffic": "0.0.0.0:80"}})) == "http://127.0.0.1:80"
    assert traffic_url(Settings.model_validate({"listen": {"traffic": 0}})) is None


def test_one_begins_with_what_reads():
    every = document(("add", "POST", KEY, 1), ("list", "GET", KEY, 1), ("get", "GET", KEY, 0))
    assert some_operations(every) == ["list", "get"]
