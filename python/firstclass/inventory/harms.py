"""What a rule finds: a harm with its place, why it matters, and the overlay actions that mend it. Every code is in the
table here, with its weight; the reference page is made from it."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

from firstclass.base.printable import printable
from firstclass.compiler.nodes import Node
from firstclass.inventory.flow import member, quoted

COLUMNS = 72  # beside the indentation of a report
Weight = Literal["grave", "serious", "slight"]
Key = tuple[str, str, bool]


@dataclass(frozen=True)
class Code:
    """A kind of harm: how much it weighs in the grade, what it says in one line, and why anybody should act."""

    weight: Weight
    says: str
    why: str


CODES: dict[str, Code] = {
    "no_credential": Code(
        "grave",
        "an operation that anybody may call, without a credential",
        "whoever finds the address calls it, with a script too; nobody can be told from anybody else or shut out",
    ),
    "credential_unchecked": Code(
        "serious",
        "a credential that the API alone checks",
        "nobody here knows who calls: no application can be shut out, limited or told apart, no owner is known, and a"
        " hole in the API's own check is a hole in the gateway",
    ),
    "id_without_owner": Code(
        "grave",
        "an id of a person or of a person's object, and nothing says whose it is",
        "a caller who changes the id gets somebody else's data: nothing compares it with who is calling",
    ),
    "subjects_mixed": Code(
        "grave",
        "an owner that is compared with people of more than one user base",
        "two user bases call different people the same: somebody who signs up as 7 in one gets the objects of the 7 of"
        " the other",
    ),
    "owner_optional": Code(
        "grave",
        "an owner on a parameter or property that may be left out",
        "a call that leaves it out names nobody: nothing says whose records are meant, and an API may answer with all",
    ),
    "id_walkable": Code(
        "serious",
        "an id that is a number, on an operation without a rate",
        "ids that are numbers are counted up: 1, 2, 3 … until the whole table has been fetched",
    ),
    "id_guessable": Code(
        "serious",
        "a person named by what others know or guess, on an operation without a rate",
        "user names, e-mail addresses and short codes are known, or tried one after the other by a script, until"
        " everybody has been fetched",
    ),
    "credential_returned": Code(
        "grave",
        "a password, key or token in an answer",
        "a secret in an answer is a secret of everybody who gets or logs the answer",
    ),
    "classified_unmasked": Code(
        "serious",
        "a field that looks personal or confidential leaves as it is",
        "every caller of the operation gets the value, whether it needs to know it or not",
    ),
    "mask_by_name": Code(
        "serious",
        "a masked or hidden property in an object that lets any other name out",
        "a mask goes by the exact name: an API that comes to write SSN or e_mail for ssn or email lets the value out as"
        " it is, and nobody is told",
    ),
    "answer_uninspected": Code(
        "serious",
        "an answer of another media type than JSON, with fields that look personal or confidential",
        "only JSON is looked into: XML, text or CSV leaves byte for byte, with fields that nobody declared too",
    ),
    "masked_left_unread": Code(
        "grave",
        "an answer that is masked as JSON and leaves as it is in another media type",
        "only JSON is looked into: the API has but to answer in the other media type, by itself or asked by a caller,"
        " and every masked value leaves",
    ),
    "answer_of_anything": Code(
        "serious",
        "an answer that may hold properties that nobody declared: anything may leave here",
        "a field that a developer adds tomorrow leaves tomorrow, unseen and unmasked",
    ),
    "request_of_anything": Code(
        "serious",
        "a request that may hold properties that nobody declared",
        "a caller sets fields that were never meant for callers, such as a role or a balance",
    ),
    "request_undescribed": Code(
        "serious",
        "a request body whose properties the contract does not name",
        "nothing can be judged that is not described: today everything passes, through the gateway nothing",
    ),
    "privilege_writable": Code(
        "grave",
        "a request that may set a role, a permission or a balance",
        "a caller who writes the property into a request gives the right, or the money, to itself",
    ),
    "id_writable": Code(
        "serious",
        "a request that may set the id of the object that its path names",
        "the id in the path must be the caller's own, and nothing compares the one in the body: an API that goes by"
        " that one changes somebody else's object",
    ),
    "sign_in_unlimited": Code(
        "serious",
        "an operation that takes a password, without a rate",
        "a list of leaked passwords is tried in an hour when nothing slows it down",
    ),
    "secret_in_url": Code(
        "serious",
        "a credential in a query, a path or a cookie",
        "URLs are written into the logs of every server on the way, into histories and into links",
    ),
    "admin_reachable": Code(
        "grave",
        "an operation for administrators or debugging that ordinary callers reach",
        "what was meant for the team is one guessed path away from everybody with a key",
    ),
    "hidden_revealed": Code(
        "serious",
        "sorting, filtering or choosing by a field that the answer hides",
        "who sorts or filters by a hidden value reads it by asking often enough",
    ),
    "page_unbounded": Code(
        "serious",
        "a page size without a maximum",
        "one call with a page size of a million is the whole table",
    ),
    "list_without_pages": Code(
        "serious",
        "an answer that is a list of any length",
        "one call returns everything there is",
    ),
    "text_unbounded": Code(
        "slight",
        "a text in a request without a largest length",
        "room for a megabyte is room for injected code, and for work that others wait behind",
    ),
    "list_unbounded": Code(
        "slight",
        "a list in a request without a largest number of items",
        "one call asks for as much work as a hundred thousand",
    ),
    "upload_unbounded": Code(
        "serious",
        "a body of bytes without a largest length",
        "an upload that never ends fills the disk behind it",
    ),
    "secret_in_contract": Code(
        "grave",
        "an example or default that looks like a real secret",
        "a contract is published to every caller, with the secret in it",
    ),
    "plain_http": Code(
        "slight",
        "a server address without TLS",
        "clients that are made from the contract send credentials and data readable to everyone on the way",
    ),
}


@dataclass(frozen=True)
class Action:
    """One action of an overlay. Of several with the same `slot` (two rules that mend one `security`), a file of fixes
    keeps those of the highest `rank`. `is_last`: it takes something away that others may still speak of."""

    target: str
    update: Any = None
    remove: bool = False
    slot: str = ""
    rank: int = 0
    is_last: bool = False

    @property
    def key(self) -> Key:
        """By which actions are compared and collected: what an action writes may be a mapping, which cannot be."""
        return self.target, repr(self.update), self.remove

    def text(self, description: str = "") -> str:
        """The action as an item of an overlay's list."""
        lines = [f"target: {quoted(self.target)}"]
        lines += [f"description: {quoted(description)}"] if description else []
        lines += ["remove: true"] if self.remove else member("update", self.update, 0, COLUMNS)
        return "- " + "\n  ".join(lines) + "\n"


@dataclass(frozen=True)
class Harm:
    """Lines and columns count from 1. `operations` are the indices of those it concerns; `sample` is what of the
    message differs among harms of one kind."""

    code: str
    message: str
    file: str
    line: int
    column: int
    pointer: str
    actions: tuple[Action, ...]
    advice: str
    operations: frozenset[int]
    sample: str

    @property
    def why(self) -> str:
        """Why anybody should act."""
        return CODES[self.code].why

    @property
    def fix(self) -> str:
        """Overlay actions to paste; a comment where no overlay can mend it."""
        text = "".join(action.text() for action in self.actions)
        note = "".join(f"{line}\n" for text in self.advice.split("\n") for line in _comment(text))
        return note + text

    def as_json(self) -> dict[str, Any]:
        """What `check --json` prints."""
        return {
            "code": self.code,
            "message": self.message,
            "file": self.file,
            "line": self.line,
            "column": self.column,
            "pointer": self.pointer,
            "why": self.why,
            "fix": self.fix,
        }


def _comment(text: str) -> list[str]:
    return textwrap.wrap(
        printable(text),
        COLUMNS,
        initial_indent="# ",
        subsequent_indent="# ",
        break_long_words=False,
        break_on_hyphens=False,
    )


def harm(
    code: str,
    at: Node,
    message: str,
    actions: Iterable[Action] = (),
    *,
    advice: str = "",
    operations: Iterable[int] = (),
    sample: str = "",
) -> Harm:
    """A harm at a node: where its key stands."""
    where = at.key_where
    return Harm(
        code=code,
        message=message,
        file=where.file,
        line=where.line or 1,
        column=where.column or 1,
        pointer=where.pointer or "",
        actions=tuple(actions),
        advice=advice,
        operations=frozenset(operations),
        sample=sample or message,
    )
