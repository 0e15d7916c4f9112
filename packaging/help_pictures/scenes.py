"""What the pictures of the help pages show, one function a picture."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
from driving import (
    ANNOTATORS,
    AT_US,
    ROLE,
    SIZE,
    TALLEST,
    Studio,
    find_dialog,
    move_held,
    take_dialog,
    take_menu,
    wait_for_words,
)
from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPixmap
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QLineEdit

from evface.annotations.coding_edits import SetSegments
from evface.annotations.landmark_edits import MoveLandmarks, VerifyLandmarks
from evface.events.catalogue import CATALOGUE
from evface.events.events import Events
from evface.events.filters.registry import PRESETS
from evface.events.formats.hdf5_writer import write_events_hdf5
from evface.projects.project import Project
from evface_studio.docks import ALIGNMENT, FILTERS, HEALTH, REVIEW
from evface_studio.live.choice import LiveChoice

# When the demo's head turns, and how that is drawn.
_TURNING_US = 3_420_000
_SHOWN_WAYS = ("metavision", "histogram", "polarity_sum", "time_surface", "adaptive_surface", "tbr")
_TILE = QSize(280, 206)


# When much of the face moves.
MOVING_US = 3_450_000


def start(studio: Studio) -> QPixmap:
    """Take the whole window."""
    return studio.window.grab()


def pictures(studio: Studio) -> QPixmap:
    """Take the three pictures side by side."""
    workspace = studio.window.workspace
    left = workspace.rgb_pane.mapTo(workspace, QPoint(0, 0))
    right = workspace.mesh_pane.geometry().right()
    height = workspace.rgb_pane.height()
    return workspace.grab(QRect(left.x(), left.y(), right, height))


def representations(studio: Studio) -> QPixmap:
    """Take the same moment in six ways, each with its name."""
    view, picture = studio.window.view_state, studio.window.workspace.events_pane.picture
    before = (view.time_us, view.window_us, view.layers)
    view.set_time_us(_TURNING_US)
    view.set_window_us(40_000)
    for layer in before[2]:
        view.set_layer(layer, False)
    sheet = QPixmap(3 * _TILE.width(), 2 * _TILE.height())
    painter = QPainter(sheet)
    for place, name in enumerate(_SHOWN_WAYS):
        view.set_representation(name)
        studio.settle()
        seen = picture.grab().scaled(
            _TILE,
            Qt.AspectRatioMode.KeepAspectRatioByExpanding,
            Qt.TransformationMode.SmoothTransformation,
        )
        left, top = place % 3 * _TILE.width(), place // 3 * _TILE.height()
        middle = QRect(QPoint(0, 0), _TILE)
        middle.moveCenter(seen.rect().center())
        painter.drawPixmap(QPoint(left, top), seen, middle)
        painter.setPen(QColor("white"))
        painter.drawText(left + 12, top + 24, CATALOGUE[name].title)
    painter.end()
    view.set_representation("metavision")
    view.set_time_us(before[0])
    view.set_window_us(before[1])
    for layer in before[2]:
        view.set_layer(layer, True)
    studio.settle()
    return sheet


def filters(studio: Studio) -> QPixmap:
    """Take the filters of a noisy sensor beside the events, with what one of them leaves out."""
    window = studio.window
    filtering, workspace = window.filtering, window.workspace
    window.action("filters").trigger()
    studio.go_to(studio.frame_us(MOVING_US))
    filtering.add(*PRESETS["Noisy sensor"])
    studio.settle()
    filtering.find_hot_pixels(0)
    while not filtering.is_idle:
        QTest.qWait(50)
    studio.settle()
    filtering.pin(1)
    workspace.rgb_pane.hide()
    workspace.mesh_pane.hide()
    while not filtering.is_idle:
        QTest.qWait(50)
    studio.settle()
    panel = window.docks.panels[FILTERS]
    corner = panel.mapTo(window, QPoint(0, 0))
    end = workspace.mapTo(window, QPoint(workspace.width(), 0)).x()
    picture = window.grab(QRect(corner.x(), corner.y(), end - corner.x(), panel.height()))
    workspace.rgb_pane.show()
    workspace.mesh_pane.show()
    filtering.set_filters((), "Remove filters")
    window.action("filters").trigger()
    studio.go_to(studio.frame_us(AT_US))
    return picture


def health(studio: Studio) -> QPixmap:
    """Take the health of the demo's events, some of which are lost, by the light of a lamp."""
    window, document = studio.window, studio.document
    ill = _write_ill(studio)
    document.open([ill])
    studio.wait(lambda: document.recording is not None and document.project is None)
    window.docks.set_wanted(HEALTH, True)
    studio.wait(lambda: window.health.health is not None)
    studio.settle()
    panel = window.docks.panels[HEALTH]
    picture = panel.grab(QRect(0, 0, panel.width(), panel.height()))
    window.docks.set_wanted(HEALTH, False)
    document.open_project(studio.project)
    studio.wait(lambda: document.project is not None and document.recording is not None)
    studio.go_to(AT_US)
    return picture


def live(studio: Studio) -> QPixmap:
    """Take the live view of the demo, which plays as a camera with an RGB camera beside it."""
    recording = studio.document.recording
    events, video = recording.unfiltered_events.path, recording.video.path
    studio.window.live.open(LiveChoice(f"replay:{events}?loop=1", f"video:{video}"))
    window = studio.window.live.window
    units = window.pictures.units
    studio.wait(lambda: max(units.intensity.values(), default=0.0) > 0.5)
    picture = window.grab()
    window.close()
    return picture


def _write_ill(studio: Studio) -> Path:
    recording = studio.document.recording
    source = recording.unfiltered_events
    events = source.read(0, source.duration_us)
    t = events.t
    is_lost = (t % 500_000 < 7_000) | (t // 100_000 == 20)
    is_dark = (t // 5_000 % 2 == 0) & (np.random.default_rng(0).random(len(t)) < 0.6)
    kept = ~(is_lost | is_dark)
    path = studio.folder / "ill.h5"
    columns = (column[kept] for column in (t, events.x, events.y, events.p))
    write_events_hdf5(path, [Events(*columns)], resolution=source.resolution)
    return path


def landmarks(studio: Studio) -> QPixmap:
    """Take a mouth with landmarks in all states, one of them pointed at."""
    window, pane = studio.window, studio.window.workspace.events_pane
    for t_us in (AT_US - 100_000, AT_US + 100_000):
        studio.correct(t_us, (0.0, 2.0), *range(60, 68))
    studio.go_to(studio.frame_us(AT_US))
    studio.correct(AT_US, (1.0, -1.0), 48, 49, 50, 51, 52)
    eyes = tuple(range(36, 42))
    studio.edit(VerifyLandmarks(studio.document.recording_id, ROLE, studio.frame_us(AT_US), eyes))
    window.workspace.rgb_pane.hide()
    window.workspace.mesh_pane.hide()
    studio.settle()
    studio.enlarge(pane, *range(17, 68), room=0.25)
    studio.settle()
    QTest.mouseMove(pane.picture.viewport(), studio.point_of(pane, 51))
    QTest.qWait(900)
    picture = pane.grab()
    QTest.mouseMove(pane.picture.viewport(), QPoint(3, 3))
    window.workspace.rgb_pane.show()
    window.workspace.mesh_pane.show()
    pane.picture.fit()
    studio.settle()
    return picture


def guided_drag(studio: Studio) -> QPixmap:
    """Take a face in the middle of a drag that it follows."""
    pane = studio.window.workspace.rgb_pane
    view = pane.picture.viewport()
    start, shift = studio.point_of(pane, 8), Qt.KeyboardModifier.ShiftModifier
    QTest.mouseMove(view, start)
    QTest.mousePress(view, Qt.MouseButton.LeftButton, shift, start)
    for step in range(1, 9):
        move_held(view, start + QPoint(4 * step, 2 * step), shift)
        QTest.qWait(40)
    QTest.qWait(500)
    picture = pane.grab()
    QTest.keyClick(pane.picture, Qt.Key.Key_Escape)
    QTest.mouseRelease(view, Qt.MouseButton.LeftButton, shift, start)
    studio.settle()
    return picture


def keyframes(studio: Studio) -> QPixmap:
    """Take the top of the timeline with some keyframes."""
    for t_us in (700_000, 1_100_000, 1_900_000, 2_300_000):
        studio.correct(t_us, (1.0, 0.5), 48, 54)
    studio.go_to(AT_US)
    timeline = studio.window.workspace.timeline
    return timeline.grab(QRect(0, 0, timeline.width(), min(timeline.height(), 150)))


def propagate(studio: Studio) -> QPixmap:
    """Take the menu that tracks landmarks."""
    studio.window.workspace.events_pane.picture.setFocus()
    return take_menu(studio, "Landmarks", "previous_keyframe", "longest_gap")


def boxes(studio: Studio) -> QPixmap:
    """Take a face whose box is being drawn."""
    pane = studio.window.workspace.rgb_pane
    studio.settle()
    pane.picture.setFocus()
    studio.window.action("draw_box").trigger()
    view = pane.picture.viewport()
    upper, lower = studio.point_of(pane, 0), studio.point_of(pane, 8)
    start = QPoint(upper.x() - 14, upper.y() - 70)
    stop = QPoint(2 * lower.x() - start.x(), lower.y() + 12)
    QTest.mousePress(view, Qt.MouseButton.LeftButton, pos=start)
    for share in (0.3, 0.7, 1.0):
        move_held(view, start + (stop - start) * share)
        QTest.qWait(60)
    QTest.qWait(300)
    picture = pane.grab()
    QTest.keyClick(pane.picture, Qt.Key.Key_Escape)
    QTest.mouseRelease(view, Qt.MouseButton.LeftButton, pos=stop)
    QTest.keyClick(studio.window, Qt.Key.Key_Escape)
    studio.settle()
    return picture


def coding(studio: Studio) -> QPixmap:
    """Take the timeline with coded segments, one of them chosen."""
    made = [
        studio.segment("AU1", 2_420_000, 2_980_000, "C"),
        studio.segment("AU2", 2_430_000, 2_960_000, "B"),
        studio.segment("AU12", 1_040_000, 2_020_000, "D"),
    ]
    edit = SetSegments(studio.document.recording_id, {one.id: one for one in made})
    studio.edit(edit)
    studio.window.coding.choose(made[2])
    studio.settle()
    return studio.window.workspace.timeline.grab()


def suggestions(studio: Studio) -> QPixmap:
    """Take the timeline with suggestions, one of them chosen."""
    studio.window.action("next_suggestion").trigger()
    studio.settle()
    return studio.window.workspace.timeline.grab()


def reaction_time(studio: Studio) -> QPixmap:
    """Take the window that measures reactions."""
    studio.window.commands.show_reaction()
    return take_dialog("ReactionDialog")


def review(studio: Studio) -> QPixmap:
    """Take the review with an item that is looked at."""
    studio.window.resize(SIZE[0], TALLEST + 90)
    # The demo's recording has nothing doubtful: this is what a tired person might leave.
    for t_us, by_px, points in (
        (600_000, (26.0, 4.0), (8,)),
        (2_600_000, (0.0, 30.0), (51, 62)),
        (3_600_000, (-40.0, -10.0), tuple(range(17, 22))),
        (4_200_000, (30.0, 0.0), (3, 4, 5)),
    ):
        studio.correct(t_us, by_px, *points)
    look_through(studio)
    studio.window.action("next_item").trigger()
    studio.settle()
    QTest.qWait(600)
    return studio.window.docks.panels["Review"].grab()


def checks(studio: Studio) -> QPixmap:
    """Take the review with landmarks that changed sides."""
    t_us = studio.frame_us(3_000_000)
    right, left = studio.places(t_us, *range(36, 40)), studio.places(t_us, *range(42, 46))
    swapped = {i: left[i + 6] for i in right} | {i: right[i - 6] for i in left}
    studio.edit(MoveLandmarks(studio.document.recording_id, ROLE, t_us, swapped))
    look_through(studio)
    # The item looked at is below it now.
    for _ in range(2):
        studio.window.action("previous_item").trigger()
        studio.settle()
    studio.settle()
    QTest.qWait(600)
    picture = studio.window.docks.panels["Review"].grab()
    studio.window.docks.set_wanted(REVIEW, False)
    return picture


def annotators(studio: Studio) -> QPixmap:
    """Take the comparison of two annotators."""
    studio.document.set_annotator(ANNOTATORS[1])
    studio.wait(lambda: not studio.document.is_busy)
    made = [
        studio.segment("AU1", 2_450_000, 2_940_000, "C"),
        studio.segment("AU2", 2_400_000, 2_990_000, "C"),
        studio.segment("AU12", 1_110_000, 1_980_000, "D"),
    ]
    studio.edit(SetSegments(studio.document.recording_id, {one.id: one for one in made}))
    for t_us in (AT_US, 700_000, 1_100_000):
        studio.correct(t_us, (1.5, 0.0), 48, 49, 50, 51, 52, 54)
    studio.document.set_annotator(ANNOTATORS[0])
    studio.wait(lambda: not studio.document.is_busy)
    studio.window.action("agreement").trigger()
    wait_for_words(studio, find_dialog("AgreementDialog"))
    return take_dialog("AgreementDialog")


def merge(studio: Studio) -> QPixmap:
    """Take what another project would bring."""
    other = studio.folder / "other"
    shutil.copytree(studio.project.parent, other)
    with Project.open(other / studio.project.name) as project:
        project.author = ANNOTATORS[0]
        recording_id = studio.document.recording_id
        t_us = studio.frame_us(AT_US)
        places = studio.places(t_us, 48, 49, 50)
        moved = {i: (x + 3.0, y) for i, (x, y) in places.items()}
        project.apply(MoveLandmarks(recording_id, ROLE, t_us, moved))
    studio.window.action("merge").trigger()
    dialog = find_dialog("MergeDialog")
    dialog.choose_project(other / studio.project.name)
    wait_for_words(studio, dialog)
    # Below the line that says where the other project lies on this machine.
    top = dialog.path_field.geometry().bottom() + 8
    picture = take_dialog("MergeDialog")
    return picture.copy(0, top, picture.width(), picture.height() - top)


def safety(studio: Studio) -> QPixmap:
    """Take the list of snapshots."""
    studio.window.action("snapshots").trigger()
    dialog = find_dialog("SnapshotsDialog")
    for name in ("first pass", "before merging"):
        dialog.name_field.setText(name)
        n_before = dialog.table.topLevelItemCount()
        dialog.take_button.click()
        studio.wait(lambda n=n_before: dialog.table.topLevelItemCount() > n)
    labels = dialog.findChildren(QLabel)
    studio.wait(lambda: all(label.text() != "Comparing…" for label in labels))
    for label in labels:
        # Where these pictures are taken says nothing to anyone.
        label.setText(label.text().replace(str(studio.folder), "/home/ana"))
    return take_dialog("SnapshotsDialog")


def exchange(studio: Studio) -> QPixmap:
    """Take the window that exports labels."""
    studio.window.action("export_labels").trigger()
    dialog = find_dialog("ExportDialog")
    dialog.form_box.setCurrentIndex(dialog.form_box.findData("cvat"))
    # Typed without a folder it lies beside the project.
    dialog.path_field.setText("demo.xml")
    QTest.qWait(500)
    return take_dialog("ExportDialog")


def alignment(studio: Studio) -> QPixmap:
    """Take the panel of the two cameras."""
    studio.window.docks.set_wanted(ALIGNMENT, True)
    studio.window.view_state.choose_landmark(48)
    studio.settle()
    panel = studio.window.docks.panels["Alignment"]
    picture = panel.grab(QRect(0, 0, panel.width(), min(panel.height(), TALLEST)))
    studio.window.docks.set_wanted(ALIGNMENT, False)
    studio.window.view_state.choose_landmark(None)
    return picture


def keys(studio: Studio) -> QPixmap:
    """Take the palette with something typed."""
    palette = studio.window.assistance.palette
    palette.search()
    QTest.keyClicks(palette.findChild(QLineEdit), "key")
    QTest.qWait(300)
    picture = palette.grab()
    palette.close_up()
    return picture


def look_through(studio: Studio) -> None:
    """Have the review looked through from the start."""
    studio.window.docks.set_wanted(REVIEW, True)
    known = studio.window.review.known
    QTest.qWait(1_000)
    studio.wait(lambda: not known.is_looking)
    known.look()
    QTest.qWait(1_000)
    studio.wait(lambda: not known.is_looking and bool(known.listed))
