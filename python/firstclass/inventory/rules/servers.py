"""Server addresses that tell clients to speak without TLS."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_address
from urllib.parse import urlsplit

from firstclass.inventory.amending import amend, replace
from firstclass.inventory.facts import Facts
from firstclass.inventory.harms import Harm, harm


def find_plain_servers(facts: Facts) -> Iterator[Harm]:
    """One harm for each server of the root; addresses of this machine are left alone."""
    if facts.is_swagger:
        yield from _swagger(facts)
        return
    servers = facts.root.find("servers")
    for server in servers.sequence if servers is not None else ():
        url = server.find("url")
        if url is None or not _is_plain(url.text or ""):
            continue
        secure = "https" + (url.text or "")[4:]
        message = f"{url.text} is an address without TLS"
        yield harm("plain_http", url, message, amend(facts, server, {"url": secure}), sample=url.text or "")


def _swagger(facts: Facts) -> Iterator[Harm]:
    written = facts.lowered.written
    schemes, host = written.find("schemes"), written.find("host")
    names = [each.text for each in schemes.sequence] if schemes is not None else []
    if schemes is None or "http" not in names or _is_local((host.text or "") if host is not None else ""):
        return
    message = "schemes has http: an address without TLS"
    yield harm("plain_http", schemes, message, replace(facts, written, "schemes", ["https"]), sample="schemes")


def _is_plain(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme == "http" and not _is_local(parts.netloc)


def _is_local(authority: str) -> bool:
    try:
        host = urlsplit(f"//{authority}").hostname or ""
    except ValueError:
        return False
    if host in ("", "localhost") or host.endswith((".localhost", ".local", ".internal", ".test")) or "{" in host:
        return True
    try:
        return ip_address(host).is_private
    except ValueError:
        return False
