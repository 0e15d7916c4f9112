import numpy as np
import pytest

from evface.transfer.marked_sync import sync_from_marks


def times(*seconds):
    return np.rint(np.array(seconds) * 1e6).astype(np.int64)


def test_marks_give_the_offset_and_their_own_residuals():
    finding = sync_from_marks(times(9.0, 1.0, 5.0), times(9.512, 1.5, 5.494))
    assert abs(finding.offset_us - 502_000) < 100
    assert finding.quality == "good"
    assert np.diff(finding.window_times_us).min() > 0
    np.testing.assert_allclose(finding.window_residuals_us, [-2000, -8000, 10_000], atol=100)
    assert 4_000 < finding.residual_us < 8_000


def test_a_single_mark_is_fair_at_best():
    finding = sync_from_marks(times(2.0), times(1.0))
    assert (finding.offset_us, finding.drift_ppm, finding.quality) == (-1_000_000, 0, "fair")


def test_two_marks_that_contradict_are_bad():
    finding = sync_from_marks(times(1.0, 5.0), times(1.0, 5.6))
    assert finding.quality == "bad"
    assert "same moment" in finding.problem


def test_one_wrong_mark_among_many_is_named_and_hardly_counts():
    video = np.arange(1.0, 9.0)
    sensor = video + 0.25
    sensor[3] += 0.8
    finding = sync_from_marks(times(*video), times(*sensor))
    assert finding.quality == "fair"
    assert "4.000 s" in finding.problem
    assert abs(finding.offset_us - 250_000) < 6_000


def test_marks_an_hour_apart_give_the_drift():
    video = np.array([10.0, 1800.0, 3600.0])
    finding = sync_from_marks(times(*video), times(*(video * (1 + 60e-6))))
    assert finding.drift_ppm == pytest.approx(60, abs=2)


@pytest.mark.parametrize("n_sensor", [0, 2])
def test_marks_without_their_other_side_are_the_callers_mistake(n_sensor):
    with pytest.raises(ValueError, match="pairs"):
        sync_from_marks(times(1.0) if n_sensor else times(), times(*[1.0] * n_sensor))
