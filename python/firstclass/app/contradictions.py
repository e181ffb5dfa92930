"""What each setting may say by itself and all of them together cannot mean. Pure: settings in, a finding out."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_address
from itertools import combinations, count
from urllib.parse import urlsplit

from firstclass.app.plan_contradictions import plan_contradictions
from firstclass.base.settings import Address, Settings
from firstclass.model.contradiction import Contradiction

WILDCARDS = ("0.0.0.0", "::")  # noqa: S104 - compared with, never bound
PORTS = ("traffic", "control", "status")


def find_contradiction(settings: Settings) -> Contradiction | None:
    """The first one, or None."""
    return next(_contradictions(settings), None)


def _contradictions(settings: Settings) -> Iterator[Contradiction]:
    listen = {name: getattr(settings.listen, name) for name in PORTS}
    for first, second in combinations(PORTS, 2):
        if _collide(listen[first], listen[second]):
            free = _with_free_port(listen[second], {address.port for address in listen.values()})
            yield Contradiction(
                "listeners_clash",
                f"listen.{first} and listen.{second} cannot both be had: {listen[first]} and {listen[second]}",
                f"/listen/{second}",
                f"give each a port of its own, such as {second}: {free}",
            )
    yield from plan_contradictions(settings)
    for index, entry in enumerate(settings.apis):
        parts = urlsplit(entry.upstream)
        for name, address in listen.items():
            if _leads_to(parts.hostname or "", parts.port or 80, address):
                yield Contradiction(
                    "upstream_is_gateway",
                    f"the upstream of {entry.name!r} is the gateway itself: {entry.upstream} is listen.{name}",
                    f"/apis/{index}/upstream",
                    "name the address where the API runs, or let the gateway listen on another port",
                )


def _with_free_port(address: Address, taken: set[int]) -> Address:
    return address.model_copy(update={"port": next(port for port in count(address.port + 1) if port not in taken)})


def _collide(one: Address, other: Address) -> bool:
    """Whether the second of the two could not be bound. Port 0 is any free one."""
    if one.port != other.port or not one.port:
        return False
    hosts = {_bound(one.host), _bound(other.host)}
    same_family = len({":" in host for host in hosts}) == 1
    return len(hosts) == 1 or "::" in hosts or ("0.0.0.0" in hosts and same_family)  # noqa: S104 - compared, not bound


def _bound(host: str) -> str:
    return "127.0.0.1" if host.lower() == "localhost" else host.lower()


def _leads_to(host: str, port: int, listener: Address) -> bool:
    """Whether a connection to `host` and `port` on this machine ends at the listener, as far as names tell."""
    if port != listener.port:
        return False
    if host == listener.host.lower():
        return True
    if listener.host in WILDCARDS:
        return _is_loopback(host) or host in WILDCARDS
    return _is_loopback(listener.host) and host in ("localhost", *WILDCARDS)


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
