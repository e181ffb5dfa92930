"""`firstclass run`: the gateway, in production."""

from __future__ import annotations

import json
import sys
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import typer

from firstclass.cli.context import current
from firstclass.cli.output import talk
from firstclass.model.errors import FirstclassError

if TYPE_CHECKING:
    from firstclass.app.signals import Signals
    from firstclass.app.supervisor import Supervisor

app = typer.Typer(add_completion=False)


@app.command()
def run() -> None:
    """Apply what the files say and serve until SIGTERM; SIGHUP applies the files again."""
    serve_until_told(watch=False)


def serve_until_told(*, watch: bool) -> None:
    """Shared by `run` and `dev`."""
    from firstclass.app.signals import Signals

    # Taken before anything heavy is loaded: a gateway that is told to end while it starts ends in order, too.
    with Signals() as signals:
        _serve(signals, watch=watch)


def _serve(signals: Signals, *, watch: bool) -> None:
    from firstclass.app.gateway import loader, ready_event, serve
    from firstclass.app.welcome import silent_upstreams

    context = current()

    def ready(state: dict[str, Any], supervisor: Supervisor) -> None:
        event = ready_event(state, supervisor)
        if context.json:
            sys.stdout.write(json.dumps(event) + "\n")
            sys.stdout.flush()
            return
        talk(f"ready: calls at http://{event['traffic']}, status at http://{event['status']}/readyz")
        for name, bundle in event["bundles"].items():
            talk(f"  {name}  {str(bundle)[:12]}")
        if not event["bundles"]:
            talk("  no API is configured: every call is answered 404; add one under apis: in firstclass.yaml")
        if watch:
            talk("files are applied as they change; Ctrl-C ends it")
            tell_silent()
        else:  # no supervisor waits for the addresses of a whole network
            threading.Thread(target=tell_silent, name="upstreams", daemon=True).start()

    def tell_silent() -> None:
        with suppress(FirstclassError):  # a store or file with a mistake is told where it is used
            for line in silent_upstreams(load().settings):
                talk(line)

    load = loader(context.config, context.data_override)
    serve(load, talk, ready, signals, watch=watch, plain=not context.json and sys.stderr.isatty())
