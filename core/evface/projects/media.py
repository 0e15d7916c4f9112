"""The media of recordings: recognised by content, found again after they moved. Never written."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

# Read at the head, in the middle and at the tail, so that a file of any size takes milliseconds.
_SAMPLE_BYTES = 1 << 20


@dataclass(frozen=True)
class MediaEntry:
    """A file that a recording is made of.

    Parameters
    ----------
    path
        Where it is, or where it was last known to be. Absolute.
    stored_path
        What the project says: relative to the project's folder where that is possible.
    n_bytes
        Size when it was added.
    fingerprint
        Of its content when it was added, by `fingerprint`.
    is_missing
        Whether there was no file at `path` when this was read from the project.
    """

    path: Path
    stored_path: str
    n_bytes: int
    fingerprint: str
    is_missing: bool


def fingerprint(path: Path, n_bytes: int | None = None) -> str:
    """Return a digest of a file's size and of its head, middle and tail.

    Small files are read whole. Files that differ only between the samples share a fingerprint.

    Parameters
    ----------
    n_bytes
        As if the file ended there: it goes on where it ended before. All of it when None.

    Raises
    ------
    OSError
        If it cannot be read.
    """
    digest = hashlib.blake2b(digest_size=16)
    with path.open("rb") as file:
        n_bytes = os.fstat(file.fileno()).st_size if n_bytes is None else n_bytes
        digest.update(n_bytes.to_bytes(8))
        middle = max(n_bytes // 2 - _SAMPLE_BYTES // 2, _SAMPLE_BYTES)
        tail = max(n_bytes - _SAMPLE_BYTES, middle + _SAMPLE_BYTES)
        for start in (0, middle, tail):
            file.seek(start)
            digest.update(file.read(max(min(_SAMPLE_BYTES, n_bytes - start), 0)))
    return digest.hexdigest()


def size_of(path: Path) -> int | None:
    """Return the size of a regular file; None where there is none, or none that may be seen."""
    try:
        state = path.stat()
    except (OSError, ValueError):
        return None
    return state.st_size if stat.S_ISREG(state.st_mode) else None


def relative_path(path: Path, folder: Path) -> str | None:
    """Return how to get from `folder` to `path`, with forward slashes; None across drives."""
    try:
        return Path(os.path.relpath(path, folder)).as_posix()
    except ValueError:
        return None


def read_entry(
    folder: Path, relative: str | None, absolute: str, n_bytes: int, content: str
) -> MediaEntry:
    """Find a file by the paths that a project in `folder` holds.

    The relative path comes first: a project that was copied together with its media uses the
    copies. A file of another size is taken only where there is no better one.
    """
    known = [Path(absolute)]
    if relative is not None:
        known.insert(0, Path(os.path.normpath(folder / relative)))
    sizes = {path: size_of(path) for path in known}
    there = [path for path in known if sizes[path] is not None]
    fitting = [path for path in there if sizes[path] == n_bytes]
    path = (fitting or there or known)[0]
    return MediaEntry(path, relative or absolute, n_bytes, content, is_missing=not there)


def find_media(folder: Path, wanted: Iterable[MediaEntry]) -> Mapping[str, Path]:
    """Look for files below `folder`, of whatever name.

    Files of the right name are tried first; only those of the right size are read.

    Returns
    -------
    Mapping[str, Path]
        Where each fingerprint was found; those not found are left out.
    """
    by_size: dict[int, list[MediaEntry]] = {}
    for entry in wanted:
        by_size.setdefault(entry.n_bytes, []).append(entry)
    candidates = [
        (path, by_size[n_bytes]) for path, n_bytes in _files_below(folder) if n_bytes in by_size
    ]
    candidates.sort(key=lambda c: all(c[0].name != entry.path.name for entry in c[1]))
    found: dict[str, Path] = {}
    for path, entries in candidates:
        missing = {entry.fingerprint for entry in entries} - set(found)
        if missing and (content := _fingerprint_or_none(path)) in missing:
            found[content] = path
    return found


def _files_below(folder: Path) -> Iterator[tuple[Path, int]]:
    # Without following links, so that a loop of them does not go on for ever.
    for parent, _, names in os.walk(folder):
        for path in (Path(parent, name) for name in names):
            if (n_bytes := size_of(path)) is not None:
                yield path, n_bytes


def _fingerprint_or_none(path: Path) -> str:
    try:
        return fingerprint(path)
    except OSError:
        return ""
