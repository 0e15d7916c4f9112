"""`evface info`: what event files and videos hold."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from evface.cli.event_files import bar_of, open_source
from evface.errors import EvfaceError, FileError

_Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


def register(app: typer.Typer) -> None:
    """Add `info` to the command line."""
    app.command("info")(info)


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
