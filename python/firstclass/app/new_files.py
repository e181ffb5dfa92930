"""Files that are written for a person to keep: never over one that is there, whole or not at all."""

from __future__ import annotations

import contextlib
from pathlib import Path

from firstclass.base.files import is_full
from firstclass.model.errors import FirstclassError, disk_full


def write_new(texts: dict[Path, str]) -> None:
    """Write every file, or none of them.

    Raises:
        FirstclassError: one is there already, or cannot be written.
    """
    with contextlib.ExitStack() as undone:
        for path, text in texts.items():
            try:
                with path.open("x", encoding="utf-8") as file:
                    undone.callback(path.unlink, missing_ok=True)
                    file.write(text)
            except OSError as problem:
                if is_full(problem):
                    raise disk_full(str(path)) from None
                message = f"{path} cannot be written: {problem.strerror}"
                raise FirstclassError("file_not_written", message, hint="check the directory and its rights") from None
        undone.pop_all()
