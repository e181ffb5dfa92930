"""The control plane's store: a repository file per noun; a change is one transaction with audit line and outbox row."""

from firstclass.storage.change import Change
from firstclass.storage.reader import Reader
from firstclass.storage.store import Store

__all__ = ["Change", "Reader", "Store"]
