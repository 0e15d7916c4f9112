"""Puts what a benchmark measured into a README, between two marks of its own."""

from __future__ import annotations

from pathlib import Path

from evface.errors import FileError
from evface.files import replacing


def marks(benchmark: str) -> tuple[str, str]:
    """Return the lines between which a benchmark's tables stand."""
    return f"<!-- evface bench {benchmark}: begin -->", f"<!-- evface bench {benchmark}: end -->"


def write_between_marks(path: Path, benchmark: str, text: str) -> None:
    """Put a text between a benchmark's marks in a file, instead of what stands there.

    Raises
    ------
    FileError
        If the file cannot be read or written, or has no marks.
    """
    begin, end = marks(benchmark)
    try:
        whole = path.read_text(encoding="utf-8")
    except OSError as error:
        raise FileError(path, f"cannot be read ({error.strerror})") from error
    before, found_begin, rest = whole.partition(begin)
    _, found_end, after = rest.partition(end)
    if not found_begin or not found_end:
        raise FileError(path, f"has no lines {begin} and {end}; put them where the tables belong")
    with replacing(path) as temporary:
        temporary.write_text(f"{before}{begin}\n\n{text}\n{end}{after}", encoding="utf-8")
