"""The control plane's store: one repository file per noun; every change is one transaction with audit line and outbox row."""

from firstclass.storage.change import Change
from firstclass.storage.reader import Reader
from firstclass.storage.store import Store

__all__ = ["Change", "Reader", "Store"]
