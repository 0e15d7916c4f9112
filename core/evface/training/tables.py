"""An evaluation as tables, for a terminal and for Markdown."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from evface.training.bootstrap import Figure
from evface.training.evaluation_file import Evaluation
from evface.training_sets.clips import AU_CLASSES

# Of each figure: what people call it, and the factor and unit it is shown with.
FIGURES = {
    "top1": ("top-1", 100, "%"),
    "top3": ("top-3", 100, "%"),
    "top5": ("top-5", 100, "%"),
    "facial_top1": ("face (18), top-1", 100, "%"),
    "facial_top3": ("face (18), top-3", 100, "%"),
    "facial_top5": ("face (18), top-5", 100, "%"),
    "head_top1": ("head (6), top-1", 100, "%"),
    "head_top3": ("head (6), top-3", 100, "%"),
    "head_top5": ("head (6), top-5", 100, "%"),
    "macro_f1": ("macro F1", 100, "%"),
    "calibration_error": ("probabilities, calibration error", 100, "%"),
    "intensity_correlation": ("intensity, correlation", 1, ""),
    "coefficients_r2": ("coefficients, R²", 1, ""),
    "angles_r2": ("yaw, pitch and roll, R²", 1, ""),
    "nme": ("NME, inter-ocular", 100, "%"),
    "fr10": ("failures above 10 %, faces", 100, "%"),
    "auc10": ("AUC to 10 %, faces", 1, ""),
    "landmark_fr10": ("failures above 10 %, landmarks", 100, "%"),
    "landmark_auc10": ("AUC to 10 %, landmarks", 1, ""),
    "nmf": ("flicker (NMF)", 1, ""),
}
# Those, and the loss, of which less is better.
LESS_IS_BETTER = frozenset({"loss", "calibration_error", "nme", "fr10", "landmark_fr10", "nmf"})


@dataclass(frozen=True)
class TextTable:
    """Cells as text; the first column names the row."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def tables_of(found: Evaluation) -> list[TextTable]:
    """Return the figures; of action units those of each, and who is taken for whom."""
    who = f"{len(found.subjects)} {'people' if len(found.subjects) != 1 else 'person'}"
    what = "clips" if found.per_unit else "faces"
    title = f"{found.network}, {found.part}: {found.n_rows:,} {what} of {who}"
    rows = tuple(
        figure_cells(name, figure) for name, figure in found.figures.items() if name in FIGURES
    )
    tables = [TextTable(title, ("", "value", "95 % over people"), rows)]
    shown = [unit for unit in found.per_unit if unit.n_clips or _known(unit.intensity_correlation)]
    if shown:
        tables.append(
            TextTable(
                "Action units",
                ("", "clips", "recall", "precision", "F1", "intensity r", "taken for"),
                tuple(
                    (
                        unit.unit,
                        str(unit.n_clips),
                        _percent(unit.recall),
                        _percent(unit.precision),
                        _percent(unit.f1),
                        f"{unit.intensity_correlation:.2f}"
                        if _known(unit.intensity_correlation)
                        else "",
                        unit.confused_with,
                    )
                    for unit in shown
                ),
            )
        )
    if found.confusion is not None and found.confusion.any():
        used = [k for k in range(len(AU_CLASSES)) if found.confusion[[k]].any()
                or found.confusion[:, k].any()]  # fmt: skip
        tables.append(
            TextTable(
                "Shown (rows) and told (columns)",
                ("", *(AU_CLASSES[k].removeprefix("AU") for k in used)),
                tuple(
                    (AU_CLASSES[i], *(str(found.confusion[i, k] or "") for k in used)) for i in used
                ),
            )
        )
    return tables


def figure_cells(name: str, figure: Figure) -> tuple[str, str, str]:
    """Return what people call one of `FIGURES`, its value, and its interval, empty without one."""
    title, _, unit = FIGURES[name]
    value = f"{_number(name, figure.value)} {unit}".rstrip()
    if not _known(figure.low):
        return title, value, ""
    return title, value, f"{_number(name, figure.low)} – {_number(name, figure.high)}"


def figures_in_words(figures: Mapping[str, float]) -> list[str]:
    """Return what was validated, a line each, in the order of the tables; the loss first."""
    lines = [f"loss {figures['loss']:.3f}"] if "loss" in figures else []
    for name, (words, _, unit) in FIGURES.items():
        if name in figures:
            lines.append(f"{words} {_number(name, figures[name])} {unit}".rstrip())
    return lines


def markdown_of(found: Evaluation) -> str:
    """Return the tables as Markdown."""
    parts = []
    for table in tables_of(found):
        lines = [
            f"**{table.title}**",
            "",
            f"| {' | '.join(table.columns)} |",
            f"|---|{'---:|' * (len(table.columns) - 1)}",
            *(f"| {' | '.join(row)} |" for row in table.rows),
        ]
        parts.append("\n".join(lines))
    return "\n\n".join(parts) + "\n"


def _number(name: str, value: float) -> str:
    factor = FIGURES[name][1]
    return f"{value * factor:.{1 if factor == 100 else 3}f}"


def _percent(value: float) -> str:
    return f"{100 * value:.0f} %" if _known(value) else ""


def _known(value: float) -> bool:
    return math.isfinite(value)
