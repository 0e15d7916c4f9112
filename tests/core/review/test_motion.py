import numpy as np
import pytest

from evface.review.face_parts import face_parts
from evface.review.measures import Frames
from evface.review.motion import motion_checks
from evface.review.reasons import ReasonKind


def _values(points, times_us, period_us=10_000):
    parts = face_parts("five")
    size_px = np.full(len(points), 100.0)
    frames = Frames(times_us, points.astype(np.float32), size_px, parts, period_us)
    jump, jerk = motion_checks(parts, period_us)
    return jump.values(frames), jerk.values(frames)


def test_jerk_is_the_third_derivative_over_the_size():
    times_us = np.arange(20) * 10_000
    t_s = times_us / 1e6
    points = np.zeros((20, 5, 2))
    # x = 600 t^3 px has a third derivative of 3600 px/s^3.
    points[:, 0, 0] = 600 * t_s**3
    _, jerk = _values(points, times_us)
    assert jerk[2:-1, 0] == pytest.approx(36.0, rel=0.05)


def test_steady_motion_neither_jumps_nor_jerks():
    times_us = np.arange(20) * 10_000
    points = np.zeros((20, 5, 2))
    points[:, :, 0] = 50.0 * np.arange(20)[:, None]
    jump, jerk = _values(points, times_us)
    assert np.nanmax(jump) == 0
    assert np.nanmax(jerk) == 0


def test_a_stray_frame_jumps_once():
    points = np.zeros((20, 5, 2))
    points[7, 2] = (30, 40)
    jump, _ = _values(points, np.arange(20) * 10_000)
    assert jump[7, 2] == pytest.approx(0.5)
    assert jump[8, 2] == 0


def test_nothing_is_said_across_a_gap():
    times_us = np.arange(20) * 10_000
    times_us[10:] += 500_000
    points = np.zeros((20, 5, 2))
    points[10:, :, 0] = 60
    jump, jerk = _values(points, times_us)
    assert np.isnan(jump[9:12]).all()
    assert np.isnan(jerk[9:12]).all()


def test_trembling_is_found_as_jerk(make_track, reasons_of):
    def spoil(landmarks):
        landmarks[200:230, 48:] += 4 * (-1.0) ** np.arange(30)[:, None, None].astype("f4")

    kinds = {one.kind for one in reasons_of(make_track(spoil))}
    assert ReasonKind.JERK in kinds


def test_a_track_that_always_trembles_is_judged_by_itself(make_track, reasons_of):
    noise = np.random.default_rng(0).normal(0, 1.0, (500, 68, 2)).astype(np.float32)
    assert reasons_of(make_track(lambda landmarks: np.add(landmarks, noise, out=landmarks))) == []
