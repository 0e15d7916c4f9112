"""Who edits a project: one application at a time."""

from __future__ import annotations

import json
import os
import socket
from contextlib import suppress
from pathlib import Path

from filelock import FileLock, Timeout

from evface.errors import FileError, ProjectInUseError


class EditingLock:
    """Holds a project for editing until it is released, or the process ends in whatever way.

    Parameters
    ----------
    path
        Of the project.

    Raises
    ------
    ProjectInUseError
        If another application holds it.
    FileError
        If no lock can be made beside the project.
    """

    def __init__(self, path: Path) -> None:
        # Symbolic links lead to one project.
        path = Path(path).resolve()
        self._lock = FileLock(path.with_name(f".{path.name}.lock"))
        # On its own, since a locked file cannot be read everywhere.
        self._holder = path.with_name(f".{path.name}.editor")
        try:
            self._lock.acquire(blocking=False)
        except Timeout as error:
            raise ProjectInUseError(path, f"is open {_words(self._holder)}") from error
        except OSError as error:
            raise FileError(path, f"cannot be locked for editing ({error.strerror})") from error
        with suppress(OSError):  # only says who it is
            text = json.dumps({"host": socket.gethostname(), "process": os.getpid()})
            self._holder.write_text(text, "utf-8")

    def release(self) -> None:
        """Let others edit. Releasing again does nothing."""
        if self._lock.is_locked:
            with suppress(OSError):
                self._holder.unlink(missing_ok=True)
            self._lock.release()


def _words(holder: Path) -> str:
    try:
        said = json.loads(holder.read_text("utf-8"))
        return f"in another window (process {int(said['process'])} on {said['host']})"
    except (OSError, ValueError, KeyError, TypeError):
        return "in another window"
