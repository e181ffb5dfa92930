"""`run` and `dev` from configuration to a ready gateway: apply the files, then supervise."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from firstclass.app.applied_elsewhere import AppliedElsewhere
from firstclass.app.applying_again import ApplyingAgain
from firstclass.app.observed_telling import ObservedTelling
from firstclass.app.opening import engine_holds_bundles, open_store
from firstclass.app.settings import LoadedSettings, load_settings
from firstclass.app.signals import Flag, Signals
from firstclass.app.supervisor import Supervisor
from firstclass.app.telling import sentences
from firstclass.app.welcome import NextSteps
from firstclass.model.errors import Exit, FirstclassError

# How often files are looked at in `dev`; and whether an apply is done, or due again.
WATCHING_TURN_SECONDS = 0.2
APPLYING_TURN_SECONDS = 0.5

Ready = Callable[[dict[str, Any], Supervisor], None]


def serve(
    load: Callable[[], LoadedSettings],
    say: Callable[[str], None],
    ready: Ready,
    signals: Signals,
    *,
    watch: bool,
    plain: bool = False,
) -> None:
    """Apply what the files say, then keep the gateway alive until SIGTERM or SIGINT.

    `load` reads the configuration (again on SIGHUP, and with `watch` whenever a file changes); `ready` is called once.
    `plain`: a person reads it, and the engine's log is told in sentences.
    A store that cannot be used now stops nothing where the engine has bundles on its disk: it serves them.

    Raises:
        FirstclassError: a file has an error, a port or the data directory cannot be had; nothing was started.
    """
    loaded = load()
    with Supervisor(loaded, say, plain=plain) as supervisor:
        applying = ApplyingAgain(load, loaded, say, watch=watch)
        try:
            applying.first()
            supervisor.check_keyring()
        except FirstclassError as error:
            if error.exit_code != Exit.UNAVAILABLE or not engine_holds_bundles(loaded.data):
                raise
            for line in sentences(error):
                say(line)
            say("the engine serves what is on its disk; the files are applied when the store can be used")
            applying.retry()

        telling = _telling(loaded, say) if watch else None
        steps = _next_steps(loaded, say) if watch else None
        elsewhere = _elsewhere(loaded, say)
        is_ready = Flag()

        def told_ready(state: dict[str, Any]) -> None:
            ready(state, supervisor)
            is_ready.set()

        def turn() -> float | None:
            if signals.again.is_set():
                signals.again.clear()
                applying.ask()
            applying.turn()
            if elsewhere is not None and not applying.is_under_way:
                elsewhere.turn(applying.live)
            if telling is not None:
                telling.turn()
            if steps is not None and is_ready.is_set():
                steps.turn(applying.live)
            if watch:
                return WATCHING_TURN_SECONDS
            return APPLYING_TURN_SECONDS if applying.is_under_way else None

        supervisor.run(signals, turn, lambda: applying.live, told_ready)


def _telling(loaded: LoadedSettings, say: Callable[[str], None]) -> ObservedTelling | None:
    """What would be refused, in words; None where the store cannot be read."""
    try:
        return ObservedTelling(loaded.data, open_store(loaded.data), say)
    except FirstclassError:
        return None


def _next_steps(loaded: LoadedSettings, say: Callable[[str], None]) -> NextSteps | None:
    """The commands that let somebody in; None where the store cannot be read."""
    try:
        return NextSteps(open_store(loaded.data), loaded.settings, say)
    except FirstclassError:
        return None


def _elsewhere(loaded: LoadedSettings, say: Callable[[str], None]) -> AppliedElsewhere | None:
    try:
        return AppliedElsewhere(loaded.data, open_store(loaded.data), say)
    except FirstclassError:
        return None


def ready_event(state: dict[str, Any], supervisor: Supervisor) -> dict[str, Any]:
    """The line that `run` and `dev` print with `--json`."""
    return {
        "event": "ready",
        "pid": os.getpid(),
        "traffic": supervisor.listening("traffic"),
        "control": supervisor.listening("control"),
        "status": supervisor.listening("status"),
        "bundles": state.get("bundles", {}),
    }


def loader(config: Path | None, data: Path | None) -> Callable[[], LoadedSettings]:
    """A function that reads the configuration afresh."""
    return lambda: load_settings(config, data=data)
