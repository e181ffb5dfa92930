"""`python -m bench.unrecorded run`: the `firstclass` command with an engine that has no room for events.

What "pass-through without policies" is measured with: that every call leaves its event is one of the policies, and no
setting turns it off.
"""

from __future__ import annotations

import sys
from typing import Any

from firstclass.cli.main import main
from firstclass.engine.process import EngineConfiguration

_as_json = EngineConfiguration.as_json


def _without_room(configuration: EngineConfiguration) -> dict[str, Any]:
    return _as_json(configuration) | {"limits": {"event_buffer_bytes": 0}}


if __name__ == "__main__":
    EngineConfiguration.as_json = _without_room  # type: ignore[method-assign]
    sys.exit(main())
