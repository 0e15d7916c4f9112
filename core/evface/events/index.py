"""Time indexes kept beside event files, so that any moment can be found without decoding.

An index can be deleted at any time: it is built again when the file is next opened. It is only
used for the very file that it was built from, by the same version of its layout.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import struct
import tokenize
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import platformdirs
from numpy.typing import NDArray

from evface.events.content import HEAD_BYTES

_VERSION = 3
_IDENTITY = "identity"
# What numpy and zipfile raise for damaged files.
_DAMAGES = (
    OSError,
    ValueError,
    LookupError,
    EOFError,
    ArithmeticError,
    MemoryError,
    RuntimeError,
    SyntaxError,
    struct.error,
    tokenize.TokenError,
    zipfile.BadZipFile,
    zlib.error,
)


@dataclass(frozen=True)
class FileIdentity:
    """What tells a file from another, or from itself after a change.

    Parameters
    ----------
    n_bytes, modified_ns
        Size and time of the last change.
    digest
        Hash of the first and last bytes.
    """

    n_bytes: int
    modified_ns: int
    digest: str

    @classmethod
    def of(cls, path: Path) -> FileIdentity:
        """Take the identity of a file; raises OSError where it cannot be read."""
        with path.open("rb") as file:
            status = os.fstat(file.fileno())
            sha = hashlib.sha256(file.read(HEAD_BYTES))
            file.seek(max(0, status.st_size - HEAD_BYTES))
            sha.update(file.read(HEAD_BYTES))
        return cls(status.st_size, status.st_mtime_ns, sha.hexdigest())


def index_paths(path: Path) -> tuple[Path, Path]:
    """Return where the index of `path` may lie: beside it, and in the user's cache."""
    path = path.absolute()
    key = hashlib.sha256(os.fsencode(path)).hexdigest()[:24]
    cache = platformdirs.user_cache_path("evface", appauthor=False) / "indexes"
    return path.with_name(f".{path.name}.evfidx.npz"), cache / f"{key}.npz"


def read_index(
    path: Path, identity: FileIdentity, parameters: str, shapes: Mapping[str, int]
) -> dict[str, NDArray[np.int64]] | None:
    """Read the index of a file.

    Parameters
    ----------
    path, identity
        The event file as it is now.
    parameters
        What else the index depends on, in words; another value makes it stale.
    shapes
        Names of the arrays and their numbers of dimensions.

    Returns
    -------
    dict of int64 arrays, or None where there is no index that fits
    """
    wanted = _identity_text(identity, parameters)
    for place in index_paths(path):
        try:
            # Opened here because numpy leaves a damaged file open.
            with place.open("rb") as handle, np.load(handle, allow_pickle=False) as file:
                if str(file[_IDENTITY]) != wanted:
                    continue
                arrays = {name: file[name] for name in shapes}
        # Whatever is wrong with an index, the remedy is a new one.
        except _DAMAGES:
            continue
        if all(a.dtype == np.int64 and a.ndim == shapes[name] for name, a in arrays.items()):
            return arrays
    return None


def write_index(
    path: Path, identity: FileIdentity, parameters: str, arrays: Mapping[str, NDArray[np.int64]]
) -> Path | None:
    """Keep the index of a file where that is possible.

    Returns
    -------
    Path or None
        Where it lies; None where neither place can be written, which only costs time later.
    """
    words = np.array(_identity_text(identity, parameters))
    for place in index_paths(path):
        temporary = place.with_name(f"{place.name}.{os.getpid()}.part")
        try:
            if place.parent != path.absolute().parent:
                place.parent.mkdir(parents=True, exist_ok=True)
            with temporary.open("wb") as file:
                np.savez(file, **{_IDENTITY: words}, **arrays)  # type: ignore[arg-type]
            temporary.replace(place)
        except OSError:
            with contextlib.suppress(OSError):
                temporary.unlink(missing_ok=True)
            continue
        return place
    return None


def _identity_text(identity: FileIdentity, parameters: str) -> str:
    return f"{_VERSION} {identity.n_bytes} {identity.modified_ns} {identity.digest} {parameters}"
