"""Where an API is reached and where it is forwarded to: base path, upstream, and the upstream's path."""

from __future__ import annotations

from itertools import islice, product
from urllib.parse import urlsplit

from firstclass.compiler.compilation import Compilation
from firstclass.compiler.fields import SERVER, check_fields, expect_mapping, find_mapping, find_sequence
from firstclass.compiler.nodes import Node
from firstclass.model.errors import Where

# How many combinations of the values of a server's variables are looked at.
MAX_SPELLINGS = 64
_PATH_CHARACTERS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~!$&'()*+,=:@/")


def find_base_path(compilation: Compilation) -> str:
    """The path prefix that callers use: of the settings, else of the contract's first server; without a slash at its
    end."""
    settings = compilation.settings
    if settings.base_path is not None:
        path = _normalised(settings.base_path)
        if path is None:
            _complain(compilation, "base_path_invalid", f"base_path {settings.base_path!r} is no path", "write /v1")
        return path or ""
    servers = find_sequence(compilation.root, "servers", compilation.findings)
    if not servers or not expect_mapping(servers[0], "a server", compilation.findings):
        return ""
    server = servers[0]
    check_fields(server, SERVER, "a server", compilation.findings)
    url = server.find("url")
    text = _substituted(compilation, server, url.text) if url is not None and url.text is not None else None
    path = _normalised(_path_of(text)) if text is not None else None
    if path is None:
        message = "the first server's URL has no path that callers could use"
        hint = "write url: https://api.example/v1, or set base_path in firstclass.yaml"
        compilation.findings.error(url or server, "server_invalid", message, hint)
        return ""
    _warn_of_others(compilation, servers, path)
    return path


def _warn_of_others(compilation: Compilation, servers: list[Node], path: str) -> None:
    """Further servers, and other values of the first one's variables, whose path is not the one that is served."""
    for position, server in enumerate(servers):
        url = server.find("url")
        if url is None or url.text is None:
            continue
        paths = {_normalised(_path_of(text)) for text in _spellings(server, url.text)}
        if position:
            paths.add(_normalised(_path_of(_replaced(server, url.text))))
        others = sorted(other for other in paths if other is not None and other != path)
        if others:
            listed = ", ".join(other or "/" for other in others[:3])
            message = f"callers reach this API below {path or '/'} alone, not below {listed}"
            hint = f"another entry under apis with base_path: {others[0] or '/'}"
            compilation.findings.warning(url, "servers_not_followed", message, hint)


def list_servers(root: Node) -> list[tuple[str, str]]:
    """The URL and the base path of each server of the root, and of each value of its variables, in order; the first one
    of each path. Those without a path that a request could have are left out."""
    servers = root.find("servers")
    found: dict[str, str] = {}
    for server in servers.sequence if servers is not None else ():
        url = server.find("url")
        if url is None or url.text is None:
            continue
        for text in (_replaced(server, url.text), *_spellings(server, url.text)):
            path = _normalised(_path_of(text))
            if path is not None:
                found.setdefault(path, text)
    return [(url, path) for path, url in found.items()]


def _spellings(server: Node, url: str) -> list[str]:
    """The URL with each value that a variable lists, the other variables at their default, and with combinations of
    them; of very many, the first ones."""
    variables = server.find("variables")
    names, choices = list[str](), list[list[str]]()
    for name, variable in variables.mapping.items() if variables is not None else ():
        listed = variable.find("enum")
        values = [value.text for value in (listed.sequence if listed is not None else ()) if value.text is not None]
        if values and "{" + name + "}" in url:
            names.append(name)
            choices.append(values)
    found = [
        _replaced(server, url.replace("{" + name + "}", value))
        for name, values in zip(names, choices, strict=True)
        for value in values
    ]
    for combination in islice(product(*choices), MAX_SPELLINGS) if choices else ():
        spelled = url
        for name, value in zip(names, combination, strict=True):
            spelled = spelled.replace("{" + name + "}", value)
        found.append(_replaced(server, spelled))
    return found


def _replaced(server: Node, url: str) -> str:
    variables = server.find("variables")
    for name, variable in variables.mapping.items() if variables is not None else ():
        default = variable.find("default")
        if default is not None and default.text is not None:
            url = url.replace("{" + name + "}", default.text)
    return url


def find_upstream(compilation: Compilation, base_path: str) -> tuple[str, str]:
    """Scheme and authority of the upstream, and the path that replaces the base path there (RFC 3986 §6.2.3: a lone
    slash is no path)."""
    text = compilation.settings.upstream
    hint = "write upstream: http://127.0.0.1:3000"
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        _complain(compilation, "upstream_invalid", f"upstream {text!r} is no URL", hint)
        return "", ""
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or parts.query or parts.fragment:
        _complain(compilation, "upstream_invalid", f"upstream {text!r} is no http URL of scheme, host and path", hint)
        return "", ""
    path = _normalised(parts.path)
    if path is None:
        _complain(compilation, "upstream_invalid", f"upstream {text!r} has a path that cannot be forwarded", hint)
        return "", ""
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    authority = f"{host}:{port}" if port is not None else host
    return f"{parts.scheme}://{authority}", path or base_path


def list_unused_servers(compilation: Compilation, holder: Node) -> None:
    """Servers of a path or an operation mean nothing behind a gateway with one base path and one upstream."""
    servers = holder.find("servers")
    if servers is None:
        return
    why = "all operations are served below the API's base path and forwarded to the API's upstream"
    compilation.findings.unenforced(servers, "servers of a path or operation", why)
    message = (
        "servers of a path or operation change nothing: the gateway has one base path and one upstream for each API"
    )
    hint = "remove them, or move these paths to a contract with an entry of its own under apis"
    compilation.findings.warning(servers, "servers_not_followed", message, hint, key=True)


def _complain(compilation: Compilation, code: str, message: str, hint: str) -> None:
    compilation.findings.error_at(Where(compilation.library.contract, 1, 1, ""), code, message, hint)


def _substituted(compilation: Compilation, server: Node, url: str) -> str:
    find_mapping(server, "variables", compilation.findings)  # says what is no mapping
    return _replaced(server, url)


def _path_of(url: str) -> str:
    try:
        return urlsplit(url).path
    except ValueError:
        return "?"


def _normalised(path: str) -> str | None:
    """The path without a slash at its end; None where it is none that a request could have."""
    trimmed = path.rstrip("/")
    if trimmed and not trimmed.startswith("/"):
        trimmed = "/" + trimmed.removeprefix("./")
    segments = trimmed.split("/")[1:]
    if any(segment in ("", ".", "..") for segment in segments) or not set(trimmed) <= _PATH_CHARACTERS:
        return None
    return trimmed
