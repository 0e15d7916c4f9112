"""`evface agreement`: how far two annotators say the same."""

from __future__ import annotations

import json
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.console import JustifyMethod, RenderableType

    from evface.agreement.report import AgreementReport
    from evface.projects.project import Project


def register(app: typer.Typer) -> None:
    """Add `agreement` to the command line."""
    app.command("agreement")(agreement)


def agreement(
    project: Annotated[Path, typer.Argument(help="A project (.evface).", metavar="PROJECT")],
    other: Annotated[
        Path | None,
        typer.Argument(
            help="The second annotator's project, if they have their own; its recordings are "
            "found by their files' content.",
            metavar="[OTHER]",
        ),
    ] = None,
    first: Annotated[
        str | None, typer.Option(help="The first annotator; not needed where there is one.")
    ] = None,
    second: Annotated[str | None, typer.Option(help="The second annotator.")] = None,
    step_us: Annotated[
        int, typer.Option(min=100, help="Length of one moment of the comparison, us.")
    ] = 10_000,
    tolerance_us: Annotated[
        int, typer.Option(min=0, help="How far onsets of the same event may be apart, us.")
    ] = 500_000,
    not_coded_is_absent: Annotated[
        bool,
        typer.Option(
            "--not-coded-is-absent",
            help="Count moments without a segment as absent, for those who code presence alone.",
        ),
    ] = False,
    out: Annotated[
        Path | None, typer.Option(help="Write the report: .html, .csv or .json.", metavar="FILE")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Compare two annotators: landmarks by NME, action units by kappa, ICC, F1 and edges.

    Both may be in one project, or each in their own of the same recordings. Nothing is changed.
    """
    from evface.agreement.action_units import CodingSettings
    from evface.agreement.report import Coder, compare_coders
    from evface.agreement.writing import SUFFIXES, report_to_json, write_report
    from evface.projects.project import Project

    if out is not None and out.suffix.lower() not in SUFFIXES:
        raise typer.BadParameter(f"--out must end in one of {', '.join(SUFFIXES)}")
    with ExitStack() as stack:
        mine = stack.enter_context(Project.open(project, read_only=True))
        theirs = mine
        if other is not None:
            theirs = stack.enter_context(Project.open(other, read_only=True))
        names = _annotators(mine, theirs, first, second)
        report = compare_coders(
            Coder(mine, names[0]),
            Coder(theirs, names[1]),
            settings=CodingSettings(step_us, tolerance_us, not_coded_is_absent),
        )
    if out is not None:
        write_report(report, out)
    if as_json:
        typer.echo(json.dumps(report_to_json(report)))
    else:
        _print(report)
    if out is not None:
        typer.echo(f"{out}: written", err=True)


def _annotators(
    mine: Project, theirs: Project, first: str | None, second: str | None
) -> tuple[str, str]:
    from evface.errors import RecordingError

    names: list[str] = []
    for project, asked, option in ((mine, first, "--first"), (theirs, second, "--second")):
        there = project.annotators()
        if asked is not None and asked not in there:
            known = ", ".join(there) or "nobody yet"
            raise RecordingError(f"{project.path}: {asked!r} labelled nothing there; {known} did")
        if asked is None:
            there = [name for name in there if mine is not theirs or name not in (first, second)]
            # Of two in one project, each is one.
            if mine is theirs and first is second is None and len(there) == 2:
                asked = there[len(names)]
            elif len(there) == 1:
                (asked,) = there
            else:
                raise RecordingError(
                    f"{project.path}: was labelled by {', '.join(there) or 'nobody'}; "
                    f"choose with {option}"
                )
        names.append(asked)
    if mine is theirs and names[0] == names[1]:
        raise RecordingError(
            f"{mine.path}: {names[0]!r} would be compared with themselves; choose another by "
            "--second"
        )
    return names[0], names[1]


def _print(report: AgreementReport) -> None:
    from rich.console import Console

    from evface.agreement.tables import class_in_words, recordings_in_words, remarks, sections

    console = Console(highlight=False, markup=False)
    console.print(f"Agreement of {report.first} (1st) and {report.second} (2nd)")
    console.print(recordings_in_words(report))
    for one in sections(report):
        console.print(_table(one.heading, one.columns, one.rows))
        if one.remark:
            console.print(one.remark)
    console.print(f"Class of the recording: {class_in_words(report)}")
    for heading, lines in remarks(report):
        console.print(f"\n{heading}")
        for line in lines:
            console.print(f"  {line}")


def _table(
    title: str, columns: Iterable[tuple[str, str]], rows: Iterable[list[str]]
) -> RenderableType:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    table = Table(title=title, title_justify="left", box=SIMPLE_HEAD, padding=0)
    for index, (name, below) in enumerate(columns):
        justify: JustifyMethod = "right" if index else "left"
        table.add_column(f"{name}\n{below}", justify=justify, no_wrap=True)
    for row in rows:
        table.add_row(*row)
    return table
