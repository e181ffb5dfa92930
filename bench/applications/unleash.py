"""Unleash (Express) on a PostgreSQL of its own, driven by its Node SDK and by calls of its admin interface."""

from __future__ import annotations

import os
import pwd
import shutil
from pathlib import Path

from bench.applications.application import (
    BOTH_CORES,
    DRIVERS,
    Application,
    await_answer,
    environment,
    fetch,
    run,
)
from bench.processes import Process, free_port

SERVER, CLIENT = "unleash-server@6.10.1", "unleash-client@6.12.1"
_POSTGRES = ("postgresql-15", "postgresql-client-15", "libpq5", "libllvm14")
_ACCOUNT = "nobody"  # PostgreSQL does not run as root
# Who calls the admin API is its administrator, signed in already: what is whose (favourites, tokens) needs an account.
_START = """
const unleash = require('unleash-server');
unleash.start({
  db: {
    host: '127.0.0.1', port: Number(process.env.DATABASE_PORT), user: 'postgres', password: '', database: 'postgres',
    ssl: false,
  },
  server: {host: '127.0.0.1', port: Number(process.env.PORT)},
  authentication: {type: 'none'}, versionCheck: {enable: false}, telemetry: false, enableOAS: true, logLevel: 'warn',
  frontendApi: {refreshIntervalInMs: 1000}, experimental: {flags: {featureLinks: true}},
  rateLimiting: {createUserMaxPerMinute: 1000, simpleLoginMaxPerMinute: 1000, passwordResetMaxPerMinute: 1000},
  preHook: (app, config, services) => app.use('/api/admin', async (request, response, next) => {
    try {
      request.user ??= await services.userService.getUser(1);
    } catch {}
    next();
  }),
}).catch((problem) => { console.error(problem); process.exit(1); });
"""


def _install(home: Path) -> None:
    (home / "package.json").write_text('{"private": true}')
    run("npm", "install", "--no-audit", "--no-fund", SERVER, CLIENT, directory=home)
    packages = home / "debian"
    packages.mkdir(exist_ok=True)
    run("apt-get", "download", "-q", *_POSTGRES, directory=packages)
    for package in packages.glob("*.deb"):
        run("dpkg", "-x", str(package), str(home / "postgres"))


def _database(home: Path, scratch: Path, port: int) -> Process:
    # A copy that the account may read: the cache is its owner's alone.
    installed = shutil.copytree(home / "postgres", scratch / "postgres", symlinks=True)
    programs = installed / "usr/lib/postgresql/15/bin"
    place = scratch / "database"
    place.mkdir()
    libraries = {"LD_LIBRARY_PATH": str(installed / "usr/lib/x86_64-linux-gnu")}
    as_account: list[str] = []
    if os.getuid() == 0:
        account = pwd.getpwnam(_ACCOUNT)
        shutil.chown(place, account.pw_uid, account.pw_gid)
        as_account = ["setpriv", f"--reuid={account.pw_uid}", f"--regid={account.pw_gid}", "--clear-groups"]
    share = installed / "usr/share/postgresql/15"
    make = [str(programs / "initdb"), "-D", str(place / "data"), "-L", str(share), "-U", "postgres", "-A", "trust"]
    run(*environment(libraries, [*as_account, *make, "--no-sync"]), directory=place)
    command = [*as_account, str(programs / "postgres"), "-D", str(place / "data"), "-p", str(port), "-F"]
    command += ["-c", "listen_addresses=127.0.0.1", "-c", f"unix_socket_directories={place}"]
    process = Process(environment(libraries, command), BOTH_CORES, scratch / "postgres.log", directory=place)
    process.await_port(port, 60)
    return process


def _start(home: Path, scratch: Path, port: int) -> list[Process]:
    database_port = free_port()
    database = _database(home, scratch, database_port)
    variables = {"DATABASE_PORT": str(database_port), "PORT": str(port), "NODE_ENV": "production", "DO_NOT_TRACK": "1"}
    process = Process(
        environment(variables, ["node", "--unhandled-rejections=warn", "--eval", _START]),
        BOTH_CORES,
        scratch / "unleash.log",
        directory=home,
    )
    try:
        await_answer(f"http://127.0.0.1:{port}/health", process)
    except BaseException:
        database.stop()
        raise
    return [database, process]


APPLICATION = Application(
    name="unleash",
    package=f"npm {SERVER}, Debian postgresql-15",
    written_with="Express",
    driven_by="its Node SDK (npm unleash-client) and calls as its admin interface makes them",
    install=_install,
    start=_start,
    contract=lambda _, origin: fetch(f"{origin}/docs/openapi.json"),
    driver=lambda home: ["env", f"NODE_PATH={home / 'node_modules'}", "node", str(DRIVERS / "drive_unleash.js")],
    rounds=1,
    enforced_rounds=2,
    notes=("every call is its administrator's, signed in by a hook of the server; its flag featureLinks is on",),
)
