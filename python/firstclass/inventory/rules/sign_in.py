"""Operations that take a password and may be tried without end."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from firstclass.inventory.facts import Facts, Operation
from firstclass.inventory.harms import Action, Harm, harm
from firstclass.inventory.places import json_path
from firstclass.inventory.words import split

RATE = {"x-firstclass": {"rate": "10 per minute by address"}}
_PASSWORDS = frozenset(
    {
        *("password", "passwd", "pwd", "passphrase", "passcode", "pin", "otp", "totp", "passwort", "kennwort"),
        *("wachtwoord", "motdepasse", "contrasena", "senha", "haslo", "verificationcode", "onetimepassword"),
    }
)
_SIGN_IN = frozenset(
    {
        *("login", "logon", "signin", "authenticate", "auth", "token", "session", "sessions", "oauth", "verify", "otp"),
        *("reset", "forgot", "anmelden", "anmeldung", "connexion", "inloggen", "mfa", "2fa", "unlock", "authorize"),
    }
)


def find_sign_ins(facts: Facts) -> Iterator[Harm]:
    """One harm for each operation."""
    passwords = 0
    for written in facts.written:
        if "".join(split(written.field.name)) in _PASSWORDS:
            passwords |= written.bits
    for operation in facts.named(passwords):
        if operation.lowered["rates"] or not _is_sign_in(operation):
            continue
        actions = [Action(json_path(location), RATE) for location in facts.places.find(operation.node)]
        name = f"{operation.method} {operation.template}"
        message = f"{name} takes a password as often as anybody likes to try one"
        indices = [operation.index]
        yield harm("sign_in_unlimited", operation.node, message, actions, operations=indices, sample=name)


def _is_sign_in(operation: Operation) -> bool:
    words = operation.words
    pairs = {one + other for one, other in pairwise(words)}
    return operation.method == "POST" and bool(_SIGN_IN & ({*words} | pairs))
