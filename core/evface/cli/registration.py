"""`evface register`: where the face of a video is in the event picture, without a board."""

from __future__ import annotations

import json
import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from evface.cli.marked import Notation, read_marked, to_us

if TYPE_CHECKING:
    from evface.projects.entries import RecordingEntry
    from evface.projects.project import Project
    from evface.transfer.registration_finding import RegistrationFinding

_NUMBER = r"\s*([-+]?\d+(?:\.\d*)?)\s*"
_PAIR = re.compile(rf"{_NUMBER},{_NUMBER}:{_NUMBER},{_NUMBER}@{_NUMBER}")
_EXPECTED = "X_RGB,Y_RGB:X_EVENTS,Y_EVENTS@SECONDS such as 310,220:655,341@1.25"


def register(app: typer.Typer) -> None:
    """Add `register` to the command line."""
    app.command("register")(register_pictures)


def register_pictures(
    project: Annotated[Path, typer.Argument(help="A project (.evface).", metavar="PROJECT")],
    recording: Annotated[
        list[str] | None,
        typer.Option(help="Which, by name; may be repeated. All with a video if not given."),
    ] = None,
    pair: Annotated[
        list[str] | None,
        typer.Option(
            metavar="X,Y:X,Y@S",
            help="A point of the face in the video's picture and in the events', and the second "
            "of the events. May be repeated.",
        ),
    ] = None,
    pairs: Annotated[
        Path | None, typer.Option(help="A file of pairs, one a line.", metavar="FILE")
    ] = None,
    apply: Annotated[
        bool,
        typer.Option("--apply/--dry-run", help="Set what was found, or only say what it would be."),
    ] = True,
    force: Annotated[bool, typer.Option(help="Set it although it is bad.")] = False,
    plot: Annotated[
        Path | None, typer.Option(help="Draw what was found of one recording.", metavar="PNG")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Find where the face is in the event picture, and carry the labels there anew.

    Needs the fitted face of evface process and the right clock, see evface sync. Landmarks that
    people corrected in the event picture take part, and stay where they are. What is bad is an
    error, and changes nothing.
    """
    from evface.cli.progress import progress
    from evface.cli.recordings import chosen_recordings, raise_problems
    from evface.errors import EvfaceError, ProjectFileError
    from evface.jobs.realigning import realignment_edit
    from evface.jobs.registration import RegisterJob
    from evface.projects.project import Project
    from evface.transfer.registration_finding import read_finding

    notation = Notation(_pair_of, _EXPECTED)
    clicked = read_marked(pair or [], "--pair", notation, pairs, notation)
    found: list[dict[str, Any]] = []
    problems: list[str] = []
    with Project.open(project) as opened, tempfile.TemporaryDirectory(prefix="evface-") as folder:
        if apply and opened.is_read_only:
            raise ProjectFileError(
                project, "cannot be written; copy it to where it can, or use --dry-run"
            )
        entries = chosen_recordings(
            opened, recording, of_one="pairs and --plot are" if clicked or plot else ""
        )
        for entry in entries:
            try:
                job = RegisterJob(
                    str(opened.path),
                    entry.id,
                    str(Path(folder) / "registration.json"),
                    pairs_px=tuple(place for place, _ in clicked),
                    pairs_us=tuple(t_us for _, t_us in clicked),
                )
                with progress(entry.name) as report:
                    finding = read_finding(Path(job.run(report)))
                if plot is not None:
                    _draw(plot, finding, opened, entry)
                is_refused = finding.registration.quality == "bad" and not force
                if is_refused:
                    problems.append(
                        f"{entry.name}: no alignment that can be trusted was found: "
                        f"{'; '.join(finding.reasons)}; place points with --pair"
                    )
                elif apply:
                    opened.apply(
                        realignment_edit(
                            opened,
                            entry.id,
                            label=f"Register {entry.name}",
                            new_event_from_rgb=finding.registration,
                        )
                    )
            except ProjectFileError:
                raise  # The next recording would meet the same.
            except (EvfaceError, OSError) as error:
                problems.append(str(error))
                continue
            is_applied = apply and not is_refused
            found.append({"recording": entry.name, "is_applied": is_applied, **finding.to_json()})
            if not as_json:
                typer.echo(f"{entry.name}: {finding.in_words}{'' if is_applied else '; not set'}")
    if as_json:
        typer.echo(json.dumps({"project": str(project), "found": found, "failed": problems}))
    raise_problems(problems)


def _draw(
    path: Path, finding: RegistrationFinding, project: Project, entry: RecordingEntry
) -> None:
    from evface.annotations.roles import FACE
    from evface.annotations.tracks import FaceTrack
    from evface.export.registration_plot import write_registration_plot
    from evface.morphable.head_library import find_model
    from evface.projects.recording import open_recording

    face = project.read_track(entry.id, FACE, with_corrections=False)
    if isinstance(face, FaceTrack):
        recording = open_recording(entry)
        try:
            write_registration_plot(path, finding, recording, face, find_model(face.model))
        finally:
            recording.close()


def _pair_of(text: str) -> tuple[tuple[float, float, float, float], int] | None:
    match = _PAIR.fullmatch(text)
    if match is None:
        return None
    x_rgb, y_rgb, x_events, y_events, seconds = map(float, match.groups())
    t_us = to_us(seconds)
    return None if t_us is None else ((x_rgb, y_rgb, x_events, y_events), t_us)
