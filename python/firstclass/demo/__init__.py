"""The demo: a sample API that is unsafe as its kind is, the gateway before it, an attacker, and the report.

Nothing here may be imported by the product; the demo drives the gateway only through its documented commands.
"""

from __future__ import annotations

__all__ = ["run"]


def run(once: bool, json: bool) -> int:
    """Run the whole demo and return the exit code: 0 only if nothing leaked and nothing honest was refused."""
    from firstclass.demo.performance import perform  # late: `firstclass --help` must not pay for a web server

    return perform(once=once, as_json=json)
