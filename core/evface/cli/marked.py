"""What people marked in a recording: given as options, and in files of a mark a line."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

import typer

_Mark = TypeVar("_Mark")

# Thirty years: what lies beyond is no time of a recording, nor fits into 64 bits of microseconds.
_LONGEST_S = 1e9


@dataclass(frozen=True)
class Notation(Generic[_Mark]):
    """How a mark is written.

    Parameters
    ----------
    parse
        Gives a mark, None where the text is none.
    expected
        What is expected, for the user.
    """

    parse: Callable[[str], _Mark | None]
    expected: str


def read_marked(
    texts: Iterable[str],
    option: str,
    of_option: Notation[_Mark],
    path: Path | None,
    of_line: Notation[_Mark],
    *,
    may_name_columns: bool = False,
) -> tuple[_Mark, ...]:
    """Return what was marked by options, then what was marked in a file.

    Parameters
    ----------
    texts, option
        What the option was given, and its name.
    path
        None where there is no file. What follows ``#`` in a line is left out.
    may_name_columns
        Whether the first line may be none.

    Raises
    ------
    typer.BadParameter
        If an option is no mark.
    FileError
        If the file cannot be read, or a line is no mark.
    """
    from evface.errors import FileError

    marks = []
    for text in texts:
        mark = of_option.parse(text)
        if mark is None:
            raise typer.BadParameter(
                f"expected {of_option.expected}, got {text!r}", param_hint=option
            )
        marks.append(mark)
    if path is None:
        return tuple(marks)
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise FileError(path, f"cannot be read as text ({error}); check the path") from error
    for number, line in enumerate(lines, 1):
        content = line.partition("#")[0].strip()
        mark = of_line.parse(content)
        if mark is not None:
            marks.append(mark)
        elif content and not (may_name_columns and number == 1):
            raise FileError(path, f"line {number} is not {of_line.expected}: {line!r}; correct it")
    return tuple(marks)


def to_us(seconds: float) -> int | None:
    """Return a time in microseconds; None where it is no time of a recording."""
    return round(seconds * 1e6) if abs(seconds) < _LONGEST_S else None
