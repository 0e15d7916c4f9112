"""The demo: a recording made on the spot whose truth is known, processed, in a project."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import platformdirs
import psutil

from evface.annotations.edits import ReplaceTracks
from evface.annotations.roles import ACTION_UNITS, FACE, TEACHER, TRANSFERRED
from evface.errors import EvfaceError, JobError
from evface.jobs.processing import process_recording
from evface.morphable.model import load_open_head
from evface.projects.project import Project
from evface.projects.recording import open_recording
from evface.simulation.protocols import DEMO_SEED, plan_demo
from evface.simulation.recordings import make_recording
from evface.simulation.truth import read_truth, truth_tracks
from evface.teacher.registry import open_teacher

# Raised whenever the recording changes, so that an update makes its own.
_VERSION = 2
_PROJECT = "demo.evface"
_RECORDING = "demo"
_TRUTH_ROLES = {"truth_landmarks", "truth_face", "truth_action_units"}
_PROCESSED_ROLES = {TEACHER, FACE, ACTION_UNITS, TRANSFERRED}
# Share of the time that drawing the recording takes.
_DRAWING = 0.85


def default_demo_folder() -> Path:
    """Return where the demo lies unless told otherwise: in the user's data folder."""
    return Path(platformdirs.user_data_dir("evface", appauthor=False)) / "demo"


@dataclass(frozen=True)
class DemoJob:
    """Make the demo's project, or find the one made before.

    Parameters
    ----------
    folder
        Where demos are kept, in the user's data folder where it is empty; each version and seed
        has a folder of its own in it.
    seed
        Of the person and the noise.
    """

    kind: ClassVar[str] = "demo"

    folder: str = ""
    seed: int = DEMO_SEED

    def run(self, report: Callable[[float, str], None]) -> str:
        """Return the path of the project; at once where it was complete already."""
        home = Path(self.folder or default_demo_folder()) / f"demo-{_VERSION}-{self.seed}"
        path = home / _PROJECT
        if not _has_roles(path, _TRUTH_ROLES):
            self._record(home, lambda share, message: report(_DRAWING * share, message))
        if not _has_roles(path, _TRUTH_ROLES | _PROCESSED_ROLES):
            _process(path, lambda share, text: report(_DRAWING + (1 - _DRAWING) * share, text))
        report(1.0, "")
        return str(path)

    def _record(self, home: Path, report: Callable[[float, str], None]) -> None:
        """Make recording and project beside `home` and move them there when they are whole."""
        making = home.with_name(f".{home.name}.{os.getpid()}.part")
        _remove_leftovers(home)
        try:
            making.mkdir(parents=True)
            made = make_recording(making, plan_demo(self.seed), n_processes=None, report=report)
            with Project.create(making / _PROJECT) as project:
                entry = project.add_recording(made.events_path, made.video_path, name=_RECORDING)
                truth = truth_tracks(read_truth(made.truth_path))
                project.apply(ReplaceTracks(entry.id, truth, "Add the truth"))
            if home.exists():
                # Half of a demo, from a disk that was full or a folder that was tampered with.
                home.rename(making / "before")
            making.rename(home)
            shutil.rmtree(home / "before", ignore_errors=True)
        except OSError as error:
            raise JobError(
                f"{home}: cannot be written ({error.strerror}); make room, or name another folder"
            ) from error
        finally:
            shutil.rmtree(making, ignore_errors=True)


def _remove_leftovers(home: Path) -> None:
    """Remove what processes that were killed left behind."""
    for leftover in home.parent.glob(f".{home.name}.*.part"):
        process = leftover.name.split(".")[-2]
        if process.isdigit() and not psutil.pid_exists(int(process)):
            shutil.rmtree(leftover, ignore_errors=True)


def _has_roles(path: Path, roles: set[str]) -> bool:
    """Return whether the project is there, whole, and has these tracks."""
    if not path.is_file():
        return False
    try:
        with Project.open(path, read_only=True) as project:
            entry = project.find_recording(_RECORDING)
            if any(medium.is_missing for medium in entry.media):
                return False
            return roles <= set(project.tracks(entry.id))
    except EvfaceError:
        return False


def _process(path: Path, report: Callable[[float, str], None]) -> None:
    """Run the main job on the demo's recording."""
    with Project.open(path) as project:
        entry = project.find_recording(_RECORDING)
        recording = open_recording(entry, needs_video=True)
        try:
            teacher = open_teacher("mediapipe")
            try:
                tracks = process_recording(
                    recording, teacher=teacher, model=load_open_head(), report=report
                )
            finally:
                teacher.close()
        finally:
            recording.close()
        project.apply(ReplaceTracks(entry.id, tracks, "Process"))
