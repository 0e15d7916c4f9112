"""An annotator corrects ten planted errors with the mouse and the keys, and every touch is counted.

The real window opens a project of the demo whose transferred landmarks were spoilt at ten moments.
What is right there is known, so that the session ends only when everything is.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from annotating import WINDOW_SIZE, Watched
from numpy.typing import NDArray

ROLE = "transferred"
CLOSE_PX = 1.0


@dataclass(frozen=True)
class Planted:
    """An error: landmarks that lie elsewhere, all by the same, or that changed sides.

    Parameters
    ----------
    part
        Which part or ``"face"`` lies elsewhere as a whole; empty for single landmarks.
    """

    landmarks: tuple[int, ...]
    by_px: tuple[float, float] = (0.0, 0.0)
    part: str = ""
    is_swapped: bool = False


EYES = (*range(36, 48),)
ERRORS = (
    Planted((54,), (11.0, 5.0)),
    Planted((*range(48, 68),), (9.0, 6.0), "mouth"),
    Planted((30,), (-8.0, 9.0)),
    Planted((*range(68),), (14.0, 9.0), "face"),
    Planted((*range(17, 22),), (0.0, -11.0), "right_brow"),
    Planted(EYES, is_swapped=True),
    Planted((*range(27, 36),), (9.0, 3.0), "nose"),
    Planted((*range(17),), (-3.0, 12.0), "jaw"),
    Planted((*range(42, 48),), (-7.0, 7.0), "left_eye"),
    Planted((19, 24), (0.0, -9.0)),
)


def plant(path: Path) -> tuple[list[int], NDArray[np.float32]]:
    """Spoil a project; return the moments (us) and what is right at each, (10, 68, 2)."""
    from dataclasses import replace

    from evface.annotations.edits import ReplaceTracks
    from evface.landmarks.schemes import IBUG68
    from evface.projects.project import Project

    with Project.open(path) as project:
        entry = project.recordings()[0]
        track = project.read_track(entry.id, ROLE)
        usable = np.flatnonzero(track.valid & (track.times_us % 1000 < 500))
        shares = np.linspace(0.1, 0.9, len(ERRORS))
        rows = usable[(shares * len(usable)).astype(int)].tolist()
        spoilt = track.landmarks.copy()
        for row, error in zip(rows, ERRORS, strict=True):
            landmarks = list(error.landmarks)
            if error.is_swapped:
                spoilt[row, landmarks] = track.landmarks[row, IBUG68.mirror[landmarks]]
            spoilt[row, landmarks] += np.float32(error.by_px)
        project.apply(ReplaceTracks(entry.id, {ROLE: replace(track, landmarks=spoilt)}))
        return track.times_us[rows].tolist(), track.landmarks[rows]


class Annotator:
    """Hands on keys and mouse, and a count of what they do."""

    def __init__(self, window: Any) -> None:
        self.watched, self.window = Watched(window), window
        self.count: Counter[str] = Counter()

    def press(self, keys: str, n: int = 1) -> None:
        """Press a combination of keys."""
        from PySide6.QtGui import QKeySequence
        from PySide6.QtTest import QTest
        from PySide6.QtWidgets import QApplication

        combination = QKeySequence(keys)[0]
        for _ in range(n):
            widget = QApplication.focusWidget() or self.window
            QTest.keyClick(widget, combination.key(), combination.keyboardModifiers())
            self.count["keys"] += 1
            self.watched.rest(0.02)
        self.watched.wait(lambda: self.watched.is_settled)

    def type(self, text: str) -> None:
        """Type letter by letter."""
        from PySide6.QtTest import QTest
        from PySide6.QtWidgets import QApplication

        for letter in text:
            QTest.keyClicks(QApplication.focusWidget(), letter)
            self.count["keys"] += 1
        self.watched.rest(0.1)

    def drag(self, start: Any, by_px: tuple[float, float], *, with_ctrl: bool = False) -> None:
        """Drag what lies at a place of the events pane by so many pixels of the picture."""
        from PySide6.QtCore import QPointF, Qt

        picture = self.watched.pane.picture
        end = start + picture.position_of(QPointF(*by_px)) - picture.position_of(QPointF(0, 0))
        ctrl = Qt.KeyboardModifier.ControlModifier if with_ctrl else None
        self.watched.mouse("hover", start)
        self.watched.rest(0.05)
        self.watched.mouse("press", start, ctrl)
        for share in (0.3, 0.7, 1.0):
            self.watched.mouse("move", start + (end - start) * share, ctrl)
            self.watched.rest(0.01)
        self.watched.mouse("release", end, ctrl)
        self.count["drags"] += 1
        self.watched.wait(lambda: self.watched.is_settled)

    def handle_of(self, part: str) -> Any:
        """Return where the handle of a part, or of the face, is on the events pane."""
        from PySide6.QtCore import QPointF

        from evface_studio.tools.targets import FaceTarget, PartTarget, handles_of

        pane = self.watched.pane
        target = FaceTarget() if part == "face" else PartTarget(part)
        handles = handles_of(pane.face.marks, pane.face.scheme, pane.picture.scale_px)
        found = next(handle for handle in handles if handle.target == target)
        return pane.picture.position_of(QPointF(found.x_px + 0.5, found.y_px + 0.5))


def work(window: Any, project: Path) -> dict[str, float]:
    """Correct all errors; return what it took."""
    moments_us, right_px = plant(project)
    annotator = Annotator(window)
    watched, face = annotator.watched, annotator.watched.pane.face
    watched.time(lambda: window.document.open_project(project))
    watched.rest(0.5)
    window.activateWindow()
    watched.viewport.setFocus()
    watched.wait(window.isActiveWindow)
    by_hand: Counter[str] = Counter()
    worst_px = 0.0
    for t_us, error, right in zip(moments_us, ERRORS, right_px, strict=True):
        before = annotator.count["keys"]
        annotator.press("Ctrl+J")
        annotator.type(f"{t_us / 1e6:.3f}")
        annotator.press("Return")
        by_hand["keys"] += annotator.count["keys"] - before
        by_hand["drags"] += len(error.landmarks)
        if face.t_us != t_us:
            raise RuntimeError(f"the window shows {face.t_us} us instead of {t_us}")
        back_px = (-error.by_px[0], -error.by_px[1])
        if error.is_swapped:
            # Of what was chosen before, nothing: all that changed sides is wanted.
            annotator.press("Escape")
            annotator.press("Ctrl+Shift+P")
            annotator.type("swap")
            annotator.press("Return")
        elif error.part:
            is_face = error.part == "face"
            annotator.drag(annotator.handle_of(error.part), back_px, with_ctrl=is_face)
        else:
            for landmark in error.landmarks:
                annotator.drag(watched.place_of(landmark), back_px)
        away_px = np.linalg.norm(face.marks.landmarks_px - right, axis=-1)[list(error.landmarks)]
        worst_px = max(worst_px, float(away_px.max()))
        if away_px.max() > CLOSE_PX:
            raise RuntimeError(f"{error} is still off by {away_px.max():.1f} px at {t_us} us")
    return {
        "keys": annotator.count["keys"],
        "drags": annotator.count["drags"],
        "keys_by_hand": by_hand["keys"],
        "drags_by_hand": by_hand["drags"],
        "worst_px": worst_px,
    }


def main(project: str) -> int:
    """Run the application as its command does, and print what was counted."""
    from PySide6.QtCore import QTimer

    from evface_studio import application
    from evface_studio.main_window import MainWindow
    from evface_studio.settings import Settings

    class WorkedWindow(MainWindow):
        def __init__(self, settings: Settings) -> None:
            settings.set_saw_tour()  # which would lie over the pictures
            super().__init__(settings)

        def load_workspace(self) -> None:
            super().load_workspace()
            self.resize(*WINDOW_SIZE)
            QTimer.singleShot(500, self.work)

        def work(self) -> None:
            try:
                sys.stdout.write(json.dumps(work(self, Path(project))) + "\n")
                sys.stdout.flush()
            finally:
                self.close()

    application.MainWindow = WorkedWindow  # type: ignore[misc]
    return application.run([])


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
