"""Parameters that name a person by what others know or guess: whom, and the claim that tokens say it in."""

from __future__ import annotations

from typing import NamedTuple

from firstclass.inventory.facts import Parameter
from firstclass.inventory.words import OWNERS, is_about_person, singular, split

# What a person is called by that others know, or that is short enough to be tried; and the claim that tokens say it in.
KNOWN = {
    **dict.fromkeys(("email", "mail", "emailaddress", "mailaddress"), "email"),
    **dict.fromkeys(
        ("username", "login", "loginname", "nickname", "nick", "handle", "screenname"), "preferred_username"
    ),
    **dict.fromkeys(("phone", "phonenumber", "msisdn", "mobile"), "phone_number"),
    **dict.fromkeys(("name", "slug", "code", "ref", "reference", "pin", "alias"), "sub"),
}
# What a segment says that only tells by what something is found: `by` in /users/by/{email}, `lookup` in its like.
_BY = frozenset({"by", "lookup", "find", "search", "get", "with"})
_FOUND = frozenset({"value", "q", "query", "term", "address", "number", "identifier", "key"})
_SPOKEN = frozenset({"email", "phone_number"})  # claims of what names a person wherever it stands
ACCOUNTS = frozenset({"account", "konto", "compte", "cuenta", "rekening"})
_LONGEST_KNOWN = 2  # words


class Person(NamedTuple):
    """Whom a parameter names, and the claim that tokens say it in. `is_own`: callers are such people themselves."""

    noun: str
    claim: str
    is_own: bool


def named_person(parameter: Parameter) -> Person | None:
    """`/users/{username}`, `/users/by/{email}`, `/members/{memberCode}` and `/patients/{patient}`; None: no person, or
    by an id."""
    words, segment = split(parameter.name), behind(parameter)
    if len(words) == 1 and singular(words[0]) == segment and segment in OWNERS:
        return Person(segment, "sub", is_own=True)
    for size in range(min(_LONGEST_KNOWN, len(words)), 0, -1):
        claim = KNOWN.get("".join(words[-size:]))
        if claim is None:
            continue
        noun = singular(words[-size - 1]) if len(words) > size else segment
        return _person(parameter, noun, claim)
    found = _found_by(parameter) if len(words) == 1 and words[0] in _FOUND else None
    return _person(parameter, *found) if found is not None else None


def _person(parameter: Parameter, noun: str, claim: str) -> Person | None:
    is_path = parameter.place == "path"
    if noun not in OWNERS and not is_about_person((noun,)) and claim != "sub" and is_path:
        noun = _before_by(parameter) or noun
    if noun in OWNERS or is_about_person((noun,)):
        return Person(noun, claim, is_own=noun in OWNERS)
    if not is_path or claim == "sub" or "service" in parameter.operation.words:
        return None
    if noun in ACCOUNTS:
        return Person(noun, claim, is_own=True)
    return Person("person", claim, is_own=False) if claim in _SPOKEN else None


def _found_by(parameter: Parameter) -> tuple[str, str] | None:
    """`/users/by-email/{value}`: the segment says what the parameter is."""
    noun = _before_by(parameter)
    words = [word for word in _words_behind(parameter) if word not in _BY] if noun else []
    for size in range(min(_LONGEST_KNOWN, len(words)), 0, -1):
        claim = KNOWN.get("".join(words[-size:]), "sub")
        if claim != "sub":
            return noun, claim
    return None


def _before_by(parameter: Parameter) -> str:
    """What the path names before the segments that only say by what it is found: `user` in /users/by/{email}, in
    /users/by-email/{value} and in /userByEmail/{email}; empty: nothing."""
    for segment in reversed(_segments(parameter)):
        if segment.startswith("{"):
            return ""
        words = list(split(segment))
        if "by" in words:
            words = words[: words.index("by")]
        if words and "".join(words) not in KNOWN and not set(words) <= _BY:
            return singular(words[-1])
    return ""


def _segments(parameter: Parameter) -> list[str]:
    before = parameter.operation.template.partition("{" + parameter.name + "}")[0]
    return [segment for segment in before.split("/") if segment]


def _words_behind(parameter: Parameter) -> tuple[str, ...]:
    """The words of the segment before it."""
    return tuple(split(segments[-1])) if (segments := _segments(parameter)) else ()


def behind(parameter: Parameter) -> str:
    """What the segment before a parameter of the path names: `user` in /users/{x}; empty: nothing."""
    words = _words_behind(parameter)
    return singular(words[-1]) if words and parameter.place == "path" else ""
