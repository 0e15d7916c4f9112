"""What is said of trained networks: their state, and their figures."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from evface.training.bootstrap import Figure
from evface.training.evaluation_file import Evaluation
from evface.training.runs import Run
from evface.training.tables import FIGURES, LESS_IS_BETTER, figure_cells
from evface.training_sets.clips import AU_CLASSES, N_FACIAL
from evface_studio.jobs.queue import Job, JobState
from evface_studio.panels.figure_bars import Bar, BarGroup

# The first that a run has is its main one.
_MAIN = {
    "action_units": ("facial_top1", "top1", "intensity_correlation", "coefficients_r2", "loss"),
    "landmarks": ("nme", "loss"),
    "self_supervised": ("spread", "loss"),
}
_WHAT = {
    "action_units": "action units",
    "landmarks": "landmarks",
    "self_supervised": "learnt without labels",
}
# Of each part of the page: its title, its figures, and what fills the bar.
_GROUPS: tuple[tuple[str, tuple[str, ...], float], ...] = (
    ("Face, 18 action units", ("facial_top1", "facial_top3", "facial_top5"), 1.0),
    ("Head, 6 action units", ("head_top1", "head_top3", "head_top5"), 1.0),
    ("All action units", ("top1", "top3", "top5", "macro_f1"), 1.0),
    (
        "Over time",
        ("intensity_correlation", "coefficients_r2", "angles_r2"),
        1.0,
    ),
    ("Distance from the truth", ("nme",), 0.2),
    ("Within 10 % of the distance of the eyes", ("auc10", "landmark_auc10"), 1.0),
    ("Failures above 10 %", ("fr10", "landmark_fr10"), 1.0),
    ("Flicker", ("nmf",), 200.0),
)
# Of a region's bar where errors are small.
_LEAST_TOP = 0.1


@dataclass(frozen=True)
class ModelState:
    """How a training stands.

    Parameters
    ----------
    words
        Such as ``"training 43 %"``.
    icon
        Name of a drawing.
    fraction
        How far it is; -1 where nothing runs.
    """

    words: str
    icon: str
    fraction: float = -1.0


def state_of(run: Run, training: Job | None = None, other: Job | None = None) -> ModelState:
    """Return how a run stands.

    Parameters
    ----------
    training
        The job that trains it, or did last.
    other
        A job that does something else with it, such as measuring.
    """
    if training is not None and not training.is_over:
        match training.state:
            case JobState.WAITING:
                return ModelState("waiting to be trained", "waiting")
            case JobState.PAUSED:
                return ModelState(f"paused at {training.fraction:.0%}", "pause", training.fraction)
            case JobState.CANCELLING:
                return ModelState("stopping", "running", training.fraction)
            case _:
                return ModelState(f"training {training.fraction:.0%}", "running", training.fraction)
    if other is not None and not other.is_over:
        words = other.title.partition(" ")[0].lower()
        if other.state is JobState.WAITING:
            return ModelState(f"waiting to {words}", "waiting")
        return ModelState(f"{words}: {other.fraction:.0%}", "running", other.fraction)
    if run.problem:
        return ModelState("damaged", "warning")
    if run.can_go_on:
        done = f" at {run.step / run.n_steps:.0%}" if run.n_steps else ""
        return ModelState(f"stopped{done}, can be resumed", "pause")
    if not run.has_network:
        return ModelState("no network yet", "waiting")
    return ModelState("ready", "success")


def main_figure(run: Run) -> str:
    """Return the figure of its validation that tells most; empty where there is none."""
    for name in _MAIN[run.task]:
        value = run.figures.get(name)
        if value is None or not math.isfinite(value):
            continue
        if name in FIGURES:
            title, words, _ = figure_cells(name, Figure(value, math.nan, math.nan))
            return f"{title.partition(',')[0] if name == 'nme' else title} {words}"
        return f"{name} {value:.2f}"
    return ""


def what_it_tells(run: Run) -> str:
    """Return its network, and what that is for."""
    return f"{run.network}, {_WHAT[run.task]}" if run.network else run.problem


def validation_groups(run: Run) -> tuple[BarGroup, ...]:
    """Return the figures of the validation, which have no intervals."""
    figures = {
        name: Figure(value, math.nan, math.nan)
        for name, value in run.figures.items()
        if math.isfinite(value)
    }
    return _headline(figures)


def evaluation_groups(found: Evaluation) -> tuple[BarGroup, ...]:
    """Return all figures of an evaluation: the headlines, then each action unit or region."""
    return (*_headline(found.figures), *_part_groups(found))


def _headline(figures: Mapping[str, Figure]) -> tuple[BarGroup, ...]:
    groups = []
    for title, names, top in _GROUPS:
        bars = [_bar_of(name, figures[name]) for name in names if name in figures]
        if bars:
            groups.append(BarGroup(title, tuple(bars), top))
    return tuple(groups)


def _bar_of(name: str, figure: Figure) -> Bar:
    title, words, interval = figure_cells(name, figure)
    # The title of the group says of which.
    short = title
    for prefix in ("face (18), ", "head (6), ", "failures above 10 %, "):
        short = short.removeprefix(prefix)
    short = short.replace("AUC to 10 %", "AUC")
    tip = f"{title}: {words}"
    if interval:
        tip += f"; 95 of 100 such groups of people give {interval}"
    more = f"({interval})" if interval else ""
    return Bar(short, figure.value, figure.low, figure.high, words, more, tip)


def _part_groups(found: Evaluation) -> list[BarGroup]:
    if not found.is_of_units:
        return [_region_group(found)] if found.per_part else []
    units = {unit.unit: unit for unit in found.per_unit}
    groups = []
    for title, names in (
        ("Told right, of the face", AU_CLASSES[:N_FACIAL]),
        ("Told right, of the head", AU_CLASSES[N_FACIAL:]),
    ):
        bars = []
        for name in names:
            unit = units.get(name)
            if unit is None or not unit.n_clips:
                continue
            figure = found.per_part.get(name, Figure(unit.recall, math.nan, math.nan))
            n_right = round(unit.recall * unit.n_clips)
            tip = f"{name} told right: {n_right} of {unit.n_clips}"
            if unit.confused_with:
                tip += f"; most often taken for {unit.confused_with}"
            words = f"{n_right} of {unit.n_clips}"
            bars.append(Bar(name, figure.value, figure.low, figure.high, words, tip=tip, key=name))
        if bars:
            groups.append(BarGroup(title, tuple(bars)))
    return groups


def _region_group(found: Evaluation) -> BarGroup:
    figures = found.per_part
    top = max((figure.value for figure in figures.values()), default=0.0)
    bars = tuple(
        Bar(
            name.replace("_", " "),
            figure.value,
            figure.low,
            figure.high,
            f"{100 * figure.value:.1f} %",
            f"({100 * figure.low:.1f} – {100 * figure.high:.1f})" if _is_sure(figure) else "",
            f"{name.replace('_', ' ')}: {100 * figure.value:.1f} % of the distance of the eyes",
            name,
        )
        for name, figure in sorted(figures.items(), key=lambda one: -one[1].value)
    )
    return BarGroup("Error of each region", bars, max(1.25 * top, _LEAST_TOP))


def _is_sure(figure: Figure) -> bool:
    return math.isfinite(figure.low) and math.isfinite(figure.high)


def better_of(name: str, first: Figure | None, second: Figure | None) -> int:
    """Return which of two figures is better beyond chance: 1 or 2; 0 where nobody can say.

    Only where the two intervals lie apart, which is stricter than it need be.
    """
    if first is None or second is None:
        return 0
    if not (_is_sure(first) and _is_sure(second)):
        return 0
    if first.low > second.high:
        higher = 1
    elif second.low > first.high:
        higher = 2
    else:
        return 0
    return 3 - higher if name in LESS_IS_BETTER else higher


def are_comparable(first: Evaluation, second: Evaluation) -> str:
    """Return why two evaluations cannot be compared; empty where they can."""
    if first.is_of_units is not second.is_of_units:
        return "One tells action units, the other landmarks."
    if first.set_hash != second.set_hash or set(first.subjects) != set(second.subjects):
        return "They were measured on different people; figures of both are shown, no more."
    return ""


def names_of(figures: Sequence[Mapping[str, Figure]]) -> list[str]:
    """Return the figures that any of them has, in the order in which they are shown."""
    return [name for name in FIGURES if any(name in one for one in figures)]
