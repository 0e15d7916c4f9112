"""Filters on the command line: `--filter` of event files, and `evface project filters`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from evface.events.filters.chain import FilterChain
    from evface.events.filters.filter import Filter
    from evface.events.sources import EventSource

_METAVAR = "NAME[:KEY=VALUE,...]"


def _list_where_asked(texts: list[str] | None) -> list[str] | None:
    if "help" in (texts or ()):
        typer.echo(_list_filters())
        raise typer.Exit
    return texts


FilterOption = Annotated[
    list[str] | None,
    typer.Option(
        "--filter",
        metavar=_METAVAR,
        callback=_list_where_asked,
        is_eager=True,
        help="Leave events out; several act in the order given. --filter help lists them.",
    ),
]


def read_filters(texts: list[str] | None) -> list[Filter]:
    """Return the filters that were named.

    Raises
    ------
    typer.BadParameter
        If there is no such filter or parameter.
    """
    from evface.events.filters.registry import parse_filter

    try:
        return [parse_filter(text) for text in texts or ()]
    except ValueError as error:
        raise typer.BadParameter(f"{error}; 'help' lists them") from error


def chain_for(source: EventSource, filters: list[Filter]) -> FilterChain:
    """Return filters as a chain; hot pixels that were not named are found in the recording."""
    from evface.cli.event_files import bar_of
    from evface.events.filters.chain import FilterChain
    from evface.events.filters.hot_pixel_search import find_hot_pixels
    from evface.events.filters.hot_pixels import HotPixels

    found: list[Filter] = []
    for one in filters:
        if isinstance(one, HotPixels) and not one.pixels:
            with bar_of(f"Searching hot pixels in {source.path.name}") as report:
                found.append(find_hot_pixels(source, one, report=report))
        else:
            found.append(one)
    return FilterChain(tuple(found))


def report_removed(chain: FilterChain, n_removed: tuple[int, ...]) -> list[dict[str, Any]]:
    """Return what each filter left out, as plain values."""
    from evface.events.filters.registry import filter_to_text

    return [
        {"filter": filter_to_text(one), "n_removed": n}
        for one, n in zip(chain.filters, n_removed, strict=True)
    ]


def removed_in_words(removed: list[dict[str, Any]]) -> list[str]:
    """Return what each filter left out, one line each."""
    return [f"{one['n_removed']:,} events left out by {_short(one['filter'])}" for one in removed]


def filters(
    project: Annotated[Path, typer.Argument(help="A project (.evface).", metavar="PROJECT")],
    recording: Annotated[
        list[str] | None,
        typer.Option(help="A recording, by name or id; repeat for more. All if not given."),
    ] = None,
    chosen: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar=_METAVAR,
            callback=_list_where_asked,
            is_eager=True,
            help="Let the events pass this instead; several act in the order given.",
        ),
    ] = None,
    clear: Annotated[bool, typer.Option("--clear", help="Let all events pass.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Say, or set, which filters the events of recordings pass. Setting can be undone."""
    from evface.annotations.edits import SetFilters
    from evface.events.filters.registry import filter_to_text
    from evface.projects.project import Project
    from evface.projects.recording import open_recording

    if chosen and clear:
        raise typer.BadParameter("either --set or --clear")
    wanted = read_filters(chosen)
    with Project.open(project, read_only=not (chosen or clear)) as opened:
        entries = [opened.find_recording(name) for name in recording or ()] or opened.recordings()
        for entry in entries if chosen or clear else ():
            media = open_recording(entry)
            try:
                chain = chain_for(media.unfiltered_events, wanted)
            finally:
                media.close()
            if chain.filters != entry.filters:
                opened.apply(SetFilters(entry.id, chain.filters))
        entries = [opened.recording(entry.id) for entry in entries]
    said: dict[str, list[dict[str, Any]]] = {
        entry.name: [{"filter": filter_to_text(one), "is_on": one.is_on} for one in entry.filters]
        for entry in entries
    }
    if as_json:
        typer.echo(json.dumps({"project": str(project), "filters": said}))
        return
    for name, of_it in said.items():
        typer.echo(name)
        for one in of_it:
            typer.echo(f"  {_short(one['filter'])}{'' if one['is_on'] else '  (off)'}")
        if not of_it:
            typer.echo("  all events pass")


def _list_filters() -> str:
    from evface.events.filters.registry import FILTERS, filter_to_text

    lines = []
    for kind in FILTERS.values():
        lines += [f"{kind.name}: {kind.summary}"]
        for field, said in kind.parameters():
            allowed = (
                ", ".join(str(value) for value, _ in said.choices)
                or f"{said.least:,.10g} to {said.most:,.10g} {said.unit}"
            )
            default = f"{field.default:g}" if isinstance(field.default, float) else field.default
            lines.append(f"    {field.name}={default}  {said.words.lower()}: {allowed}")
        if kind.name == "hot-pixels":
            lines.append("    pixels=X/Y+X/Y  which; found in the recording where not given")
    example = filter_to_text(FILTERS["flicker"]())
    return "\n".join([*lines, "", f"For example: --filter {example} --filter neighbours"])


def _short(text: str) -> str:
    """Return a filter as text, without a long list of pixels."""
    before, _, listed = text.partition(",pixels=")
    n = listed.count("/")
    return f"{before} ({n:,} pixels)" if n > 3 else text
