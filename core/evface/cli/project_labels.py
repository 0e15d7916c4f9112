"""`evface project merge`, `snapshot` and `restore`: labels between projects and between days."""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from evface.cli.wording import counted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from evface.projects.merging import MergePlan
    from evface.projects.snapshots import Snapshot

_Project = Annotated[Path, typer.Argument(help="A project (.evface).", metavar="PROJECT")]
_Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
_DryRun = Annotated[bool, typer.Option("--dry-run", help="Only say what would change.")]


class _Conflicts(StrEnum):
    BOTH = "both"
    MINE = "mine"
    THEIRS = "theirs"


def merge(
    mine: Annotated[Path, typer.Argument(help="The project to change.", metavar="MINE")],
    theirs: Annotated[
        Path, typer.Argument(help="The project to take labels from.", metavar="THEIRS")
    ],
    conflicts: Annotated[
        _Conflicts,
        typer.Option(
            help="Where one annotator said different things: keep both (the earlier one under a "
            "marked name), or only what one side says."
        ),
    ] = _Conflicts.BOTH,
    dry_run: _DryRun = False,
    as_json: _Json = False,
) -> None:
    """Bring another project's labels into this one. Neither side is lost.

    Recordings are matched by the content of their files, whatever their names. Everyone's labels
    are kept side by side, by annotator. All of it is one step that can be undone.
    """
    from evface.projects.label_merging import Choice
    from evface.projects.merging import plan_merge, prepare_merge, preview_merge
    from evface.projects.project import Project

    with (
        Project.open(mine, read_only=dry_run) as opened,
        Project.open(theirs, read_only=True) as other,
    ):
        plan = plan_merge(opened, other)
        choices = {
            one.recording_id: {conflict.key: Choice(conflicts) for conflict in one.conflicts}
            for one in plan.recordings
        }
        result = preview_merge(opened, plan, choices)
        if not dry_run:
            edit = prepare_merge(opened, plan, choices)
            if edit is not None:
                opened.apply(edit)
    if as_json:
        report = {
            "project": str(mine),
            "is_changed": not dry_run,
            "n_recordings_added": result.n_recordings,
            **_changes_json(result.n_added, result.n_changed, result.n_removed, result.left_out),
            "conflicts": list(_conflicts_json(plan)),
            "notes": list(plan.notes),
        }
        typer.echo(json.dumps(report))
        return
    if result.n_recordings:
        recordings = counted(result.n_recordings, "recording")
        typer.echo(f"{'would add' if dry_run else 'added'} {recordings}")
    changes = (result.n_added, result.n_changed, result.n_removed)
    typer.echo(_changes_in_words(*changes, is_done=not dry_run))
    _print_conflicts(plan, conflicts)
    for note in plan.notes:
        typer.echo(note)
    _print_left_out(result.left_out)


def snapshot(
    project: _Project,
    name: Annotated[
        str | None,
        typer.Argument(help="What to call it; the day's if not given.", metavar="[NAME]"),
    ] = None,
    as_json: _Json = False,
) -> None:
    """Keep all labels as they are now, in a small file beside the project."""
    from datetime import date

    from evface.projects.snapshots import daily_name, write_daily_snapshot, write_snapshot

    if name is None:
        made = write_daily_snapshot(project, date.today())
        if made is None:
            name = daily_name(date.today())
            words = f"{project}: has the snapshot {name!r} already, or no labels to keep"
            typer.echo(json.dumps({"snapshot": None}) if as_json else words)
            return
    else:
        made = write_snapshot(project, name)
    if as_json:
        typer.echo(json.dumps({"snapshot": _snapshot_json(made)}))
    else:
        typer.echo(f"{made.path}: written, {_counts_in_words(made)}")


def restore(
    project: _Project,
    name: Annotated[str | None, typer.Argument(help="Which snapshot.", metavar="[NAME]")] = None,
    show_list: Annotated[bool, typer.Option("--list", help="List the snapshots.")] = False,
    dry_run: _DryRun = False,
    as_json: _Json = False,
) -> None:
    """Bring all labels and filters back to what they were at a snapshot. It can be undone."""
    from evface.projects.project import Project
    from evface.projects.snapshots import find_snapshot, list_snapshots, plan_restore

    if show_list == (name is not None):
        raise typer.BadParameter("name a snapshot, or give --list")
    if name is None:
        snapshots = list_snapshots(project)
        if as_json:
            typer.echo(json.dumps({"snapshots": [_snapshot_json(one) for one in snapshots]}))
        for one in [] if as_json else snapshots:
            typer.echo(f"{one.made_at[:16].replace('T', ' ')}  {one.name}: {_counts_in_words(one)}")
        if not as_json and not snapshots:
            typer.echo(f"{project}: no snapshots yet; make one with evface project snapshot")
        return
    with Project.open(project, read_only=dry_run) as opened:
        plan = plan_restore(opened, find_snapshot(project, name))
        if plan.edit is not None and not dry_run:
            opened.apply(plan.edit)
    if as_json:
        changes = _changes_json(plan.n_added, plan.n_changed, plan.n_removed, plan.left_out)
        report = {"project": str(project), "is_changed": not dry_run, **changes}
        counts = {"n_filtered": plan.n_filtered, "n_recordings_unknown": plan.n_unknown}
        typer.echo(json.dumps(report | counts))
        return
    numbers = (plan.n_added, plan.n_changed, plan.n_removed)
    if any(numbers) or not plan.n_filtered:
        typer.echo(_changes_in_words(*numbers, is_done=not dry_run))
    if plan.n_filtered:
        verb = "would set" if dry_run else "set"
        typer.echo(f"{verb} back the filters of {counted(plan.n_filtered, 'recording')}")
    if plan.n_unknown:
        typer.echo(f"{counted(plan.n_unknown, 'recording')} of the snapshot not in this project")
    _print_left_out(plan.left_out)


def _changes_json(
    n_added: int, n_changed: int, n_removed: int, left_out: Mapping[str, int]
) -> dict[str, Any]:
    return {
        "n_added": n_added,
        "n_changed": n_changed,
        "n_removed": n_removed,
        "left_out": [{"n": n, "why": why} for why, n in left_out.items()],
    }


def _changes_in_words(n_added: int, n_changed: int, n_removed: int, *, is_done: bool) -> str:
    if not n_added + n_changed + n_removed:
        return "nothing to change: all labels are here already"
    added = counted(n_added, "label")
    if is_done:
        return f"added {added}, changed {n_changed:,}, removed {n_removed:,}"
    return f"would add {added}, change {n_changed:,} and remove {n_removed:,}"


def _print_conflicts(plan: MergePlan, chosen: _Conflicts) -> None:
    from evface.projects.conflict_words import place_in_words, side_in_words

    if plan.n_conflicts:
        kept = {
            _Conflicts.BOTH: "both are kept",
            _Conflicts.MINE: "yours is kept",
            _Conflicts.THEIRS: "theirs is kept",
        }[chosen]
        typer.echo(f"{counted(plan.n_conflicts, 'conflict')}, of each {kept}:")
    for one in plan.recordings:
        for conflict in one.conflicts:
            typer.echo(f"  {one.name}: {conflict.author}, {place_in_words(conflict, one.sync)}")
            typer.echo(f"    mine    {side_in_words(conflict.mine, conflict.author)}")
            typer.echo(f"    theirs  {side_in_words(conflict.theirs, conflict.author)}")


def _conflicts_json(plan: MergePlan) -> Iterator[dict[str, Any]]:
    from evface.projects.conflict_words import place_in_words, side_in_words

    for one in plan.recordings:
        for conflict in one.conflicts:
            yield {
                "recording": one.name,
                "kind": str(conflict.kind),
                "author": conflict.author,
                "place": place_in_words(conflict, one.sync),
                "mine": side_in_words(conflict.mine, conflict.author),
                "theirs": side_in_words(conflict.theirs, conflict.author),
            }


def _print_left_out(left_out: Mapping[str, int]) -> None:
    for why, n in left_out.items():
        typer.echo(f"left out {counted(n, 'label')}: {why}", err=True)


def _snapshot_json(one: Snapshot) -> dict[str, Any]:
    from dataclasses import asdict

    return {
        "name": one.name,
        "path": str(one.path),
        "made_at": one.made_at,
        "n_recordings": one.n_recordings,
        "counts": {author: asdict(said) for author, said in one.counts.items()},
    }


def _counts_in_words(one: Snapshot) -> str:
    words = [
        f"{author} {counted(said.n_landmarks, 'landmark')}, {counted(said.n_segments, 'segment')}"
        for author, said in one.counts.items()
    ]
    return "; ".join(words) or "no labels"
