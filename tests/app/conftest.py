"""A project on disk, small enough to be made anew, and the real window."""

from __future__ import annotations

import shutil
import sys
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QObject, QPointF, Qt, Signal
from PySide6.QtGui import QKeySequence, QMouseEvent
from PySide6.QtWidgets import QApplication

from evface.annotations.edits import ReplaceTracks
from evface.annotations.labelled import LabelledTrack
from evface.annotations.tracks import (
    ActionUnitTrack,
    Camera,
    FaceTrack,
    LandmarkTrack,
    Source,
    SourceKind,
)
from evface.events.events import Events
from evface.events.formats.hdf5_writer import write_events_hdf5
from evface.morphable.camera import FRONTAL
from evface.morphable.model import load_open_head
from evface.projects.project import Project
from evface.video.writer import write_video
from evface_studio.main_window import MainWindow
from evface_studio.settings import Settings

DURATION_US = 500_000
FACE_PX_PER_MM = 0.7
NO_KEYS = Qt.KeyboardModifier.NoModifier
SOURCE = Source(SourceKind.FIT, "test")
NAMES = ("AU1", "AU2", "AU12", "AU25", "AU45", "AU51")


class StandInDocument(QObject):
    """What panes and readers ask of a document."""

    recording_changed = Signal()
    tracks_changed = Signal()
    labels_changed = Signal(object)
    about_to_move_on = Signal()
    filters_changed = Signal()
    busy_changed = Signal(str)
    failed = Signal(str)
    project = None
    recording_id = None
    annotator = "tester"
    is_read_only = False

    def __init__(self) -> None:
        super().__init__()
        self.recording = None
        self.tracks = {}
        self.labels = {}
        self.problem = ""

    def show(self, recording, tracks=()):
        self.recording, self.tracks = recording, dict(tracks)
        self.labels = {
            role: LabelledTrack(track)
            for role, track in self.tracks.items()
            if isinstance(track, LandmarkTrack)
        }
        self.recording_changed.emit()
        self.tracks_changed.emit()
        self.labels_changed.emit(frozenset(self.labels))


def make_action_units(times_us, *, valid=None, peak=1.0):
    """Return action units of which only AU12 and AU25 move."""
    n = len(times_us)
    intensity = np.zeros((n, len(NAMES)), np.float32)
    intensity[:, 2] = peak * np.linspace(0, 1, n)
    intensity[:, 3] = peak * np.linspace(1, 0, n)
    valid = np.ones(n, np.bool_) if valid is None else np.asarray(valid)
    intensity[~valid] = np.nan
    return ActionUnitTrack(
        times_us=np.asarray(times_us, np.int64),
        valid=valid,
        source=SOURCE,
        intensity=intensity,
        names=",".join(NAMES),
    )


def make_tracks(times_us):
    """Return the tracks of a processed recording."""
    n = len(times_us)
    head = load_open_head()
    landmarks = np.random.default_rng(3).uniform(20, 80, (n, 68, 2)).astype(np.float32)
    timed = {
        "times_us": np.asarray(times_us, np.int64),
        "valid": np.ones(n, np.bool_),
        "source": SOURCE,
    }
    return {
        "action_units": make_action_units(times_us),
        "teacher": LandmarkTrack(
            **timed,
            landmarks=landmarks,
            confidence=np.ones(n, np.float32),
            state=np.zeros((n, 68), np.uint8),
            camera=Camera.RGB,
        ),
        "face": FaceTrack(
            **timed,
            identity=np.zeros(len(head.identity_basis), np.float32),
            action_units=np.zeros((n, len(head.action_unit_basis)), np.float32),
            rotation=np.tile(FRONTAL.astype(np.float32), (n, 1, 1)),
            scale_px_per_mm=np.ones(n, np.float32),
            translation_px=np.zeros((n, 2), np.float32),
            residual_px=np.zeros(n, np.float32),
            camera=Camera.RGB,
            model=head.key,
        ),
    }


@pytest.fixture(scope="session")
def _template(tmp_path_factory):
    folder = tmp_path_factory.mktemp("made")
    generator = np.random.default_rng(2)
    for name, n in (("face", 40_000), ("other", 20_000)):
        t = np.sort(generator.integers(0, DURATION_US, n))
        t[0], t[-1] = 0, DURATION_US - 1
        x = generator.integers(0, 160, n, dtype=np.uint16)
        y = generator.integers(0, 120, n, dtype=np.uint16)
        events = Events(t, x, y, generator.random(n) < 0.5)
        write_events_hdf5(folder / f"{name}.h5", [events], resolution=(160, 120), video_offset_us=0)
    frames = (np.full((120, 160, 3), 16 * index, np.uint8) for index in range(15))
    write_video(folder / "face.mp4", frames, rate_hz=30.0)
    with Project.create(folder / "two.evface") as project:
        face = project.add_recording(folder / "face.h5", folder / "face.mp4")
        project.add_recording(folder / "other.h5")
        times_us = np.arange(15, dtype=np.int64) * 33_333
        project.apply(ReplaceTracks(face.id, make_tracks(times_us), "Process face"))
    # Moved, so that no copy finds its media where they were.
    return folder.rename(folder.with_name("template"))


@pytest.fixture
def media(_template, tmp_path):
    """Return a folder with face.h5, face.mp4, other.h5 and two.evface of one's own."""
    return shutil.copytree(_template, tmp_path / "media")


@pytest.fixture
def project_path(media):
    return media / "two.evface"


@pytest.fixture
def settings(tmp_path):
    return Settings(tmp_path / "studio.ini")


def activate(qtbot, window):
    """Make a window the active one: keys reach no other.

    Asked for until it is so. A window that closes late takes the focus with it, and there is no
    window manager to give it to the next one.
    """

    def is_active():
        if not window.isActiveWindow():
            window.raise_()
            window.activateWindow()
        return window.isActiveWindow()

    qtbot.waitUntil(is_active)


@pytest.fixture
def press(qtbot):
    """Return a function that presses keys in a window, such as "Ctrl+Z"."""

    def press_keys(window, keys):
        activate(qtbot, window)
        combination = QKeySequence(keys)[0]
        qtbot.keyClick(window, combination.key(), combination.keyboardModifiers())

    return press_keys


@pytest.fixture
def focus(qtbot):
    """Return a function that gives a widget of a window the focus of the keyboard."""

    def focus_widget(window, widget):
        activate(qtbot, window)
        widget.setFocus()
        qtbot.waitUntil(widget.hasFocus)

    return focus_widget


@pytest.fixture
def window(qtbot, settings):
    """Return the window with its workspace, nothing open."""
    window = MainWindow(settings)
    # Closing it as people do ends its threads and jobs.
    qtbot.addWidget(window, before_close_func=lambda w: w.shut_down())
    window.show()
    activate(qtbot, window)
    window.load_workspace()
    return window


@pytest.fixture
def open_in(qtbot):
    """Return a function that opens paths in a window and waits until all pictures are there."""

    def open_paths(window, *paths):
        with qtbot.waitSignal(window.document.tracks_changed, timeout=10_000):
            window.document.open(list(paths))
        qtbot.waitUntil(lambda: window.workspace.is_complete, timeout=10_000)

    return open_paths


@pytest.fixture
def job_command():
    """Return a function that makes a command line which runs Python code as a job."""

    def command(code):
        return [sys.executable, "-c", code]

    return command


@pytest.fixture
def move_pointer():
    """Return a function that moves the pointer over a widget, with a button held or without.

    The widget is told so at once. The display's own pointer may lie there already, or belong to
    another window, and would then tell nothing.
    """

    def move(widget, point, button=Qt.MouseButton.NoButton):
        place = QPointF(point)
        QApplication.sendEvent(
            widget,
            QMouseEvent(
                QEvent.Type.MouseMove,
                place,
                QPointF(widget.mapToGlobal(place)),
                Qt.MouseButton.NoButton,
                button,
                Qt.KeyboardModifier.NoModifier,
            ),
        )

    return move


@pytest.fixture
def face_project(project_path):
    """Return the project with a face of 68 points on both pictures, 15 frames each, at rest."""
    head = load_open_head()
    points = FACE_PX_PER_MM * head.mean_shape[head.landmarks][:, :2] * [1.0, -1.0]
    points += [80.0, 60.0] - (points.min(axis=0) + points.max(axis=0)) / 2
    times_us = np.arange(15, dtype=np.int64) * 33_333
    tracks = make_tracks(times_us)
    still = np.repeat(points[None].astype(np.float32), 15, axis=0)
    for role, camera in (("teacher", Camera.RGB), ("transferred", Camera.EVENTS)):
        tracks[role] = replace(tracks["teacher"], landmarks=still, camera=camera)
    with Project.open(project_path) as project:
        first = project.recordings()[0]
        project.apply(ReplaceTracks(first.id, tracks, "Process face"))
    return project_path


@pytest.fixture
def drag(qtbot):
    """Return a function that drags a button over a widget, with keys held down or without.

    `release` is False to hold it at the end.
    """

    def drag_over(
        widget,
        start,
        stop,
        keys=NO_KEYS,
        *,
        release=True,
        n_steps=4,
        pause_ms=0,
        button=Qt.MouseButton.LeftButton,
    ):
        start, stop = QPointF(start), QPointF(stop)
        send_mouse(widget, QEvent.Type.MouseMove, start, keys)
        send_mouse(widget, QEvent.Type.MouseButtonPress, start, keys, button=button)
        for step in range(1, n_steps + 1):
            at = start + (stop - start) * (step / n_steps)
            send_mouse(widget, QEvent.Type.MouseMove, at, keys, button=button, is_held=True)
            qtbot.wait(pause_ms)
        if release:
            send_mouse(widget, QEvent.Type.MouseButtonRelease, stop, keys, button=button)
        qtbot.wait(0)

    return drag_over


def send_mouse(widget, kind, place, keys, *, button=Qt.MouseButton.LeftButton, is_held=False):
    """Tell a widget what the pointer does."""
    none = Qt.MouseButton.NoButton
    is_move = kind == QEvent.Type.MouseMove
    held = button if is_held or kind == QEvent.Type.MouseButtonPress else none
    if kind == QEvent.Type.MouseButtonPress:
        widget.setFocus() if widget.focusPolicy() else widget.parentWidget().setFocus()
    QApplication.sendEvent(
        widget,
        QMouseEvent(
            kind, place, QPointF(widget.mapToGlobal(place)), none if is_move else button, held, keys
        ),
    )


@pytest.fixture
def document():
    """Return a document that shows what it is told to, read from nowhere."""
    return StandInDocument()


@pytest.fixture
def action_units():
    return make_action_units
