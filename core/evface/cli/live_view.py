"""`evface live`: a camera without a window, and how well this computer keeps up with it."""

from __future__ import annotations

import json
import logging
import time
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from evface.live.pipeline import LivePipeline

_SAY_EVERY_S = 1.0
_FETCH_WITHIN_S = 0.1


def register(app: typer.Typer) -> None:
    """Add `live` to the command line."""
    app.command("live")(live)


def live(
    camera: Annotated[
        str | None,
        typer.Argument(
            help="As evface cameras lists them, replay:FILE, tcp://HOST:PORT or simulated:0; "
            "the first there is if not given.",
            metavar="CAMERA",
        ),
    ] = None,
    rgb: Annotated[
        str | None,
        typer.Option(help="An RGB camera beside it: webcam:0, or video:FILE.", metavar="CAMERA"),
    ] = None,
    seconds: Annotated[
        float | None, typer.Option(min=0.1, help="How long; until Ctrl+C if not given.")
    ] = None,
    window_us: Annotated[
        int,
        typer.Option(min=1_000, max=2_000_000, help="Length of the event window, microseconds."),
    ] = 33_000,
    representation: Annotated[
        str, typer.Option(help="How events are drawn, as for evface render.")
    ] = "metavision",
    rate: Annotated[float, typer.Option(min=1, max=1000, help="Pictures a second.")] = 60.0,
    checkpoint: Annotated[
        list[Path] | None,
        typer.Option(
            help="A trained network of landmarks (preset kp_live) or of action units (au_live); "
            "its file or the folder of its training. May be repeated."
        ),
    ] = None,
    teacher: Annotated[
        str,
        typer.Option(help="Looks at the RGB camera: mediapipe or fan; empty for none."),
    ] = "mediapipe",
    registration: Annotated[
        Path | None,
        typer.Option(help="How RGB lies on the events, as evface register --finding writes it."),
    ] = None,
    in_step: Annotated[
        bool,
        typer.Option("--in-step", help="Wait for the models' word on each picture that is shown."),
    ] = False,
    snapshot: Annotated[
        Path | None, typer.Option(help="In the end, keep the last picture (.png).")
    ] = None,
    clip: Annotated[
        Path | None, typer.Option(help="In the end, keep the last seconds (.mp4).")
    ] = None,
    log: Annotated[
        Path | None, typer.Option(help="Write every 10 s how late pictures are, and what fails.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Watch a camera without a window, and say how well this computer keeps up."""
    from evface.events.catalogue import CATALOGUE

    if representation not in CATALOGUE:
        raise typer.BadParameter(f"no {representation!r}; there are {', '.join(CATALOGUE)}")
    from evface.cameras.registry import open_camera, open_frame_camera
    from evface.events.representations.registry import representation as drawn_as
    from evface.live.drawing import View
    from evface.live.models import LiveModels
    from evface.live.pipeline import LivePipeline

    if log is not None:
        logging.basicConfig(
            filename=log, level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s"
        )
    opened = open_camera(camera or _first_camera())
    frames = opened.frame_camera if rgb is None else open_frame_camera(rgb)
    models = LiveModels(tuple(checkpoint or ()), teacher if frames is not None else "")
    pipeline = LivePipeline(
        opened,
        frames,
        view=View(drawn_as(representation), window_us),
        rate_hz=rate,
        models=models,
        event_from_rgb=_registration(registration),
    )
    pipeline.in_step = in_step
    pipeline.start()
    try:
        shown = _watch(pipeline, seconds)
        report = {"camera": opened.info.key, **shown, **_figures(pipeline)}
        if shown["n_shown"]:
            _keep(pipeline, snapshot, clip)
    finally:
        pipeline.stop()
    typer.echo(json.dumps(report) if as_json else _in_words(report))
    if not report["n_shown"]:
        raise typer.Exit(1)


def _process_age_s() -> float:
    """Return how long ago this process began."""
    import psutil

    return time.time() - psutil.Process().create_time()


def _first_camera() -> str:
    from evface.cameras.registry import list_cameras
    from evface.errors import CameraError

    found = list_cameras()
    for one in found:
        if not one.problem:
            return one.info.key
    problems = [f"{one.info.name}: {one.problem}" for one in found if one.problem]
    why = "; ".join(problems) or "plug one in, or name one, such as replay:FILE"
    raise CameraError("camera", f"there is none that can be used; {why}")


def _registration(path: Path | None) -> Any:
    from evface.transfer.registration_finding import read_finding

    return None if path is None else read_finding(path).registration


def _watch(pipeline: LivePipeline, seconds: float | None) -> dict[str, Any]:
    """Fetch pictures as a display would; return when the first came, and how many."""
    from evface.live.state import Working

    first_s: float | None = None
    number = n_shown = 0
    said_s = begun_s = shown_s = time.monotonic()
    state = None
    try:
        while seconds is None or time.monotonic() - begun_s < seconds:
            if pipeline.wait(number, _FETCH_WITHIN_S):
                picture = pipeline.latest()
                if picture is not None and picture.number > number:
                    number, n_shown = picture.number, n_shown + 1
                    if first_s is None:
                        first_s, shown_s = _process_age_s(), time.monotonic()
            if pipeline.state != state:
                state = pipeline.state
                loads = "models load" if state.working is Working.LOADING else ""
                lines = (state.words, state.frame_words, loads or state.working_words)
                typer.echo("; ".join(line for line in lines if line), err=True)
            elif time.monotonic() - said_s > _SAY_EVERY_S:
                said_s = time.monotonic()
                typer.echo(_line(pipeline, said_s - begun_s, n_shown), err=True)
    except KeyboardInterrupt:
        typer.echo("ended", err=True)
    watched_s = time.monotonic() - shown_s
    return {
        "first_picture_s": first_s,
        "n_shown": n_shown,
        "shown_per_s": n_shown / watched_s if first_s is not None else 0.0,
    }


def _figures(pipeline: LivePipeline) -> dict[str, Any]:
    from evface.files import plain_values

    latency, state, health = pipeline.latency, pipeline.state, pipeline.camera.health()
    return plain_values(
        {
            "state": asdict(state),
            "counters": asdict(pipeline.counters),
            "rate_hz": health.rate_hz,
            "latency": asdict(latency),
        }
    )


def _line(pipeline: LivePipeline, at_s: float, n_shown: int) -> str:
    counters, latency, health = pipeline.counters, pipeline.latency, pipeline.camera.health()
    line = f"{at_s:5.0f} s  {n_shown:6,} pictures  {health.rate_hz / 1e6:6.2f} Mev/s"
    if latency.picture.n:
        p50_ms, p99_ms = latency.picture.p50_ms, latency.picture.p99_ms
        line += f"  last event to picture {p50_ms:.1f} / {p99_ms:.1f} ms"
    if latency.overlay.n:
        line += f"  to overlay {latency.overlay.p50_ms:.0f} / {latency.overlay.p99_ms:.0f} ms"
    n_dropped = counters.n_dropped_by_camera + counters.n_dropped_by_ring
    return f"{line}  dropped {n_dropped:,}"


def _in_words(report: dict[str, Any]) -> str:
    first_s, picture = report["first_picture_s"], report["latency"]["picture"]
    if first_s is None:
        return f"{report['camera']}: no picture came; {report['state']['words']}"
    counters = report["counters"]
    lines = [
        f"{report['camera']}: {report['n_shown']:,} pictures, {report['shown_per_s']:.1f} a second,"
        f" the first after {first_s:.2f} s",
        f"  {counters['n_events']:,} events; dropped {counters['n_dropped_by_camera']:,} by the "
        f"camera, {counters['n_dropped_by_ring']:,} here",
        f"  last event to picture: p50 {_ms(picture['p50_ms'])}, p99 {_ms(picture['p99_ms'])}",
    ]
    overlay = report["latency"]["overlay"]
    if overlay["n"]:
        lines.append(
            f"  last event to overlay: p50 {_ms(overlay['p50_ms'])}, p99 {_ms(overlay['p99_ms'])}; "
            f"{counters['n_looked_at']:,} pictures looked at, {counters['n_not_looked_at']:,} not"
        )
    lines += [
        f"  {name} take p50 {_ms(took['p50_ms'])}, p99 {_ms(took['p99_ms'])}"
        for name, took in report["latency"]["models"].items()
    ]
    return "\n".join(lines)


def _ms(value: float | None) -> str:
    return "unknown" if value is None else f"{value:.1f} ms"


def _keep(pipeline: LivePipeline, snapshot: Path | None, clip: Path | None) -> None:
    """Write what was seen last."""
    from evface.live.clips import write_clip, write_snapshot

    if snapshot is not None:
        write_snapshot(snapshot, pipeline.replay())
        typer.echo(str(snapshot), err=True)
    if clip is not None:
        write_clip(clip, pipeline.replay())
        typer.echo(str(clip), err=True)
