"""The job that asks trained networks about recordings of a project."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Literal

from evface.annotations.edits import ReplaceTracks, Together
from evface.annotations.roles import (
    FACE,
    LANDMARK_ROLES,
    LEAST_TELLING,
    PREDICTED_CLASSES,
    PREDICTED_LANDMARKS,
    PREDICTED_UNITS,
)
from evface.annotations.tracks import (
    ActionUnitTrack,
    Camera,
    FaceTrack,
    LandmarkTrack,
    Track,
)
from evface.annotations.tracks_file import read_tracks, write_tracks
from evface.errors import EvfaceError, FileError, JobError
from evface.files import replacing
from evface.jobs.reading import opened_for_reading
from evface.projects.entries import RecordingEntry
from evface.projects.project import Project
from evface.projects.recording import open_recording

if TYPE_CHECKING:  # Brings PyTorch, which a window must not have.
    from evface.inference.guide import Guide
    from evface.inference.trained import Trained

# Between recording and role in the result; no id has one.
_SEPARATOR = "/"
_SHARE_OF_OPENING = 0.05


@dataclass(frozen=True)
class PredictJob:
    """Predict recordings of a project; the result is a file of tracks, see `read_predictions`.

    Parameters
    ----------
    project
        Path of the project, which is only read.
    recordings
        Ids; all of the project's when empty.
    checkpoints
        Paths of trained networks, for instance one of landmarks and one of action units.
    output
        Path of the file to write.
    boxes_from, pose_from
        As in `LandmarkSettings` and `tell_face`; empty for what suits the recording.
    n_beside, event_period_us, allows_assumed
        As in `LandmarkSettings`; a period of 0 is that of training.
    smooths
        Whether landmarks are smoothed in time, as live.
    """

    kind: ClassVar[str] = "predict"

    project: str
    recordings: tuple[str, ...]
    checkpoints: tuple[str, ...]
    output: str
    boxes_from: Literal["", "labels", "track"] = ""
    pose_from: Literal["", "face", "network"] = ""
    n_beside: int = 0
    event_period_us: int = 0
    allows_assumed: bool = False
    smooths: bool = False

    def run(self, report: Callable[[float, str], None]) -> str:
        """Predict the recordings; return `output`.

        A recording that cannot be predicted stops nothing: its problem stands among the others' in
        the last report and beside the result, see `read_problems`; it is raised where none could be
        predicted.
        """
        report(0.0, "Loading PyTorch")
        from evface.inference.trained import open_trained

        networks = [open_trained(Path(path)) for path in self.checkpoints]
        found: dict[str, Track] = {}
        problems: list[str] = []
        with opened_for_reading(Path(self.project)) as project:
            entries = [project.recording(one) for one in self.recordings] or project.recordings()
            for number, entry in enumerate(entries):

                def told(
                    fraction: float, message: str, done: int = number, name: str = entry.name
                ) -> None:
                    share = (done + fraction) / len(entries)
                    whole = _SHARE_OF_OPENING + (1 - _SHARE_OF_OPENING) * share
                    report(whole, f"{name}: {message}")

                try:
                    tracks = self._predict(project, entry, networks, told)
                except EvfaceError as problem:
                    problems.append(str(problem))
                    continue
                found |= {f"{entry.id}{_SEPARATOR}{role}": one for role, one in tracks.items()}
        if problems and not found:
            raise JobError("; ".join(problems))
        with replacing(_problems_of(Path(self.output))) as temporary:
            temporary.write_text(json.dumps(problems), encoding="utf-8")
        write_tracks(Path(self.output), found)
        report(1.0, "; ".join(problems) or "Predicted")
        return self.output

    def _predict(
        self,
        project: Project,
        entry: RecordingEntry,
        networks: list[Trained],
        report: Callable[[float, str], None],
    ) -> dict[str, Track]:
        from evface.inference.landmarks import LandmarkSettings
        from evface.inference.offline import PredictSettings, predict_recording
        from evface.inference.smoothing import OneEuro
        from evface.training_sets.clips import PERIOD_US

        settings = PredictSettings(
            landmarks=LandmarkSettings(
                self.boxes_from or None,
                self.n_beside,
                self.event_period_us or PERIOD_US,
                self.allows_assumed,
            ),
            smoothing=OneEuro() if self.smooths else None,
            pose_from=self.pose_from or None,
        )
        guide = _read_guide(project, entry)
        recording = open_recording(entry)
        try:
            return predict_recording(recording, networks, guide, settings=settings, report=report)
        finally:
            recording.close()


def read_predictions(path: Path) -> dict[str, dict[str, Track]]:
    """Read what the job wrote: tracks by recording's id and role.

    Raises
    ------
    FileError
        If the file is missing, damaged or something else.
    """
    found: dict[str, dict[str, Track]] = {}
    for key, track in read_tracks(path).items():
        recording_id, _, role = key.partition(_SEPARATOR)
        found.setdefault(recording_id, {})[role] = track
    return found


def read_problems(path: Path) -> list[str]:
    """Return why recordings could not be predicted, a line each, beside what could be.

    Raises
    ------
    FileError
        If the file is missing or damaged.
    """
    beside = _problems_of(path)
    try:
        return [str(one) for one in json.loads(beside.read_text(encoding="utf-8"))]
    except (OSError, ValueError, TypeError) as error:
        raise FileError(beside, f"cannot be read ({error})") from error


def _problems_of(path: Path) -> Path:
    return path.with_name(f"{path.name}.problems.json")


def predictions_edit(predictions: Mapping[str, Mapping[str, Track]]) -> Together:
    """Return the edit that puts predictions into their project, as one step."""
    edits = [ReplaceTracks(recording_id, tracks) for recording_id, tracks in predictions.items()]
    what = "recording" if len(edits) == 1 else f"{len(edits)} recordings"
    return Together(tuple(edits), f"Predict {what}")


def describe_predictions(tracks: Mapping[str, Track]) -> str:
    """Return one line for the user on what was predicted of a recording."""
    words = []
    landmarks = tracks.get(PREDICTED_LANDMARKS)
    if isinstance(landmarks, LandmarkTrack):
        n = int(landmarks.valid.sum())
        words.append(f"landmarks in {n} of {len(landmarks)} frames")
        if "rgb" in landmarks.source.settings:
            words.append(f"video {landmarks.source.settings['rgb']}")
    classes = tracks.get(PREDICTED_CLASSES)
    if isinstance(classes, ActionUnitTrack):
        words.append(_class_in_words(classes.source.settings))
    return ", ".join(words)


def _class_in_words(said: Mapping[str, object]) -> str:
    if "class" not in said:
        return "no face, so no action unit"
    probability = float(str(said["class_probability"]))
    if probability < LEAST_TELLING:
        return "action units over time"
    return f"{said['class']} ({probability:.0%})"


def notes_on(predictions: Mapping[str, Mapping[str, Track]]) -> list[str]:
    """Return what would make predictions better, a line each."""
    missed = sum(
        bool(tracks[PREDICTED_UNITS].source.settings.get("misses_face"))
        for tracks in predictions.values()
        if PREDICTED_UNITS in tracks
    )
    if not missed:
        return []
    where = "" if len(predictions) == 1 else f" of {missed} recordings"
    return [
        f"Action units{where} were read from the middle of the picture, as nobody knows where the "
        "face is; process the recording, or ask a network of landmarks as well"
    ]


def _read_guide(project: Project, entry: RecordingEntry) -> Guide:
    from evface.inference.guide import Guide

    landmarks = None
    there = project.tracks(entry.id)
    for role in LANDMARK_ROLES[Camera.EVENTS]:
        labelled = project.labelled(entry.id, role) if role in there else None
        if labelled is not None and labelled.track.valid.any():
            landmarks = labelled.laid()
            break
    face = project.read_track(entry.id, FACE, with_corrections=False)
    return Guide(landmarks, face if isinstance(face, FaceTrack) else None)
