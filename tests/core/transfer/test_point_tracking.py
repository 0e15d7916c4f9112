from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from evface.annotations.corrections import Correction, Corrections, PlacedCorrection
from evface.annotations.labelled import LabelledTrack
from evface.annotations.tracks import Camera, LandmarkState, LandmarkTrack, Source, SourceKind
from evface.events.events import Events
from evface.landmarks.schemes import FIVE
from evface.transfer import face_tracker
from evface.transfer.point_tracking import (
    Stop,
    TrackingError,
    propagation_edit,
    track_points,
)

RESOLUTION = (160, 120)
DURATION_US = 600_000
# Five points of a textured disc that drifts, then stays: px/us, and until when.
SPEED_PX_US, MOVING_UNTIL_US = np.array([30.0, 12.0]) * 1e-6, 450_000
PLACES = np.array([[45.0, 40], [75, 40], [60, 55], [48, 70], [72, 70]])


class _Source:
    """Events held in memory."""

    path = Path("memory")
    format = "memory"
    resolution = RESOLUTION
    duration_us = DURATION_US

    def __init__(self, events):
        self.events = events

    def read(self, start_us, stop_us):
        return self.events.between(start_us, stop_us)


def moved_by(t_us):
    return np.minimum(np.asarray(t_us), MOVING_UNTIL_US)[..., None] * SPEED_PX_US


def _light(t_us, waves):
    y, x = np.mgrid[: RESOLUTION[1], : RESOLUTION[0]].astype(np.float64)
    x0, y0 = moved_by(t_us)
    light = sum(a * np.cos(kx * (x - x0) + ky * (y - y0) + phase) for kx, ky, phase, a in waves)
    return light * np.exp(-((((x - x0 - 60) / 40) ** 2 + ((y - y0 - 55) / 36) ** 2) ** 2))


@pytest.fixture(scope="module")
def source():
    random = np.random.default_rng(3)
    waves = [(*random.normal(0, 0.35, 2), random.uniform(0, 6.3), 0.55) for _ in range(16)]
    level = _light(0, waves)
    parts = []
    for t_us in range(4_000, DURATION_US, 4_000):
        fired = np.trunc((_light(t_us, waves) - level) / 0.2).astype(int)
        level = level + 0.2 * fired
        rows, columns = np.nonzero(fired)
        n = np.abs(fired[rows, columns])
        parts.append(
            Events(
                np.full(n.sum(), t_us, np.int64),
                np.repeat(columns, n).astype(np.uint16),
                np.repeat(rows, n).astype(np.uint16),
                np.repeat(fired[rows, columns] > 0, n),
            )
        )
    return _Source(Events.concatenate(parts))


def labelled_at(t_us, *, follows, landmarks=range(5), others=()):
    """A track that follows the disc or stays where it was at the start, corrected at one time."""
    times_us = np.arange(0, DURATION_US, 10_000)
    n = len(times_us)
    truth = PLACES + moved_by(times_us)[:, None]
    automatic = (truth if follows else truth[[0] * n]) + 3.0
    track = LandmarkTrack(
        times_us=times_us,
        valid=np.ones(n, bool),
        source=Source(SourceKind.TRANSFERRED, "test"),
        landmarks=automatic.astype(np.float32),
        confidence=np.full(n, np.nan, np.float32),
        state=np.zeros((n, 5), np.uint8),
        camera=Camera.EVENTS,
        scheme=FIVE.name,
    )
    right = PLACES + moved_by(t_us)
    placed = [
        PlacedCorrection(
            t_us, i, Correction(tuple(right[i]), LandmarkState.CORRECTED, "ann", "2026")
        )
        for i in landmarks
    ]
    return LabelledTrack(track, Corrections([*placed, *others]))


def errors_px(tracked):
    truth = PLACES[tracked.landmarks] + moved_by(tracked.times_us)[:, None]
    return np.linalg.norm(tracked.places_px - truth, axis=-1)


@pytest.mark.parametrize(("start_us", "for_us"), [(200_000, 150_000), (350_000, -150_000)])
def test_what_the_automatic_track_missed_is_tracked_either_way(source, start_us, for_us):
    tracked = track_points(source, labelled_at(start_us, follows=False), start_us, for_us)
    assert tracked.stop is Stop.DONE
    assert tracked.times_us.tolist() == [
        start_us + (k + 1) * (10_000 if for_us > 0 else -10_000) for k in range(15)
    ]
    # Staying where it was would be 4.8 px off at the end.
    assert errors_px(tracked)[-1].mean() < 0.8
    assert (np.diff(tracked.confidence.mean(axis=1)) < 0).all()


@pytest.mark.parametrize(("start_us", "for_us"), [(200_000, 150_000), (350_000, -150_000)])
def test_long_ways_are_read_piece_by_piece(source, monkeypatch, start_us, for_us):
    labelled = labelled_at(start_us, follows=False)
    at_once = track_points(source, labelled, start_us, for_us)
    spans_us = []

    class Watched(_Source):
        def read(self, start_us, stop_us):
            spans_us.append(stop_us - start_us)
            return super().read(start_us, stop_us)

    monkeypatch.setattr(face_tracker, "_N_STEPS", 4)
    pieces = track_points(Watched(source.events), labelled, start_us, for_us)
    # 40 ms of pictures, and 120 ms of events on either side.
    assert spans_us == [280_000, 280_000, 280_000, 270_000]
    assert pieces.times_us.tolist() == at_once.times_us.tolist()
    np.testing.assert_allclose(pieces.places_px, at_once.places_px, atol=0.3)


def test_a_track_that_moves_rightly_is_followed(source):
    tracked = track_points(source, labelled_at(200_000, follows=True), 200_000, 150_000)
    assert errors_px(tracked).max() < 0.7


def test_only_corrected_landmarks_are_carried(source):
    labelled = labelled_at(200_000, follows=False, landmarks=(1, 4))
    tracked = track_points(source, labelled, 200_000, 50_000)
    assert tracked.landmarks.tolist() == [1, 4]
    assert tracked.places_px.shape == (5, 2, 2)
    some = track_points(source, labelled, 200_000, 50_000, landmarks=(4,))
    np.testing.assert_array_equal(some.places_px[:, 0], tracked.places_px[:, 1])


def test_frames_between_the_steps_are_reached_too(source):
    labelled = labelled_at(200_000, follows=False)
    every = np.arange(0, DURATION_US, 3_000)
    rows = np.minimum(every // 10_000, 59)
    track = replace(
        labelled.track,
        times_us=every,
        **{
            name: getattr(labelled.track, name)[rows]
            for name in ("valid", "landmarks", "confidence", "state", "occluded")
        },
    )
    tracked = track_points(source, LabelledTrack(track, labelled.corrections), 200_000, 100_000)
    assert tracked.times_us.tolist() == [t for t in every.tolist() if 200_000 < t <= 300_000]
    assert errors_px(tracked).mean() < 0.8


def test_gaps_of_the_automatic_track_are_bridged_whatever_else_is_missing(source):
    whole = labelled_at(200_000, follows=True, landmarks=range(4))
    landmarks = whole.track.landmarks.copy()
    landmarks[24:30] = np.nan
    landmarks[:, 4] = np.nan
    track = replace(whole.track, landmarks=landmarks)
    tracked = track_points(source, LabelledTrack(track, whole.corrections), 200_000, 80_000)
    assert tracked.times_us.tolist() == list(range(210_000, 290_000, 10_000))
    assert errors_px(tracked).max() < 2.0


def test_another_keyframe_is_not_run_over(source):
    other = PlacedCorrection(
        240_000, 0, Correction((1.0, 1.0), LandmarkState.VERIFIED, "ann", "2026")
    )
    tracked = track_points(
        source, labelled_at(200_000, follows=False, others=[other]), 200_000, 100_000
    )
    assert tracked.stop is Stop.KEYFRAME
    assert tracked.times_us.tolist() == [210_000, 220_000, 230_000]
    carried = replace(other, correction=replace(other.correction, state=LandmarkState.INTERPOLATED))
    tracked = track_points(
        source, labelled_at(200_000, follows=False, others=[carried]), 200_000, 100_000
    )
    assert tracked.stop is Stop.DONE


def test_it_ends_where_events_or_the_recording_do(source):
    tracked = track_points(source, labelled_at(400_000, follows=False), 400_000, 190_000)
    assert tracked.stop is Stop.TOO_FEW_EVENTS
    assert 440_000 <= tracked.times_us[-1] <= 490_000
    tracked = track_points(source, labelled_at(20_000, follows=False), 20_000, -100_000)
    assert tracked.stop is Stop.ENDS
    assert tracked.times_us.tolist() == [10_000, 0]


def test_it_says_when_it_is_lost():
    # Flicker everywhere, in which nothing moves.
    random = np.random.default_rng(0)
    n = 1_000_000
    noise = Events(
        np.sort(random.integers(0, DURATION_US, n)),
        random.integers(0, RESOLUTION[0], n).astype(np.uint16),
        random.integers(0, RESOLUTION[1], n).astype(np.uint16),
        random.random(n) < 0.5,
    )
    tracked = track_points(_Source(noise), labelled_at(200_000, follows=True), 200_000, 300_000)
    assert tracked.stop is Stop.LOST
    assert len(tracked.times_us) < 10


def test_there_must_be_something_to_track_on_the_events(source):
    with pytest.raises(TrackingError, match="correct a landmark"):
        track_points(source, labelled_at(200_000, follows=True), 250_000, 100_000)
    labelled = labelled_at(200_000, follows=True)
    rgb = LabelledTrack(replace(labelled.track, camera=Camera.RGB), labelled.corrections)
    with pytest.raises(TrackingError, match="events' landmarks"):
        track_points(source, rgb, 200_000, 100_000)


def test_tracked_landmarks_are_kept_in_one_step_as_a_machine_s_word(source):
    tracked = track_points(source, labelled_at(200_000, follows=False), 200_000, 30_000)
    edit = propagation_edit("r", "transferred", tracked)
    assert edit.label == "Propagate by tracking"
    assert [move.t_us for move in edit.edits] == [210_000, 220_000, 230_000]
    assert {move.state for move in edit.edits} == {LandmarkState.INTERPOLATED}
    assert edit.edits[0].source == "tracked from 0.200 s"
    assert set(edit.edits[2].xy_px) == set(range(5))
    np.testing.assert_allclose(edit.edits[2].xy_px[3], tracked.places_px[2, 3], rtol=1e-6)
    nothing = track_points(source, labelled_at(590_000, follows=False), 590_000, 100_000)
    with pytest.raises(TrackingError, match="the recording ends"):
        propagation_edit("r", "transferred", nothing)
