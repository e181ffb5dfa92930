"""Apply the files whenever somebody asks or saves one, in a thread: supervising never waits for compiler or store."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from firstclass.app.settings import LoadedSettings
from firstclass.app.telling import sentences
from firstclass.app.watching import Watch
from firstclass.model.errors import Exit, FirstclassError

# A store that was locked or full is tried again this often.
RETRY_SECONDS = 1.0

Load = Callable[[], LoadedSettings]
Say = Callable[[str], None]


class ApplyingAgain:
    """What is live stays live until the files are without a mistake."""

    def __init__(self, load: Load, begun: LoadedSettings, say: Say, *, watch: bool) -> None:
        """`begun` are the settings of this process; with `watch` a file that changes is applied by itself."""
        self._load = load
        self._begun = begun
        self._say = say
        self._watch = Watch(()) if watch else None
        self._wanted = False
        self._retry_at: float | None = None
        self._told: tuple[str, ...] = ()
        self._is_broken = False  # a file, and somebody was told
        self._thread: threading.Thread | None = None
        self.live: dict[str, str] = {}

    def first(self) -> None:
        """Apply now.

        Raises:
            FirstclassError: nothing was applied.
        """
        self._apply(self._begun)

    def retry(self) -> None:
        """Apply as soon as it works; it just did not."""
        self._retry_at = time.monotonic() + RETRY_SECONDS

    def ask(self) -> None:
        """Apply at the next turn."""
        self._wanted = True

    def turn(self) -> None:
        """Look at the files and begin what is due; returns at once."""
        if self._thread is not None and self._thread.is_alive():
            return
        if self._retry_at is not None and time.monotonic() > self._retry_at:
            self._retry_at, self._wanted = None, True
        if self._wanted or (self._watch is not None and self._watch.changed()):
            self._wanted = False
            self._thread = threading.Thread(target=self._run, name="apply", daemon=True)
            self._thread.start()

    @property
    def is_under_way(self) -> bool:
        """Whether it applies now, or will by itself."""
        return self._wanted or self._retry_at is not None or (self._thread is not None and self._thread.is_alive())

    def _run(self) -> None:
        try:
            fresh = self._load()
            changed = self._apply(fresh)
        except FirstclassError as error:
            self._refused(error)
        except Exception as defect:  # of ours; the gateway goes on with what it has
            self._refused(FirstclassError("defect", f"{type(defect).__name__}: {defect}", hint="please report it"))
        else:
            was_broken, self._told, self._is_broken = self._is_broken, (), False
            if changed is not None:
                self._say(f"applied: {changed}")
            elif was_broken:
                self._say("the files are in order again; nothing changed")
            for name in self._begun.waits_for_restart(fresh):
                self._say(f"{name} changed: in effect after a restart")

    def _apply(self, loaded: LoadedSettings) -> str | None:
        """What changed, in words; None: nothing that a watcher would want to read about."""
        from firstclass.app.applying import apply_files

        done = apply_files(loaded)
        if self._watch is not None:
            self._watch.follow(done.files)
        self.live = {name: str(api["hash"]) for name, api in done.apis.items()}
        changed = [name for name, api in done.apis.items() if api["changed"]]
        if done.changed:
            gone = [f"{name} (removed: its paths are unknown_operation from now on)" for name in done.removed]
            return ", ".join([*changed, *gone, *done.resources])
        return None if self._watch is not None else "nothing changed"

    def _refused(self, error: FirstclassError) -> None:
        told = tuple(sentences(error))
        if told != self._told:
            self._told = told
            self._say(f"nothing was applied, what was live stays live: {told[0]}")
            for line in told[1:]:
                self._say(line)
        if self._watch is not None:
            self._watch.follow_neighbours()
        if error.exit_code == Exit.UNAVAILABLE:
            self.retry()
        else:
            self._is_broken = True
