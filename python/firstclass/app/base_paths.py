"""The base paths that a contract's servers name beside the first: each that callers may use on the same host gets an
entry of its own, so that nobody who calls /v2 today gets a 404; what another host serves is told. Pure."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from firstclass.base.settings import NAME, ApiEntry
from firstclass.compiler import Lowered
from firstclass.compiler.servers import list_servers

MOST = 10
_LONGEST = 40


def entries_for(entry: ApiEntry, lowered: Lowered) -> tuple[tuple[ApiEntry, ...], tuple[str, ...]]:
    """The entries of one contract, the first for the base path that it is served below already; and what a person has
    to write, where nobody can know it."""
    servers = list_servers(lowered.root)
    if entry.base_path is not None or len(servers) < 2:
        return (entry,), ()
    (first_url, first_path), *others = servers
    host, upstream = urlsplit(first_url).netloc, urlsplit(entry.upstream)
    kept = upstream.path.rstrip("/")
    entries, told = [entry.model_copy(update={"base_path": first_path})], list[str]()
    for url, path in others:
        if urlsplit(url).netloc != host or kept not in ("", first_path) or len(entries) == MOST:
            told.append(
                f"the contract's servers name {url} too, which no entry serves: if callers use {path or '/'} here, add"
                f" an entry under apis with base_path: {path or '/'} and its upstream"
            )
            continue
        # Without a path the upstream is called below the base path.
        at = upstream._replace(path=path if kept else "").geturl()
        update = {"name": _name(entry.name, path, {each.name for each in entries}), "base_path": path, "upstream": at}
        entries.append(entry.model_copy(update=update))
    return (tuple(entries) if len(entries) > 1 else (entry,)), tuple(told)


def _name(name: str, path: str, taken: set[str]) -> str:
    words = re.sub(r"[^a-z0-9]+", "-", path.lower()).strip("-") or "root"
    whole = f"{name}-{words}"
    wanted = (
        whole if len(whole) <= _LONGEST else f"{name[: _LONGEST // 2].rstrip('-')}-{words[-_LONGEST // 2 :].strip('-')}"
    )
    found = next(each for n in range(1, MOST + 2) if (each := wanted if n == 1 else f"{wanted}-{n}") not in taken)
    assert NAME.fullmatch(found)
    return found
