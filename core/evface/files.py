"""Writing files all or nothing, as plain values, and what reading damaged ones raises."""

from __future__ import annotations

import math
import tokenize
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from evface.errors import FileError

# What numpy, zipfile and the unpacking of what they read raise for damaged archives.
ARCHIVE_DAMAGES = (
    ValueError,
    KeyError,
    TypeError,
    AttributeError,
    EOFError,
    NotImplementedError,
    RuntimeError,
    # numpy reads the headers of its files as Python.
    SyntaxError,
    tokenize.TokenError,
    zipfile.BadZipFile,
    zlib.error,
)

# What JSON that is damaged, or something else, raises where it is read and taken apart.
JSON_DAMAGES = (
    ValueError,
    KeyError,
    TypeError,
    AttributeError,
    IndexError,
    OverflowError,
    RecursionError,
)


def temporary_of(path: Path) -> Path:
    """Return what `replacing` writes first; a process that was killed leaves it behind."""
    return path.with_name(f".{path.name}.part")


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give the block a temporary sibling to write, which takes the place of `path` when it ends.

    Raises
    ------
    FileError
        If the block or the exchange fails for want of rights or space; what was there before is
        still there then.
    """
    temporary = temporary_of(path)
    try:
        yield temporary
        temporary.replace(path)
    except OSError as error:
        reason = error.strerror or "unknown"
        raise FileError(
            path, f"cannot be written ({reason}); check the folder and the free space"
        ) from error
    finally:
        temporary.unlink(missing_ok=True)


def plain_values(value: Any) -> Any:
    """Return a value as JSON has it: numbers that are none become None, paths text."""
    if isinstance(value, Mapping):
        return {str(name): plain_values(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [plain_values(inner) for inner in value]
    if isinstance(value, Path):
        return str(value)
    return None if isinstance(value, float) and not math.isfinite(value) else value
