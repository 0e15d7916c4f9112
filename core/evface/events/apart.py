"""Has a library that damaged files can crash look at one in a process that can be ended."""

from __future__ import annotations

import multiprocessing
import signal
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, TypeVar

from evface.errors import EventFileError
from evface.workers import end_with_parent

T = TypeVar("T")

# The process is ended after so long.
_MOST_S = 60.0


def call_apart(look: Callable[[Path], T], path: Path, *, kind: str) -> T:
    """Call a function with a path in another process, and return what it returns.

    Parameters
    ----------
    look
        A function of a module, which needs no more than the path. What it returns is pickled, and
        is no text.
    kind
        What kind of file it is, and of library, for the user.

    Raises
    ------
    EventFileError
        If it raises anything, crashes, or takes longer than a minute: the file is damaged.
    """
    # Spawned, because threads of this process would not survive a fork.
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe(duplex=False)
    process = context.Process(target=_tell, args=(there, look, path), daemon=True)
    has_begun, said = False, None
    try:
        process.start()
        there.close()
        has_begun = here.recv()
        said = here.recv() if here.poll(_MOST_S) else f"it takes longer than {_MOST_S:.0f} s"
    except (EOFError, OSError) as error:
        if not has_begun:
            raise EventFileError(
                path,
                "could not be opened in a process of its own; a script that opens it needs "
                'if __name__ == "__main__"',
            ) from error
        said = f"the {kind} library cannot open it"
    finally:
        if process.pid is not None:
            process.kill()
            process.join()
        here.close()
        there.close()
    if isinstance(said, str):
        raise EventFileError(path, f"is a damaged {kind} file ({said}); copy or record it again")
    result: T = said
    return result


def _tell(connection: Connection, look: Callable[[Path], Any], path: Path) -> None:
    # An interruption is meant for the process that began this one, which ends it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    end_with_parent()
    connection.send(True)
    try:
        connection.send(look(path))
    except Exception as error:  # noqa: BLE001  whatever is raised for damage ends here
        connection.send(str(error).splitlines()[0] if str(error) else type(error).__name__)
