"""Any edits, taken back one after another, leave the project as it was."""

import contextlib
import uuid
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evface.annotations.coding_edits import SetSegments, SetVideoClass
from evface.annotations.edits import (
    RenameRecording,
    ReplaceTracks,
    SetFilters,
    SetRegistration,
    SetSync,
    Together,
)
from evface.annotations.landmark_edits import (
    MoveLandmarks,
    OccludeLandmarks,
    SetCorrections,
    SetInterpolation,
    VerifyLandmarks,
)
from evface.annotations.reviews import Review, SetReview, Verdict
from evface.annotations.segments import Decision, Intensity, Presence, Scale, Segment, Side
from evface.annotations.tracks import Camera, LandmarkTrack, Source, SourceKind
from evface.errors import RecordingError
from evface.events.filters.flicker import Flicker
from evface.events.filters.thinning import Thinning
from evface.geometry.clock import ClockSync
from evface.geometry.registration import Registration
from evface.geometry.transforms import PlanarTransform
from evface.projects.lost_edits import find_lost_edits
from evface.projects.project import Project

ROLES = {"teacher": Camera.RGB, "transferred": Camera.EVENTS}
# Frames are never a few microseconds apart.
TIMES_US = st.integers(0, 12).map(lambda n: 1_000 * n)
LANDMARKS = st.integers(0, 2)
COORDINATES = st.floats(-1e3, 1e3)


def _track(camera: Camera, times_us: list[int], seed: int) -> LandmarkTrack:
    n = len(times_us)
    random = np.random.default_rng(seed)
    landmarks = random.uniform(0, 9, (n, 3, 2)).astype(np.float32)
    landmarks[random.random((n, 3)) < 0.2] = np.nan
    return LandmarkTrack(
        times_us=np.array(times_us, np.int64),
        valid=random.random(n) < 0.8,
        source=Source(SourceKind.MODEL, f"made with {seed}"),
        landmarks=landmarks,
        confidence=np.ones(n, np.float32),
        state=np.zeros((n, 3), np.uint8),
        camera=camera,
    )


@st.composite
def tracks(draw, role):
    if draw(st.integers(0, 4)) == 0:
        return None
    times_us = sorted(draw(st.sets(TIMES_US)))
    return _track(ROLES[role], times_us, draw(st.integers(0, 2)))


@st.composite
def segments(draw, key):
    if draw(st.integers(0, 3)) == 0:
        return None
    onset_us = draw(st.integers(0, 9))
    presence = draw(st.sampled_from(list(Presence)))
    is_graded = presence is Presence.PRESENT and draw(st.booleans())
    return Segment(
        key,
        draw(st.sampled_from(["AU1", "AU12"])),
        onset_us,
        onset_us + draw(st.integers(1, 9)),
        apex_us=draw(st.sampled_from([None, onset_us])),
        presence=presence,
        intensity=draw(st.sampled_from([Intensity(2), Intensity(0.25, Scale.UNIT)]))
        if is_graded
        else None,
        side=draw(st.sampled_from(list(Side))),
        decision=draw(st.sampled_from(list(Decision))),
        author=draw(st.sampled_from(["", "ben"])),
    )


@st.composite
def simple_edits(draw):
    role = draw(st.sampled_from(sorted(ROLES)))
    place = ("ID", role, draw(TIMES_US))
    kind = draw(st.integers(0, 13))
    if kind == 0:
        roles = draw(st.sets(st.sampled_from(sorted(ROLES)), min_size=1))
        return ReplaceTracks("ID", {role: draw(tracks(role)) for role in sorted(roles)})
    if kind == 1:
        return MoveLandmarks(*place, {draw(LANDMARKS): (draw(COORDINATES), draw(COORDINATES))})
    if kind == 2:
        return VerifyLandmarks(*place, tuple(draw(st.sets(LANDMARKS))))
    if kind == 3:
        return SetCorrections(*place, dict.fromkeys(draw(st.sets(LANDMARKS))))
    if kind == 4:
        drift_ppm = draw(st.sampled_from([0.0, -300.0, 200.0]))
        residual_us = draw(st.sampled_from([0.0, float("nan")]))
        return SetSync("ID", ClockSync(draw(st.integers(-5, 5)), drift_ppm, "t", residual_us))
    if kind == 5:
        offset = draw(st.tuples(COORDINATES, COORDINATES))
        return SetRegistration("ID", Registration(PlanarTransform.from_affine(np.eye(2), offset)))
    if kind == 6:
        hidden = tuple(draw(st.sets(LANDMARKS)))
        return OccludeLandmarks(*place, hidden, draw(st.booleans()))
    if kind == 7:
        gap_us = draw(st.sampled_from([0, 3_000, 2_000_000]))
        return SetInterpolation("ID", role, gap_us)
    if kind == 8:
        keys = draw(st.sets(st.sampled_from("abc"), min_size=1))
        return SetSegments("ID", {key: draw(segments(key)) for key in sorted(keys)})
    if kind == 9:
        unit = draw(st.sampled_from([None, "AU1", "AU12"]))
        return SetVideoClass("ID", unit, author=draw(st.sampled_from(["", "ben"])))
    if kind == 10:
        review = draw(st.sampled_from([None, Review(Verdict.FIXED, ("jump",))]))
        return SetReview(*place, review, author=draw(st.sampled_from(["", "ben"])))
    if kind == 11:
        corner = draw(st.integers(0, 1))
        return MoveLandmarks("ID", "box_events", draw(TIMES_US), {corner: (1.5, -2.0)})
    if kind == 12:
        filters = draw(st.sampled_from([(), (Flicker(),), (Thinning(), Flicker(is_on=False))]))
        return SetFilters("ID", filters)
    return RenameRecording("ID", draw(st.sampled_from(["a", "b", "ä b"])))


def edits():
    several = st.lists(simple_edits(), max_size=3).map(lambda e: Together(tuple(e), "Several"))
    return st.lists(simple_edits() | several, max_size=12)


@pytest.fixture(scope="module")
def module_project(media_folder, tmp_path_factory):
    path = tmp_path_factory.mktemp("edits") / "p.evface"
    with Project.create(path) as project, pytest.MonkeyPatch.context() as patch:
        patch.setattr(uuid, "uuid4", lambda: SimpleNamespace(hex="ID"))
        project.add_recording(media_folder / "ev.h5")
        first = {role: _track(camera, [0, 3_000, 6_000], 7) for role, camera in ROLES.items()}
        project.apply(ReplaceTracks("ID", first))
        yield project


def _state(project):
    tables = {
        "recordings": "*",
        "media": "*",
        "tracks": "recording_id, role, manifest",
        "corrections": "*",
        "interpolations": "*",
        "segments": "*",
        "video_classes": "*",
        "reviews": "*",
    }
    with project._database.reading() as connection:
        return {
            table: sorted(connection.execute(f"SELECT {columns} FROM {table}").fetchall())
            for table, columns in tables.items()
        }


def _shown(project):
    return {
        role: [
            None if track is None else (track.landmarks.tobytes(), track.state.tobytes())
            for track in [project.read_track("ID", role)]
        ]
        for role in ROLES
    }


@settings(max_examples=40)
@given(edits())
def test_edits_taken_back_in_reverse_restore_everything(module_project, sequence):
    project = module_project
    states, inverses = [], []
    shown = _shown(project)
    for edit in sequence:
        before = _state(project)
        try:
            inverse = project.apply(edit)
        except RecordingError:  # a landmark of a track that is not there
            assert _state(project) == before
            continue
        states.append(before)
        inverses.append(inverse)
        _shown(project)
    for before, inverse in zip(reversed(states), reversed(inverses), strict=True):
        project.apply(inverse)
        assert _state(project) == before
    assert _shown(project) == shown


@settings(max_examples=15)
@given(edits())
def test_an_edit_taken_back_can_be_made_again(module_project, sequence):
    project = module_project
    for edit in sequence:
        before = _state(project)
        try:
            inverse = project.apply(edit)
        except RecordingError:
            continue
        after = _state(project)
        redo = project.apply(inverse)
        assert _state(project) == before
        project.apply(redo)
        assert _state(project) == after
        project.apply(inverse)


@settings(max_examples=15)
@given(edits())
def test_the_journal_says_what_was_done(module_project, sequence):
    project = module_project
    states = [_state(project)]
    for edit in sequence:
        try:
            project.apply(edit)
        except RecordingError:
            continue
        states.append(_state(project))
    # What the journal holds takes the edits back just as what was returned does.
    journal = project.journal(last=len(states) - 1)
    for entry, state in zip(reversed(journal), reversed(states[:-1]), strict=True):
        project.apply(entry.inverse)
        assert _state(project) == state


@settings(max_examples=40)
@given(edits(), st.lists(st.sampled_from(["undo", "redo"]), max_size=6))
def test_after_any_edits_the_journal_finds_all_of_them_in_place(module_project, sequence, steps):
    project = module_project
    for edit in sequence:
        with contextlib.suppress(RecordingError):
            project.apply(edit)
    for step in steps:
        getattr(project, step)()
    assert find_lost_edits(project._database) == []


def _seen(project):
    """Return all labels as they are shown, by everyone and by one."""
    said = {}
    for role in (*ROLES, "box_rgb", "box_events"):
        for author in (None, project.author, "ben"):
            labelled = project.labelled("ID", role, author=author)
            if labelled is not None:
                track = labelled.laid()
                said[role, author] = [
                    getattr(track, name).tobytes()
                    for name in ("times_us", "landmarks", "state", "occluded", "valid")
                ]
    said["segments"] = project.segments("ID")
    said["ben's segments"] = project.segments("ID", author="ben")
    return said


@settings(max_examples=25)
@given(edits())
def test_what_is_kept_in_memory_is_what_the_file_says(module_project, sequence):
    project = module_project
    for edit in sequence:
        _seen(project)
        with contextlib.suppress(RecordingError):
            project.apply(edit)
        with Project.open(project.path, read_only=True) as other:
            assert _seen(project) == _seen(other)


@settings(max_examples=15)
@given(edits())
def test_undo_and_redo_go_all_the_way_also_after_a_restart(module_project, sequence):
    project = module_project
    states = [_state(project)]
    for edit in sequence:
        try:
            project.apply(edit)
        except RecordingError:
            continue
        states.append(_state(project))
    with Project.open(project.path) as again:
        for state in reversed(states[:-1]):
            assert again.undo() is not None
            assert _state(again) == state
        for state in states[1:]:
            assert again.redo() is not None
            assert _without_times(_state(again)) == _without_times(state)
        # Another edit ends what could be made again.
        again.apply(RenameRecording("ID", "a"))
        assert again.history().redo_label == ""


def _without_times(state):
    """Leave out when something was said, which making it again says anew."""
    return {
        table: sorted([value for value in row if "T" not in str(value)] for row in rows)
        for table, rows in state.items()
        if table != "tracks"
    }
