from dataclasses import replace

import numpy as np
import pytest

from evface.annotations.tracks import Camera, SourceKind
from evface.geometry.registration import Registration
from evface.geometry.transforms import PlanarTransform
from evface.review.landmark_review import find_landmark_doubts
from evface.review.reasons import ReasonKind
from evface.review.wording import to_reason

FRAMES_US = np.arange(0, 5_000_000, 33_333)


def _found(tracks, face=None, registration=None):
    registration = registration or Registration()
    found = find_landmark_doubts(tracks, tracks["transferred"], face, registration)
    return {one.kind: one for one in found}


@pytest.fixture
def tracks(make_track, reviewed):
    """Return a function that gives a clean teacher and a transferred track that `spoil` changed."""

    def make(spoil=None, **others):
        named = {
            "transferred": make_track(spoil),
            "teacher": make_track(period_us=33_333, kind=SourceKind.TEACHER, camera=Camera.RGB),
            **others,
        }
        return {role: reviewed(track, role) for role, track in named.items()}

    return make


def test_clean_tracks_and_a_good_fit_raise_no_doubt(tracks, make_face):
    assert _found(tracks(), make_face(FRAMES_US)) == {}


def test_a_part_that_slowly_goes_astray_disagrees_with_the_video(tracks):
    def spoil(landmarks):
        away = 30 * np.exp(-(((np.arange(500) - 250) / 40.0) ** 2))
        landmarks[:, 48:, 1] += away[:, None].astype("f4")

    found = _found(tracks(spoil))[ReasonKind.DISAGREEMENT]
    assert abs(found.t_us - 2_500_000) <= 40_000
    assert (found.role, found.other_role) == ("transferred", "teacher")
    assert set(range(48, 68)) <= set(found.landmarks)
    assert found.px == pytest.approx(30, rel=0.1)


def test_a_constant_distance_is_no_disagreement(tracks):
    def spoil(landmarks):
        landmarks[:, 5] += (12, -9)

    assert ReasonKind.DISAGREEMENT not in _found(tracks(spoil))


def test_the_video_is_carried_to_the_events_before_it_is_compared(tracks):
    def spoil(landmarks):
        landmarks[:] = landmarks * 0.5 + (40, 30)
        landmarks[250:260, 30] += (20, 0)

    shrunk = PlanarTransform(np.array([[0.5, 0, 40], [0, 0.5, 30], [0, 0, 1]]))
    found = _found(tracks(spoil), registration=Registration(shrunk))
    assert found[ReasonKind.DISAGREEMENT].landmarks == (30,)


def test_a_models_predictions_are_compared_too(tracks, make_track):
    def spoil(landmarks):
        landmarks[300, 36:42] += (15, 0)

    model = make_track(spoil, kind=SourceKind.MODEL)
    found = _found(tracks(predicted=model))[ReasonKind.DISAGREEMENT]
    assert (found.role, found.other_role, found.t_us) == ("transferred", "predicted", 3_000_000)


def test_a_networks_low_confidence_is_said_of_the_track_to_be_corrected(tracks, make_track):
    model = make_track(kind=SourceKind.MODEL)
    confidence = np.full(len(model), 0.95, np.float32)
    confidence[200] = 0.1
    found = _found(tracks(predicted=replace(model, confidence=confidence)))
    doubt = found[ReasonKind.LOW_CONFIDENCE]
    assert (doubt.role, doubt.other_role, doubt.t_us) == ("transferred", "predicted", 2_000_000)
    assert to_reason(doubt, None).sentence == "'predicted': confidence is 0.10"


def test_nobody_is_asked_to_mend_what_a_network_says_beside_the_labels(tracks, make_track):
    def spoil(landmarks):
        landmarks[100] = landmarks[100, :, ::-1]

    model = make_track(spoil, kind=SourceKind.MODEL)
    found = _found(tracks(predicted=model))
    assert {one.role for one in found.values()} == {"transferred"}


def test_a_poor_fit_and_a_low_confidence_are_said_of_the_track_to_be_corrected(tracks, make_face):
    residual = np.ones(len(FRAMES_US))
    residual[60] = 20
    confidence = np.full(len(FRAMES_US), 0.95)
    confidence[90] = 0.2
    face = make_face(FRAMES_US, residual_px=residual, confidence=confidence)
    found = _found(tracks(), face)
    fit, doubt = found[ReasonKind.REPROJECTION], found[ReasonKind.LOW_CONFIDENCE]
    assert (fit.role, fit.t_us, fit.px) == ("transferred", FRAMES_US[60], pytest.approx(20))
    assert (doubt.role, doubt.t_us, doubt.value) == (
        "transferred",
        FRAMES_US[90],
        pytest.approx(0.8),
    )


def test_what_is_usual_in_a_recording_raises_the_threshold(tracks, make_face):
    residual = np.full(len(FRAMES_US), 4.0)
    residual[60] = 20
    one_bad = _found(tracks(), make_face(FRAMES_US, residual_px=residual))
    assert one_bad[ReasonKind.REPROJECTION].threshold > 0.05
    all_alike = make_face(FRAMES_US, residual_px=np.full(len(FRAMES_US), 6.0))
    assert ReasonKind.REPROJECTION not in _found(tracks(), all_alike)
    hopeless = make_face(FRAMES_US, residual_px=np.full(len(FRAMES_US), 30.0))
    assert ReasonKind.REPROJECTION in _found(tracks(), hopeless)
