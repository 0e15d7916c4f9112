"""The job that reads a file of labels and plans what it would bring into a recording."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from evface.annotations.tracks import Camera
from evface.interchange.formats import Format, read_imported
from evface.interchange.importing import plan_import
from evface.interchange.plan_file import preview_of, write_plan
from evface.interchange.reading import import_target
from evface.interchange.recognition import form_and_camera
from evface.jobs.interruption import interruptible
from evface.jobs.reading import opened_for_reading


@dataclass(frozen=True)
class ImportJob:
    """Plan an import; the result is a file of `evface.interchange.plan_file`.

    Parameters
    ----------
    project
        Path of the project, which is only read.
    recording
        Its id.
    file
        Path of the labels.
    output
        Path of the plan to write.
    author
        Who imports.
    form
        A `Format`; told from the file's content when empty.
    camera
        Which picture its landmarks lie on; when empty, what the file says, else RGB.
    onto
        The role of the track that its corrections are about; empty for tracks of its own.
    person
        Whose words they are, where the file does not say.
    first_frame, rate_hz
        As in `ImportTarget`; 0 Hz for the recording's video.
    face
        Which of several faces; -1 for the only one.
    """

    kind: ClassVar[str] = "import"

    project: str
    recording: str
    file: str
    output: str
    author: str
    form: str = ""
    camera: str = ""
    onto: str = ""
    person: str = ""
    first_frame: int = 0
    rate_hz: float = 0.0
    face: int = -1

    def run(self, report: Callable[[float, str], None]) -> str:
        """Write the plan; return `output`."""
        path = Path(self.file)
        report(0.0, f"Reading {path.name}")
        form, camera = form_and_camera(
            path,
            Format(self.form) if self.form else None,
            Camera(self.camera) if self.camera else None,
        )
        with opened_for_reading(Path(self.project)) as project:
            project.author = self.author
            target = import_target(
                project.recording(self.recording),
                camera=camera,
                first_frame=self.first_frame,
                rate_hz=self.rate_hz or None,
                face=None if self.face < 0 else self.face,
                person=self.person,
            )
            with interruptible(report, 0.1, f"Reading {path.name}"):
                imported = read_imported(form, path, target)
            with interruptible(report, 0.6, "Comparing it with the recording"):
                plan = plan_import(
                    project,
                    self.recording,
                    imported,
                    label=f"Import {path.name}",
                    onto=self.onto or None,
                )
            preview = preview_of(
                str(form), plan, imported, self.author, leaves_tracks=bool(self.onto)
            )
        report(0.9, "Writing the plan")
        write_plan(Path(self.output), preview, plan.edit)
        return self.output
