"""Contracts that another process made live: the log of a running gateway says so, as it does of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from firstclass.app.store_watch import StoreWatch
from firstclass.model.errors import FirstclassError
from firstclass.storage import Store
from firstclass.storage.store import FILE


class AppliedElsewhere:
    """Looks at the store whenever its files have changed."""

    def __init__(self, data: Path, store: Store, say: Callable[[str], None]) -> None:
        """`say` gets lines for people."""
        self._store = store
        self._say = say
        self._watch = StoreWatch(data / FILE)
        self._known: dict[str, str] | None = None

    def turn(self, own: Mapping[str, str]) -> None:
        """Say what differs from the last look; `own`: the hashes that this process applied last."""
        if not self._watch.may_have_changed():
            return
        try:
            with self._store.read() as reader:
                heads = {head.api: head.hash for head in reader.bundles.heads() if head.hash is not None}
        except FirstclassError:
            self._watch.forget()
            return
        before, self._known = self._known, heads
        if before is None or heads == own:
            return
        changed = [name for name, digest in heads.items() if before.get(name) != digest and own.get(name) != digest]
        gone = [f"{name} (removed)" for name in before if name not in heads]
        if told := [*changed, *gone]:
            self._say(f"applied by another process: {', '.join(sorted(told))}")
