import numpy as np
import pytest

from evface.errors import FitError
from evface.morphable.camera import FRONTAL, HeadPose, head_angles_deg, rotation_matrix
from evface.morphable.model import load_open_head
from evface.morphable.tracking import fit_sequence

MODEL = load_open_head()
IDENTITY = np.random.default_rng(11).normal(0, 0.8, len(MODEL.identity_basis))
SMILE = MODEL.facs_units[MODEL.facs_names.index("AU12")]
WIDE = MODEL.facs_units[MODEL.facs_names.index("AU27")]


def make_clip(units, *, turn=None, noise_px=0.3):
    """Return landmarks with depth of a person who does this, (n, 68, 3), and times."""
    rng = np.random.default_rng(2)
    n = len(units)
    turn = rng.normal(0, 0.01, (n, 3)) if turn is None else turn
    pose = HeadPose(
        FRONTAL @ rotation_matrix(turn), np.full(n, 1.8), np.tile([300.0, 220.0], (n, 1))
    )
    shape = MODEL.unit_shape(units, IDENTITY)[:, MODEL.landmarks]
    depth = -(shape @ pose.rotation[:, 2, :, None]) * 1.8
    landmarks = np.concatenate([pose.project(shape), depth], axis=-1)
    landmarks += rng.normal(0, noise_px, landmarks.shape)
    return landmarks, np.arange(n, dtype=np.int64) * 33_333


def laughing_clip(n=120, neutral=slice(70, 90)):
    """Return the units of someone who laughs nearly all the time."""
    amount = 0.75 + 0.25 * np.sin(np.arange(n) / 3.0)
    amount[neutral] = 0.0
    return amount[:, None] * (SMILE + 0.5 * WIDE)


def test_the_neutral_frames_are_found_although_most_of_the_clip_laughs():
    landmarks, times_us = make_clip(laughing_clip())
    fit = fit_sequence(MODEL, landmarks, times_us)
    assert fit.neutral.any()
    assert set(np.flatnonzero(fit.neutral)) <= set(range(70, 90))
    smile = fit.fit.action_units @ MODEL.facs_readout[MODEL.facs_names.index("AU12")]
    assert np.median(smile[:60]) > np.median(smile[70:90]) + 0.3


def test_of_frames_that_look_alike_those_with_few_events_are_the_neutral_ones():
    landmarks, times_us = make_clip(np.zeros((60, len(MODEL.unit_names))), noise_px=0.0)
    events = np.full(60, 5_000)
    events[40:50] = 3
    fit = fit_sequence(MODEL, landmarks, times_us, event_counts=events)
    assert set(np.flatnonzero(fit.neutral)) <= set(range(40, 50))


def test_what_a_teacher_finds_expressive_is_not_neutral():
    landmarks, times_us = make_clip(np.zeros((60, len(MODEL.unit_names))), noise_px=0.0)
    expression = np.ones(60)
    expression[10:20] = 0.0
    fit = fit_sequence(MODEL, landmarks, times_us, expression=expression)
    assert set(np.flatnonzero(fit.neutral)) <= set(range(10, 20))


def test_the_head_at_rest_is_that_of_the_neutral_frames():
    turn = np.zeros((60, 3))
    turn[:, 1] = 0.35
    turn[20:35, 1] = 0.1
    units = np.zeros((60, len(MODEL.unit_names)))
    units[:20] = units[35:] = SMILE
    landmarks, times_us = make_clip(units, turn=turn, noise_px=0.0)
    fit = fit_sequence(MODEL, landmarks, times_us)
    angles = head_angles_deg(fit.neutral_rotation)
    assert angles[0] == pytest.approx(np.degrees(0.1), abs=2.5)
    np.testing.assert_allclose(fit.neutral_rotation @ fit.neutral_rotation.T, np.eye(3), atol=1e-6)


def test_frames_without_a_face_are_never_neutral_and_stay_invalid():
    landmarks, times_us = make_clip(laughing_clip())
    landmarks[75:85] = np.nan
    fit = fit_sequence(MODEL, landmarks, times_us)
    assert not fit.fit.valid[75:85].any()
    assert not fit.neutral[75:85].any()
    assert fit.fit.valid.sum() == 110
    assert np.isfinite(fit.identity).all()
    assert np.isfinite(fit.resting).all()


@pytest.mark.parametrize("n", [1, 2, 5])
def test_a_few_frames_suffice(n):
    landmarks, times_us = make_clip(np.zeros((n, len(MODEL.unit_names))))
    fit = fit_sequence(MODEL, landmarks, times_us)
    assert 1 <= fit.neutral.sum() <= n
    assert np.isfinite(fit.fit.action_units).all()


@pytest.mark.parametrize("n", [0, 4])
def test_no_face_at_all_is_said(n):
    with pytest.raises(FitError, match="no face in any frame"):
        fit_sequence(MODEL, np.full((n, 68, 3), np.nan), np.arange(n, dtype=np.int64))


def test_the_papers_way_tracks_too():
    landmarks, times_us = make_clip(laughing_clip(60, slice(30, 45)))
    fit = fit_sequence(MODEL, landmarks, times_us, method="paper")
    assert fit.fit.valid.all()
