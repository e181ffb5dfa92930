"""What a crash leaves behind: the memory of our processes holds secrets, and a core of it would lie on a disk."""

from __future__ import annotations

import resource


def leave_no_core() -> None:
    """From here on a crash of this process, and of all that it starts, writes no core, whatever the system allows.

    The processes stay traceable by their own account (`PR_SET_DUMPABLE` is left alone): who may trace them may read the
    data directory as well, and a profiler or debugger of the operator's must be able to look at them.
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
