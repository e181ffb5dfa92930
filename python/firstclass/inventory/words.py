"""Names taken apart into words, and what words are about people. Precision before completeness: a finding that is wrong
teaches people to skip findings."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_PART = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")


@lru_cache(maxsize=50_000)
def split(name: str) -> tuple[str, ...]:
    """`customerEMail_address2` is customer, e, mail, address, 2; accents are gone."""
    plain = unicodedata.normalize("NFKD", name.replace("ß", "ss")).encode("ascii", "ignore").decode()
    return tuple(part.lower() for part in _PART.findall(plain))


PERSON = frozenset(
    {
        *("user", "users", "customer", "customers", "person", "persons", "people", "member", "members", "patient"),
        *("patients", "employee", "employees", "contact", "contacts", "guest", "guests", "student", "students"),
        *("driver", "drivers", "passenger", "passengers", "profile", "profiles", "owner"),
        *("holder", "cardholder", "applicant", "candidate", "subscriber", "resident", "buyer", "seller"),
        *("recipient", "sender", "traveler", "traveller", "citizen", "donor", "learner", "teacher", "doctor"),
        *("me", "personal", "borrower", "insured", "policyholder", "attendee"),
        *("kunde", "kunden", "benutzer", "nutzer", "mitarbeiter", "mitglied", "patienten", "konto", "klant"),
        *("klanten", "gebruiker", "gebruikers", "medewerker", "persoon", "personen", "utilisateur", "utilisateurs"),
        *("personne", "employe", "usuario", "usuarios", "cliente", "clientes", "persona"),
        *("personas", "empleado", "paciente", "utente", "utenti", "clienti", "dipendente", "uzytkownik", "klient"),
        *("kund", "anvandare", "bruger", "kayttaja", "pessoa", "funcionario"),
    }
)
# Whose an object is, as a property of the object or a segment of a path says it.
OWNERS = frozenset(
    {
        *("user", "customer", "owner", "member", "patient", "employee", "student", "person", "subscriber"),
        *("buyer", "holder", "kunde", "benutzer", "klant", "gebruiker", "utilisateur", "usuario", "cliente", "utente"),
        *("borrower", "driver", "passenger", "guest", "resident", "applicant", "cardholder"),
    }
)


def is_about_person(words: tuple[str, ...]) -> bool:
    """Whether a schema or property of this name is about a person."""
    return any(word in PERSON for word in words)


def names_owner(words: tuple[str, ...]) -> bool:
    """Whether the name is that of an id of a person: customerId, user_id, ownerId."""
    if len(words) < 2 or words[-1] not in ("id", "uuid", "guid", "number", "no", "nr"):
        return False
    return words[-2] in OWNERS


def singular(word: str) -> str:
    """customers is customer; as far as English goes."""
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("sses", "xes", "ches")):
        return word[:-2]
    return word[:-1] if word.endswith("s") and not word.endswith(("ss", "us", "is")) and len(word) > 3 else word
