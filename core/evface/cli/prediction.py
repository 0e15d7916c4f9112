"""`evface predict` and `evface export-onnx`: trained networks at work."""

from __future__ import annotations

import json
import os
import tempfile
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from evface.cli.extras import require_training

_AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


class _Boxes(StrEnum):
    LABELS = "labels"
    TRACK = "track"


class _Pose(StrEnum):
    FACE = "face"
    NETWORK = "network"


def register(app: typer.Typer) -> None:
    """Add `predict` and `export-onnx` to the command line."""
    app.command("predict")(predict)
    app.command("export-onnx")(export_onnx)


def predict(
    project: Annotated[Path, typer.Argument(help="A project (.evface).", metavar="PROJECT")],
    checkpoint: Annotated[
        list[Path],
        typer.Option(
            help="A trained network, its file or the folder of its training; may be repeated, "
            "once for landmarks, once for action units."
        ),
    ],
    recording: Annotated[
        list[str] | None,
        typer.Option(help="Which, by name; may be repeated. All if not given."),
    ] = None,
    boxes: Annotated[
        _Boxes | None,
        typer.Option(
            help="Faces are where other landmarks are, or followed by the network itself. "
            "By default labels where there are any."
        ),
    ] = None,
    pose: Annotated[
        _Pose | None,
        typer.Option(
            help="Of the predicted head: that of the fitted one, or the network's. "
            "By default the fitted one's where it is the same head."
        ),
    ] = None,
    looks_beside: Annotated[
        int,
        typer.Option(
            min=0, max=4, help="Looks from beside to average landmarks over; each costs a look."
        ),
    ] = 0,
    event_period_us: Annotated[
        int, typer.Option(min=0, help="Time between landmarks; 0 is that of training.")
    ] = 0,
    smooth: Annotated[
        bool, typer.Option("--smooth", help="Smooth landmarks in time, as live.")
    ] = False,
    allow_assumed: Annotated[
        bool,
        typer.Option(
            "--allow-assumed",
            help="Use the video although nobody measured how it lies on the events.",
        ),
    ] = False,
    as_json: _AsJson = False,
) -> None:
    """Predict landmarks and action units of recordings, as tracks beside the others."""
    from evface.cli.progress import progress
    from evface.cli.recordings import raise_problems
    from evface.errors import EvfaceError, ModelFileError, ProjectFileError
    from evface.jobs.predicting import (
        PredictJob,
        describe_predictions,
        predictions_edit,
        read_predictions,
    )
    from evface.projects.project import Project

    require_training()
    from evface.models.checkpoints import network_file

    networks = [str(network_file(path)) for path in checkpoint]
    done: list[dict[str, Any]] = []
    problems: list[str] = []
    with Project.open(project) as opened, tempfile.TemporaryDirectory(prefix="evface-") as folder:
        if opened.is_read_only:
            raise ProjectFileError(project, "cannot be written; copy it to where it can")
        entries = [opened.find_recording(name) for name in recording or ()] or opened.recordings()
        if not entries:
            raise ProjectFileError(project, "has no recordings; add one with evface project add")
        for entry in entries:
            job = PredictJob(
                str(opened.path),
                (entry.id,),
                tuple(networks),
                str(Path(folder) / "tracks.npz"),
                boxes_from="" if boxes is None else boxes.value,
                pose_from="" if pose is None else pose.value,
                n_beside=looks_beside,
                event_period_us=event_period_us,
                allows_assumed=allow_assumed,
                smooths=smooth,
            )
            try:
                with progress(entry.name) as report:
                    found = read_predictions(Path(job.run(report)))
                opened.apply(predictions_edit(found))
            except (ModelFileError, ProjectFileError):
                raise  # The next recording would meet the same.
            except (EvfaceError, OSError) as error:
                problems.append(str(error))
                continue
            tracks = found[entry.id]
            line = describe_predictions(tracks)
            done.append(
                {
                    "recording": entry.name,
                    "found": line,
                    "tracks": {role: len(track) for role, track in tracks.items()},
                    "sources": {
                        role: dict(track.source.settings) for role, track in tracks.items()
                    },
                }
            )
            if not as_json:
                typer.echo(f"{entry.name}: {line}")
    if as_json:
        typer.echo(json.dumps({"project": str(project), "predicted": done, "failed": problems}))
    raise_problems(problems)


def export_onnx(
    checkpoint: Annotated[
        Path,
        typer.Argument(
            help="A trained network, its file or the folder of its training.", metavar="CHECKPOINT"
        ),
    ],
    output: Annotated[
        Path | None,
        typer.Argument(help="Where to write it; beside the checkpoint if not given."),
    ] = None,
    as_json: _AsJson = False,
) -> None:
    """Write a network as ONNX, and check that onnxruntime says the same."""
    require_training()
    # Before PyTorch is loaded: of what its exporter mutters nothing concerns people.
    os.environ.setdefault("TORCH_CPP_LOG_LEVEL", "ERROR")
    from evface.export.onnx import write_onnx
    from evface.models.checkpoints import network_file, read_network
    from evface.models.digests import digest_of

    trained = network_file(checkpoint)
    network, info = read_network(trained)
    path = output or trained.with_suffix(".onnx")
    difference = write_onnx(path, network, info, checkpoint=digest_of(trained))
    if as_json:
        typer.echo(
            json.dumps(
                {"onnx": str(path), "network": info.network, "largest_difference": difference}
            )
        )
        return
    typer.echo(f"{path}: {info.network}, within {difference:.1e} of PyTorch")
