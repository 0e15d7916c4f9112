"""The job that takes labels out of a project, into files of other tools."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, ClassVar

from evface.annotations.tracks import Camera
from evface.errors import EvfaceError, FileError, JobError
from evface.files import replacing
from evface.interchange.destinations import refuse_own_files
from evface.interchange.formats import ExportChoices, Format, write_labels
from evface.interchange.openface_writing import UnitSource
from evface.interchange.reading import read_labels
from evface.jobs.interruption import interruptible
from evface.jobs.reading import opened_for_reading


@dataclass(frozen=True)
class Written:
    """What was written of one recording.

    Parameters
    ----------
    recording
        Its name.
    files
        The file, then its sidecar where one was needed.
    counts
        How many of what.
    notes
        What the format could not hold: one line each, for the user.
    """

    recording: str
    files: tuple[str, ...]
    counts: Mapping[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class ExportReport:
    """What an export of some recordings came to.

    Parameters
    ----------
    problems
        Why a recording was not written: one line each, for the user.
    """

    written: tuple[Written, ...] = ()
    problems: tuple[str, ...] = ()


@dataclass(frozen=True)
class ExportJob:
    """Export recordings of a project; the result is a file that says what was written.

    Parameters
    ----------
    project
        Path of the project, which is only read.
    output
        Path of the report to write, see `read_report`.
    form
        A `Format`.
    recordings, paths
        Ids, and the file of each.
    author
        Whose labels; everyone's when empty.
    camera, role, all_keyframes, units
        As in `ExportChoices`; an empty role for that which is shown first.
    """

    kind: ClassVar[str] = "export"

    project: str
    output: str
    form: str
    recordings: tuple[str, ...]
    paths: tuple[str, ...]
    author: str = ""
    camera: str = str(Camera.RGB)
    role: str = ""
    all_keyframes: bool = False
    units: str = str(UnitSource.MODEL)

    def run(self, report: Callable[[float, str], None]) -> str:
        """Write the files; return `output`."""
        report(0.0, "Opening the project")
        form = Format(self.form)
        choices = ExportChoices(
            camera=Camera(self.camera),
            role=self.role or None,
            all_keyframes=self.all_keyframes,
            units=UnitSource(self.units),
        )
        written, problems = [], []
        with opened_for_reading(Path(self.project)) as project:
            wanted = list(zip(self.recordings, map(Path, self.paths), strict=True))
            for number, (recording_id, path) in enumerate(wanted):
                name = project.recording(recording_id).name
                try:
                    refuse_own_files(project, path)
                    with interruptible(report, number / len(wanted), f"Reading {name}"):
                        labels = read_labels(project, recording_id, author=self.author or None)
                    share = (number + 0.4) / len(wanted)
                    with interruptible(report, share, f"Writing {path.name}"):
                        done = write_labels(form, path, labels, choices)
                except EvfaceError as problem:
                    problems.append(str(problem))
                    continue
                files = tuple(map(str, done.files))
                written.append(Written(name, files, dict(done.counts), done.notes))
        if not written and problems:
            raise JobError("; ".join(problems))
        _write_report(Path(self.output), ExportReport(tuple(written), tuple(problems)))
        return self.output


def read_report(path: Path) -> ExportReport:
    """Read what an export wrote.

    Raises
    ------
    FileError
        If the file is missing or is something else.
    """
    try:
        said: dict[str, Any] = json.loads(path.read_text("utf-8"))
        return ExportReport(
            tuple(
                Written(
                    str(one["recording"]),
                    tuple(map(str, one["files"])),
                    {str(what): int(n) for what, n in one["counts"].items()},
                    tuple(map(str, one["notes"])),
                )
                for one in said["written"]
            ),
            tuple(map(str, said["problems"])),
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise FileError(path, f"is not the report of an export ({error})") from error


def _write_report(path: Path, report: ExportReport) -> None:
    with replacing(path) as temporary:
        temporary.write_text(json.dumps(asdict(report)), "utf-8")
