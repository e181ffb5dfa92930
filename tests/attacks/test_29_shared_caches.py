"""Threat 29: a cache between callers and the gateway that gives one caller's answer to another, or to nobody at all."""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from gateway import Gateway, bearer, free_port, key, token
from raw import ask, reply

NGINX = shutil.which("nginx")
PERSON = b'{"id":7,"name":"Ana","ssn":"CANARY-SSN"}'
SHARED = ("public", "s-maxage", "proxy-revalidate")
TO_SHARED_CACHES = [
    "Surrogate_Control",
    "CDN_Cache_Control",
    "Vendor_CDN_Cache_Control",
    "X_Accel_Expires",
    "Edge_Control",
]


def lines(*values: str) -> bytes:
    """An answer whose head has these lines of `Cache-Control`."""
    said = "".join(f"Cache-Control: {value}\r\n" for value in values).encode()
    return reply(200, PERSON).replace(b"Content-Length", said + b"Content-Length")


@pytest.mark.parametrize(
    ("said", "left"),
    [
        ((), "private"),
        (("public, max-age=600",), "private, max-age=600"),
        (("PUBLIC", "max-age=60, S-MAXAGE=600"), "private, max-age=60"),
        (("max-age=60, proxy-revalidate",), "private, max-age=60"),
        (('private="set-cookie", max-age=60',), "private, max-age=60"),
        (('no-cache="set-cookie, public"',), 'private, no-cache="set-cookie, public"'),
        (("no-store, public",), "no-store"),
        (("must-understand, no-store",), "private, must-understand, no-store"),
        (("private, max-age=60",), "private, max-age=60"),
        (("no-store",), "no-store"),
        (("max-age=60; public",), "no-store"),
    ],
)
def test_an_answer_for_one_caller_is_kept_by_no_shared_cache(
    gateway: Gateway, said: tuple[str, ...], left: str
) -> None:
    gateway.origin.says(lines(*said))
    answer = ask(gateway.port, "GET", "/people/7", [key("desk")])
    assert (answer.status, answer.values("Cache-Control")) == (200, [left])


def test_what_is_for_anybody_keeps_the_word_of_the_api(gateway: Gateway) -> None:
    gateway.origin.says(reply(200, b'{"ok":true}', Cache_Control="public, s-maxage=600"))
    assert ask(gateway.port, "GET", "/api").values("Cache-Control") == ["public, s-maxage=600"]


def test_a_token_is_a_credential_too(gateway: Gateway) -> None:
    gateway.origin.says(reply(200, b'{"ok":true}', Cache_Control="public, must-revalidate"))
    answer = ask(gateway.port, "GET", "/stock", [bearer(token(sub="7"))])
    assert answer.values("Cache-Control") == ["private, must-revalidate"]


def test_headers_to_shared_caches_alone_do_not_leave(gateway: Gateway) -> None:
    gateway.origin.says(reply(200, PERSON, **dict.fromkeys(TO_SHARED_CACHES, "max-age=600")))
    answer = ask(gateway.port, "GET", "/people/7", [key("desk")])
    assert answer.status == 200 and not [value for _, value in answer.headers if "600" in value]


@pytest.mark.parametrize(
    ("target", "headers", "origin"),
    [
        ("/people/7", [], None),
        ("/people/x", [key("desk")], None),
        ("/people/7", [key("other")], None),
        ("/nowhere", [], None),
        ("/people/7", [key("desk")], reply(500, PERSON, Cache_Control="public, max-age=600")),
        ("/people/7", [key("desk")], reply(200, b"[", Cache_Control="public, max-age=600")),
    ],
)
def test_a_refusal_is_stored_nowhere(
    gateway: Gateway, target: str, headers: list[tuple[str, str]], origin: bytes | None
) -> None:
    gateway.origin.says(origin)
    answer = ask(gateway.port, "GET", target, headers)
    assert answer.status >= 400 and answer.values("Cache-Control") == ["no-store"]


@contextmanager
def cached(directory: Path, port: int) -> Iterator[int]:
    """The port of a caching nginx in front."""
    front = free_port()
    temporary = " ".join(
        f"{kind}_temp_path {directory}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (directory / "nginx.conf").write_text(f"""
daemon off; master_process off; pid {directory}/pid; error_log {directory}/error.log;
events {{}}
http {{ access_log off; {temporary} proxy_cache_path {directory}/cache keys_zone=z:1m;
server {{ listen 127.0.0.1:{front}; location / {{
proxy_pass http://127.0.0.1:{port}; proxy_http_version 1.1; proxy_set_header Connection "";
proxy_cache z; add_header X-Cache $upstream_cache_status; }} }} }}""")
    command = [str(NGINX), "-c", f"{directory}/nginx.conf", "-p", str(directory)]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            try:
                ask(front, "GET", "/nowhere")
                break
            except (OSError, AssertionError):
                time.sleep(0.1)
        yield front
    finally:
        process.terminate()
        process.wait()


@pytest.mark.skipif(NGINX is None, reason="there is no nginx on this machine")
def test_a_caching_proxy_in_front_gives_nobody_the_answer_of_another(gateway: Gateway, tmp_path: Path) -> None:
    gateway.origin.says(reply(200, PERSON, Cache_Control="public, max-age=600"))
    with cached(tmp_path, gateway.port) as front:
        for _ in range(2):
            answer = ask(front, "GET", "/people/7", [key("desk")])
            assert answer.status == 200 and answer.values("X-Cache") == ["MISS"]
        for headers in ([], [key("revoked")]):
            assert ask(front, "GET", "/people/7", headers).status == 401
        assert ask(front, "GET", "/people/7", [key("other")]).status == 403
