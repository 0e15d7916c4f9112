"""Tables as Markdown, and figures as their cells."""

from __future__ import annotations

import math
from dataclasses import dataclass

from evface.training.bootstrap import Figure
from learning.people import Difference


@dataclass(frozen=True)
class Table:
    """Cells as text; the first column names the row."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""

    def to_markdown(self) -> str:
        """Return the table with its title and its note."""
        lines = [
            f"**{self.title}**",
            "",
            f"| {' | '.join(self.columns)} |",
            f"|---|{'---:|' * (len(self.columns) - 1)}",
            *(f"| {' | '.join(row)} |" for row in self.rows),
        ]
        if self.note:
            lines += ["", self.note]
        return "\n".join(lines) + "\n"


def percent(figure: Figure | None, digits: int = 1) -> str:
    """Return a share and its interval."""
    if figure is None:
        return ""
    words = f"{100 * figure.value:.{digits}f}"
    if not math.isfinite(figure.low):
        return words
    return f"{words} [{100 * figure.low:.{digits}f}, {100 * figure.high:.{digits}f}]"


def gap(found: Difference | None) -> str:
    """Return a difference of shares in points, its interval, and how sure it is."""
    if found is None:
        return ""
    words = f"{100 * found.value:+.1f}"
    if not math.isfinite(found.low):
        return words
    words += f" [{100 * found.low:+.1f}, {100 * found.high:+.1f}]"
    p_value = "p < 0.01" if found.p_value < 0.01 else f"p = {found.p_value:.2f}"
    return f"**{words}**, {p_value}" if found.is_sure else f"{words}, {p_value}"


def value(number: float, digits: int) -> str:
    """Return a number; nothing where it is unknown."""
    return f"{number:.{digits}f}" if math.isfinite(number) else ""
