"""Two cameras that nobody calibrated see one head of dots; only their movement tells where."""

import runpy
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from evface.errors import RecordingError
from evface.events.events import Events
from evface.geometry.registration import Registration
from evface.transfer.face_points import face_points
from evface.transfer.point_pairs import PointPair
from evface.transfer.registration import register_face


@pytest.fixture(scope="module")
def dotted_head():
    path = Path(__file__).resolve().parents[2] / "fixtures" / "dotted_head.py"
    return runpy.run_path(str(path))["DottedHead"]()


class StoredEvents:
    """Events held in memory."""

    path = "events.h5"

    def __init__(self, events, resolution):
        self.events, self.resolution = events, resolution
        self.duration_us = int(events.t[-1]) + 1

    def read(self, start_us, stop_us):
        first, last = np.searchsorted(self.events.t, [start_us, stop_us])
        return Events(*(getattr(self.events, name)[first:last] for name in "txyp"))

    def rate(self, bin_us):
        return np.bincount(self.events.t // bin_us, minlength=-(-self.duration_us // bin_us))


def _register(head, events=None, *, late_us=0, **more):
    video = SimpleNamespace(
        resolution=head.cameras.rgb.resolution, read=lambda index: head.frames[index]
    )
    return register_face(
        video,
        StoredEvents(head.events if events is None else events, head.cameras.events.resolution),
        video_times_us=head.times_us + late_us,
        model=head.model,
        face=head.face,
        **more,
    )


def _eyes_px(head):
    return float(np.linalg.norm(head.landmarks_px[:, 36] - head.landmarks_px[:, 45], axis=1).mean())


def _nme(head, places):
    away = np.linalg.norm(places - head.landmarks_px, axis=2)
    return float(away.mean()) / _eyes_px(head)


def _points(head):
    return face_points(head.model, head.face, head.model.landmarks)


@pytest.fixture(scope="module")
def finding(dotted_head):
    return _register(dotted_head)


def test_cameras_that_nobody_calibrated_are_registered_by_a_moving_face(dotted_head, finding):
    assert finding.registration.quality in ("good", "fair")
    assert finding.registration.method == "head"
    # The fit's own error is part of it: a head without perspective.
    least = _nme(
        dotted_head, _points(dotted_head).on_events(Registration(cameras=dotted_head.cameras))
    )
    found = _nme(dotted_head, _points(dotted_head).on_events(finding.registration))
    assert found < least + 0.02


def test_depth_is_handled_better_than_by_the_plane(dotted_head, finding):
    points = _points(dotted_head)
    by_plane = _nme(dotted_head, finding.registration.planar.apply(points.points_px))
    assert _nme(dotted_head, points.on_events(finding.registration)) < by_plane < 0.15


def test_the_finding_says_how_good_it_is_and_where(dotted_head, finding):
    assert np.isfinite(finding.map_px).any()
    assert 0 < finding.coverage <= 1
    assert len(finding.instants_us) == len(finding.residuals_px) > 6
    assert finding.registration.residual_px < 0.1 * _eyes_px(dotted_head)
    assert finding.explained > 0.3


def test_pairs_bring_it_no_farther_from_the_truth(dotted_head, finding):
    frame = 11
    pairs = [
        PointPair(
            int(dotted_head.times_us[frame]),
            tuple(dotted_head.landmarks_px[frame, point]),
            landmark=point,
        )
        for point in (36, 45, 48, 8)
    ]
    with_pairs = _register(dotted_head, pairs=pairs)
    assert with_pairs.n_pairs == 4
    points = _points(dotted_head)
    before = _nme(dotted_head, points.on_events(finding.registration))
    assert _nme(dotted_head, points.on_events(with_pairs.registration)) < before + 0.002


def test_a_mirror_image_is_said_and_never_passes(dotted_head):
    fired, (width, _) = dotted_head.events, dotted_head.cameras.events.resolution
    found = _register(dotted_head, Events(fired.t, width - 1 - fired.x, fired.y, fired.p))
    assert found.registration.quality == "bad"
    assert any("mirror" in reason for reason in found.reasons)


def test_events_of_another_scene_are_bad(dotted_head):
    random = np.random.default_rng(5)
    fired = dotted_head.events
    x, y = (
        random.integers(0, size, len(fired)).astype("u2")
        for size in dotted_head.cameras.events.resolution
    )
    found = _register(dotted_head, Events(fired.t, x, y, random.random(len(fired)) < 0.5))
    assert found.registration.quality == "bad"
    assert found.reasons


def test_video_and_events_without_common_time_are_told(dotted_head):
    with pytest.raises(RecordingError, match="do not overlap in time"):
        _register(dotted_head, late_us=10_000_000)


def test_events_that_fall_silent_are_told(dotted_head):
    fired = dotted_head.events
    lone = Events(*(getattr(fired, name)[[0, -1]] for name in "txyp"))
    lone.t[:] = [0, 5_000_000]
    with pytest.raises(RecordingError, match="no events fall while a face is seen"):
        _register(dotted_head, lone)


def test_a_pair_beside_the_face_or_outside_the_video_is_told(dotted_head):
    beside = PointPair(int(dotted_head.times_us[5]), (5.0, 5.0), rgb_px=(2.0, 3.0))
    with pytest.raises(RecordingError, match="does not lie on the face"):
        _register(dotted_head, pairs=[beside])
    later = PointPair(90_000_000, (5.0, 5.0), landmark=3)
    with pytest.raises(RecordingError, match="no face was found"):
        _register(dotted_head, pairs=[later])


def test_a_pair_names_a_point_or_a_landmark():
    with pytest.raises(ValueError, match="not both"):
        PointPair(0, (1.0, 2.0))
