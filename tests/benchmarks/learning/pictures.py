"""The figures as pictures. matplotlib comes with MediaPipe, which evface needs anyway."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from evface.training_sets.clips import AU_CLASSES, N_FACIAL
from learning.found import Found
from learning.landmark_tables import CONDITION_WORDS, METHODS
from learning.people import NME, measured, unit
from learning.sizes import CONDITIONS
from learning.unit_tables import LEARNS_BY

# Told apart by those who see few colours, too.
_COLOURS = ("#4477aa", "#ee6677", "#228833", "#ccbb44", "#66ccee", "#aa3377")
_DPI = 120


def draw_pictures(found: Found, out: Path) -> list[Path]:
    """Draw whatever there are figures for; return the paths of the pictures."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    drawn = []
    for name, draw in _PICTURES.items():
        figure = draw(found, pyplot)
        if figure is not None:
            path = out / f"{name}.png"
            figure.savefig(path, dpi=_DPI)
            pyplot.close(figure)
            drawn.append(path)
    return drawn


def _units(found: Found, pyplot: Any) -> Any:
    """Draw the recall of each action unit by the light network, with and without L_alpha."""
    rows = {
        LEARNS_BY[loss]: here
        for loss in ("classes", "alpha")
        if (here := found.evaluations("networks", network="light", modality="events", loss=loss))
    }
    if not rows:
        return None
    figure, axes = pyplot.subplots(figsize=(10, 4), layout="constrained")
    width = 0.8 / len(rows)
    for k, (words, here) in enumerate(rows.items()):
        _bars(axes, k, width, [measured(here, unit(name)) for name in AU_CLASSES], words)
    axes.axvline(N_FACIAL - 0.5, color="0.6", linewidth=1)
    axes.set_xticks(range(len(AU_CLASSES)), [name.removeprefix("AU") for name in AU_CLASSES])
    axes.set(xlabel="action unit: the face, then the head", ylabel="told right, %", ylim=(0, 105))
    axes.set_title("Light network on events: each action unit, 95 % over people")
    axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), frameon=False)
    return figure


def _confusion(found: Found, pyplot: Any) -> Any:
    here = found.evaluations("networks", network="light", modality="events", loss="alpha")
    tables = [one.confusion for one in here if one.confusion is not None]
    if not tables:
        return None
    counts = np.sum(tables, axis=0)
    shares = 100 * counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    figure, axes = pyplot.subplots(figsize=(7, 6), layout="constrained")
    image = axes.imshow(shares, cmap="Blues", vmin=0, vmax=100)
    names = [name.removeprefix("AU") for name in AU_CLASSES]
    axes.set_xticks(range(len(names)), names, fontsize=8)
    axes.set_yticks(range(len(names)), names, fontsize=8)
    axes.set(xlabel="told", ylabel="shown", title="Light network on events, class + L_α, %")
    figure.colorbar(image, shrink=0.8)
    return figure


def _curves(found: Found, pyplot: Any) -> Any:
    figure, axes = pyplot.subplots(1, 2, figsize=(10, 3.6), layout="constrained")
    colours = iter(_COLOURS)
    for loss in ("classes", "alpha"):
        outcomes = found.of("networks", network="light", modality="events", loss=loss)
        colour = next(colours)
        for k, outcome in enumerate(outcomes):
            told = {"color": colour, "label": LEARNS_BY[loss] if k == 0 else None}
            _line(axes[0], outcome.curves(), "validation/facial_top1", 100, told)
            _line(axes[1], outcome.curves(), "train/classes", 1, told)
    if not axes[0].lines:
        pyplot.close(figure)
        return None
    axes[0].set(xlabel="step", ylabel="face (18), validation, %", title="Accuracy")
    axes[1].set(xlabel="step", ylabel="cross-entropy, training", title="Loss of the class")
    axes[1].legend(frameon=False)
    return figure


def _landmarks(found: Found, pyplot: Any) -> Any:
    methods = [method for method in METHODS if found.of("keypoints", method=method)]
    if not methods:
        return None
    figure, axes = pyplot.subplots(figsize=(8, 4), layout="constrained")
    for k, method in enumerate(methods):
        figures = [
            measured(found.evaluations("keypoints", f"keypoints_{condition}", method=method), NME)
            for condition in CONDITIONS
        ]
        _bars(axes, k, 0.8 / len(methods), figures, method)
    axes.set_xticks(range(len(CONDITIONS)), [CONDITION_WORDS[one] for one in CONDITIONS])
    axes.set(ylabel="NME, %", title="Landmarks: less is better, 95 % over people")
    axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), frameon=False)
    return figure


def _bars(axes: Any, place: int, width: float, figures: list[Any], words: str) -> None:
    values = np.array([100 * f.value if f else np.nan for f in figures])
    ends = np.array([[100 * f.low, 100 * f.high] if f else [np.nan] * 2 for f in figures])
    errors = np.nan_to_num(np.abs(ends - values[:, None])).T
    at = np.arange(len(figures)) - 0.4 + (place + 0.5) * width
    axes.bar(
        at, values, width, color=_COLOURS[place], label=words,
        yerr=errors, error_kw={"elinewidth": 0.8, "ecolor": "0.3"},
    )  # fmt: skip


def _line(
    axes: Any, lines: list[dict[str, Any]], key: str, factor: float, told: dict[str, Any]
) -> None:
    points = [(line["step"], factor * line[key]) for line in lines if key in line]
    if points:
        axes.plot(*zip(*points, strict=True), linewidth=1.2, **told)


_PICTURES: dict[str, Callable[[Found, Any], Any]] = {
    "units": _units,
    "confusion": _confusion,
    "curves": _curves,
    "landmarks": _landmarks,
}
