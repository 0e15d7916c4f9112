"""Takes the pictures of the help pages from the real window.

    python packaging/help_pictures.py DEMO.evface

works on a copy of a project that `evface demo` made, and writes the pictures into the resources.
It needs a display; under Xvfb a screen of 1920x1080 does. Names after the project take only these.
Those of learning train two small networks first: two to four minutes on two cores. One of them,
`learning`, is no page's: it lies beside the other screenshots.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QRectF, Qt, QTimer
from PySide6.QtGui import QImage, QMouseEvent, QPixmap
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QSplitter, QWidget
from scipy.cluster.vq import kmeans2
from scipy.spatial import cKDTree

from evface.annotations.coding_edits import SetSegments
from evface.annotations.edits import Edit
from evface.annotations.labelled import LabelledFrame, LabelledTrack
from evface.annotations.landmark_edits import MoveLandmarks, VerifyLandmarks
from evface.annotations.roles import PREDICTED_LANDMARKS
from evface.annotations.segments import Intensity, Scale, Segment, new_segment_id
from evface.annotations.tracks import nearest_index
from evface.projects.project import Project
from evface_resources import path
from evface_studio.learning.predicting import PredictionRequest
from evface_studio.learning.training import TrainingRequest
from evface_studio.look.style import apply_theme
from evface_studio.look.text_size import apply_text_size
from evface_studio.look.theme import DARK
from evface_studio.main_window import MainWindow
from evface_studio.settings import Settings

SIZE = (1280, 860)
TIMELINE = 330
# Pictures of panels; text is to be seen beneath them.
TALLEST = 520
WIDEST = 960
# Of the screenshot of learning.
SCREENSHOT = (1600, 1000)
SCREENSHOTS = Path(__file__).parents[1] / "resources" / "screenshots"
N_EXACT = 128
AT_US = 1_300_000
ROLE = "transferred"
ANNOTATORS = ("Ana", "Ben")
PATIENCE_MS = 120_000
TRAINING_MS = 1_800_000


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
        _move(view, start + QPoint(4 * step, 2 * step), shift)
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
    return _menu(studio, "Landmarks", "previous_keyframe", "longest_gap")


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
        _move(view, start + (stop - start) * share)
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
    studio.window.show_reaction()
    return _dialog("ReactionDialog")


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
    _look_through(studio)
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
    _look_through(studio)
    # The item looked at is below it now.
    for _ in range(2):
        studio.window.action("previous_item").trigger()
        studio.settle()
    studio.settle()
    QTest.qWait(600)
    picture = studio.window.docks.panels["Review"].grab()
    studio.window.set_review_wanted(False)
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
    _wait_for_words(studio, _find("AgreementDialog"))
    return _dialog("AgreementDialog")


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
    dialog = _find("MergeDialog")
    dialog.choose_project(other / studio.project.name)
    _wait_for_words(studio, dialog)
    # Below the line that says where the other project lies on this machine.
    top = dialog.path_field.geometry().bottom() + 8
    picture = _dialog("MergeDialog")
    return picture.copy(0, top, picture.width(), picture.height() - top)


def safety(studio: Studio) -> QPixmap:
    """Take the list of snapshots."""
    studio.window.action("snapshots").trigger()
    dialog = _find("SnapshotsDialog")
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
    return _dialog("SnapshotsDialog")


def exchange(studio: Studio) -> QPixmap:
    """Take the window that exports labels."""
    studio.window.action("export_labels").trigger()
    dialog = _find("ExportDialog")
    dialog.form_box.setCurrentIndex(dialog.form_box.findData("cvat"))
    # Typed without a folder it lies beside the project.
    dialog.path_field.setText("demo.xml")
    QTest.qWait(500)
    return _dialog("ExportDialog")


def alignment(studio: Studio) -> QPixmap:
    """Take the panel of the two cameras."""
    studio.window.set_alignment_wanted(True)
    studio.window.view_state.choose_landmark(48)
    studio.settle()
    panel = studio.window.docks.panels["Alignment"]
    picture = panel.grab(QRect(0, 0, panel.width(), min(panel.height(), TALLEST)))
    studio.window.set_alignment_wanted(False)
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


def training(studio: Studio) -> QPixmap:
    """Take the dialog that trains networks."""
    studio.window.action("train").trigger()
    dialog = studio.window.training.dialog
    studio.wait(lambda: dialog.is_ready)
    studio.wait(lambda: "took here" in dialog.time_note.text())
    return _dialog("TrainDialog")


def models(studio: Studio) -> QPixmap:
    """Take the panel of the networks, with the figures of one."""
    _train_networks(studio)
    window, panel = studio.window, studio.window.models_panel
    window.set_models_wanted(True)
    window.models.choose(next(run for run in window.models.runs if run.task == "landmarks"))
    studio.settle()
    panel.measure()
    studio.wait(lambda: window.models.evaluation is not None)
    window.notifications.dismiss_all()
    studio.settle()
    picture = window.docks.panels["Models"].grab()
    window.set_models_wanted(False)
    return picture


def predictions(studio: Studio) -> QPixmap:
    """Take a face with predicted landmarks beside those of the labels."""
    _predict(studio)
    window, pane = studio.window, studio.window.workspace.events_pane
    window.workspace.rgb_pane.hide()
    window.workspace.mesh_pane.hide()
    studio.settle()
    studio.enlarge(pane, *range(17, 68), room=0.25)
    studio.settle()
    picture = pane.grab()
    window.workspace.rgb_pane.show()
    window.workspace.mesh_pane.show()
    pane.picture.fit()
    _take_back_predictions(studio)
    return picture


def learning(studio: Studio) -> QPixmap:
    """Take the whole window: how the training went, beside what the networks say."""
    _predict(studio)
    window = studio.window
    window.resize(*SCREENSHOT)
    window.models.choose(next(run for run in window.models.runs if run.task == "landmarks"))
    window.set_models_wanted(True)
    window.models_panel.tabs.setCurrentWidget(window.models_panel.curves)
    studio.settle()
    picture = window.grab()
    window.set_models_wanted(False)
    window.resize(*SIZE)
    _take_back_predictions(studio)
    return picture


# They leave nothing behind that others would show, and take long: left out where not wanted.
OF_LEARNING: tuple[Callable[[Studio], QPixmap], ...] = (training, models, predictions, learning)
# In this order: later ones build on what earlier ones labelled.
PICTURES: tuple[Callable[[Studio], QPixmap], ...] = (
    start,
    *OF_LEARNING,
    suggestions,
    pictures,
    boxes,
    guided_drag,
    landmarks,
    keyframes,
    propagate,
    coding,
    alignment,
    keys,
    reaction_time,
    annotators,
    merge,
    safety,
    review,
    checks,
    exchange,
)


def main(arguments: list[str]) -> None:
    """Take the pictures."""
    project, *wanted = arguments
    application = QApplication(["evface-studio"])
    application.setStyle("Fusion")
    apply_text_size(application, 100)
    apply_theme(application, DARK)
    with tempfile.TemporaryDirectory(prefix="evface-") as folder, _studio(project, folder) as made:
        for take in PICTURES:
            name = take.__name__
            if wanted and name not in wanted and take in OF_LEARNING:
                continue
            picture = take(made)
            if not wanted or name in wanted:
                if take is learning:
                    target = SCREENSHOTS / f"{name}.png"
                    picture.save(str(target))
                else:
                    target = path("help") / "pictures" / f"{name}.png"
                    write(picture.toImage(), target)
                size = target.stat().st_size
                print(f"{name}: {picture.width()}x{picture.height()}, {size:,} bytes")


def write(picture: QImage, target: Path) -> None:
    """Write a picture in 256 colours, no wider than a page."""
    if picture.width() > WIDEST:
        picture = picture.scaledToWidth(WIDEST, Qt.TransformationMode.SmoothTransformation)
    small = _in_few_colours(picture.convertToFormat(QImage.Format.Format_RGB32))
    target.parent.mkdir(exist_ok=True)
    small.save(str(target), "PNG", 0)


def _in_few_colours(picture: QImage) -> QImage:
    """Return a picture in 256 colours: those that are frequent exactly, the others nearly."""
    height, width = picture.height(), picture.width()
    stride = picture.bytesPerLine() // 4
    pixels = np.frombuffer(picture.constBits(), np.uint8).reshape(height, stride, 4)
    pixels = pixels[:, :width, 2::-1].reshape(-1, 3).astype(np.float64)
    colours, counts = np.unique(pixels, axis=0, return_counts=True)
    frequent = np.argsort(-counts)[:N_EXACT]
    palette = colours[frequent]
    rest = np.delete(colours, frequent, axis=0)
    if len(rest):
        n_more = min(256 - len(palette), len(rest))
        drawn = np.random.default_rng(0).choice(len(rest), min(len(rest), 6_000), replace=False)
        more, _ = kmeans2(rest[drawn], n_more, iter=12, minit="++", seed=1, missing="warn")
        palette = np.vstack([palette, more])
    palette = palette.round().clip(0, 255)
    _, nearest = cKDTree(palette).query(pixels)
    indices = np.zeros((height, -(-width // 4) * 4), np.uint8)
    indices[:, :width] = nearest.reshape(height, width)
    small = QImage(indices.data, width, height, indices.shape[1], QImage.Format.Format_Indexed8)
    small.setColorTable([0xFF000000 | int(r) << 16 | int(g) << 8 | int(b) for r, g, b in palette])
    return small.copy()


@contextmanager
def _studio(project: str, folder: str) -> Iterator[Studio]:
    studio = Studio(Path(project), Path(folder))
    try:
        yield studio
    finally:
        studio.window.hide()
        studio.window.shut_down()


def _train_networks(studio: Studio) -> None:
    """Train a network of action units and one of landmarks, unless they are there."""
    window = studio.window
    for preset in ("au_quick", "kp_quick"):
        if not (window.training.folder / preset).exists():
            window.training.train(TrainingRequest(preset, preset, ("data.split=time",)))
    studio.wait(lambda: not window.jobs.unfinished, TRAINING_MS)
    studio.wait(lambda: len(window.models.usable) == 2)
    window.jobs.forget_finished()
    window.notifications.dismiss_all()


def _predict(studio: Studio) -> None:
    """Ask both networks about the recording shown."""
    _train_networks(studio)
    window = studio.window
    by_task = {run.task: str(run.checkpoint) for run in window.models.usable}
    request = PredictionRequest(by_task["landmarks"], by_task["action_units"])
    window.predicting.predict(request, [studio.document.recording_id])
    studio.wait(lambda: PREDICTED_LANDMARKS in studio.document.tracks)
    window.assistance.toast.hide()
    studio.go_to(AT_US)


def _take_back_predictions(studio: Studio) -> None:
    studio.document.undo()
    studio.wait(lambda: PREDICTED_LANDMARKS not in studio.document.tracks)
    studio.window.jobs.forget_finished()
    studio.settle()


def _look_through(studio: Studio) -> None:
    """Have the review looked through from the start."""
    studio.window.set_review_wanted(True)
    known = studio.window.review.known
    QTest.qWait(1_000)
    studio.wait(lambda: not known.is_looking)
    known.look()
    QTest.qWait(1_000)
    studio.wait(lambda: not known.is_looking and bool(known.listed))


def _menu(studio: Studio, title: str, first: str, last: str) -> QPixmap:
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


def _find(kind: str) -> QWidget:
    """Return the open dialog of a class."""
    QTest.qWait(300)
    return next(
        widget
        for widget in QApplication.topLevelWidgets()
        if type(widget).__name__ == kind and widget.isVisible()
    )


def _wait_for_words(studio: Studio, dialog: QWidget) -> None:
    """Wait until nothing in a dialog says that it is still at work."""

    def is_done() -> bool:
        words = [label.text() for label in dialog.findChildren(QLabel) if label.isVisible()]
        return not any(text.endswith("…") for text in words)

    QTest.qWait(500)
    studio.wait(is_done)
    QTest.qWait(300)


def _dialog(kind: str) -> QPixmap:
    """Take the open dialog of a class, and close it."""
    dialog = _find(kind)
    picture = dialog.grab()
    dialog.close()
    QTest.qWait(100)
    return picture


def _move(
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


if __name__ == "__main__":
    main(sys.argv[1:])
