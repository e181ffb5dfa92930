"""The report: what one script achieved against the app alone and through Firstclass, as 80 columns of text or JSON."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from firstclass.demo.people import Person
from firstclass.demo.verdict import Run, Verdict

WIDTH = 80


@dataclass(frozen=True, slots=True)
class Attack:
    """One line of the report. `leaked` says what got through the gateway, empty if nothing did."""

    name: str
    unprotected: str
    protected: str
    verdict: str
    leaked: str = ""


@dataclass(frozen=True, slots=True)
class Honest:
    """How the honest app fared through the gateway; `added_ms` is the difference of the 99th percentiles."""

    calls: int
    refused: int
    added_ms: float


@dataclass(frozen=True, slots=True)
class Access:
    """What a person needs to look for themselves while the demo stays up. `setup` makes `firstclass` a command."""

    gateway_url: str
    app_key: str
    config_path: str
    request_id: str
    explained: str
    setup: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that is told at the end."""

    reads_own: tuple[str, str]
    attacks: Sequence[Attack]
    people: tuple[str, str]
    leaked: Sequence[str]
    honest: Honest
    still_possible: Sequence[str]
    access: Access

    @property
    def is_clean(self) -> bool:
        """Nothing leaked, and nothing honest was refused: a gateway that refuses everything protects no business."""
        return not self.leaked and not self.honest.refused and self.reads_own[1] == "ok"

    def as_json(self) -> dict[str, Any]:
        """The document that `firstclass demo --json` prints."""
        return {
            "attacks": [
                {"name": a.name, "unprotected": a.unprotected, "protected": a.protected, "verdict": a.verdict}
                for a in self.attacks
            ],
            "leaked": list(self.leaked),
            "still_possible": list(self.still_possible),
            "people_whose_data_left": {"unprotected": self.people[0], "protected": self.people[1]},
            "honest": {
                "calls": self.honest.calls,
                "refused": self.honest.refused,
                "added_p99_ms": round(self.honest.added_ms, 2),
            },
            "explained": {"request_id": self.access.request_id, "because": self.access.explained},
        }

    def as_text(self, stays_up: bool) -> str:
        """The page that a person reads; `stays_up` says whether its commands still work after it."""
        access = self.access
        lines = [
            "The attacker has the app from the store (key inside) and one account: Ana.",
            _row("same script, twice", "app alone", "through Firstclass"),
            _row("Ana reads her own cards", *self.reads_own),
            *(
                _row(f"{n} {a.name}", a.unprotected, f"{a.protected:<3} {a.verdict}")
                for n, a in enumerate(self.attacks, 1)
            ),
            _row("people whose data left", *self.people),
            f"  the honest app meanwhile: {self.honest.calls:,} calls, {self.honest.refused:,} refused,"
            f" {_added(self.honest.added_ms)}",
            *(line for leak in self.leaked for line in _wrapped(f"LEAKED: {leak}")),
            *_wrapped("still possible, and what will close it: " + "; ".join(self.still_possible)),
            *([_told("first", access.setup)] if access.setup else []),
            _told("why line 1", f"firstclass explain {access.request_id} \\"),
            f"    --config {access.config_path}",
            *([f"    says: {access.explained}"] if access.explained else []),
            _told("call it", f"curl {access.gateway_url}/designs -H \\"),
            f"    X-API-Key:{access.app_key}",
            *([] if stays_up else ["    (these two answer while the demo stays up: in a terminal, without --once)"]),
            _told("your own", "firstclass init openapi.yaml --upstream http://localhost:4000"),
        ]
        return "\n".join(lines) + "\n"


def compare(ana: Person, crowd: int, sides: tuple[tuple[Run, Verdict], tuple[Run, Verdict]]) -> tuple[Attack, ...]:
    """The six lines: the run against the app alone beside the run through Firstclass."""
    (_, alone), (run, through) = sides

    def counted(name: str, step: str, shown: str = "") -> Attack:
        before, after = alone.others(step, ana), through.others(step, ana)
        left = "whole database" if shown and before == crowd else f"{before:,} people"
        kept = "no" if shown else "0"
        return _attack(
            name, left, f"{after:,}" if after else kept, run.reason(step), f"data of {after:,}" if after else ""
        )

    def achieved(name: str, step: str, word: str, before: bool, after: bool) -> Attack:
        return _attack(name, word if before else "no", word if after else "no", run.reason(step), word if after else "")

    exposed = (
        "" if through.masked else f"in {through.exposed} of {through.about_ana} answers, or not shown to be masked"
    )
    everywhere = alone.about_ana > 0 and alone.exposed == alone.about_ana
    return (
        counted(f"customers 1, 2, 3 … {crowd}", "walk"),
        achieved(
            "an order on Bob's account", "order", "ordered", alone.state.ordered_for_bob, through.state.ordered_for_bob
        ),
        _attack(
            "card digits, birthdays, e-mail",
            "in every answer" if everywhere else f"in {alone.exposed} answers",
            str(through.exposed),
            "masked" if through.masked else "not masked",
            exposed,
        ),
        achieved('PATCH {"role": "admin"}', "admin", "admin", alone.state.ana_is_admin, through.state.ana_is_admin),
        counted("/debug/dump (in no contract)", "debug", "whole database"),
        counted("name=' OR 1=1 --", "inject"),
    )


def _attack(name: str, unprotected: str, protected: str, verdict: str, leaked: str) -> Attack:
    return Attack(
        name, unprotected, protected, "got through" if leaked else verdict, f"{name}: {leaked}" if leaked else ""
    )


def name_people(people: frozenset[int], ana: Person) -> str:
    """How many people, and Ana by name where there is nobody else."""
    return f"{len(people):,}: Ana herself" if people == {ana.id} else f"{len(people):,}"


def _added(milliseconds: float) -> str:
    """What was measured at the 99th percentile, unless it lies within what one run cannot tell."""
    shown = f"{milliseconds:+.1f}"
    return f"{shown} ms at p99" if shown not in ("+0.0", "-0.0") and milliseconds > 0 else "no measurable difference"


def _row(first: str, second: str, third: str) -> str:
    return f"  {first:<37} {second:<16} {third}".rstrip()


def _told(label: str, command: str) -> str:
    return f"  {label:<12} {command}"


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(
        text, WIDTH, initial_indent="  ", subsequent_indent="    ", break_long_words=False, break_on_hyphens=False
    )
