"""`evface project`: make a project, add recordings to it, and see whether all is well."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from evface.cli.filtering import filters
from evface.cli.project_labels import merge, restore, snapshot

if TYPE_CHECKING:
    from evface.geometry.clock import ClockSync
    from evface.projects.entries import RecordingEntry, TrackInfo
    from evface.projects.media import MediaEntry

_Project = Annotated[Path, typer.Argument(help="A project (.evface).", metavar="PROJECT")]
_Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


def register(app: typer.Typer) -> None:
    """Add the group `project` to the command line."""
    group = typer.Typer(help="Projects: recordings with their labels.", no_args_is_help=True)
    group.command("new")(new)
    group.command("add")(add)
    group.command("list")(show)
    group.command("check")(check)
    group.command("relink")(relink)
    group.command("filters")(filters)
    group.command("merge")(merge)
    group.command("snapshot")(snapshot)
    group.command("restore")(restore)
    app.add_typer(group, name="project")


def new(
    path: Annotated[
        Path, typer.Argument(help="The file to make; .evface is added.", metavar="PROJECT")
    ],
    as_json: _Json = False,
) -> None:
    """Make an empty project."""
    from evface.projects.project import Project

    if path.suffix.lower() != ".evface":
        path = path.with_name(f"{path.name}.evface")
    Project.create(path).close()
    typer.echo(json.dumps({"project": str(path)}) if as_json else f"{path}: made")


def add(
    project: _Project,
    events: Annotated[Path, typer.Option(help="The event file.", metavar="FILE")],
    video: Annotated[
        Path | None, typer.Option(help="The video that was taken with it.", metavar="FILE")
    ] = None,
    name: Annotated[
        str | None, typer.Option(help="What to call the recording; after its event file if not.")
    ] = None,
    offset_us: Annotated[
        int | None,
        typer.Option(help="When the video's first frame was taken, us since the first event."),
    ] = None,
    as_json: _Json = False,
) -> None:
    """Add a recording. Its files stay where they are and are never changed."""
    from evface.geometry.clock import ClockSync
    from evface.projects.project import Project

    if offset_us is not None and video is None:
        raise typer.BadParameter("--offset-us needs --video")
    sync = None if offset_us is None else ClockSync(offset_us, method="given")
    with Project.open(project) as opened:
        entry = opened.add_recording(events, video, name=name, sync=sync)
    if as_json:
        typer.echo(json.dumps(_report_recording(entry, {})))
    else:
        typer.echo(f"{project}: added {entry.name!r}")
        if entry.video is not None:
            typer.echo(f"  sync    {_sync_in_words(entry.sync)}")


def show(project: _Project, as_json: _Json = False) -> None:
    """List the recordings of a project and what is known of them."""
    from evface.projects.project import Project

    with Project.open(project, read_only=True) as opened:
        recordings = [(entry, opened.tracks(entry.id)) for entry in opened.recordings()]
    if as_json:
        reports = [_report_recording(*recording) for recording in recordings]
        typer.echo(json.dumps({"project": str(project), "recordings": reports}))
    elif recordings:
        typer.echo("\n\n".join(_recording_in_words(*recording) for recording in recordings))
    else:
        typer.echo(f"{project}: no recordings yet; add one with evface project add")


def check(project: _Project, as_json: _Json = False) -> None:
    """Look for damage, lost edits, and missing or changed files. Exits 1 if there is any."""
    from evface.projects.project import Project

    with Project.open(project, read_only=True) as opened:
        problems, n_edits = opened.check(), opened.count_edits()
    if as_json:
        reports = [{"recording": p.subject or None, "problem": p.text} for p in problems]
        typer.echo(json.dumps({"project": str(project), "edits": n_edits, "problems": reports}))
    elif not problems:
        typer.echo(f"{project}: all is well; {n_edits:,} edits, all in place")
    for problem in problems:
        subject = f"{problem.subject}: " if problem.subject else ""
        typer.echo(f"error: {project}: {subject}{problem.text}", err=True)
    if problems:
        raise typer.Exit(1)


def relink(
    project: _Project,
    folder: Annotated[
        Path, typer.Argument(help="Where to search, with all folders below.", metavar="FOLDER")
    ],
    as_json: _Json = False,
) -> None:
    """Find files that moved, by their content. Exits 1 if some are still missing."""
    from evface.projects.project import Project

    with Project.open(project) as opened:
        found = opened.relink(folder)
        missing = [m for entry in opened.recordings() for m in entry.media if m.is_missing]
    if as_json:
        report = {
            "project": str(project),
            "found": [str(medium.path) for medium in found],
            "missing": [str(medium.path) for medium in missing],
        }
        typer.echo(json.dumps(report))
    else:
        for medium in found:
            typer.echo(f"found {medium.path}")
        if not found and not missing:
            typer.echo(f"{project}: nothing was missing")
    for medium in missing:
        typer.echo(f"error: {medium.path}: is not below {folder}; search another folder", err=True)
    if missing:
        raise typer.Exit(1)


def _report_recording(entry: RecordingEntry, tracks: dict[str, TrackInfo]) -> dict[str, Any]:
    from evface.annotations.registration_json import registration_to_json
    from evface.events.filters.registry import filters_to_json

    sync = entry.sync
    return {
        "id": entry.id,
        "name": entry.name,
        "events": _report_medium(entry.events),
        "video": None if entry.video is None else _report_medium(entry.video),
        "sync": {
            "offset_us": sync.offset_us,
            "drift_ppm": sync.drift_ppm,
            "method": sync.method,
            "residual_us": None if math.isnan(sync.residual_us) else sync.residual_us,
        },
        "event_from_rgb": registration_to_json(entry.event_from_rgb),
        "filters": filters_to_json(entry.filters),
        "tracks": {
            role: {
                "kind": info.kind,
                "n": info.n,
                "source": str(info.source.kind),
                "made_by": f"{info.source.name} {info.source.version}".strip(),
                "updated_at": info.updated_at,
            }
            for role, info in tracks.items()
        },
    }


def _report_medium(medium: MediaEntry) -> dict[str, Any]:
    return {"path": str(medium.path), "is_missing": medium.is_missing}


def _recording_in_words(entry: RecordingEntry, tracks: dict[str, TrackInfo]) -> str:
    lines = [f"{entry.name}  ({entry.id})"]
    lines.append(f"  events  {_medium_in_words(entry.events)}")
    if entry.video is not None:
        lines.append(f"  video   {_medium_in_words(entry.video)}")
        lines.append(f"  sync    {_sync_in_words(entry.sync)}")
    lines += [f"  filter  {one.title}" for one in entry.filters if one.is_on]
    if not tracks:
        lines.append("  tracks  none yet; make them with evface process")
    for role, info in tracks.items():
        made_by = f"{info.source.name} {info.source.version}".strip()
        lines.append(f"  track   {role}: {info.n:,} samples by {made_by}")
    return "\n".join(lines)


def _medium_in_words(medium: MediaEntry) -> str:
    return f"{medium.path}{'  (missing)' if medium.is_missing else ''}"


def _sync_in_words(sync: ClockSync) -> str:
    side = "before" if sync.offset_us < 0 else "after"
    words = f"video begins {abs(sync.offset_us):,} us {side} the first event"
    if sync.drift_ppm:
        words += f", drift {sync.drift_ppm:g} ppm"
    known = "" if math.isnan(sync.residual_us) else f", residual {sync.residual_us:g} us"
    return f"{words} ({sync.method}{known})"
