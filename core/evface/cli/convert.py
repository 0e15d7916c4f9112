"""`evface convert`: an event file written in another format, whole or cut."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from evface.cli.event_files import check_out, open_source, pass_on_warnings
from evface.cli.filtering import (
    FilterOption,
    chain_for,
    read_filters,
    removed_in_words,
    report_removed,
)

if TYPE_CHECKING:
    from evface.events.sources import EventSource
    from evface.events.triggers import Triggers
    from evface.events.writers import WritableFormat


def register(app: typer.Typer) -> None:
    """Add `convert` to the command line."""
    app.command("convert")(convert)


def convert(
    source: Annotated[Path, typer.Argument(help="An event file.", metavar="IN")],
    out: Annotated[
        Path,
        typer.Argument(help="The file to write; its ending tells the format.", metavar="OUT"),
    ],
    format_name: Annotated[
        str | None,
        typer.Option("--format", help="The format, where the ending leaves a choice; see below."),
    ] = None,
    start_us: Annotated[
        int, typer.Option(min=0, help="Leave out what is before, us since the first event.")
    ] = 0,
    stop_us: Annotated[
        int | None, typer.Option(min=1, help="Leave out this moment and what is after.")
    ] = None,
    columns: Annotated[
        str, typer.Option(help="For a table without a header: its columns, e.g. t,x,y,p.")
    ] = "",
    filters: FilterOption = None,
    force: Annotated[bool, typer.Option("--force", help="Replace OUT where it exists.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Write an event file in another format, whole or cut; the sensor's times stay.

    Formats: hdf5 (.h5, .hdf5), evt3 and evt2 (.raw), prophesee (HDF5 for Prophesee's tools),
    aedat4 (needs the package faery), npz, csv (.csv, .txt).
    What the format cannot hold is told.
    """
    from evface.cli.progress import progress
    from evface.events.events import Events
    from evface.events.filters.filtered_source import iter_filtered
    from evface.events.writers import choose_format

    try:
        written = choose_format(out, format_name)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error
    if stop_us is not None and stop_us <= start_us:
        raise typer.BadParameter("--stop-us must be after --start-us")
    wanted = read_filters(filters)
    events = open_source(source, columns=columns)
    try:
        check_out(source, out, force)
        if start_us and start_us >= events.duration_us:
            raise typer.BadParameter(f"the recording ends at {events.duration_us:,} us")
        pass_on_warnings(events)
        end_us = events.duration_us if stop_us is None else min(stop_us, events.duration_us)
        triggers = _triggers_between(events, start_us, stop_us)
        chain = chain_for(events, wanted)
        n_events, n_removed = 0, (0,) * len(wanted)
        with (
            progress(f"Converting {source.name}") as report_progress,
            written.open(
                out,
                resolution=events.resolution,
                metadata=events.metadata,
                video_offset_us=getattr(events, "video_offset_us", None),
            ) as writer,
        ):
            if written.holds_triggers:
                writer.append_triggers(triggers)
            for batch, n_left_out in iter_filtered(events, chain, start_us, end_us):
                n_removed = tuple(map(sum, zip(n_removed, n_left_out, strict=True)))
                times = batch.t + events.origin_us
                writer.append(Events(times, batch.x, batch.y, batch.p))
                n_events += len(batch)
                if len(batch):
                    done = (int(batch.t[-1]) - start_us) / max(end_us - start_us, 1)
                    report_progress(done, "")
        lost = _lost(events, written, triggers, start_us)
    finally:
        events.close()
    n_bytes = out.stat().st_size
    removed = report_removed(chain, n_removed)
    report = {
        "path": str(out),
        "format": written.title,
        "n_events": n_events,
        "n_triggers": len(triggers) if written.holds_triggers else 0,
        "n_bytes": n_bytes,
        "filters": removed,
        "lost": lost,
    }
    if as_json:
        typer.echo(json.dumps(report))
        return
    typer.echo(f"{out}: {n_events:,} events, {n_bytes / 1e6:,.1f} MB, {written.title}")
    for words in removed_in_words(removed):
        typer.echo(words)
    for words in lost:
        typer.echo(f"not in {out.name}: {words}", err=True)


def _triggers_between(source: EventSource, start_us: int, stop_us: int | None) -> Triggers:
    """Return the triggers of a part on the sensor's clock; those before the first event too."""
    import numpy as np

    from evface.events.triggers import Triggers

    triggers = source.triggers()
    times = triggers.times_us
    first = int(np.searchsorted(times, start_us)) if start_us else 0
    last = len(times) if stop_us is None else int(np.searchsorted(times, stop_us))
    part = triggers.part(first, last)
    return Triggers(part.times_us + source.origin_us, part.channels, part.is_rising)


def _lost(
    source: EventSource, written: WritableFormat, triggers: Triggers, start_us: int
) -> list[str]:
    """Say what the format could not hold of a recording."""
    lost = []
    if len(triggers) and not written.holds_triggers:
        lost.append(f"{len(triggers):,} triggers; {written.title} has no place for them")
    if source.metadata and not written.holds_metadata:
        lost.append("what the file says of the camera")
    if not written.holds_resolution:
        lost.append("the size of the sensor ({} x {})".format(*source.resolution))
    if getattr(source, "frames", None) is not None:
        lost.append("pictures")
    begin_us = source.origin_us + start_us
    if written.counter_us is not None and begin_us >= written.counter_us:
        lost.append(
            f"when on the sensor's clock it begins ({begin_us:,} us): {written.title} counts "
            f"to {written.counter_us / 1e6:,.1f} s and begins again"
        )
    return lost
