"""The engine process: reads its configuration from standard input and runs the native engine until it has drained."""

from __future__ import annotations

import sys

from firstclass.base.cores import leave_no_core


def main() -> int:
    """Run the engine; returns 0 once drained."""
    from firstclass._native import run_engine

    leave_no_core()
    code: int = run_engine(sys.stdin.read())
    return code


if __name__ == "__main__":
    sys.exit(main())
