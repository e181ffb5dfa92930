"""What the global options said, and the objects that commands share. Everything is opened on first use."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from firstclass.app.settings import LoadedSettings
    from firstclass.identity.keyring import Keyring
    from firstclass.storage import Store


@dataclass
class Context:
    """One invocation of the command line."""

    config: Path | None = None
    data_override: Path | None = None
    json: bool = False

    @cached_property
    def settings(self) -> LoadedSettings:
        """The configuration: file, environment, flags.

        Raises:
            FirstclassError: the file is absent, does not parse, or says something unknown.
        """
        from firstclass.app.settings import load_settings

        return load_settings(self.config, data=self.data_override)

    @cached_property
    def data(self) -> Path:
        """The data directory; it may not exist yet."""
        if self.data_override is not None:
            return self.data_override.absolute()
        return self.settings.data

    def store(self) -> Store:
        """The store, created or upgraded if need be."""
        return self._store

    @cached_property
    def _store(self) -> Store:
        from firstclass.app.opening import open_store

        return open_store(self.data)

    def keyring(self) -> Keyring:
        """The keyring, created at first use."""
        return self._keyring

    @cached_property
    def _keyring(self) -> Keyring:
        from firstclass.app.opening import open_keyring, root_secret

        return open_keyring(self.data, root_secret())


_current = Context()


def current() -> Context:
    """The context of this invocation."""
    return _current


def begin(context: Context) -> None:
    """Set the context; the command line does this once, before any command."""
    global _current  # noqa: PLW0603 - one invocation, one context
    _current = context
