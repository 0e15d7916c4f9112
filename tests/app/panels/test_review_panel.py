"""The review in the real window, by keys and clicks."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHeaderView

from evface.annotations.coding_edits import SetSegments
from evface.annotations.edits import ReplaceTracks
from evface.annotations.landmark_edits import MoveLandmarks
from evface.annotations.reviews import Verdict
from evface.annotations.segments import Presence, Segment
from evface.annotations.tracks import Camera, LandmarkState, LandmarkTrack, Source, SourceKind
from evface.landmarks.schemes import IBUG68
from evface.morphable.model import load_open_head
from evface.projects.project import Project
from evface.review.queue import QueueItem, RecordingQueue, ReviewQueue
from evface.review.reasons import Reason, ReasonKind
from evface_studio.docks import REVIEW
from evface_studio.document import Document
from evface_studio.panels.review_list import ITEM
from evface_studio.review import reading as review_reading
from evface_studio.review.known_queue import Shown
from evface_studio.review.reading import Status

ROLE = "transferred"
# A point astray in the one recording, eyes swapped in the other; 10 ms apart from frame to frame.
ASTRAY_US, SWAPPED_US, TWICE_US = 100_000, 300_000, 250_000


def _still_face(spoil):
    head = load_open_head()
    face = 0.45 * head.mean_shape[head.landmarks, :2] * (1, -1)
    landmarks = np.tile((face - face.mean(axis=0) + (80, 60)).astype(np.float32), (50, 1, 1))
    spoil(landmarks)
    return LandmarkTrack(
        times_us=np.arange(50, dtype=np.int64) * 10_000,
        valid=np.ones(50, bool),
        source=Source(SourceKind.TRANSFERRED, "tester"),
        landmarks=landmarks,
        confidence=np.full(50, np.nan, np.float32),
        state=np.zeros((50, 68), np.uint8),
        camera=Camera.EVENTS,
    )


def _stray(landmarks):
    landmarks[10, 54] += (14, 0)


def _swap(landmarks):
    eyes = list(range(36, 48))
    landmarks[30, eyes] = landmarks[30, IBUG68.mirror[eyes]]


@pytest.fixture
def faulty(project_path):
    """A project of two recordings: with faults in both, and a segment coded twice."""
    with Project.open(project_path) as project:
        face, other = project.recordings()
        removed = dict.fromkeys(("teacher", "face", "action_units"))
        project.apply(ReplaceTracks(face.id, {**removed, ROLE: _still_face(_stray)}))
        project.apply(ReplaceTracks(other.id, {ROLE: _still_face(_swap)}))
        project.author = "ann"
        twice = {
            "a": Segment("a", "AU12", 200_000, 400_000),
            "b": Segment("b", "AU12", TWICE_US, 450_000, presence=Presence.ABSENT),
        }
        project.apply(SetSegments(face.id, twice))
    return project_path


@pytest.fixture
def review(qtbot, window, open_in, faulty):
    """Return the review of the faulty project, its panel open and its queue made."""
    open_in(window, faulty)
    window.document.set_annotator("maria")
    qtbot.waitUntil(lambda: window.document.annotator == "maria")
    window.docks.set_wanted(REVIEW, True)
    known = window.review.known
    qtbot.waitUntil(lambda: bool(known.queue.recordings), timeout=30_000)
    qtbot.waitUntil(lambda: bool(known.own_progress))
    return window.review


@pytest.fixture
def at(qtbot, window, review):
    """Return a function that goes to the item of a time and waits until it is in view."""

    def go(t_us):
        item = next(one for one in review.known.queue.items if one.t_us == t_us)
        review.go_to(item)
        qtbot.waitUntil(lambda: window.document.recording_id == item.recording_id)
        qtbot.waitUntil(lambda: window.view_state.time_us == t_us)
        qtbot.waitUntil(lambda: window.action("accept_item").isEnabled())
        return item

    return go


def _settle(qtbot, window):
    """Wait until the recordings that were asked for are there."""
    qtbot.waitUntil(lambda: not window.document.is_busy)


def _verdict(window, item):
    review = window.document.reviews.get((item.role, item.t_us))
    return None if review is None else review.verdict


@pytest.mark.usefixtures("review")
def test_the_panel_lists_what_is_doubtful_in_all_recordings(window):
    model = window.side_panels.review.list.model()
    words = [model.index(row).data() for row in range(model.rowCount())]
    assert words == [
        "Left and right exchanged: eyes",
        "Left mouth corner moves 14 px in one frame, where it hardly moves otherwise",
        "AU12 is coded twice by ann for 0.15 s: present and absent",
    ]
    assert window.side_panels.review.summary == "0 of 3 decided"


def test_f12_shows_the_panel_and_hides_it(qtbot, window, open_in, faulty, press):
    open_in(window, faulty)
    press(window, "F12")
    assert window.side_panels.review.isVisible()
    qtbot.waitUntil(lambda: bool(window.review.known.queue.recordings), timeout=30_000)
    press(window, "F12")
    assert not window.side_panels.review.isVisible()


@pytest.mark.usefixtures("review")
def test_a_click_goes_to_the_recording_and_the_moment(qtbot, window):
    queue_list = window.side_panels.review.list
    place = queue_list.visualRect(queue_list.model().index(0)).center()
    qtbot.mouseClick(queue_list.viewport(), Qt.MouseButton.LeftButton, pos=place)
    name = window.document.listed
    qtbot.waitUntil(lambda: name[window.document.recording_id].entry.name == "other")
    qtbot.waitUntil(lambda: window.view_state.time_us == SWAPPED_US)
    assert window.view_state.selected_landmarks == frozenset(range(36, 48))
    shown = window.workspace.events_pane.picture.shown_px
    assert shown.width() < 160


def test_the_card_says_why(window, at):
    at(SWAPPED_US)
    card = window.side_panels.review.card
    assert card.sentences[0] == "Left and right exchanged: eyes"
    assert card.figures[0].endswith("% of the face, limit 5 %")
    assert len(card.sentences) == len(card.figures) == 2


def test_accepting_verifies_the_frame_in_one_step_and_goes_on(qtbot, window, review, at, press):
    item = at(ASTRAY_US)
    press(window, "W")
    qtbot.waitUntil(lambda: _verdict(window, item) is Verdict.ACCEPTED)
    corrections = window.document.labels[ROLE].corrections
    states = {placed.correction.state for placed in corrections}
    assert (len(corrections), states) == (68, {LandmarkState.VERIFIED})
    qtbot.waitUntil(lambda: review.current is not item)
    qtbot.waitUntil(lambda: window.side_panels.review.summary == "1 of 3 decided")
    assert item not in review.known.listed
    press(window, "Ctrl+Z")
    qtbot.waitUntil(lambda: _verdict(window, item) is None)
    assert not len(window.document.labels[ROLE].corrections)
    _settle(qtbot, window)


def test_undo_takes_a_verdict_back_and_goes_there(qtbot, window, review, at, press):
    item = at(SWAPPED_US)
    press(window, "Q")
    qtbot.waitUntil(lambda: _verdict(window, item) is Verdict.SKIPPED)
    at(ASTRAY_US)
    press(window, "Ctrl+Z")
    qtbot.waitUntil(lambda: window.document.recording_id == item.recording_id)
    qtbot.waitUntil(lambda: window.view_state.time_us == SWAPPED_US)
    qtbot.waitUntil(lambda: item in review.known.listed)
    assert review.current is item
    _settle(qtbot, window)


def test_fix_begins_on_the_picture_and_counts_once_something_was_corrected(
    qtbot, window, review, at, press
):
    item = at(ASTRAY_US)
    with qtbot.waitSignal(review.noticed) as told:
        press(window, "R")
    assert "Correct the points" in told.args[0]
    assert window.workspace.events_pane.picture.hasFocus()
    assert _verdict(window, item) is None
    window.document.edit(MoveLandmarks(item.recording_id, ROLE, ASTRAY_US, {54: (90.0, 80.0)}))
    qtbot.waitUntil(lambda: len(window.document.labels[ROLE].corrections) == 1)
    press(window, "R")
    qtbot.waitUntil(lambda: _verdict(window, item) is Verdict.FIXED)
    assert {p.correction.state for p in window.document.labels[ROLE].corrections} == {
        LandmarkState.CORRECTED
    }
    _settle(qtbot, window)


def test_a_doubt_about_segments_is_decided_without_touching_landmarks(qtbot, window, at, press):
    item = at(TWICE_US)
    assert item.role == "action_units"
    press(window, "W")
    # The next item is one of another recording, which is shown at once.
    project = window.document.project
    key = (item.role, item.t_us, window.document.annotator)

    def said():
        review = project.reviews(item.recording_id).get(key)
        return None if review is None else review.verdict

    qtbot.waitUntil(lambda: said() is Verdict.ACCEPTED)
    _settle(qtbot, window)
    assert not len(project.labelled(item.recording_id, ROLE).corrections)


def test_a_doubt_about_segments_chooses_the_segment(window, at):
    at(TWICE_US)
    assert window.coding.chosen.unit == "AU12"
    assert window.coding.chosen.onset_us <= TWICE_US < window.coding.chosen.offset_us


def test_new_tracks_are_looked_through_by_themselves(qtbot, window, review):
    known, face = review.known, window.document.recording_id
    whole = _still_face(lambda _landmarks: None)
    with qtbot.waitSignal(known.remade, timeout=30_000):
        window.document.edit(ReplaceTracks(face, {ROLE: whole}, "Process face"))
    assert sorted(item.t_us for item in known.queue.items) == [TWICE_US, SWAPPED_US]
    assert not known.is_stale


def test_a_blind_annotator_is_not_told_of_others(qtbot, window, review):
    known = review.known
    with qtbot.waitSignal(known.remade, timeout=30_000):
        window.document.set_blind(True)
    assert known.queue.author == "maria"
    assert {item.role for item in known.queue.items} == {ROLE}
    qtbot.waitUntil(lambda: [who for who, _ in known.progress] == ["maria", "maria"])


def test_the_arrows_go_through_the_list_and_stop_at_its_ends(qtbot, window, review, press):
    press(window, "Ctrl+Down")
    qtbot.waitUntil(lambda: review.current is review.known.listed[0])
    press(window, "Ctrl+Down")
    assert review.current is review.known.listed[1]
    press(window, "Ctrl+Up")
    with qtbot.waitSignal(review.noticed) as told:
        press(window, "Ctrl+Up")
    assert told.args == ["This is the first one."]
    _settle(qtbot, window)


def test_filters_leave_what_is_asked_for(qtbot, window, review, at, press):
    known = review.known
    known.set_filter(kind=ReasonKind.SWAPPED, recording_id=None, shown=Shown.OPEN)
    assert [item.t_us for item in known.listed] == [SWAPPED_US]
    face = window.document.recording_id
    known.set_filter(kind=None, recording_id=face, shown=Shown.OPEN)
    assert sorted(item.t_us for item in known.listed) == [ASTRAY_US, TWICE_US]
    item = at(ASTRAY_US)
    press(window, "Q")
    qtbot.waitUntil(lambda: _verdict(window, item) is Verdict.SKIPPED)
    known.set_filter(kind=None, recording_id=None, shown=Shown.DECIDED)
    assert known.listed == (item,)
    known.set_filter(kind=ReasonKind.FEW_EVENTS, recording_id=face, shown=Shown.ALL)
    assert window.side_panels.review.words == "Nothing of this kind."
    _settle(qtbot, window)


def test_looking_again_keeps_the_place(qtbot, window, review, at, press):
    item = at(ASTRAY_US)
    with qtbot.waitSignal(review.known.remade, timeout=30_000):
        press(window, "F5")
    assert review.current.key == item.key
    assert review.current in review.known.queue.items
    queue_list = window.side_panels.review.list
    assert queue_list.currentIndex().data(ITEM) is review.current


def test_another_annotator_has_all_of_it_before_them(qtbot, window, review, at, press):
    item = at(ASTRAY_US)
    press(window, "Q")
    qtbot.waitUntil(lambda: window.side_panels.review.summary == "1 of 3 decided")
    window.document.set_annotator("tomas")
    qtbot.waitUntil(lambda: window.side_panels.review.summary == "0 of 3 decided")
    assert item in review.known.listed
    authors = [row.title for row in window.side_panels.review.progress.rows if row.is_total]
    assert authors == ["tomas", "ann", "maria"]
    _settle(qtbot, window)


def test_progress_is_told_for_each_annotator_and_recording(qtbot, window, at, press):
    at(ASTRAY_US)
    press(window, "W")
    qtbot.waitUntil(lambda: window.side_panels.review.summary == "1 of 3 decided")
    rows = {(row.title, row.is_total): row.words for row in window.side_panels.review.progress.rows}
    assert rows["maria", True] == "1 of 3 decided, 1 frame verified"
    assert rows["ann", True] == "0 of 3 decided, 2 segments"
    assert rows["other", False] == "0 of 1 decided"
    _settle(qtbot, window)


def test_a_project_that_is_open_elsewhere_refuses_verdicts(qtbot, window, open_in, faulty):
    first = Document()
    first.open([faulty])
    qtbot.waitUntil(lambda: first.project is not None)
    open_in(window, faulty)
    window.docks.set_wanted(REVIEW, True)
    review = window.review
    qtbot.waitUntil(lambda: bool(review.known.queue.items), timeout=30_000)
    item = next(one for one in review.known.queue.items if one.t_us == ASTRAY_US)
    review.go_to(item)
    with qtbot.waitSignal(review.noticed) as told:
        review.accept()
    assert told.args[0].startswith("This project can only be read: it is open in another window")
    assert not window.side_panels.review.accept.isEnabled()
    first.shut_down()


def test_ten_thousand_items_are_listed_unmeasured_and_filtered(qtbot, window, review, monkeypatch):
    recording_id = window.document.recording_id
    items = tuple(
        QueueItem(
            recording_id,
            "face",
            ROLE,
            t_us,
            1.0 - t_us / 1e9,
            (Reason(ReasonKind.JUMP, t_us, ROLE, 1.0, 0.5, f"Moves at {t_us}", (1,)),),
        )
        for t_us in range(0, 10_000_000, 1_000)
    )
    queue = ReviewQueue((RecordingQueue(recording_id, "face", ROLE, 10_000, items),))
    known = review.known
    monkeypatch.setattr(review_reading, "read_queue", lambda _path: queue)
    known.look()
    qtbot.waitUntil(
        lambda: window.side_panels.review.list.model().rowCount() == 10_000, timeout=30_000
    )
    look = window.side_panels.review.list
    # All rows are as high as one another, so that none has to be measured.
    assert look.verticalHeader().sectionResizeMode(0) is QHeaderView.ResizeMode.Fixed
    look.scrollToBottom()
    assert look.visualRect(look.model().index(9_999, 0)).intersects(look.viewport().rect())
    known.set_status(items[5_000], Status.SKIPPED)
    known.set_filter(kind=ReasonKind.JUMP, recording_id=None, shown=Shown.OPEN)
    assert look.model().rowCount() == 9_999
