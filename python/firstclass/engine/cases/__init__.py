"""Golden cases: written exchanges, replayed through compiler, engine and a recording origin (`bundle/CASES.md`).

Nothing here is used by a running gateway.
"""

from firstclass.engine.cases.model import Case, CaseError, Outcome
from firstclass.engine.cases.reading import find_cases, read_case
from firstclass.engine.cases.replay import replay_case

__all__ = ["Case", "CaseError", "Outcome", "find_cases", "read_case", "replay_case"]
