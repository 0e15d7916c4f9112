"""What exceeds its threshold: the worst of each short stretch of time, of each kind."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evface.review.measures import Scale
from evface.review.reasons import ReasonKind

# Of one kind at most one finding in each such stretch.
STRETCH_US = 300_000
# What lasts is found once in a while only.
_LASTING_US = {ReasonKind.FEW_EVENTS: 3_000_000}


@dataclass(frozen=True, eq=False)
class Finding:
    """Something that exceeds its threshold.

    Parameters
    ----------
    landmarks
        Those of all columns that exceed it at this time.
    value, threshold, usual
        Of the worst column. `usual` is NaN where the recording does not matter.
    px
        The value in px, where it is one of length; NaN where it is not.
    usual_px
        What is usual in px.
    other_role
        The track that this one is compared with; empty where there is none.
    """

    kind: ReasonKind
    role: str
    t_us: int
    value: float
    threshold: float
    usual: float
    landmarks: tuple[int, ...]
    px: float
    usual_px: float
    other_role: str = ""

    @property
    def ratio(self) -> float:
        """How many times the threshold."""
        return self.value / self.threshold


def find_doubts(
    scale: Scale,
    role: str,
    times_us: NDArray[np.int64],
    values: NDArray[np.floating],
    usual: NDArray[np.float64],
    size_px: NDArray[np.float64],
    *,
    other_role: str = "",
) -> list[Finding]:
    """Return the worst frame of each stretch, of those that exceed the scale's thresholds.

    Parameters
    ----------
    values : (m, n_columns) float
        NaN where nothing can be said. Not modified.
    usual : (n_columns,) float64
        What `Limits.usual` says of the whole recording.
    size_px : (m,) float64
        Of the face.
    """
    thresholds = scale.limits.thresholds(usual)
    # What has no threshold yet, as nothing is known of it, is not doubtful.
    thresholds = np.where(thresholds > 0, thresholds, np.inf)
    over = values > thresholds
    rows = np.flatnonzero(over.any(axis=1))
    if not len(rows):
        return []
    ratios = np.where(over[rows], values[rows] / thresholds, 0.0)
    worst = ratios.argmax(axis=1)
    highest = ratios[np.arange(len(rows)), worst]
    stretch = times_us[rows] // _LASTING_US.get(scale.kind, STRETCH_US)
    # By stretch, the worst first, the earliest of equals.
    order = np.lexsort((rows, -highest, stretch))
    firsts = order[np.flatnonzero(np.diff(stretch[order], prepend=stretch[order[0]] - 1))]
    found = []
    for at in firsts.tolist():
        row, column = int(rows[at]), int(worst[at])
        columns = np.flatnonzero(over[row]).tolist()
        value, normal = float(values[row, column]), float(usual[column])
        px = scale.px_per_size * float(size_px[row])
        threshold = float(thresholds[column])
        by = normal if scale.is_relative and normal > 0 else 1.0
        found.append(
            Finding(
                scale.kind,
                role,
                int(times_us[row]),
                value / by,
                threshold / by,
                normal / by,
                tuple(sorted({point for one in columns for point in scale.columns[one]})),
                value * px,
                normal * px,
                other_role,
            )
        )
    return found


def worst_of_stretches(findings: list[Finding]) -> list[Finding]:
    """Return the worst of each kind, track and stretch, where slices of a track met in one."""
    best: dict[tuple[str, str, str, int], Finding] = {}
    for finding in findings:
        stretch = finding.t_us // _LASTING_US.get(finding.kind, STRETCH_US)
        key = (finding.kind, finding.role, finding.other_role, stretch)
        known = best.get(key)
        if known is None or (finding.ratio, -finding.t_us) > (known.ratio, -known.t_us):
            best[key] = finding
    return list(best.values())
