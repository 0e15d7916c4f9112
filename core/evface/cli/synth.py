"""`evface synth`: synthetic recordings with their truth."""

from __future__ import annotations

import json
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from evface.cli.wording import counted


class _Protocol(StrEnum):
    FACEMORPHIC = "facemorphic"
    KEYPOINTS = "keypoints"
    DEMO = "demo"


class _Condition(StrEnum):
    MIXED = "mixed"
    GOOD_LIGHT = "good_light"
    LOW_LIGHT = "low_light"
    FLICKER = "flicker"
    MOTION_BLUR = "motion_blur"
    EXPOSURE_CHANGE = "exposure_change"


def register(app: typer.Typer) -> None:
    """Add `synth` to the command line."""
    app.command("synth")(synth)


def synth(
    out: Annotated[Path, typer.Argument(help="Folder of the set.", metavar="OUT")],
    protocol: Annotated[
        _Protocol,
        typer.Option(
            help="facemorphic: 24 action units twice, reading and free play, two cameras that "
            "are not calibrated. keypoints: wide poses, cameras that share one picture. "
            "demo: the demo's five seconds."
        ),
    ] = _Protocol.FACEMORPHIC,
    subjects: Annotated[int, typer.Option(min=1, help="How many people.")] = 8,
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same set.")] = 0,
    resolution: Annotated[
        str, typer.Option(help="Of the event camera, up to 1280x720.", metavar="WxH")
    ] = "640x480",
    rgb_resolution: Annotated[
        str, typer.Option(help="Of the video; facemorphic only.", metavar="WxH")
    ] = "640x480",
    condition: Annotated[
        _Condition, typer.Option(help="Light and exposure; mixed draws one a recording.")
    ] = _Condition.MIXED,
    labels: Annotated[
        str,
        typer.Option(help="Of facemorphic: AU12,AU45,AU51,reading,free ... All if not given."),
    ] = "",
    repetitions: Annotated[int, typer.Option(min=1, help="Of each action unit.")] = 2,
    clips_per_subject: Annotated[
        int, typer.Option(min=0, help="At most so many, chosen at random; 0 makes all.")
    ] = 0,
    jobs: Annotated[
        int, typer.Option(min=0, help="Processes that work; 0 is one a processor.")
    ] = 0,
    scheduler: Annotated[
        str,
        typer.Option(
            help="A Dask cluster that works instead, e.g. tcp://HOST:8786; its workers must see "
            "OUT under the same path. Needs the extra 'cluster'.",
            metavar="ADDRESS",
        ),
    ] = "",
    gallery: Annotated[
        bool, typer.Option(help="Write index.html with pictures of the recordings.")
    ] = True,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Make synthetic recordings: video, events, and the truth of both.

    OUT/clips/NAME/ holds video.mp4, events.h5 and truth.h5 of each recording.

    OUT/synth.json is the list of them, OUT/index.html shows pictures.

    The same command again makes what is missing, also after it was killed.

    A small set: --subjects 3 --labels AU12,AU45 --repetitions 1 --resolution 320x240
    """
    from evface.cli.progress import progress
    from evface.simulation.gallery import write_gallery
    from evface.simulation.protocols import SetSettings
    from evface.simulation.recording_set import make_set

    try:
        settings = SetSettings(
            protocol=protocol.value,
            n_subjects=subjects,
            seed=seed,
            resolution=_size(resolution, "--resolution"),
            rgb_resolution=_size(rgb_resolution, "--rgb-resolution"),
            condition=condition.value,
            labels=tuple(label.strip() for label in labels.split(",") if label.strip()),
            n_repetitions=repetitions,
            clips_per_subject=clips_per_subject,
        )
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error
    with progress("Making recordings") as report:
        summary = make_set(out, settings, n_processes=jobs, scheduler=scheduler, report=report)
    page = None
    if gallery:
        with progress("Writing the gallery") as report:
            page = write_gallery(out, report=report)
    if as_json:
        words = {"folder": str(out), "gallery": str(page) if page else None}
        typer.echo(json.dumps(words | asdict(summary) | {"settings": settings.to_json()}))
        return
    rate = f" in {summary.seconds:.0f} s" if summary.n_made else ""
    typer.echo(f"{out}: {counted(summary.n_clips, 'recording')}, {summary.n_made} made now{rate}")
    if page:
        typer.echo(f"pictures: {page}")


def _size(words: str, option: str) -> tuple[int, int]:
    try:
        width, height = (int(part) for part in words.lower().split("x"))
    except ValueError:
        raise typer.BadParameter(
            f"expected WIDTHxHEIGHT, got {words!r}", param_hint=f"'{option}'"
        ) from None
    return width, height
