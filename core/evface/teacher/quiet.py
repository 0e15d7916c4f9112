"""Silence for libraries that write to the terminal past Python."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def silenced() -> Iterator[None]:
    """Point the process' stdout and stderr at nothing while the block runs.

    Compiled libraries write to the file descriptors themselves. What other threads write
    meanwhile is lost too, so keep the block short.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    kept = [(descriptor, os.dup(descriptor)) for descriptor in (1, 2)]
    nothing = os.open(os.devnull, os.O_WRONLY)
    try:
        for descriptor, _ in kept:
            os.dup2(nothing, descriptor)
        yield
    finally:
        os.close(nothing)
        for descriptor, copy in kept:
            os.dup2(copy, descriptor)
            os.close(copy)
