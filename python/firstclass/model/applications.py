"""Applications: registered software of a consumer. Frozen values; rules that need the store are in `access`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

TENANT = "main"
KINDS = ("server", "mobile", "web", "device", "agent")

# A name travels in the header Firstclass-Application: visible ASCII, no separator that a log or a list gives a meaning.
NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9 ._+@-]{0,62}[A-Za-z0-9])?")
_LOCAL = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_EMAIL = re.compile(rf"(?=.{{3,254}}\Z)(?=[^@]{{1,64}}@){_LOCAL}@{_LABEL}(?:\.{_LABEL})+")


@dataclass(frozen=True)
class Client:
    """The application's name in a foreign issuer's tokens."""

    issuer: str
    client_id: str


@dataclass(frozen=True)
class Application:
    """Registered software; everything it may do hangs on it."""

    id: str
    name: str
    owner: str
    kind: str
    enabled: bool
    created_at: datetime
    clients: tuple[Client, ...] = ()
    managed: bool = False
    tenant: str = TENANT

    def directory_value(self) -> dict[str, Any]:
        """What an engine knows of it (`Application` in the directory)."""
        return {
            "tenant": self.tenant,
            "name": self.name,
            "enabled": self.enabled,
            "clients": [{"issuer": client.issuer, "client_id": client.client_id} for client in self.clients],
        }


def is_email(text: str) -> bool:
    """Whether mail could be sent to it: one address, ASCII, a domain with a dot."""
    return _EMAIL.fullmatch(text) is not None
