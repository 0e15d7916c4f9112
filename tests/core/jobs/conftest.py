"""A project of two recordings whose landmarks and segments two people labelled."""

import numpy as np
import pytest

from evface.annotations.coding_edits import SetSegments
from evface.annotations.edits import ReplaceTracks
from evface.annotations.landmark_edits import MoveLandmarks
from evface.annotations.segments import Segment
from evface.annotations.tracks import Camera, LandmarkTrack, Source, SourceKind
from evface.events.events import Events
from evface.events.formats.hdf5_writer import write_events_hdf5
from evface.projects.project import Project


@pytest.fixture
def labelled_project(tmp_path):
    """Return the project, open for editing."""
    n = 6
    with Project.create(tmp_path / "p.evface") as made:
        for name in ("one", "two"):
            t = np.arange(1_000, dtype=np.int64) * 300 + len(made.recordings())
            zeros = np.zeros(len(t), np.uint16)
            events = Events(t, zeros, zeros, np.ones(len(t), bool))
            write_events_hdf5(tmp_path / f"{name}.h5", [events], resolution=(64, 48))
            entry = made.add_recording(tmp_path / f"{name}.h5")
            track = LandmarkTrack(
                times_us=np.arange(n, dtype=np.int64) * 10_000,
                valid=np.ones(n, bool),
                source=Source(SourceKind.TRANSFERRED, "tester"),
                landmarks=np.random.default_rng(1).uniform(0, 40, (n, 68, 2)).astype(np.float32),
                confidence=np.full(n, np.nan, np.float32),
                state=np.zeros((n, 68), np.uint8),
                camera=Camera.EVENTS,
            )
            made.apply(ReplaceTracks(entry.id, {"transferred": track}))
        one = made.find_recording("one")
        made.author = "anna"
        made.apply(MoveLandmarks(one.id, "transferred", 20_000, {30: (9.0, 8.0)}))
        for author in ("anna", "ben"):
            made.author = author
            segment = Segment(author, "AU12", 50_000, 200_000)
            made.apply(SetSegments(one.id, {author: segment}))
        yield made
