"""The section of RESULTS.md about applications taken behind the gateway, and the two figures that follow from it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

_METHOD = (
    "Open-source applications that come with a contract of their own, installed by the clients of their registries and "
    "driven by their own clients. For each: `firstclass init` on the running application; a first day in observe with "
    "what `init` wrote; an overlay for the places where the contract and its application differ (`bench/applications/"
    "overlays`, every action with its reason), and a second observed day; `firstclass enforce --ready --calls 1`; then "
    "runs with other seeds. Every call that the gateway refuses in these counts, by the gateway's own counters, "
    "whatever the application had said to it; only failures of the application itself (`upstream_error`) do not. "
    "The same is done on the application directly, too: a step that fails behind the gateway oftener than there is "
    "broken, and a place of the client's results that holds a value there and never does behind the gateway is held "
    "back: properties that no schema names. An operation that the installed edition does not serve is asked for on the "
    "application itself, with ids that exist, and leaves the count of those served only where its own server says 402, "
    "404 or 501, or hangs up; they are listed with what was said.\n"
)


def lines_of(data: dict[str, Any], _: dict[str, Any]) -> list[str]:
    """The section."""
    rows = data["applications"]
    lines = [
        _METHOD,
        "| application | written with | driven by | contract, MB | operations | compile, s of processor | bundle, MB | "
        "load by the engine, s |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        contract = row["contract"]
        lines.append(
            f"| {row['name']} ({row['package']}) | {row['written_with']} | {row['driven_by']} | "
            f"{contract['megabytes']:.2f} | {contract['operations']} | {contract['compile_seconds']:.2f} | "
            f"{contract['bundle_mb']:.2f} | {contract['load_seconds']:.3f} |"
        )
    lines += [
        "",
        "| application | first day: calls, refused, held back | overlay actions that `init` wrote | overlay actions "
        "of the team beyond these | rules observed still | calls "
        "enforced | refused | broken steps | held back |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    lines += [_row(row) for row in rows]
    lines += [
        "",
        "| application | operations of the contract | served by the edition | called | called once enforced | enforced "
        "| of those served | of the contract |",
        "|---|---|---|---|---|---|---|---|",
    ]
    lines += [_operations(row["name"], [row]) for row in rows]
    lines.append(_operations("**together**", rows))
    calls, refused = enforced_calls(data), refused_calls(data)
    together = f"Together {calls:,} calls with rules enforced, {refused} of them refused."
    if not refused:  # the rule of three
        bound = 3 / max(calls, 1) * 100_000
        together += f" None of so many means a share below {bound:.1f} in 100,000 with 95 % confidence."
    lines += [
        "",
        together,
        "",
        _needed(rows),
        "",
        "What was refused, broken or held back:",
        "",
    ]
    return lines + [line for row in rows for line in _details(row)]


def _needed(rows: list[dict[str, Any]]) -> str:
    """What the figures took: nobody should think that `init` alone brings them."""
    each = ", ".join(f"{row['name']} {row['overlay_actions']}" for row in rows)
    total = sum(row["overlay_actions"] for row in rows)
    return (
        f"**The figures above stand after {total} overlay actions that a person wrote beyond what `init` wrote** "
        f"({each}), between the two observed days. What was refused and held back before these is told of each "
        "application's first day; they are as many as were written, and perhaps not all were needed."
    )


def _row(row: dict[str, Any]) -> str:
    first, enforced, modes = row["first_day"], row["enforced"], row["enforce"]
    day = "its contract could not be enforced before" if first is None else _counts(first)
    still = sum(map(len, modes["partly"].values()))
    refused, broken = sum(enforced["refused"].values()), sum(enforced["broken_steps"].values())
    calls = f"{enforced['calls']:,} | {refused} | {broken} of {enforced['steps']:,} | {len(enforced['lost_places'])}"
    wrote = row.get("init_actions", "not recorded")
    return f"| {row['name']} | {day} | {wrote} | {row['overlay_actions']} | {still} | {calls} |"


def _operations(name: str, rows: list[dict[str, Any]]) -> str:
    """How many operations there are, and how many of them are enforced."""
    contract = sum(row["contract"]["operations"] for row in rows)
    served = sum(map(_served, rows))
    called = sum(row["enforce"]["called"] for row in rows)
    later = sum(row["enforced"]["operations"] for row in rows)
    whole = sum(row["enforce"]["whole"] for row in rows)
    kept = sum(row["enforce"]["whole_served"] for row in rows)
    return (
        f"| {name} | {contract} | {served} | {called} | {later} | {whole} | {100 * kept / served:.1f} % | "
        f"{100 * whole / contract:.1f} % |"
    )


def _served(row: dict[str, Any]) -> int:
    return int(row["contract"]["operations"]) - len(row["enforce"]["absent"])


def _counts(phase: dict[str, Any]) -> str:
    return f"{phase['calls']:,}, {sum(phase['refused'].values())}, {len(phase['lost_places'])} places"


def _details(row: dict[str, Any]) -> list[str]:
    found = []
    for name, title in (("first_day", "first day"), ("enforced", "enforced")):
        phase = row[name]
        if phase is None:
            continue
        for what in ("refused", "broken_steps"):
            if phase[what]:
                told = ", ".join(f"{each} ({count})" for each, count in phase[what].items())
                found.append(f"* {row['name']}, {title}, {what.replace('_', ' ')}: {told}")
        if name == "enforced":
            found += [f"* {row['name']}, {step}: {_one_line(why)}" for step, why in phase["problems"].items()]
        if phase["lost_places"]:
            told = ", ".join(f"`{place}`" for place in phase["lost_places"][:12])
            more = len(phase["lost_places"]) - 12
            found.append(f"* {row['name']}, {title}, held back: {told}{f' and {more} more' if more > 0 else ''}")
    found += [f"* {row['name']}: {note}" for note in row["notes"]]
    if row["enforce"]["absent"]:
        told = ", ".join(f"{name} ({status or 'hangs up'})" for name, status in row["enforce"]["absent"].items())
        found.append(f"* {row['name']}, not served by this edition: {told}")
    if left := [name for name in row["enforce"]["not_called"] if name not in row["enforce"]["absent"]]:
        found.append(f"* {row['name']}, served and not called: {', '.join(left[:20])}")
    if row["enforced"]["never_done"]:
        steps = ", ".join(row["enforced"]["never_done"])
        found.append(f"* {row['name']}, steps that never succeed on the application itself either: {steps}")
    held = row["enforce"]["held_back"]
    if held:
        found.append(f"* {row['name']}, observed still: {'; '.join(held[:20])}")
    return found


def _one_line(text: str) -> str:
    return f"`{' '.join(text.split()).replace('`', '')[:280]}`"


def enforced_calls(data: dict[str, Any]) -> int:
    """Calls of all applications after `enforce --ready`."""
    return sum(int(row["enforced"]["calls"]) for row in data["applications"])


def refused_calls(data: dict[str, Any]) -> int:
    """How many of these the gateway refused."""
    return sum(sum(row["enforced"]["refused"].values()) for row in data["applications"])


def refused_share(sections: dict[str, Any]) -> float | None:
    """Refused calls in 100,000."""
    data = sections.get("applications", {}).get("data")
    return None if data is None else refused_calls(data) / enforced_calls(data) * 100_000


def enforced_share(sections: dict[str, Any]) -> float | None:
    """Operations enforced of those that the editions serve, in percent, over all applications."""
    data = sections.get("applications", {}).get("data")
    if data is None:
        return None
    whole = sum(row["enforce"]["whole_served"] for row in data["applications"])
    return 100 * float(whole) / sum(map(_served, data["applications"]))


def count_of(what: str) -> Callable[[dict[str, Any]], float | None]:
    """How many applications were taken behind the gateway, or calls with rules enforced."""

    def value(sections: dict[str, Any]) -> float | None:
        data = sections.get("applications", {}).get("data")
        if data is None:
            return None
        return float(enforced_calls(data) if what == "calls" else len(data["applications"]))

    return value
