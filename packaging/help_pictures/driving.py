"""Drives the real window for a picture: what a person would do, and the waiting."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QRectF, Qt, QTimer
from PySide6.QtGui import QMouseEvent, QPixmap
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QSplitter, QWidget

from evface.annotations.edits import Edit
from evface.annotations.labelled import LabelledFrame, LabelledTrack
from evface.annotations.landmark_edits import MoveLandmarks
from evface.annotations.segments import Intensity, Scale, Segment, new_segment_id
from evface.annotations.tracks import nearest_index
from evface_studio.look.theme import DARK
from evface_studio.main_window import MainWindow
from evface_studio.settings import Settings

SIZE = (1280, 860)
TIMELINE = 330
PATIENCE_MS = 120_000
ROLE = "transferred"
AT_US = 1_300_000
# Pictures of panels; text is to be seen beneath them.
TALLEST = 520
ANNOTATORS = ("Ana", "Ben")


def nearest_frame(labelled: LabelledTrack, t_us: int) -> LabelledFrame:
    """Return the frame nearest to a moment."""
    index = nearest_index(labelled.times_us, t_us)
    assert index is not None
    return labelled.frame(index)


class Studio:
    """The window with a copy of the demo's project, and what the pictures need of it."""

    def __init__(self, project: Path, folder: Path) -> None:
        copy = folder / project.parent.name
        shutil.copytree(project.parent, copy)
        self.folder = folder
        self.project = copy / project.name
        self.window = MainWindow(Settings(folder / "studio.ini", theme=DARK))
        self.window.resize(*SIZE)
        self.window.show()
        self.window.load_workspace()
        self.wait(self._is_active)
        upright = [
            splitter
            for splitter in self.window.workspace.findChildren(QSplitter)
            if splitter.orientation() == Qt.Orientation.Vertical
        ]
        upright[0].setSizes([SIZE[1], TIMELINE])
        self.document = self.window.document
        self.document.set_annotator(ANNOTATORS[0])
        self.document.open_project(self.project)
        self.wait(lambda: self.document.recording is not None and not self.document.is_busy)
        self.go_to(AT_US)

    def _is_active(self) -> bool:
        self.window.activateWindow()
        return self.window.isActiveWindow()

    def wait(self, is_done: Callable[[], bool], patience_ms: int = PATIENCE_MS) -> None:
        """Let the window work until something is so."""
        for _ in range(patience_ms // 20):
            QTest.qWait(20)
            if is_done():
                return
        raise TimeoutError("the window did not get that far")

    def settle(self) -> None:
        """Let everything be drawn."""
        workspace = self.window.workspace
        self.wait(lambda: workspace.is_complete and not self.document.is_busy)
        QTest.qWait(400)

    def go_to(self, t_us: int) -> None:
        """Show a moment."""
        self.window.view_state.set_time_us(t_us)
        self.settle()

    def edit(self, edit: Edit) -> None:
        """Make an edit and see it."""
        self.document.edit(edit)
        self.wait(lambda: not self.document.is_busy)

    def frame_us(self, t_us: int) -> int:
        """Return the time of the event landmarks nearest to a moment."""
        times_us = self.document.labels[ROLE].times_us
        return int(times_us[np.abs(np.asarray(times_us) - t_us).argmin()])

    def places(self, t_us: int, *landmarks: int) -> dict[int, tuple[float, float]]:
        """Return where landmarks are shown."""
        shown = nearest_frame(self.document.labels[ROLE], t_us).landmarks
        return {i: (float(shown[i, 0]), float(shown[i, 1])) for i in landmarks}

    def correct(self, t_us: int, by_px: tuple[float, float], *landmarks: int) -> None:
        """Move landmarks of the frame nearest to a moment."""
        t_us = self.frame_us(t_us)
        moved = {
            i: (x + by_px[0], y + by_px[1]) for i, (x, y) in self.places(t_us, *landmarks).items()
        }
        self.edit(MoveLandmarks(self.document.recording_id, ROLE, t_us, moved))

    def point_of(self, pane: QWidget, landmark: int) -> QPoint:
        """Return where a landmark lies in a pane's picture, in its pixels."""
        role = ROLE if pane is self.window.workspace.events_pane else "teacher"
        frame = nearest_frame(self.document.labels[role], self.window.view_state.time_us)
        x, y = frame.landmarks[landmark].tolist()
        # The centre of a pixel lies half a pixel from its corner.
        return pane.picture.position_of(QPointF(x + 0.5, y + 0.5)).toPoint()

    def enlarge(self, pane: QWidget, *landmarks: int, room: float = 0.6) -> None:
        """Show the part of a picture that holds landmarks."""
        places = self.places(self.window.view_state.time_us, *landmarks)
        x, y = np.array(list(places.values())).T
        width, height = x.max() - x.min(), y.max() - y.min()
        side = max(width, height) * (1 + room)
        part = QRectF(0, 0, side, side)
        part.moveCenter(QRectF(x.min(), y.min(), width, height).center())
        pane.picture.show_part(part)

    def segment(self, unit: str, onset_us: int, offset_us: int, level: str) -> Segment:
        """Return a coded segment."""
        value = float("ABCDE".index(level) + 1)
        return Segment(
            new_segment_id(),
            unit,
            onset_us,
            offset_us,
            apex_us=(onset_us + 2 * offset_us) // 3,
            intensity=Intensity(value, Scale.FACS),
            author=self.document.annotator,
        )


def take_menu(studio: Studio, title: str, first: str, last: str) -> QPixmap:
    """Take a part of a menu of the bar, opened, from one action to another."""
    bar = studio.window.menuBar()
    action = next(a for a in bar.actions() if a.text().replace("&", "") == title)
    menu = action.menu()
    taken: list[QPixmap] = []

    def take() -> None:
        places = [menu.actionGeometry(studio.window.action(key)) for key in (first, last)]
        top, bottom = places[0].top(), places[1].bottom()
        taken.append(menu.grab(QRect(0, top, menu.width(), bottom - top + 1)))
        menu.close()

    QTimer.singleShot(500, take)
    menu.exec(bar.mapToGlobal(bar.actionGeometry(action).bottomLeft()))
    return taken[0]


def find_dialog(kind: str) -> QWidget:
    """Return the open dialog of a class."""
    QTest.qWait(300)
    return next(
        widget
        for widget in QApplication.topLevelWidgets()
        if type(widget).__name__ == kind and widget.isVisible()
    )


def wait_for_words(studio: Studio, dialog: QWidget) -> None:
    """Wait until nothing in a dialog says that it is still at work."""

    def is_done() -> bool:
        words = [label.text() for label in dialog.findChildren(QLabel) if label.isVisible()]
        return not any(text.endswith("…") for text in words)

    QTest.qWait(500)
    studio.wait(is_done)
    QTest.qWait(300)


def take_dialog(kind: str) -> QPixmap:
    """Take the open dialog of a class, and close it."""
    dialog = find_dialog(kind)
    picture = dialog.grab()
    dialog.close()
    QTest.qWait(100)
    return picture


def move_held(
    widget: QWidget,
    point: QPoint,
    modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier,
) -> None:
    """Move the pointer with its left button held."""
    place = QPointF(point)
    event = QMouseEvent(
        QEvent.Type.MouseMove,
        place,
        QPointF(widget.mapToGlobal(place)),
        Qt.MouseButton.NoButton,
        Qt.MouseButton.LeftButton,
        modifiers,
    )
    QApplication.sendEvent(widget, event)
