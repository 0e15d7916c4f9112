import numpy as np
import pytest

from evface.annotations.segments import Decision, Intensity, Presence, Segment
from evface.annotations.tracks import ActionUnitTrack, Source, SourceKind
from evface.review.prediction_checks import find_prediction_doubts
from evface.review.reasons import ReasonKind
from evface.review.segment_checks import ROLE

TIMES_US = np.arange(0, 3_000_000, 33_333, dtype=np.int64)


def _track(kind=SourceKind.MODEL, confidence=None, **curves):
    """Make a track of bumps, each from onset to offset (s) and so high."""
    intensity = np.zeros((len(TIMES_US), 2), np.float32)
    for column, unit in enumerate(("AU4", "AU12")):
        for onset_s, offset_s, height in curves.get(unit, ()):
            first, stop = np.searchsorted(TIMES_US, [onset_s * 1e6, offset_s * 1e6])
            intensity[first:stop, column] = height
    fields = {} if confidence is None else {"confidence": np.asarray(confidence, np.float32)}
    return ActionUnitTrack(
        times_us=TIMES_US,
        valid=np.ones(len(TIMES_US), bool),
        source=Source(kind, "au_light"),
        intensity=intensity,
        names="AU4,AU12",
        **fields,
    )


def _coded(unit, onset_s, offset_s, **fields):
    return Segment(
        f"{unit}{onset_s}", unit, int(onset_s * 1e6), int(offset_s * 1e6), author="ann", **fields
    )


def test_labels_and_predictions_that_agree_raise_no_doubt():
    predicted = _track(AU12=[(1.0, 2.0, 0.9)])
    assert not find_prediction_doubts([_coded("AU12", 1.1, 1.9)], predicted)
    assert not find_prediction_doubts([], predicted, _track(SourceKind.FIT, AU12=[(1, 2, 0.5)]))
    assert not find_prediction_doubts([], predicted)


def test_what_a_network_sees_and_nobody_coded_is_told_where_it_begins():
    predicted = _track(AU12=[(1.0, 2.0, 0.9)], AU4=[(0.5, 0.8, 0.5)])
    (reason,) = find_prediction_doubts([_coded("AU4", 0.5, 0.8)], predicted)
    assert (reason.kind, reason.role, reason.unit) == (
        ReasonKind.NETWORK_DISAGREES,
        ROLE,
        "AU12",
    )
    assert reason.t_us == pytest.approx(1_000_000, abs=40_000)
    assert "up to 0.90" in reason.sentence
    assert "nobody coded it" in reason.sentence


def test_what_was_refused_is_not_asked_again():
    predicted = _track(AU12=[(1.0, 2.0, 0.9)], AU4=[(0.5, 0.8, 0.5)])
    refused = _coded("AU12", 1.0, 2.0, decision=Decision.REFUSED)
    assert not find_prediction_doubts([_coded("AU4", 0.5, 0.8), refused], predicted)


def test_what_is_coded_and_the_network_does_not_see_is_told():
    coded = _coded("AU12", 1.0, 2.0, intensity=Intensity.of_level("D"))
    (reason,) = find_prediction_doubts([coded], _track())
    assert (reason.t_us, reason.unit) == (1_000_000, "AU12")
    assert reason.value == pytest.approx(0.65)
    assert "coded as D, the network sees 0.00 at most" in reason.sentence
    absent = _coded("AU12", 1.0, 2.0, presence=Presence.ABSENT)
    (reason,) = find_prediction_doubts([absent], _track(AU12=[(1.2, 1.8, 0.7)]))
    assert "coded as absent" in reason.sentence


def test_where_nobody_coded_the_fitted_head_is_compared_both_ways():
    predicted = _track(AU12=[(1.0, 2.0, 0.9)])
    fitted = _track(SourceKind.FIT, AU4=[(0.2, 0.8, 0.6)])
    missed, seen = find_prediction_doubts([], predicted, fitted)
    assert (missed.unit, seen.unit) == ("AU4", "AU12")
    assert "the network sees 0.00 at most" in missed.sentence
    assert "the fitted head shows 0.00 at most" in seen.sentence


def test_a_stretch_of_low_confidence_is_told_once_where_it_is_worst():
    confidence = np.full(len(TIMES_US), 0.9)
    confidence[30:45] = 0.3
    confidence[37] = 0.1
    confidence[60] = 0.1
    (reason,) = find_prediction_doubts([], _track(confidence=confidence))
    assert reason.kind is ReasonKind.LOW_CONFIDENCE
    assert (reason.t_us, reason.value) == (TIMES_US[37], pytest.approx(0.9))


def test_doubts_are_at_least_as_large_as_their_thresholds():
    predicted = _track(AU12=[(1.0, 2.0, 0.21)])
    coded = [_coded("AU4", 0.5, 0.8, intensity=Intensity.of_level("A"))]
    for reason in find_prediction_doubts(coded, predicted):
        assert reason.value >= reason.threshold
        assert reason.severity >= 1
