"""What two networks say of one recording, made ready for drawing, beside what is known of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from evface.annotations.roles import (
    ACTION_UNITS,
    PREDICTED_CLASSES,
    PREDICTED_LANDMARKS,
    PREDICTED_UNITS,
)
from evface.annotations.segments import UNITS
from evface.annotations.tracks import ActionUnitTrack, LandmarkTrack, Track, nearest_index
from evface.landmarks.metrics import normalised_mean_error
from evface.landmarks.schemes import SCHEMES
from evface_studio.timeline.action_units import most_active
from evface_studio.timeline.pyramid import Pyramid

TRUTH_UNITS = "truth_action_units"
# Labels further from a moment than this say nothing of it.
_NEAR_US = 20_000
# A correlation of fewer moments, or of what hardly moves, says nothing.
_LEAST_MOMENTS = 10
_LEAST_SPREAD = 1e-4


@dataclass(frozen=True, eq=False)
class Labels:
    """What is known of a recording.

    Parameters
    ----------
    units
        Intensities, as far as there are any.
    landmarks
        On the events, with what people corrected.
    shown
        The action unit that the whole recording shows; empty where nobody said.
    """

    units: ActionUnitTrack | None = None
    landmarks: LandmarkTrack | None = None
    shown: str = ""


@dataclass(frozen=True, eq=False)
class Said:
    """What one network says of it.

    Parameters
    ----------
    class_times_us : (m,) int64
    classes : (m, k) float32
        How likely each of `names` is.
    intensity
        A curve for each action unit.
    correlations
        Of those curves with the labels, where both move.
    error
        NME over time; None without landmarks of both.
    mean_error
        NaN without.
    active
        The action units that move most.
    """

    names: tuple[str, ...] = ()
    class_times_us: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, np.int64))
    classes: NDArray[np.float32] = field(default_factory=lambda: np.empty((0, 0), np.float32))
    intensity: Mapping[str, Pyramid] = field(default_factory=dict)
    correlations: Mapping[str, float] = field(default_factory=dict)
    error: Pyramid | None = None
    mean_error: float = float("nan")
    active: tuple[str, ...] = ()

    @property
    def told(self) -> str:
        """The action unit that it takes the recording for; empty where it tells none."""
        if not len(self.classes):
            return ""
        return self.names[int(self.classes.mean(axis=0).argmax())]

    def ranking(self, t_us: int | None, n: int) -> list[tuple[str, float]]:
        """Return the `n` likeliest action units at a moment, of the whole recording if None."""
        if not len(self.classes):
            return []
        row = None if t_us is None else nearest_index(self.class_times_us, t_us)
        odds = self.classes.mean(axis=0) if row is None else self.classes[row]
        order = np.argsort(-odds, kind="stable")[:n].tolist()
        return [(self.names[k], float(odds[k])) for k in order]


def read_said(tracks: Mapping[str, Track], labels: Labels) -> Said:
    """Make what a network said ready. Takes some tenths of a second for hours."""
    classes, units = tracks.get(PREDICTED_CLASSES), tracks.get(PREDICTED_UNITS)
    points = tracks.get(PREDICTED_LANDMARKS)
    values: dict[str, object] = {}
    if isinstance(classes, ActionUnitTrack):
        values |= {
            "names": tuple(classes.name_list()),
            "class_times_us": np.asarray(classes.times_us),
            "classes": np.asarray(classes.intensity),
        }
    if isinstance(units, ActionUnitTrack):
        values |= {
            "intensity": curves_of(units),
            "correlations": correlations(units, labels.units),
            "active": tuple(most_active(units)),
        }
    if isinstance(points, LandmarkTrack) and labels.landmarks is not None:
        times_us, errors = errors_over_time(points, labels.landmarks)
        if len(times_us):
            known = errors[np.isfinite(errors)]
            values |= {
                "error": Pyramid(times_us * 1e-6, errors),
                "mean_error": float(known.mean()) if known.size else float("nan"),
            }
    return Said(**values)  # type: ignore[arg-type]


def curves_of(track: ActionUnitTrack | None) -> dict[str, Pyramid]:
    """Return a curve for each action unit of a track."""
    if track is None:
        return {}
    times_s = track.times_us * 1e-6
    columns = np.asarray(track.intensity).T
    return {n: Pyramid(times_s, one) for n, one in zip(track.name_list(), columns, strict=True)}


def correlations(told: ActionUnitTrack, known: ActionUnitTrack | None) -> dict[str, float]:
    """Return Pearson's correlation of each action unit that moves in both."""
    if known is None or not len(known) or not len(told):
        return {}
    rows = _nearest_rows(told.times_us, known.times_us)
    found: dict[str, float] = {}
    known_columns = dict(zip(known.name_list(), np.asarray(known.intensity).T, strict=True))
    for name, column in zip(told.name_list(), np.asarray(told.intensity).T, strict=True):
        other = known_columns.get(name)
        if other is None:
            continue
        truth = np.where(rows >= 0, other[rows], np.nan)
        both = np.isfinite(truth) & np.isfinite(column)
        if both.sum() < _LEAST_MOMENTS:
            continue
        a, b = column[both].astype(np.float64), truth[both].astype(np.float64)
        if a.std() > _LEAST_SPREAD and b.std() > _LEAST_SPREAD:
            found[name] = float(np.corrcoef(a, b)[0, 1])
    return found


def errors_over_time(
    told: LandmarkTrack, known: LandmarkTrack
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return times and the NME there, NaN where either is missing; empty for other schemes."""
    if told.scheme != known.scheme or not len(told) or not len(known):
        return np.empty(0, np.int64), np.empty(0)
    rows = _nearest_rows(told.times_us, known.times_us)
    truth = np.asarray(known.landmarks)[np.maximum(rows, 0)]
    is_there = (rows >= 0) & told.valid & np.asarray(known.valid)[np.maximum(rows, 0)]
    corners = SCHEMES[told.scheme].eye_corners
    errors = normalised_mean_error(np.asarray(told.landmarks), truth, eye_corners=corners)
    return np.asarray(told.times_us), np.where(is_there, errors, np.nan)


def units_to_show(
    said: Sequence[Said], labels: Labels, *, shows_all: bool, most: int = 8
) -> tuple[str, ...]:
    """Return the action units worth a row, in the paper's order.

    At most so many, unless all are to be shown: those that move most in the labels come first, then
    those that move most in either.
    """
    names: list[str] = []
    if labels.units is not None and len(labels.units):
        names += most_active(labels.units)
    for one in said:
        names += one.active
        if one.told:
            names.append(one.told)
    everything = [name for one in said for name in one.intensity]
    wanted = dict.fromkeys(names + everything if shows_all else names)
    known = [name for name in wanted if any(name in one.intensity for one in said)]
    kept = known if shows_all else known[:most]
    return tuple(sorted(kept, key=UNITS.index))


def labelled_units(tracks: Mapping[str, Track]) -> ActionUnitTrack | None:
    """Return the intensities that a recording's labels have: known truth before what was found."""
    for role in (TRUTH_UNITS, ACTION_UNITS):
        track = tracks.get(role)
        if isinstance(track, ActionUnitTrack):
            return track
    return None


def _nearest_rows(wanted_us: NDArray[np.int64], times_us: NDArray[np.int64]) -> NDArray[np.intp]:
    """Return of each moment the row nearest to it; -1 where none is near."""
    times_us = np.asarray(times_us)
    after = np.clip(np.searchsorted(times_us, wanted_us), 0, len(times_us) - 1)
    before = np.maximum(after - 1, 0)
    is_before = np.abs(wanted_us - times_us[before]) <= np.abs(times_us[after] - wanted_us)
    rows = np.where(is_before, before, after)
    return np.where(np.abs(times_us[rows] - wanted_us) <= _NEAR_US, rows, -1)
