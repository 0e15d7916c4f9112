"""Looking into the folders of a data set, without ever leaving them."""

from __future__ import annotations

import csv
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evface.errors import DatasetError

# Some thirty thousand years; sums of such times still fit into 64 bits.
_LONGEST_US = 10**18
_DIGITS = re.compile(r"(\d+)")


def natural_key(path: Path) -> list[str | int]:
    """Return a key that sorts names as people count: ``frame_2`` before ``frame_10``."""
    # Texts and numbers take turns, so that like is compared with like.
    return [int(part) if i % 2 else part for i, part in enumerate(_DIGITS.split(path.name))]


def folders_in(folder: Path) -> list[Path]:
    """Return the folders in a folder, in natural order; none where it is not there."""
    if not folder.is_dir():
        return []
    return sorted((path for path in folder.iterdir() if path.is_dir()), key=natural_key)


def files_in(folder: Path, *suffixes: str) -> list[Path]:
    """Return the files of these suffixes in a folder, in natural order; none if it is not there."""
    if not folder.is_dir():
        return []
    found = (path for path in folder.iterdir() if path.suffix.lower() in suffixes)
    return sorted(found, key=natural_key)


def inside(folder: Path, text: str, *, named_in: Path) -> Path:
    """Return the path that a file of the data set names, which must not lead out of its folder.

    Parameters
    ----------
    folder
        Where the path starts.
    text
        Relative, with forward slashes or backslashes.
    named_in
        The file that says so, for the message.

    Raises
    ------
    DatasetError
        If it is absolute, goes up by ``..``, or a link leads out.
    """
    parts = PurePosixPath(text.replace("\\", "/"))
    path = folder / parts
    is_lost = parts.is_absolute() or ".." in parts.parts or ":" in text[:2] or "\0" in text
    if is_lost or not path.resolve().is_relative_to(folder.resolve()):
        raise DatasetError(
            named_in, f"{text!r} leads out of {folder}; name files in that folder only"
        )
    return path


def read_lines(path: Path) -> list[str]:
    """Return the lines of a text file that are not empty.

    Raises
    ------
    DatasetError
        If it cannot be read or is not text.
    """
    return [line for line in _read_text(path).splitlines() if line.strip()]


def read_table(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Yield the number, from 1, and the words of each line of a CSV file that is not empty.

    Raises
    ------
    DatasetError
        If it cannot be read or is no such table.
    """
    rows = csv.reader(_read_text(path).splitlines())
    try:
        for words in rows:
            if any(map(str.strip, words)):
                yield rows.line_num, words
    except csv.Error as error:
        raise DatasetError(path, f"line {rows.line_num}: {error}; correct it") from error


def _read_text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise DatasetError(path, f"cannot be read ({error.strerror or error})") from error
    except UnicodeDecodeError as error:
        raise DatasetError(path, "is not text; download it again") from error


def read_numbers(path: Path, line: int, words: list[str], n: int) -> list[float]:
    """Return the first `n` words of a line as numbers.

    Raises
    ------
    DatasetError
        If there are fewer, or some are no numbers.
    """
    try:
        numbers = [float(word) for word in words[:n]]
    except ValueError as error:
        raise DatasetError(path, f"line {line}: {error}; download it again") from error
    if len(numbers) < n:
        raise DatasetError(
            path, f"line {line}: expected {n} numbers, got {len(numbers)}; download it again"
        )
    return numbers


def read_time_us(text: str | int) -> int:
    """Return a time in whole microseconds.

    Raises
    ------
    ValueError
        If it is no whole number, or beyond any clock.
    """
    t_us = int(text)
    if abs(t_us) > _LONGEST_US:
        raise ValueError(f"the time {t_us:.3g} us is beyond any clock")
    return t_us


def read_array(path: Path) -> NDArray[Any]:
    """Return the array of a ``.npy`` file. Nothing in it is executed.

    Raises
    ------
    DatasetError
        If it cannot be read, is damaged, or holds objects.
    """
    try:
        # Mapped: a damaged header cannot ask for more memory than the file has bytes.
        return np.array(np.load(path, mmap_mode="r", allow_pickle=False))
    except OSError as error:
        raise DatasetError(path, f"cannot be read ({error.strerror or error})") from error
    except (ValueError, TypeError, EOFError, SyntaxError, tokenize.TokenError) as error:
        reason = str(error).partition("\n")[0]
        raise DatasetError(path, f"is no array of numbers ({reason}); download it again") from error
