import numpy as np
import pytest

from evface.errors import FitError
from evface.morphable.camera import FRONTAL, HeadPose, head_angles_deg, rotation_matrix
from evface.morphable.intensity import IntensityModel
from evface.morphable.landmark_errors import LandmarkErrors
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
    scores = np.ones((60, 3))
    scores[10:20, 1] = 0.0
    scores[30:40, [0, 2]] = 0.0
    names = ("_neutral", "mouthSmileLeft", "eyeLookUpLeft")
    fit = fit_sequence(MODEL, landmarks, times_us, scores=scores, score_names=names)
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
    read = (fit.fit.action_units - fit.resting) @ MODEL.facs_readout.T
    np.testing.assert_allclose(fit.intensity, np.maximum(read, 0.0))


def test_intensities_are_those_of_what_the_face_does():
    landmarks, times_us = make_clip(laughing_clip())
    fit = fit_sequence(MODEL, landmarks, times_us)
    smile = fit.intensity[:, MODEL.facs_names.index("AU12")]
    assert smile[70:90].max() < 0.15
    assert np.median(smile[:60]) > 0.4
    assert (fit.intensity >= 0).all()


def test_scores_that_the_reader_knows_make_seen_what_landmarks_do_not_show():
    n_facs, n_components = len(MODEL.facs_names), len(MODEL.action_unit_basis)
    errors = LandmarkErrors.uncalibrated()
    plain = IntensityModel.uncalibrated(MODEL, errors)
    cheek = MODEL.facs_names.index("AU6")
    gain = np.zeros((n_components + 1, n_facs))
    gain[:n_components] = plain.gain
    gain[n_components, cheek] = 1.0
    covariance = np.diag(np.full(n_components + 1, 0.01))
    covariance[:n_components, :n_components] = plain.covariance
    reader = IntensityModel(gain, covariance, ("cheek",), plain.knots)
    units = np.zeros((60, len(MODEL.unit_names)))
    units[20:40] = MODEL.facs_units[cheek]
    landmarks, times_us = make_clip(units)
    scores = np.where((np.arange(60) >= 20) & (np.arange(60) < 40), 0.81, 0.0)[:, None]
    fit = fit_sequence(
        MODEL, landmarks, times_us, errors=errors, scores=scores, score_names=("cheek",),
        reader=reader,
    )  # fmt: skip
    assert fit.intensity[25:35, cheek].min() > 0.6
    assert fit.intensity[:15, cheek].max() < 0.1
    # The coefficients know of it too: the fused face has the cheeks raised.
    read = (fit.fit.action_units - fit.resting) @ MODEL.facs_readout[cheek]
    assert np.median(read[25:35]) > np.median(read[:15]) + 0.5
    other = fit_sequence(
        MODEL, landmarks, times_us, errors=errors, scores=scores, score_names=("brow",),
        reader=reader,
    )  # fmt: skip
    assert other.intensity[25:35, cheek].max() < 0.5


@pytest.mark.parametrize("smoothing", ["offline", "causal"])
def test_smoothing_calms_a_still_face_and_keeps_its_place(smoothing):
    landmarks, times_us = make_clip(
        np.zeros((90, len(MODEL.unit_names))), turn=np.zeros((90, 3)), noise_px=0.6
    )
    raw = fit_sequence(MODEL, landmarks, times_us, smoothing="none")
    calm = fit_sequence(MODEL, landmarks, times_us, smoothing=smoothing)

    def jitter(fit):
        return np.diff(fit.fit.pose.translation_px[20:], axis=0).std()

    assert jitter(calm) < 0.6 * jitter(raw)
    away = calm.fit.pose.translation_px.mean(axis=0) - raw.fit.pose.translation_px.mean(axis=0)
    assert np.abs(away).max() < 0.2
    rotation = calm.fit.pose.rotation
    np.testing.assert_allclose(
        rotation @ rotation.swapaxes(1, 2), np.tile(np.eye(3), (90, 1, 1)), atol=1e-9
    )


def test_another_smoothing_is_refused():
    with pytest.raises(ValueError, match="smoothing"):
        fit_sequence(MODEL, np.zeros((1, 68, 3)), np.zeros(1, np.int64), smoothing="median")
