"""How far a clock that was found from motion can be trusted."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evface.transfer.sync_finding import SyncQuality

# Evidence is the similarity in units of what chance gives. On synthetic recordings of two different
# people it reached 3.6, on those of one person longer than 2.5 s it was 6.4 and more.
_NO_EVIDENCE, _FULL_EVIDENCE = 2.0, 7.0
_GOOD, _FAIR = 0.8, 0.5
# One movement resembles many others: with less than this in common nothing is certain.
_SURE_US = 2_500_000
_NO_EVIDENCE_IN_SHORT, _FULL_EVIDENCE_IN_SHORT = 0.5, 4.5
_LARGEST_CONFIDENCE_IN_SHORT = 0.6
# A short piece of two recordings must not be picked out of them because it happens to fit.
_LEAST_SHARE_OF_SHORT = 0.7
# Parts of a recording that lie this far from the clock, in the middle, are not of one clock.
_OUT_OF_STEP_US = 25_000.0
# The share of the motion in parts that fit, from which on it counts, and from which on it suffices.
_LEAST_AGREEING, _ENOUGH_AGREEING = 0.3, 0.75
_LEAD = 0.15


@dataclass(frozen=True, eq=False)
class SyncEvidence:
    """What speaks for an offset.

    Parameters
    ----------
    similarity, second
        At that offset, and at the next best that is not on the same peak.
    n_moments
        Frames that share most of the variation of the motion.
    common_us, shorter_us
        What both cameras saw of it, and the length of the shorter recording.
    residuals_us : (n,) float64
        How much later than the clock says parts of the recording lie.
    agreeing
        Share of the motion that lies in these parts.
    """

    similarity: float
    second: float
    n_moments: float
    common_us: int
    shorter_us: int
    residuals_us: NDArray[np.float64]
    agreeing: float


def judge_sync(evidence: SyncEvidence) -> tuple[float, SyncQuality, str]:
    """Judge a clock.

    The similarity counts by how improbable it is: as Fisher's transform of a correlation, times
    the root of the number of moments that it rests on.

    Returns
    -------
    confidence, quality, problem
        As in `SyncFinding`.

    References
    ----------
    Fisher, "On the probable error of a coefficient of correlation", Metron 1921.
    """
    is_short = evidence.common_us < _SURE_US
    low, high = (
        (_NO_EVIDENCE_IN_SHORT, _FULL_EVIDENCE_IN_SHORT)
        if is_short
        else (_NO_EVIDENCE, _FULL_EVIDENCE)
    )
    strength = np.arctanh(np.clip(evidence.similarity, 0.0, 0.999)) * np.sqrt(evidence.n_moments)
    doubts = {
        "what moves in the video does not resemble what the event sensor saw": (
            (strength - low) / (high - low)
        ),
        "another offset fits nearly as well": (evidence.similarity - evidence.second) / _LEAD,
        "parts of the recording do not agree; were frames lost?": _unity(evidence, is_short),
    }
    trust = {problem: float(np.clip(value, 0.0, 1.0)) for problem, value in doubts.items()}
    confidence = float(np.prod(list(trust.values())))
    worst = min(trust, key=lambda problem: trust[problem])
    if is_short:
        common = f"only {evidence.common_us / 1e6:.1f} s in common"
        if evidence.common_us < _LEAST_SHARE_OF_SHORT * evidence.shorter_us:
            return min(confidence, 0.5 * _FAIR), "bad", f"{common} at the offset that fits best"
        confidence = min(confidence, _LARGEST_CONFIDENCE_IN_SHORT)
        if confidence >= _FAIR:
            return confidence, "fair", f"{common}, where any movement resembles another"
    if confidence < _FAIR:
        return confidence, "bad", worst
    return (confidence, "good", "") if confidence >= _GOOD else (confidence, "fair", worst)


def _unity(evidence: SyncEvidence, is_short: bool) -> float:
    """Return how far parts of the recording are of one clock, 1 and more where they are."""
    if not len(evidence.residuals_us):
        return 1.0
    off_us = max(float(np.median(np.abs(evidence.residuals_us))), 1.0)
    steady = _OUT_OF_STEP_US / off_us - 0.25
    if is_short:
        return steady
    agreeing = (evidence.agreeing - _LEAST_AGREEING) / (_ENOUGH_AGREEING - _LEAST_AGREEING)
    return min(steady, agreeing)
