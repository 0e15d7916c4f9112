"""The studio, editing by itself as fast as it can until somebody kills it.

Every edit that the window showed is told outside, in a file, before the next one is made.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import sys
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, QTimer

from evface.annotations.coding_edits import SetSegments, SetVideoClass
from evface.annotations.edits import Edit, RenameRecording, Together
from evface.annotations.landmark_edits import (
    MoveLandmarks,
    OccludeLandmarks,
    SetInterpolation,
    VerifyLandmarks,
)
from evface.annotations.reviews import Review, SetReview, Verdict
from evface.annotations.segments import Segment, new_segment_id
from evface.projects.snapshots import write_snapshot
from evface_studio import application
from evface_studio.main_window import MainWindow
from evface_studio.opening import Labels

BULK = "Propagate landmarks"
N_LANDMARKS = 68
# At these times, of which the track holds only some.
TIMES_US = range(0, 480_000, 8_000)


def in_brief(labels: Labels, name: str) -> str:
    """Return a short text that is another one whenever anything shown is different."""
    said = [
        *(
            (role, labelled.longest_gap_us, sorted(map(repr, labelled.corrections)))
            for role, labelled in sorted(labels.landmarks.items())
        ),
        sorted(map(repr, labels.segments.values())),
        sorted(map(repr, labels.reviews.items())),
        labels.video_class,
        name,
    ]
    return hashlib.sha256(repr(said).encode()).hexdigest()[:16]


class SelfEditing(QObject):
    """Makes one random edit after another in a window.

    Parameters
    ----------
    report
        Lines are added to this file.
    """

    def __init__(self, window: MainWindow, report: Path, seed: int) -> None:
        super().__init__(window)
        self._document = window.document
        self._file = os.open(report, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        self._random = random.Random(seed)
        self._n_snapshots = 0
        self._document.tracks_changed.connect(self._begin)

    def _begin(self) -> None:
        if self._document.recording is not None:
            self._document.tracks_changed.disconnect(self._begin)
            self._id = self._document.recording_id
            self._document.edited.connect(self._on_edited)
            self._document.failed.connect(lambda text: self._tell(failed=text))
            self._make_next()

    def _tell(self, **what: object) -> None:
        os.write(self._file, f"{json.dumps(what)}\n".encode())

    def _on_edited(self, _place: object) -> None:
        document = self._document
        shown = Labels(
            landmarks=document.labels,
            segments=document.segments,
            video_class=document.video_class,
            reviews=document.reviews,
        )
        self._tell(shown=in_brief(shown, document.listed[self._id].entry.name))
        QTimer.singleShot(0, self._make_next)

    def _make_next(self) -> None:
        number = self._random.randrange(20)
        document = self._document
        if number < 4 and document.undo_label:
            self._tell(making="undo", label=document.undo_label)
            document.undo()
        elif number < 6 and document.redo_label:
            self._tell(making="redo", label=document.redo_label)
            document.redo()
        elif number == 6:
            label, make = BULK, self._bulk()
            self._tell(making=BULK, label=label)
            document.edit_from(label, make)
        else:
            if number == 7 and self._n_snapshots < 3:
                self._n_snapshots += 1
                name = f"snapshot {os.getpid()} {self._n_snapshots}"
                write_snapshot(document.paths[0], name)
            edit = self._simple(number)
            self._tell(making=type(edit).__name__, label=edit.label)
            document.edit(edit)

    def _simple(self, number: int) -> Edit:
        place = (self._id, "teacher", self._random.choice(TIMES_US))
        several = self._random.sample(range(N_LANDMARKS), self._random.choice([1, 1, 9, 68]))
        match number:
            case 8 | 9:
                return VerifyLandmarks(*place, tuple(several))
            case 10:
                return OccludeLandmarks(*place, tuple(several), self._random.random() < 0.5)
            case 11 | 12:
                key = new_segment_id()
                onset_us = self._random.randrange(400_000)
                return SetSegments(self._id, {key: Segment(key, "AU12", onset_us, onset_us + 9)})
            case 13 if self._document.segments:
                key = self._random.choice(list(self._document.segments))
                return SetSegments(self._id, {key: None}, "Delete segment")
            case 14:
                return SetVideoClass(self._id, self._random.choice([None, "AU1", "AU12"]))
            case 15:
                return SetReview(*place, Review(self._random.choice(list(Verdict)), ("jump",)))
            case 16:
                gap_us = self._random.choice([0, 100_000, 2_000_000])
                return SetInterpolation(self._id, "teacher", gap_us)
            case 17:
                return RenameRecording(self._id, f"face {self._random.random()}")
        return self._moved(place[2], several)

    def _moved(self, t_us: int, landmarks) -> MoveLandmarks:
        places = {k: (self._random.random(), self._random.random()) for k in landmarks}
        return MoveLandmarks(self._id, "teacher", t_us, places, source="drag")

    def _bulk(self) -> Callable[[], Edit]:
        moves = tuple(self._moved(t_us, range(N_LANDMARKS)) for t_us in TIMES_US)
        return lambda: Together(moves, BULK)


def main(project: str, report: str, seed: str) -> int:
    class SelfEditingWindow(MainWindow):
        def __init__(self, *arguments: object) -> None:
            super().__init__(*arguments)
            self.editing = SelfEditing(self, Path(report), int(seed))

    application.MainWindow = SelfEditingWindow
    return application.run([project])


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
