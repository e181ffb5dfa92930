"""Of several routes the one that a call went by decides: never wider than it was."""

import pytest

from firstclass.access.importing.deciding import Deciding
from firstclass.access.importing.foreign import Foreign, Route
from firstclass.model.errors import Where

AT = Where("export.yaml", 1)
ALL = ["getQuote", "getUser", "putUser", "listCars"]


def route(path, kind="prefix", *, rank=(), methods=(), among=(), inside=None):
    return Route(path, path, kind, AT, methods, frozenset(among), rank, rank, inside)


V1 = route("/v1", rank=(1, 3))
USERS = route("/v1/users/", rank=(1, 10))


def opened(operations, routes, own):
    foreign = Foreign("export.yaml", routes=list(routes))
    return Deciding(foreign, operations).opened(own), foreign.lost


@pytest.mark.parametrize(
    ("other", "by_v1", "by_other"),
    [
        (USERS, ["getQuote"], ["getUser", "putUser", "listCars"]),
        # Nobody can say which is asked first: only whom both let in.
        (route("/v1/users/"), ["getQuote"], []),
        (route("/v1/users/", rank=(0, 10)), ["getQuote"], []),
        (route("/v1/users/", rank=(1, 3)), ["getQuote"], []),
        (route("/v1/users/", rank=(1, 10), among=["a.example"]), ["getQuote"], []),
        # It takes other calls.
        (route("/v1/users/", rank=(1, 10), methods=("PUT",)), ["getQuote", "getUser", "listCars"], ["putUser"]),
        (route("/v2", rank=(1, 3)), ALL, []),
        # It takes a part of them.
        (route("/v1/users/7", rank=(1, 11)), ["getQuote"], []),
        (route("/v1/users/me", "exact", rank=(9, 9)), ["getQuote", "listCars"], []),
        (route(r"/v1/users/\d+$", "regex", rank=(9, 9)), ["getQuote"], []),
        # It is asked later, for what is left.
        (route("/", rank=(1, 1)), ALL, []),
    ],
)
def test_an_operation_belongs_to_whom_each_route_lets_in_that_may_win(operations, other, by_v1, by_other):
    for routes in ([V1, other], [other, V1]):
        assert opened(operations, routes, [V1])[0] == by_v1
        assert opened(operations, routes, [other])[0] == by_other
        assert opened(operations, routes, [V1, other])[0] == ALL


def test_what_another_route_took_first_is_told(operations):
    lost = opened(operations, [V1, USERS], [V1])[1]
    (told,) = lost
    assert told.what.startswith("operation … for applications that route … does not let in: 3 of them: getUser, ")
    assert [each.names for each in told.places] == [(name, "/v1/users/") for name in ("getUser", "putUser", "listCars")]
    assert told.where == AT
    assert opened(operations, [V1, USERS], [USERS])[1] == []


def test_a_pattern_wins_only_where_it_was_not_tried(operations):
    pattern = route(r"/v1/.*", "regex", rank=(9, 9))
    assert opened(operations, [V1, pattern], [pattern])[0] == ["getQuote"]


def test_a_part_of_a_route_counts_where_the_route_won(operations):
    part = route(r"/v1/users/[^/]+$", "regex", inside=USERS)
    assert opened(operations, [V1, USERS], [part])[0] == ["getUser", "putUser"]
    assert opened(operations, [V1, USERS], [route(r"/v1/.*", "regex", inside=V1)])[0] == ["getQuote"]
