import numpy as np
import pytest

from evface.annotations.coding_edits import SetSegments
from evface.annotations.edits import ReplaceTracks
from evface.annotations.landmark_edits import MoveLandmarks, VerifyLandmarks
from evface.annotations.reviews import Review, SetReview, Verdict
from evface.annotations.segments import Segment
from evface.annotations.tracks import Camera, SourceKind
from evface.events.events import Events
from evface.events.formats.hdf5_writer import write_events_hdf5
from evface.landmarks.schemes import IBUG68
from evface.projects.project import Project
from evface.review.decisions import read_decisions
from evface.review.progress import read_all_progress, sum_progress
from evface.review.reasons import ReasonKind
from evface.review.reviewing import review_project

ROLE = "transferred"


def _spoil(landmarks):
    eyes = list(range(36, 48))
    for row in (100, 300):
        landmarks[row, eyes] = landmarks[row, IBUG68.mirror[eyes]]
    landmarks[200, 54] += (30, 10)


@pytest.fixture
def project(tmp_path, make_track):
    """A project of one recording, whose labels have faults at 1, 2 and 3 s."""
    random = np.random.default_rng(5)
    n = 200_000
    t = np.sort(random.integers(0, 5_000_000, n))
    t[0] = 0
    x, y = (random.integers(150, 500, n, dtype=np.uint16) for _ in range(2))
    events = Events(t, x, np.minimum(y, 479), np.ones(n, bool))
    write_events_hdf5(tmp_path / "clip.h5", [events], resolution=(640, 480))
    with Project.create(tmp_path / "p.evface") as made:
        entry = made.add_recording(tmp_path / "clip.h5")
        teacher = make_track(period_us=33_333, kind=SourceKind.TEACHER, camera=Camera.RGB)
        tracks = {ROLE: make_track(_spoil), "teacher": teacher, "truth_landmarks": make_track()}
        made.apply(ReplaceTracks(entry.id, tracks))
        made.author = "maria"
        yield made


@pytest.fixture
def recording_id(project):
    return project.recordings()[0].id


def _open_us(project, queue, recording_id, author):
    decisions = read_decisions(project, recording_id, author)
    return sorted(item.t_us for item in queue.items if decisions.is_open(item))


def test_a_project_is_looked_through(project):
    queue = review_project(project)
    (one,) = queue.recordings
    assert (one.recording, one.role, one.n_frames, one.notes) == ("clip", ROLE, 500, ())
    assert [item.t_us for item in one.items] == [1_000_000, 2_000_000, 3_000_000]
    assert {item.role for item in one.items} == {ROLE}
    assert one.items[0].kinds[0] is ReasonKind.SWAPPED
    assert ReasonKind.DISAGREEMENT in one.items[0].kinds


def test_the_same_project_gives_the_same_queue(project):
    one, other = review_project(project), review_project(project)
    assert one.recordings == other.recordings


def test_progress_is_told_from_nothing_to_all(project):
    told = []
    review_project(project, report=lambda fraction, message: told.append((fraction, message)))
    fractions = [fraction for fraction, _ in told]
    assert fractions == sorted(fractions)
    assert 0 <= fractions[0] < fractions[-1] <= 1
    assert all(message.startswith("clip: ") for _, message in told)


def test_a_recording_without_its_events_is_looked_at_all_the_same(project, tmp_path):
    (tmp_path / "clip.h5").unlink()
    (one,) = review_project(project).recordings
    assert len(one.items) == 3
    assert "events were not counted" in one.notes[0]


def test_what_a_person_corrected_is_not_found_again(project, recording_id):
    truth = project.labelled(recording_id, "truth_landmarks")
    for row, points in ((100, range(36, 48)), (200, [54])):
        places = truth.frame(row).landmarks
        xy_px = {i: tuple(places[i].tolist()) for i in points}
        project.apply(MoveLandmarks(recording_id, ROLE, row * 10_000, xy_px))
    assert [item.t_us for item in review_project(project).items] == [3_000_000]


def test_a_blind_annotators_queue_holds_no_words_of_others(project, recording_id):
    def code(name, presence):
        project.author = name
        segment = Segment(name, "AU12", 0, 1_000_000, presence=presence)
        project.apply(SetSegments(recording_id, {name: segment}))

    code("maria", "present")
    code("tomas", "absent")
    kinds = {kind for item in review_project(project).items for kind in item.kinds}
    assert ReasonKind.CONFLICTING_ANNOTATORS in kinds
    blind = review_project(project, author="maria")
    assert blind.author == "maria"
    kinds = {kind for item in blind.items for kind in item.kinds}
    assert ReasonKind.CONFLICTING_ANNOTATORS not in kinds


def test_items_drop_out_for_the_person_who_decided(project, recording_id):
    queue = review_project(project)
    skipped = Review(Verdict.SKIPPED)
    project.apply(SetReview(recording_id, ROLE, 2_000_000, skipped))
    assert _open_us(project, queue, recording_id, "maria") == [1_000_000, 3_000_000]
    assert len(_open_us(project, queue, recording_id, "tomas")) == 3
    project.undo()
    assert len(_open_us(project, queue, recording_id, "maria")) == 3


def test_a_verdict_covers_a_peak_that_moved_a_little(project, recording_id):
    queue = review_project(project)
    project.apply(SetReview(recording_id, ROLE, 2_100_000, Review(Verdict.FIXED)))
    project.apply(SetReview(recording_id, ROLE, 1_200_000, Review(Verdict.FIXED)))
    assert _open_us(project, queue, recording_id, "maria") == [1_000_000, 3_000_000]


def test_items_drop_out_once_their_points_are_verified(project, recording_id):
    queue = review_project(project)
    item = next(item for item in queue.items if item.t_us == 2_000_000)
    project.apply(VerifyLandmarks(recording_id, ROLE, 2_000_000, (0, 1)))
    assert len(_open_us(project, queue, recording_id, "maria")) == 3
    project.apply(VerifyLandmarks(recording_id, ROLE, 2_000_000, item.landmarks))
    assert _open_us(project, queue, recording_id, "maria") == [1_000_000, 3_000_000]
    assert len(_open_us(project, queue, recording_id, "tomas")) == 3


def test_progress_counts_what_each_person_did(project, recording_id):
    queue = review_project(project)
    project.apply(SetReview(recording_id, ROLE, 1_000_000, Review(Verdict.FIXED)))
    project.apply(MoveLandmarks(recording_id, ROLE, 1_000_000, {3: (1.0, 2.0), 4: (1.0, 3.0)}))
    project.author = "tomas"
    project.apply(VerifyLandmarks(recording_id, ROLE, 2_000_000, tuple(range(68))))
    project.apply(SetReview(recording_id, ROLE, 2_000_000, Review(Verdict.ACCEPTED)))
    project.apply(SetSegments(recording_id, {"s": Segment("s", "AU1", 0, 1_000_000)}))
    done = read_all_progress(project, queue, project.annotators())
    maria, tomas = done["maria"][recording_id], done["tomas"][recording_id]
    assert (maria.n_open, maria.n_fixed, maria.n_accepted) == (2, 1, 0)
    assert (maria.n_corrected_frames, maria.n_verified_frames, maria.n_segments) == (1, 0, 0)
    assert (tomas.n_open, tomas.n_accepted) == (2, 1)
    assert (tomas.n_corrected_frames, tomas.n_verified_frames, tomas.n_segments) == (0, 1, 1)
    assert maria.fraction == pytest.approx(1 / 3)
    assert sum_progress("both", [maria, tomas]).n_decided == 2


def test_where_nothing_is_queued_all_is_done():
    assert sum_progress("maria", []).fraction == 1.0
