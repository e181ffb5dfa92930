"""Who called an operation under the other gateway: those whom the route let in that a call went by. Where several
match, and it cannot be told which of them won, an operation is opened to whom all of those let in."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from firstclass.access.importing.foreign import Foreign, Route
from firstclass.access.importing.matching import ContractOperation, covers, is_certain, touches


@dataclass(frozen=True)
class _Decided:
    """An operation, and the routes of which one decided each call of it; whether each call had one at all."""

    operation: ContractOperation
    routes: tuple[Route, ...]
    is_covered: bool


class Deciding:
    """The routes of a whole export against the operations of a contract."""

    def __init__(self, foreign: Foreign, operations: Iterable[ContractOperation]) -> None:
        self._foreign = foreign
        self._decided = [_decide(foreign.routes, operation) for operation in operations]

    def opened(self, routes: Iterable[Route]) -> list[str]:
        """The operations (their ids) that were open to a consumer whom these routes let in. What one of them alone
        would have opened, and another took first, is noted."""
        own = list(dict.fromkeys(routes))
        return [each.operation.id for each in self._decided if each.is_covered and self._is_open(each, own)]

    def _is_open(self, decided: _Decided, own: list[Route]) -> bool:
        covering = [route for route in own if covers(route, decided.operation)]
        if not covering:
            return False
        passed = {*own, *(route.inside for route in covering)}
        against = next((route for route in decided.routes if route not in passed), None)
        if against is None:
            return True
        what = "operation {} for applications that route {} does not let in"
        instead = (
            "other routes let them in, but calls may have gone by this one; take it out of the export if it is for "
            "another API or host, or: firstclass subscriptions create"
        )
        self._foreign.lose(what, instead, against.where, decided.operation.id, against.name)
        return False


def _decide(routes: Iterable[Route], operation: ContractOperation) -> _Decided:
    """Those that match a call, without those that lose all of them to another one."""
    matching = [route for route in dict.fromkeys(routes) if touches(route, operation)]
    covering = [route for route in matching if covers(route, operation)]
    certain = [route for route in covering if is_certain(route, operation)]
    left = tuple(route for route in matching if not any(_beats(other, route) for other in certain))
    return _Decided(operation, left, bool(covering))


def _beats(route: Route, other: Route) -> bool:
    """Whether the first one wins each call that both match. It is no less in any number that counts, so that the order
    in which they count does not matter."""
    if route.among != other.among or not route.least or len(route.least) != len(other.most):
        return False
    pairs = list(zip(route.least, other.most, strict=True))
    return all(own >= its for own, its in pairs) and any(own > its for own, its in pairs)
