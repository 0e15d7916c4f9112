"""Cancel work that takes long and cannot say how far it is."""

from __future__ import annotations

import _thread
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from evface.jobs.spec import JobCancelled

_ASKED_EVERY_S = 0.2
# Long enough for the block to clean up.
_AGAIN_AFTER_S = 2.0


@contextmanager
def interruptible(
    report: Callable[[float, str], None], fraction: float, message: str
) -> Iterator[None]:
    """Report again and again while the block works, and end it when the job is to stop.

    The block is interrupted where it is, so that what it cleans up at its end is cleaned up. It
    must run in the process's main thread.

    Raises
    ------
    JobCancelled
        If the job is to stop.
    """
    is_over = threading.Event()
    is_cancelled = threading.Event()

    def watch() -> None:
        while not is_over.wait(_ASKED_EVERY_S):
            try:
                report(fraction, message)
            except JobCancelled:
                is_cancelled.set()
                # Where it falls into a library's callback, the first is swallowed there.
                _thread.interrupt_main()
                while not is_over.wait(_AGAIN_AFTER_S):
                    _thread.interrupt_main()

    report(fraction, message)
    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield
    except KeyboardInterrupt:
        if not is_cancelled.is_set():
            raise
        raise JobCancelled from None
    finally:
        is_over.set()
        watcher.join()
