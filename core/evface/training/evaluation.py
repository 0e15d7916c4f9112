"""How good a trained network is, on people that it was not trained on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from evface.datasets.splits import SPLITS
from evface.errors import DatasetError, ModelFileError, TrainingError
from evface.models.checkpoints import NetworkInfo, read_network
from evface.models.digests import digest_of
from evface.models.registry import task_of
from evface.training.au_metrics import ActionUnitMetrics
from evface.training.batches import Batches
from evface.training.bootstrap import measure_with_intervals
from evface.training.calibration import softmax
from evface.training.config import config_from
from evface.training.evaluation_file import ClipTold, Evaluation, Part
from evface.training.keypoint_metrics import LandmarkMetrics
from evface.training.landmarks import LandmarkTask
from evface.training.machine import explained_memory, require_device
from evface.training.settings import TrainingConfig
from evface.training.tasks import Told, make_task
from evface.training_sets.clips import AU_CLASSES
from evface.training_sets.file import TrainingSet
from evface.training_sets.splitting import split_clips_in_time
from evface.training_sets.torch_data import to_floats


def evaluate(
    checkpoint: Path,
    training_set: TrainingSet,
    *,
    part: Part = "test",
    batch_size: int = 16,
    device: str = "cpu",
    n_resamples: int = 1000,
    boxes: dict[int, NDArray[np.float32]] | None = None,
    report: Callable[[float, str], None] = lambda _fraction, _message: None,
) -> Evaluation:
    """Measure a network on a part of a training set.

    Parameters
    ----------
    part
        Whoever neither trained nor validated the network counts as ``"test"``; people are known by
        their names, in another set too. ``"all"`` takes everyone.
    n_resamples
        Of the people, for the intervals.
    boxes
        Of faces whose landmarks are measured, by clip, as a detector found them; by default those
        of the truth.

    Raises
    ------
    TrainingError
        If the network and the set do not go together.
    ModelFileError
        If the checkpoint cannot be used.
    DatasetError
        If the part is empty, or a clip is damaged.
    """
    require_device(device, "--device")
    network, info = read_network(checkpoint)
    # Now, as training may go on and keep another one while this one is measured.
    digest = digest_of(checkpoint)
    config = _config_of(checkpoint, info)
    if task_of(info.network) == "self_supervised":
        raise TrainingError(f"{checkpoint}: {info.network} tells nothing that could be measured")
    clips = part_of(training_set, info, part)
    data = config.data
    if task_of(info.network) == "landmarks":
        # All moments, so that flicker is seen.
        longest = max(training_set.index[index].n_frames for index in clips)
        data = replace(data, per_clip=longest)
    config = replace(
        config,
        data=replace(data, caches_features=False, caches_pictures=False),
        run=replace(config.run, batch_size=batch_size),
    )
    task = make_task(config, training_set, clips, known=info)
    if isinstance(task, LandmarkTask):
        task.boxes = boxes
    batches = Batches(task.items(trains=False), batch_size, shuffles=False)
    network.to(device)
    told: list[dict[str, NDArray[Any]]] = []
    indices: list[NDArray[np.int64]] = []
    with torch.no_grad(), explained_memory(config, batch_size="--batch-size"):
        for number, batch in enumerate(batches.epoch(0)):
            report(number / len(batches), "Measuring")
            fed = to_floats(batch, device)
            _, outputs = task.losses(network, fed)
            told.append(task.told(outputs, fed))
            indices.append(batch["clip_index"].numpy())
    whole = {name: np.concatenate([one[name] for one in told]) for name in told[0]}
    metrics = task.metrics(whole)
    # What learns without labels was refused above.
    assert isinstance(metrics, ActionUnitMetrics | LandmarkMetrics)
    rows = np.concatenate(indices)
    subjects = [training_set.index[index].subject for index in rows.tolist()]
    trained_on = set(info.training["split"].get("train", ()))
    return Evaluation(
        network=info.network,
        part=part,
        subjects=tuple(sorted(set(subjects))),
        n_rows=len(metrics),
        figures=measure_with_intervals(metrics.figures, subjects, n_resamples=n_resamples),
        per_unit=tuple(metrics.per_unit()) if isinstance(metrics, ActionUnitMetrics) else (),
        confusion=metrics.confusion() if isinstance(metrics, ActionUnitMetrics) else None,
        per_part=measure_with_intervals(metrics.per_part, subjects, n_resamples=n_resamples),
        clips=_clips_told(training_set, rows, metrics, whole),
        trained_on=tuple(sorted(set(subjects) & trained_on)),
        set_path=str(training_set.path),
        set_hash=training_set.content_hash,
        checkpoint=digest,
    )


def part_of(training_set: TrainingSet, info: NetworkInfo, part: Part) -> list[int]:
    """Return the clips of a part, as the network's training parted the people.

    Raises
    ------
    DatasetError
        If there are none.
    """
    data = info.training.get("config", {}).get("data", {})
    if (
        data.get("split") == "time"
        and part != "all"
        and info.training.get("data") == training_set.content_hash
    ):
        # The same people throughout: it is by time that the parts differ.
        return split_clips_in_time(training_set, fractions=tuple(data["fractions"]))[part]
    known = {subject: name for name, people in info.training["split"].items() for subject in people}
    clips = [
        index
        for index, entry in enumerate(training_set.index)
        if part == "all" or known.get(entry.subject, "test") == part
    ]
    if not clips:
        raise DatasetError(
            training_set.path, f"has nobody of {part}; choose of {', '.join((*SPLITS, 'all'))}"
        )
    return clips


def _config_of(path: Path, info: NetworkInfo) -> TrainingConfig:
    try:
        return config_from(info.training["config"])
    except (KeyError, TrainingError) as error:
        raise ModelFileError(path, f"does not say how it was trained ({error})") from error


def _clips_told(
    training_set: TrainingSet,
    rows: NDArray[np.int64],
    metrics: ActionUnitMetrics | LandmarkMetrics,
    whole: Told,
) -> tuple[ClipTold, ...]:
    """Return what was told of each clip; of landmarks the mean over its moments."""
    if isinstance(metrics, ActionUnitMetrics):
        probability = softmax(whole["scores"])
        first = probability.argmax(axis=1).tolist()
        return tuple(
            ClipTold(
                *_place_of(training_set, index),
                shown=AU_CLASSES[true] if true >= 0 else "",
                told=AU_CLASSES[taken],
                probability=float(probability[row, taken]),
            )
            for row, (index, true, taken) in enumerate(
                zip(rows.tolist(), whole["au_class"].tolist(), first, strict=True)
            )
        )
    told = []
    for index in dict.fromkeys(rows.tolist()):
        here = np.flatnonzero(rows == index)
        error = metrics.figures(here).get("nme", float("nan"))
        place = _place_of(training_set, index)
        told.append(ClipTold(*place, error=error, errors=metrics.per_part(here)))
    return tuple(told)


def _place_of(training_set: TrainingSet, index: int) -> tuple[str, str, int]:
    entry = training_set.index[index]
    return entry.recording, entry.subject, entry.start_us
