"""Which calls a route matches: all of an operation, some, or none."""

import pytest

from firstclass.access.importing.foreign import Route
from firstclass.access.importing.matching import covers, is_certain, touches
from firstclass.model.errors import Where

AT = Where("export.yaml", 1)
ALL = ["getQuote", "getUser", "putUser", "listCars"]


@pytest.mark.parametrize(
    ("kind", "path", "methods", "opened"),
    [
        ("prefix", "/", (), ALL),
        ("prefix", "/v1/users/", ("GET",), ["getUser", "listCars"]),
        ("prefix", "/v1/users/7", (), []),
        ("prefix", "/quotes", (), []),
        ("exact", "/v1/quotes", (), ["getQuote"]),
        ("exact", "/v1/users/7", (), []),
        ("template", "/v1/users/:id", (), ["getUser", "putUser"]),
        ("template", "/v1/users/:id/cars", (), ["listCars"]),
        ("regex", r"/v1/users/\d+$", (), ["getUser", "putUser"]),
        ("regex", r"/v1/users/7$", (), []),
        ("regex", r"/v1/users/[^/]+", ("PUT",), ["putUser"]),
        ("regex", r"/v1/(", (), []),
        ("regex", r"/v1/users/(?<id>\d+)$", (), ["getUser", "putUser"]),
        ("regex", r"/v1/users/(?'id'[[:digit:]]+)/cars(?<![a-r])$", (), ["listCars"]),
        ("regex", r"/v1/users/(?<a>\d)(?:\k<a>|\d*)$", (), ["getUser", "putUser"]),
        ("regex", r"/v1/users/[(?<x>\d]+$", (), ["getUser", "putUser"]),
        ("regex", r"/v1/\(?<x>", (), []),
        ("regex", r"/v1/[[:punct:]]", (), []),
        ("regex", r"/v1/users/[[a]", (), []),
        ("regex", "x" * 2000, (), []),
    ],
)
def test_a_route_opens_what_it_covers_wholly(operations, kind, path, methods, opened):
    route = Route("r", path, kind, AT, methods)
    assert [operation.id for operation in operations if covers(route, operation)] == opened
    assert set(opened) <= {operation.id for operation in operations if touches(route, operation)}


@pytest.mark.parametrize(
    ("kind", "path", "methods", "touched"),
    [
        ("prefix", "/v1/users/7", (), ["getUser", "putUser", "listCars"]),
        ("prefix", "/v1/users/7/", (), ["getUser", "putUser", "listCars"]),
        ("prefix", "/v1/users/7/ca", ("GET",), ["listCars"]),
        ("prefix", "/v1/users/7/x", (), []),
        ("prefix", "/v1/quotes/", (), ["getQuote"]),
        ("prefix", "/v1/quotes/old", (), []),
        ("prefix", "/{tenant}/quotes", (), ALL),
        ("prefix", "/v2", (), []),
        ("exact", "/v1/users/me", (), ["getUser", "putUser"]),
        ("exact", "/v1/users", (), []),
        ("template", "/v1/:what", (), ["getQuote"]),
        ("template", "/v1/:what/7", (), ["getUser", "putUser"]),
        ("regex", r"/v1/users/7$", (), ["getUser", "putUser", "listCars"]),
        ("regex", r"/v1/users/?.*", (), ["getUser", "putUser", "listCars"]),
        ("regex", r"^/v1\.0/users", (), []),
        ("regex", r"/v1/quotes$", (), ["getQuote"]),
        ("regex", r"/v1/quote$", (), []),
        ("regex", r"(?i)/V1/users/me", (), ["getUser", "putUser", "listCars"]),
        ("regex", r"/v2|/v1/users/me", (), ["getUser", "putUser", "listCars"]),
        ("regex", r"/v1/users/(?<id>[0-9]+)", (), ["getUser", "putUser", "listCars"]),
        ("regex", r"/v1/(", (), ALL),
        ("regex", "/v1/users/" + "x?" * 2000, (), ["getUser", "putUser", "listCars"]),
    ],
)
def test_a_route_touches_what_it_may_match_a_call_of(operations, kind, path, methods, touched):
    route = Route("r", path, kind, AT, methods)
    assert [operation.id for operation in operations if touches(route, operation)] == touched


def test_a_pattern_is_certain_only_where_nothing_was_filled_in(operations):
    route = Route("r", r"/v1/.*", "regex", AT)
    assert [operation.id for operation in operations if is_certain(route, operation)] == ["getQuote"]
