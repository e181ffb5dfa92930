"""Routes against operations: never wider than it was."""

import pytest

from firstclass.access.importing.foreign import Route
from firstclass.access.importing.matching import match
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
        ("regex", "x" * 2000, (), []),
    ],
)
def test_a_route_opens_what_it_covers_wholly(operations, kind, path, methods, opened):
    route = Route("r", path, kind, AT, methods)
    assert match([route], operations) == opened


def test_several_routes_add_up(operations):
    routes = [Route("a", "/v1/quotes", "exact", AT), Route("b", "/v1/users/", "prefix", AT, ("PUT",))]
    assert match(routes, operations) == ["getQuote", "putUser"]
