"""`evface info` and `evface render`: event files seen and drawn."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from evface.cli.event_files import bar_of, check_out, open_source, pass_on_warnings
from evface.cli.filtering import FilterOption, chain_for, read_filters
from evface.errors import EventFileError, EvfaceError, FileError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from evface.events.sources import EventSource

_Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
_Force = Annotated[bool, typer.Option("--force", help="Replace OUT where it exists.")]


def register(app: typer.Typer) -> None:
    """Add `info` and `render` to the command line."""
    app.command("info")(info)
    app.command("render")(render)


def info(
    paths: Annotated[list[Path], typer.Argument(help="Event files and videos.", metavar="PATH...")],
    as_json: _Json = False,
) -> None:
    """Say what event files and videos hold: format, size, length, rate, and what is wrong."""
    reports = [_describe(path) for path in paths]
    if as_json:
        typer.echo(json.dumps({"files": reports}))
    else:
        shown = [report for report in reports if "error" not in report]
        typer.echo("\n\n".join(_in_words(report) for report in shown), nl=bool(shown))
    for report in reports:
        if "error" in report:
            typer.echo(f"error: {report['path']}: {report['error']}", err=True)
    if any("error" in report for report in reports):
        raise typer.Exit(1)


def render(
    source: Annotated[Path, typer.Argument(help="An event file.", metavar="IN")],
    out: Annotated[
        Path,
        typer.Argument(help="A picture (.png) or the whole recording (.mp4).", metavar="OUT"),
    ],
    window_us: Annotated[
        int, typer.Option(min=1, help="Length of the event window, microseconds.")
    ] = 33333,
    representation: Annotated[
        str, typer.Option(help="metavision, histogram or time_surface.")
    ] = "metavision",
    palette: Annotated[str, typer.Option(help="dark, light, coolwarm or gray.")] = "dark",
    at_us: Annotated[
        int | None,
        typer.Option(help="For a picture: when its window ends; the middle if not given."),
    ] = None,
    fps: Annotated[float, typer.Option(min=0.01, max=1000, help="For an .mp4: its rate.")] = 30.0,
    filters: FilterOption = None,
    force: _Force = False,
    as_json: _Json = False,
) -> None:
    """Draw events as a picture or a video."""
    from evface.events.catalogue import CATALOGUE
    from evface.events.filters.filtered_source import FilteredSource
    from evface.events.palettes import Palette

    if representation not in CATALOGUE:
        raise typer.BadParameter(f"no {representation!r}; there are {', '.join(CATALOGUE)}")
    if palette not in list(Palette):
        raise typer.BadParameter(f"no palette {palette!r}; there are {', '.join(Palette)}")
    kind = _kind_of(out, (".png", ".mp4"))
    if kind == ".mp4" and at_us is not None:
        raise typer.BadParameter("--at-us is for a picture; an .mp4 shows the whole recording")
    wanted = read_filters(filters)
    events = open_source(source)
    try:
        check_out(source, out, force)
        if not events.n_events:
            raise EventFileError(source, "holds no events; there is nothing to draw")
        pass_on_warnings(events)
        events = FilteredSource(events, chain_for(events, wanted)) if wanted else events
        if kind == ".png":
            summary = _render_picture(events, out, window_us, representation, palette, at_us)
        else:
            summary = _render_video(events, out, window_us, representation, palette, fps)
    finally:
        events.close()
    report = {"path": str(out), **summary, "window_us": window_us}
    if as_json:
        typer.echo(json.dumps(report))
    elif kind == ".png":
        begin_us = report["at_us"] - window_us
        typer.echo(f"{out}: {report['n_events']:,} events, {begin_us:,} to {report['at_us']:,} us")
    else:
        typer.echo(f"{out}: {report['n_frames']:,} frames at {fps:g} a second")


def _describe(path: Path) -> dict[str, Any]:
    from evface.events.content import Content, identify

    try:
        if identify(path) is Content.VIDEO:
            return _describe_video(path)
        return _describe_events(path)
    except FileError as error:
        return {"path": str(path), "error": error.problem}
    except EvfaceError as error:
        return {"path": str(path), "error": str(error)}


def _describe_events(path: Path) -> dict[str, Any]:
    from evface.events.health.plain import to_plain
    from evface.events.health.store import health_of

    source = open_source(path)
    try:
        with bar_of(f"Checking {path.name}") as report:
            health = health_of(source, report=report)
        mean = source.n_events * 1e6 / max(source.duration_us, 1)
        # Bins of 10 ms, coarser where a damaged file claims to last for days.
        bin_us = 10_000 * max(1, source.duration_us // 10**11)
        peak = int(source.rate(bin_us).max(initial=0)) * 1e6 / bin_us
        return {
            "path": str(path),
            "kind": "events",
            "format": source.format,
            "resolution": list(source.resolution),
            "n_events": source.n_events,
            "duration_us": source.duration_us,
            "origin_us": source.origin_us,
            "rate_hz": round(mean, 3),
            "peak_rate_hz": round(max(peak, mean), 3),
            "warnings": list(source.warnings),
            "metadata": source.metadata,
            "health": to_plain(health),
        }
    finally:
        source.close()


def _describe_video(path: Path) -> dict[str, Any]:
    from evface.video.reader import open_video

    video = open_video(path)
    try:
        return {
            "path": str(path),
            "kind": "video",
            "format": "video",
            "resolution": list(video.resolution),
            "n_frames": video.n_frames,
            "duration_us": video.duration_us,
            "rate_hz": round(video.rate_hz, 3),
            "warnings": list(video.warnings),
        }
    finally:
        video.close()


def _in_words(report: dict[str, Any]) -> str:
    width, height = report["resolution"]
    lines = [
        report["path"],
        f"  format      {report['format']}",
        f"  resolution  {width} x {height}",
    ]
    if report["kind"] == "events":
        lines += [
            f"  events      {report['n_events']:,}",
            f"  duration    {report['duration_us'] / 1e6:,.6f} s",
            f"  rate        {_rate(report['rate_hz'])}, at most {_rate(report['peak_rate_hz'])}",
            f"  begins at   {report['origin_us']:,} us on the sensor's clock",
        ]
        lines += [f"  {key}: {value}" for key, value in report["metadata"].items()]
    else:
        lines += [
            f"  frames      {report['n_frames']:,}",
            f"  duration    {report['duration_us'] / 1e6:,.3f} s",
            f"  rate        {report['rate_hz']:g} frames/s",
        ]
    lines += [f"  warning     {warning}" for warning in report["warnings"]]
    if report["kind"] == "events":
        lines += _health_in_words(report["health"])
    return "\n".join(lines)


def _health_in_words(health: dict[str, Any]) -> list[str]:
    facts = health["facts"]
    hot = facts["hot_pixels"]
    lines = [f"  hot pixels  {hot['n_pixels']:,}, {hot['share']:.2%} of the events"]
    if facts["on_share"] is not None:
        lines.append(f"  on events   {facts['on_share']:.1%}")
    lines += [
        f"  triggers    input {one['channel']}: {one['n_rising']:,} rising, "
        f"{one['n_falling']:,} falling"
        for one in facts["triggers"]
    ]
    if facts["findings"]["n_wraps"]:
        n_wraps = facts["findings"]["n_wraps"]
        lines.append(f"  clock       its counter began again {n_wraps:,} times")
    lines.append(f"  health      {health['lamp']}")
    for reason in health["reasons"]:
        lines.append(f"    {reason['lamp']}: {reason['words']} {reason['advice']}")
    return lines + [f"    note: {note}" for note in health["notes"]]


def _rate(rate_hz: float) -> str:
    for unit, factor in (("Mev/s", 1e6), ("kev/s", 1e3)):
        if rate_hz >= factor:
            return f"{rate_hz / factor:,.2f} {unit}"
    return f"{rate_hz:,.0f} ev/s"


def _kind_of(out: Path, kinds: tuple[str, ...]) -> str:
    kind = out.suffix.lower()
    if kind not in kinds:
        raise typer.BadParameter(f"OUT must end in {' or '.join(kinds)}, got {out.name!r}")
    return kind


def _render_picture(
    source: EventSource,
    out: Path,
    window_us: int,
    representation: str,
    palette: str,
    at_us: int | None,
) -> dict[str, Any]:
    import cv2

    if at_us is None:
        at_us = max(source.duration_us // 2, min(window_us, source.duration_us))
    elif not 0 <= at_us <= source.duration_us:
        raise typer.BadParameter(f"--at-us must be within 0 to {source.duration_us}, got {at_us}")
    image, n_events = _draw(source, at_us, window_us, representation, palette)
    is_done, data = cv2.imencode(".png", image[:, :, ::-1])
    if not is_done:
        raise FileError(out, "the picture is too large for a PNG")
    temporary = out.with_name(f".{out.name}.part")
    try:
        temporary.write_bytes(data.tobytes())
        temporary.replace(out)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        reason = error.strerror or "unknown"
        raise FileError(
            out, f"cannot be written ({reason}); check the folder and the free space"
        ) from error
    return {"at_us": at_us, "n_events": n_events}


def _render_video(
    source: EventSource, out: Path, window_us: int, representation: str, palette: str, fps: float
) -> dict[str, Any]:
    from evface.cli.progress import progress
    from evface.video.writer import write_video

    period_us = round(1e6 / fps)
    # A frame shows the events before it, so there is none at zero; a short recording has one.
    ends = range(period_us, source.duration_us, period_us) or range(
        source.duration_us, 2**62, 2**62
    )
    with progress(f"Drawing {source.path.name}") as report:

        def frames() -> Iterator[NDArray[np.uint8]]:
            for k, end_us in enumerate(ends):
                report(k / len(ends), "")
                yield _draw(source, end_us, window_us, representation, palette)[0]

        write_video(out, frames(), rate_hz=fps)
    return {"n_frames": len(ends), "rate_hz": fps}


def _draw(
    source: EventSource, at_us: int, window_us: int, representation: str, palette: str
) -> tuple[NDArray[np.uint8], int]:
    from evface.events.representations.registry import render_representation
    from evface.events.representations.registry import representation as make

    events = source.read(at_us - window_us, at_us)
    image = render_representation(
        events,
        make(representation),
        palette,
        resolution=source.resolution,
        start_us=at_us - window_us,
        stop_us=at_us,
    )
    return image, len(events)
