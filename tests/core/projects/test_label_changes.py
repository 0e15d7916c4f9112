"""Any labels can be turned into any others, and back."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from evface.annotations.corrections import Correction
from evface.annotations.edits import ReplaceTracks, Together
from evface.annotations.reviews import Review, Verdict
from evface.annotations.segments import Segment
from evface.annotations.tracks import Camera, LandmarkState
from evface.geometry.clock import ClockSync
from evface.projects.database import Database
from evface.projects.label_changes import corrected_tracks, find_changes, landmarks_of
from evface.projects.label_set import (
    CorrectionKey,
    LabelCounts,
    LabelSet,
    ReviewKey,
    count_labels,
    read_label_sets,
)

authors = st.sampled_from(["anna", "ben"])
tracks = st.sampled_from(
    [("teacher", "rgb", "ibug68"), ("transferred", "events", "ibug68"), ("box_rgb", "rgb", "box")]
)


@st.composite
def label_sets(draw):
    corrections, reviews = {}, {}
    for _ in range(draw(st.integers(0, 4))):
        author = draw(authors)
        key = CorrectionKey(*draw(tracks), draw(st.integers(0, 1)), draw(st.integers(0, 3)), author)
        xy = (float(draw(st.integers(0, 2))), 1.5)
        state = draw(st.sampled_from([LandmarkState.CORRECTED, LandmarkState.VERIFIED]))
        corrections[key] = Correction(xy, state, author, "2026-01-01", "drag", draw(st.booleans()))
    for _ in range(draw(st.integers(0, 2))):
        key = ReviewKey(draw(tracks)[0], draw(st.integers(0, 3)), draw(authors))
        reviews[key] = Review(draw(st.sampled_from(Verdict)), ("jerk",), "2026-01-01")
    segments = {
        name: Segment(name, "AU1", draw(st.integers(0, 5)), 9, author="anna", made_at="2026-01-01")
        for name in draw(st.sets(st.sampled_from("abc")))
    }
    classes = draw(st.dictionaries(authors, st.sampled_from(["AU1", "AU12"])))
    gaps_us = draw(st.dictionaries(st.just("teacher"), st.integers(0, 9)))
    return LabelSet(corrections, segments, classes, reviews, gaps_us)


@pytest.fixture(scope="module")
def processed(tmp_path_factory, media_folder):
    """Return a project and a recording with landmarks on both pictures, opened for the module."""
    from evface.annotations.tracks import LandmarkTrack, Source, SourceKind
    from evface.projects.project import Project

    with Project.create(tmp_path_factory.mktemp("changes") / "p.evface") as project:
        entry = project.add_recording(
            media_folder / "ev.h5", media_folder / "video.mp4", sync=ClockSync(5_000, -80.0)
        )
        track = {
            "times_us": np.arange(3, dtype=np.int64) * 40_000,
            "valid": np.ones(3, bool),
            "source": Source(SourceKind.TEACHER, "tester"),
            "landmarks": np.ones((3, 68, 2), np.float32),
            "confidence": np.ones(3, np.float32),
            "state": np.zeros((3, 68), np.uint8),
        }
        both = {
            "teacher": LandmarkTrack(**track, camera=Camera.RGB),
            "transferred": LandmarkTrack(**track, camera=Camera.EVENTS),
        }
        project.apply(ReplaceTracks(entry.id, both))
        database = Database(project.path, read_only=True)
        yield project, entry, database
        database.close()


def said(database):
    (labels,) = read_label_sets(database).values()
    return labels


def without_settings(labels):
    return labels.corrections, labels.segments, labels.video_classes, labels.reviews


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(wanted=label_sets())
def test_the_edits_lead_from_any_labels_to_any_others_and_back(processed, wanted):
    project, entry, database = processed
    now = said(database)
    known = corrected_tracks(entry.id, landmarks_of(project, entry.id), entry.sync)
    changes = find_changes(entry.id, known, now, wanted, label="Change")
    assert changes.left_out == {}
    if changes.is_empty:
        assert without_settings(now) == without_settings(wanted)
        return
    inverse = project.apply(Together(changes.edits, "Change"))
    assert without_settings(said(database)) == without_settings(wanted)
    gap_us = wanted.interpolations_us.get("teacher", 2_000_000)
    assert project.labelled(entry.id, "teacher").longest_gap_us == gap_us
    n_before, n_after = now.n_labels, wanted.n_labels
    assert n_after - n_before == changes.n_added - changes.n_removed
    project.apply(inverse)
    assert without_settings(said(database)) == without_settings(now)
    project.apply(Together(changes.edits, "Change"))


def test_counting_agrees_with_reading(processed):
    project, entry, database = processed
    known = corrected_tracks(entry.id, landmarks_of(project, entry.id), entry.sync)
    key = CorrectionKey("teacher", "rgb", "ibug68", 0, 7, "anna")
    wanted = LabelSet(
        {
            place: Correction((1.0, 1.0), LandmarkState.CORRECTED, place.author, "2026", "drag")
            for place in (
                key,
                key._replace(landmark=1),
                key._replace(t_us=9),
                key._replace(author="b"),
            )
        },
        {"s": Segment("s", "AU1", 0, 9, author="b", made_at="2026")},
        {"anna": "AU1"},
    )
    changes = find_changes(entry.id, known, said(database), wanted, label="Change")
    project.apply(Together(changes.edits, "Change"))
    assert count_labels(database) == {
        "anna": LabelCounts(n_landmarks=3, n_frames=2, n_classes=1),
        "b": LabelCounts(n_landmarks=1, n_frames=1, n_segments=1),
    }
