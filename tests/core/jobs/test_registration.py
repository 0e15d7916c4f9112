import numpy as np
import pytest

from evface.annotations.tracks import Camera, LandmarkState, LandmarkTrack, Source, SourceKind
from evface.jobs.registration import RegisterJob, corrected_pairs
from evface.jobs.spec import read_job, write_job


def test_landmarks_that_people_placed_become_pairs_and_no_others():
    landmarks = np.arange(2 * 4 * 2, dtype=np.float32).reshape(2, 4, 2)
    landmarks[1, 3] = np.nan
    state = np.full((2, 4), LandmarkState.AUTO, np.uint8)
    state[0, 1], state[1, 2], state[1, 3] = (
        LandmarkState.CORRECTED,
        LandmarkState.VERIFIED,
        LandmarkState.CORRECTED,
    )
    track = LandmarkTrack(
        times_us=np.array([100, 200], np.int64),
        valid=np.ones(2, bool),
        source=Source(SourceKind.TRANSFERRED, "mesh landmarks"),
        landmarks=landmarks,
        confidence=np.ones(2, np.float32),
        state=state,
        camera=Camera.EVENTS,
    )
    pairs = corrected_pairs(track)
    assert [(pair.t_us, pair.landmark) for pair in pairs] == [(100, 1), (200, 2)]
    assert pairs[0].events_px == (2.0, 3.0)
    assert corrected_pairs(None) == ()


def test_the_job_is_read_as_it_was_written(tmp_path):
    job = RegisterJob("p.evface", "id", "out.json", ((1.0, 2.0, 3.0, 4.5),), (250_000,))
    write_job(tmp_path / "job.json", job)
    assert read_job(tmp_path / "job.json") == job


def test_every_pair_has_its_time():
    with pytest.raises(ValueError, match="one length"):
        RegisterJob("p.evface", "id", "out.json", ((1.0, 2.0, 3.0, 4.5),))
