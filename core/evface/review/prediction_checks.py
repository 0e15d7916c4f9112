"""Where a network sees other action units than people coded, or than the fitted head shows."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from evface.annotations.segments import Decision, Presence, Segment
from evface.annotations.tracks import ActionUnitTrack
from evface.coding.suggestions import suggest_segments, usual_thresholds
from evface.morphable.facs import LEVEL_STARTS
from evface.review.reasons import Reason, ReasonKind
from evface.review.segment_checks import ROLE

# Below this a network does not know, if it goes on for longer than that.
_LEAST_CONFIDENCE = 0.4
_SHORTEST_US = 150_000
# What a network sees for less than this is no matter.
_SHORTEST_SEEN_US = 120_000


def find_prediction_doubts(
    segments: Iterable[Segment],
    predicted: ActionUnitTrack,
    fitted: ActionUnitTrack | None = None,
) -> list[Reason]:
    """Return where a network and the labels of action units disagree, and where it is unsure.

    Parameters
    ----------
    segments
        What people coded or decided. Where there are none, `fitted` stands for the labels.
    predicted
        Intensities as a network told them.
    fitted
        Those read from the fitted head.

    Returns
    -------
    list[Reason]
        In order of time.
    """
    decided = list(segments)
    coded = [one for one in decided if one.decision is not Decision.REFUSED]
    found = [*_unsure(predicted)]
    if coded:
        found += [doubt for one in coded if (doubt := _judge(one, predicted)) is not None]
        found += [
            _seen(one, _peak(predicted, one), "nobody coded it")
            for one in _suggested(predicted, decided)
        ]
    elif fitted is not None and fitted.scale == predicted.scale:
        found += _compared(predicted, fitted, decided)
        found += [
            _missed(
                one,
                _peak(fitted, one),
                _peak(predicted, one),
                f"the fitted head shows up to {_peak(fitted, one):.2f}",
            )
            for one in _suggested(fitted, decided)
            if _is_below(predicted, one)
        ]
    return sorted(found, key=lambda one: (one.t_us, one.kind, one.unit, one.sentence))


def _compared(
    predicted: ActionUnitTrack, fitted: ActionUnitTrack, decided: list[Segment]
) -> list[Reason]:
    return [
        _seen(
            one,
            _peak(predicted, one),
            f"the fitted head shows {max(_peak(fitted, one), 0.0):.2f} at most",
            _peak(fitted, one),
        )
        for one in _suggested(predicted, decided)
        if _is_below(fitted, one)
    ]


def _suggested(track: ActionUnitTrack, decided: list[Segment]) -> list[Segment]:
    return [one for one in suggest_segments(track, decided) if one.duration_us >= _SHORTEST_SEEN_US]


def _judge(coded: Segment, predicted: ActionUnitTrack) -> Reason | None:
    """Return what a network says against a coded segment, None where it does not."""
    if coded.unit not in predicted.name_list() or coded.presence is Presence.NOT_VISIBLE:
        return None
    peak, limits = _peak(predicted, coded), usual_thresholds(coded.unit, predicted.scale)
    if not np.isfinite(peak):
        return None
    if coded.presence is Presence.ABSENT:
        return _seen(coded, peak, "it is coded as absent") if peak >= limits.start else None
    if peak >= limits.stop:
        return None
    level = coded.intensity
    is_level = level is not None and bool(level.level)
    expected = LEVEL_STARTS[int(level.value) - 1] if level is not None and is_level else None
    said = f"it is coded as {level.level if level is not None and is_level else 'present'}"
    return _missed(coded, max(expected or 0.0, limits.start), peak, said)


def _missed(one: Segment, expected: float, peak: float, said: str) -> Reason:
    value = expected - max(peak, 0.0)
    text = f"{one.unit}: {said}, the network sees {max(peak, 0.0):.2f} at most"
    return _reason(one, value, min(0.1, value), text)


def _seen(one: Segment, peak: float, against: str, known: float = 0.0) -> Reason:
    seconds = one.duration_us / 1e6
    text = f"{one.unit}: the network sees up to {peak:.2f} for {seconds:.2f} s, {against}"
    value = peak - max(known, 0.0)
    return _reason(one, value, min(0.2, value), text)


def _reason(one: Segment, value: float, threshold: float, text: str) -> Reason:
    kind = ReasonKind.NETWORK_DISAGREES
    return Reason(kind, one.onset_us, ROLE, value, threshold, text, unit=one.unit)


def _is_below(track: ActionUnitTrack, one: Segment) -> bool:
    """Return whether a track shows not even a trace where another one shows an action unit."""
    peak = _peak(track, one)
    return bool(peak < usual_thresholds(one.unit, track.scale).stop)


def _peak(track: ActionUnitTrack, one: Segment) -> float:
    """Return the greatest intensity during a segment, NaN where the track says nothing."""
    if one.unit not in track.name_list():
        return float("nan")
    start, stop = np.searchsorted(track.times_us, [one.onset_us, one.offset_us])
    column = np.asarray(track.intensity[start:stop])[:, track.name_list().index(one.unit)]
    known = column[np.isfinite(column)]
    return float(known.max()) if len(known) else float("nan")


def _unsure(predicted: ActionUnitTrack) -> list[Reason]:
    """Return where a network trusts itself little, each stretch where that is worst."""
    confidence: NDArray[np.float32] = np.asarray(predicted.confidence)
    is_low = np.concatenate([[False], confidence < _LEAST_CONFIDENCE, [False]])
    edges = np.flatnonzero(is_low[1:] != is_low[:-1]).reshape(-1, 2).tolist()
    found = []
    for first, stop in edges:
        if int(predicted.times_us[stop - 1]) - int(predicted.times_us[first]) < _SHORTEST_US:
            continue
        worst = first + int(np.argmin(confidence[first:stop]))
        text = f"the network is unsure of the action units: confidence is {confidence[worst]:.2f}"
        found.append(
            Reason(
                ReasonKind.LOW_CONFIDENCE,
                int(predicted.times_us[worst]),
                ROLE,
                1.0 - float(confidence[worst]),
                1.0 - _LEAST_CONFIDENCE,
                text[0].upper() + text[1:],
            )
        )
    return found
