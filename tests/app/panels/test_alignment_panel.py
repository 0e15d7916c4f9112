"""The real window with a recording whose labels were carried over."""

import sys

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QWheelEvent
from PySide6.QtWidgets import QApplication

from evface.annotations.edits import ReplaceTracks, SetRegistration
from evface.annotations.tracks import (
    Camera,
    FaceTrack,
    LandmarkState,
    Source,
    SourceKind,
    nearest_index,
)
from evface.geometry.registration import Registration
from evface.geometry.transforms import PlanarTransform
from evface.morphable.camera import FRONTAL
from evface.morphable.model import load_open_head
from evface.projects.project import Project
from evface.transfer.projection import event_frame_times, transfer_landmarks
from evface_studio.docks import ALIGNMENT
from evface_studio.main_window import MainWindow
from evface_studio.view_state import Comparison, PointerTool

# Stands in for the search: writes a finding of the quality it is told.
FIND = """
import json, sys
from pathlib import Path
import numpy as np
told = json.loads(Path(sys.argv[1]).read_text())
path = Path(told["output"])
if told["kind"] == "sync":
    from evface.geometry.clock import ClockSync
    from evface.transfer.sync_finding import SyncFinding, write_sync_finding
    offsets_us = np.arange(-50_000, 50_000, 1_000)
    write_sync_finding(path, SyncFinding(
        sync=ClockSync(33_000, 5.0, "correlation", 400.0), confidence=0.9, quality=QUALITY,
        problem="" if QUALITY == "good" else "hardly anything moves",
        curve_offsets_us=offsets_us, curve=np.cos(offsets_us / 1e5).astype(np.float32),
        window_times_us=np.array([100_000, 300_000]), window_residuals_us=np.array([200.0, -200.0]),
        signal_times_us=np.arange(7) * 10_000, video_signal=np.ones(7, np.float32),
        event_signal=np.zeros(7, np.float32),
    ))
else:
    from evface.geometry.registration import Registration
    from evface.geometry.transforms import PlanarTransform
    from evface.transfer.registration_finding import RegistrationFinding, write_finding
    planar = PlanarTransform.from_affine(np.eye(2), [10.0, 0.0])
    write_finding(path, RegistrationFinding(
        Registration(planar, None, "edges", 1.5, QUALITY), np.full((3, 4), 1.5, np.float32), 0.9,
        np.array([100_000, 300_000]), np.array([1.4, 1.6]), 0.3, 0.7, 0,
        () if QUALITY == "good" else ("the face hardly moved",),
    ))
print(json.dumps({"type": "Done", "output": told["output"]}), flush=True)
"""
MOMENT_US = 200_000


def face_in_the_middle(times_us):
    """Return a face that smiles and moves to the right in a picture of 160x120."""
    head = load_open_head()
    n = len(times_us)
    action_units = np.zeros((n, len(head.action_unit_basis)), np.float32)
    return FaceTrack(
        times_us=times_us,
        valid=np.ones(n, bool),
        source=Source(SourceKind.FIT, "test"),
        identity=np.zeros(len(head.identity_basis), np.float32),
        action_units=action_units,
        rotation=np.tile(FRONTAL.astype(np.float32), (n, 1, 1)),
        scale_px_per_mm=np.full(n, 0.5, np.float32),
        translation_px=np.stack([np.linspace(50, 110, n), np.full(n, 60.0)], axis=1).astype("f4"),
        residual_px=np.full(n, 0.7, np.float32),
        camera=Camera.RGB,
        model=head.key,
    )


@pytest.fixture
def opened(qtbot, window, open_in, project_path):
    with Project.open(project_path) as project:
        entry = project.recordings()[0]
        times_us = project.read_track(entry.id, "teacher").times_us
        face = face_in_the_middle(times_us)
        carried = transfer_landmarks(
            load_open_head(),
            face,
            event_frame_times(0, 466_000, 10_000),
            event_from_rgb=Registration(),
        )
        project.apply(ReplaceTracks(entry.id, {"face": face, "transferred": carried}))
    open_in(window, project_path)
    window.docks.set_wanted(ALIGNMENT, True)
    window.view_state.set_time_us(MOMENT_US)
    settle(qtbot, window)
    return window


def settle(qtbot, window):
    qtbot.waitUntil(
        lambda: (
            not window.jobs.unfinished
            and not window.document.is_busy
            and window.workspace.is_complete
        ),
        timeout=20_000,
    )


@pytest.fixture
def use_finding(monkeypatch):
    """Return a function that makes searches find something of a quality."""

    def use(quality):
        code = f"QUALITY = {quality!r}\n{FIND}"
        monkeypatch.setattr(
            "evface_studio.jobs.launcher.job_command",
            lambda path: [sys.executable, "-c", code, str(path)],
        )

    return use


def click(qtbot, widget):
    qtbot.mouseClick(widget, Qt.MouseButton.LeftButton)


def click_at(qtbot, pane, x_px, y_px):
    """Click where pixel x, y of the pane's picture is."""
    QApplication.processEvents()
    at = pane.picture.position_of(QPointF(x_px + 0.5, y_px + 0.5)).toPoint()
    qtbot.mouseClick(pane.picture.viewport(), Qt.MouseButton.LeftButton, pos=at)
    return at


def carried_at(window, t_us, landmark):
    labelled = window.document.labels["transferred"]
    frame = labelled.frame(nearest_index(labelled.times_us, t_us))
    assert frame.t_us == t_us
    return frame.landmarks[landmark].astype(float), LandmarkState(frame.state[landmark])


def test_it_is_shown_and_hidden_and_says_what_is_set(opened):
    panel = opened.side_panels.alignment
    assert panel.isVisible()
    assert panel.hint == ""
    assert panel.clock.facts.value("Offset") == "+0.000 ms"
    assert panel.clock.facts.value("Method") == "simulated"
    assert panel.space.facts.value("Quality") == "assumed"
    assert panel.space.facts.value("Residual") == "unknown"
    opened.action("alignment").trigger()
    assert not panel.isVisible()
    assert not opened.action("alignment").isChecked()


def test_the_next_window_shows_it_again(qtbot, opened, settings):
    opened.close()
    again = MainWindow(settings)
    qtbot.addWidget(again, before_close_func=lambda w: w.shut_down())
    again.show()
    again.load_workspace()
    assert again.docks.is_wanted(ALIGNMENT)
    # Nothing is open yet.
    assert not again.side_panels.alignment.isVisible()


def test_without_a_video_it_says_that_there_is_nothing_to_align(qtbot, opened):
    with qtbot.waitSignal(opened.document.tracks_changed, timeout=10_000):
        opened.recordings_panel.choose(1)
    assert "no video" in opened.side_panels.alignment.hint
    for key in ("find_sync", "find_registration", "mark_frame", "swipe"):
        assert not opened.action(key).isEnabled()


def test_lone_media_can_be_looked_at_but_not_aligned(window, open_in, media):
    open_in(window, media / "face.h5", media / "face.mp4")
    window.docks.set_wanted(ALIGNMENT, True)
    clock, space = window.side_panels.alignment.clock, window.side_panels.alignment.space
    assert clock.facts.value("Offset") == "+0.000 ms"
    assert not any(w.isEnabled() for w in (clock.find_button, clock.offset, space.find_button))
    assert window.action("swipe").isEnabled()


def test_an_offset_set_by_hand_carries_the_labels_over_anew_and_can_be_undone(qtbot, opened):
    clock = opened.side_panels.alignment.clock
    before, _ = carried_at(opened, MOMENT_US, 30)
    assert not clock.set_offset.isEnabled()
    clock.offset.setValue(40.0)
    click(qtbot, clock.set_offset)
    settle(qtbot, opened)
    assert opened.document.recording.sync.offset_us == 40_000
    assert clock.facts.value("Offset") == "+40.000 ms"
    assert clock.facts.value("Method") == "by hand"
    after, _ = carried_at(opened, MOMENT_US, 30)
    # The face moves 60 px in 467 ms: 40 ms later it is seen that much further left.
    np.testing.assert_allclose(before - after, [60 * 40 / 466.7, 0.0], atol=0.05)
    assert opened.action("undo").text() == "&Undo Set sync"
    opened.action("undo").trigger()
    settle(qtbot, opened)
    assert opened.document.recording.sync.offset_us == 0
    np.testing.assert_array_equal(carried_at(opened, MOMENT_US, 30)[0], before)


def test_an_offset_is_tried_on_the_video_before_it_is_set(qtbot, opened):
    clock, pane = opened.side_panels.alignment.clock, opened.workspace.rgb_pane
    before = pane.header.info
    clock.offset.setValue(100.0)
    settle(qtbot, opened)
    # Frame 3 of the video: it would be there 100 ms later.
    assert pane.header.info.startswith("frame 3 ")
    assert pane.header.hint == "shown 100\u202fms later"
    assert opened.document.recording.sync.offset_us == 0
    opened.docks.set_wanted(ALIGNMENT, False)
    settle(qtbot, opened)
    assert pane.header.info == before
    assert pane.header.hint == ""
    assert clock.offset.value() == 0.0


def test_the_frame_that_is_seen_is_marked_while_an_offset_is_tried(qtbot, opened):
    clock, pane = opened.side_panels.alignment.clock, opened.workspace.rgb_pane
    clock.offset.setValue(100.0)
    settle(qtbot, opened)
    assert pane.header.info.startswith("frame 3 ")
    click(qtbot, clock.mark_frame)
    (mark,) = opened.alignment.marks
    assert mark.video_us == opened.document.recording.video_times_us[3]
    # What is tried is still tried.
    assert clock.offset.value() == 100.0
    assert clock.set_offset.isEnabled()
    assert opened.view_state.video_shift_us == 100_000


def test_where_the_video_has_no_frame_none_is_marked(qtbot, opened):
    clock = opened.side_panels.alignment.clock
    clock.offset.setValue(300.0)
    click(qtbot, clock.mark_frame)
    assert opened.alignment.marks == ()
    assert "no frame at this moment" in opened.notifications.notifications[0].text


def test_the_wheel_scrolls_the_panel_until_the_offset_is_in_use(opened):
    offset = opened.side_panels.alignment.clock.offset
    middle = QPointF(offset.rect().center())
    wheel = QWheelEvent(
        middle,
        QPointF(offset.mapToGlobal(middle.toPoint())),
        QPoint(),
        QPoint(0, -120),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(offset, wheel)
    assert offset.value() == 0.0
    assert not wheel.isAccepted()


def test_the_same_moments_marked_in_both_give_the_sync(qtbot, opened):
    clock = opened.side_panels.alignment.clock
    for frame_us, events_us in ((100_000, 140_000), (400_000, 440_000)):
        opened.view_state.set_time_us(frame_us)
        click(qtbot, clock.mark_frame)
        opened.view_state.set_time_us(events_us)
        click(qtbot, clock.mark_events)
    # Events are marked in the middle of their window of 20 ms.
    assert "+3" in clock.marks.text()
    assert clock.mark_residuals.n_points == 2
    click(qtbot, clock.use_marks)
    settle(qtbot, opened)
    sync = opened.document.recording.sync
    assert sync.method == "marks"
    assert 20_000 < sync.offset_us < 60_000
    # They stay until they are forgotten.
    assert len(opened.alignment.marks) == 2
    opened.alignment.remove_mark(0)
    assert len(opened.alignment.marks) == 1


def test_what_a_search_finds_is_shown_and_used_only_when_asked(qtbot, opened, use_finding):
    clock = opened.side_panels.alignment.clock
    use_finding("good")
    click(qtbot, clock.find_button)
    assert not clock.find_button.isEnabled()
    assert clock.find_button.text() == "Searching…"
    settle(qtbot, opened)
    assert clock.find_button.isEnabled()
    assert opened.document.recording.sync.offset_us == 0
    assert "+33.0 ms" in clock.found.text()
    assert "good" in clock.found.text()
    assert clock.curve.n_points == 100
    assert clock.curve.line == 0.0
    assert clock.motion.n_points == 14
    assert clock.residuals.n_points == 2
    click(qtbot, clock.use_button)
    settle(qtbot, opened)
    assert opened.document.recording.sync.offset_us == 33_000
    assert clock.facts.value("Residual") == "400\u202fµs"
    assert not clock.use_button.isEnabled()
    assert clock.use_button.text() == "In use"


def test_a_search_that_fails_says_why_and_can_be_made_again(qtbot, opened, monkeypatch):
    code = """print('{"type": "Failed", "error": "nothing moves"}', flush=True)"""
    monkeypatch.setattr(
        "evface_studio.jobs.launcher.job_command", lambda _path: [sys.executable, "-c", code]
    )
    clock = opened.side_panels.alignment.clock
    click(qtbot, clock.find_button)
    settle(qtbot, opened)
    assert "nothing moves" in opened.notifications.notifications[0].text
    assert clock.find_button.isEnabled()
    assert not clock.found.isVisible()


def test_how_the_pictures_lie_is_found_shown_and_used(qtbot, opened, use_finding):
    space = opened.side_panels.alignment.space
    use_finding("good")
    before, _ = carried_at(opened, MOMENT_US, 30)
    opened.action("find_registration").trigger()
    settle(qtbot, opened)
    assert space.map.n_cells == 12
    assert space.residuals.n_points == 2
    errors = opened.workspace.events_pane.errors
    assert not errors.isVisible()
    space.show_map.click()
    assert errors.isVisible()
    # Tried, the video lies 10 px to the right: left of it the events can be seen.
    pane = opened.workspace.events_pane
    space.show_map.click()
    space.try_button.click()
    settle(qtbot, opened)
    assert pane.header.hint == "video as found"
    assert abs(colour_at(pane, 4, 110).red() - 96) > 12
    assert abs(colour_at(pane, 30, 110).red() - 96) < 12
    space.try_button.click()
    assert abs(colour_at(pane, 4, 110).red() - 96) < 12
    space.try_button.click()
    np.testing.assert_array_equal(carried_at(opened, MOMENT_US, 30)[0], before)
    space.use_button.click()
    settle(qtbot, opened)
    assert not space.try_button.isChecked()
    assert pane.header.hint == ""
    assert space.facts.value("Quality") == "good"
    assert space.facts.value("Residual") == "1.5 px"
    np.testing.assert_allclose(carried_at(opened, MOMENT_US, 30)[0] - before, [10, 0], atol=1e-3)


def test_what_was_found_of_the_pictures_by_another_clock_says_so(qtbot, opened, use_finding):
    panel = opened.side_panels.alignment
    use_finding("good")
    panel.space.find_button.click()
    settle(qtbot, opened)
    assert "find it again" not in panel.space.found.text()
    panel.clock.offset.setValue(40.0)
    click(qtbot, panel.clock.set_offset)
    settle(qtbot, opened)
    assert "find it again" in panel.space.found.text()
    opened.action("undo").trigger()
    settle(qtbot, opened)
    assert "find it again" not in panel.space.found.text()


@pytest.mark.parametrize("part", ["clock", "space"])
def test_what_is_bad_cannot_be_used(qtbot, opened, use_finding, part):
    section = getattr(opened.side_panels.alignment, part)
    use_finding("bad")
    section.find_button.click()
    settle(qtbot, opened)
    assert "bad" in section.found.text()
    assert "hardly" in section.found.text().lower()
    assert not section.use_button.isEnabled()
    assert section.use_button.toolTip().startswith("Too weak")


def test_labels_over_pictures_that_are_badly_aligned_are_warned_of(qtbot, opened):
    shifted = PlanarTransform.from_affine(np.eye(2), [1.0, 0.0])
    bad = Registration(shifted, None, "edges", 9.0, "bad")
    opened.document.edit(SetRegistration(opened.document.recording_id, bad))
    settle(qtbot, opened)
    opened.view_state.set_window_us(100_000)
    settle(qtbot, opened)
    assert opened.workspace.events_pane.header.hint == "pictures badly aligned"


def test_the_landmark_under_the_pointer_is_inspected(opened, move_pointer):
    facts = opened.side_panels.alignment.inspector.facts
    assert "point at one" in facts.value("Landmark")
    (x, y), _ = carried_at(opened, MOMENT_US, 8)
    picture = opened.workspace.events_pane.picture
    move_pointer(picture.viewport(), picture.position_of(QPointF(x + 0.5, y + 0.5)))
    assert facts.value("Landmark").startswith("8 ")
    assert facts.value("In events") == f"{x:.1f}, {y:.1f} px"
    assert facts.value("In RGB").endswith("px")
    assert facts.value("Residual") == "0.7 px in RGB, whole face"
    assert facts.value("State") == "auto"
    assert facts.value("Source").startswith("transferred")
    move_pointer(picture.viewport(), picture.position_of(QPointF(2.0, 2.0)))
    assert "point at one" in facts.value("Landmark")


def test_a_landmark_placed_by_hand_is_a_pair_and_stays_through_another_sync(qtbot, opened):
    panel, pane = opened.side_panels.alignment, opened.workspace.events_pane
    (x, y), _ = carried_at(opened, MOMENT_US, 8)
    click_at(qtbot, pane, x, y)
    assert opened.view_state.chosen_landmark == 8
    assert panel.space.place.text() == "Place landmark 8"
    click(qtbot, panel.space.place)
    assert opened.view_state.tool is PointerTool.PLACE
    click_at(qtbot, pane, x + 6, y + 8)
    settle(qtbot, opened)
    placed, state = carried_at(opened, MOMENT_US, 8)
    assert state is LandmarkState.CORRECTED
    np.testing.assert_allclose(placed, [x + 6, y + 8], atol=0.6)
    assert panel.space.facts.value("Pairs") == "1"
    facts = panel.inspector.facts
    qtbot.waitUntil(lambda: "from the correction" in facts.value("Residual"))
    assert float(facts.value("Residual").split()[0]) == pytest.approx(10.0, abs=0.9)
    assert facts.value("Source").endswith("by placed")
    opened.action("let_go").trigger()
    assert opened.view_state.tool is PointerTool.SELECT
    panel.clock.offset.setValue(40.0)
    click(qtbot, panel.clock.set_offset)
    settle(qtbot, opened)
    np.testing.assert_array_equal(carried_at(opened, MOMENT_US, 8)[0], placed)


def test_nothing_is_placed_beside_the_picture_nor_in_another_recording(qtbot, opened):
    view, pane = opened.view_state, opened.workspace.events_pane
    words = opened.document.undo_label
    view.choose_landmark(8)
    view.set_tool(PointerTool.PLACE)
    click_at(qtbot, pane, 80, -6)
    settle(qtbot, opened)
    assert opened.document.undo_label == words
    with qtbot.waitSignal(opened.document.tracks_changed, timeout=10_000):
        opened.recordings_panel.choose(1)
    assert view.chosen_landmark is None
    assert view.tool is PointerTool.SELECT


def test_without_labels_there_is_nothing_to_place_nor_a_face_to_align_by(window, open_in, media):
    with Project.create(media / "raw.evface") as project:
        project.add_recording(media / "face.h5", media / "face.mp4")
    open_in(window, media / "raw.evface")
    window.docks.set_wanted(ALIGNMENT, True)
    window.view_state.choose_landmark(8)
    space = window.side_panels.alignment.space
    assert not space.place.isEnabled()
    assert not space.find_button.isEnabled()
    assert space.find_button.toolTip().startswith("Process the recording first")
    assert not window.action("place_landmark").isEnabled()
    assert not window.action("find_registration").isEnabled()


def test_what_is_zoomed_in_on_stays_through_another_sync(qtbot, opened):
    clock, picture = opened.side_panels.alignment.clock, opened.workspace.events_pane.picture
    picture.show_part(QRectF(40, 30, 40, 30))
    shown = picture.shown_px
    clock.offset.setValue(40.0)
    click(qtbot, clock.set_offset)
    settle(qtbot, opened)
    assert opened.document.recording.sync.offset_us == 40_000
    assert picture.shown_px == shown


def test_a_click_beside_all_landmarks_lets_go(qtbot, opened):
    pane = opened.workspace.events_pane
    click_at(qtbot, pane, *carried_at(opened, MOMENT_US, 8)[0])
    assert opened.view_state.chosen_landmark == 8
    click_at(qtbot, pane, 3, 3)
    assert opened.view_state.chosen_landmark is None
    assert not opened.side_panels.alignment.space.place.isEnabled()


def test_the_divider_follows_a_drag(qtbot, opened, move_pointer):
    opened.action("swipe").trigger()
    settle(qtbot, opened)
    pane = opened.workspace.events_pane
    QApplication.processEvents()
    divider, viewport = pane.compared.divider, pane.picture.viewport()
    shown = pane.picture.shown_px
    start, stop = (
        pane.picture.position_of(QPointF(x_px, 60.0)).toPoint() for x_px in (divider.value(), 40.0)
    )

    def is_held():
        move_pointer(viewport, start)
        return divider.mouseHovering

    def has_followed():
        move_pointer(viewport, stop, Qt.MouseButton.LeftButton)
        return abs(divider.value() - 40.0) < 1.0

    # Moves that follow one another too quickly are left out.
    qtbot.waitUntil(is_held)
    qtbot.mousePress(viewport, Qt.MouseButton.LeftButton, pos=start)
    qtbot.waitUntil(has_followed)
    qtbot.mouseRelease(viewport, Qt.MouseButton.LeftButton, pos=stop)
    assert pane.picture.shown_px == shown


def test_the_video_is_swiped_over_the_events(qtbot, opened):
    pane = opened.workspace.events_pane
    opened.action("swipe").trigger()
    settle(qtbot, opened)
    assert pane.compared.is_shown
    # Frame 6 of the video is grey: 96 everywhere.
    assert abs(colour_at(pane, 10, 110).red() - 96) < 12
    pane.compared.divider.setValue(5.0)
    assert abs(colour_at(pane, 10, 110).red() - 96) > 12
    opened.action("blend").trigger()
    assert opened.view_state.comparison is Comparison.BLEND
    assert not pane.compared.divider.isVisible()
    assert opened.side_panels.alignment.space.comparisons.checkedButton().text() == "Blend"
    opened.action("blend").trigger()
    assert not pane.compared.is_shown


def colour_at(pane, x_px, y_px):
    QApplication.processEvents()
    at = pane.picture.position_of(QPointF(x_px + 0.5, y_px + 0.5)).toPoint()
    return QColor(pane.picture.grab().toImage().pixelColor(at))
