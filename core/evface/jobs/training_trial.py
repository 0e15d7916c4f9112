"""The job that finds out how long a training would take here."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import islice, pairwise
from pathlib import Path
from typing import ClassVar

import psutil

from evface.jobs.project_training import TrainProjectJob
from evface.jobs.reading import opened_for_reading
from evface.jobs.spec import JobReport
from evface.models.registry import task_of
from evface.projects.entries import RecordingEntry
from evface.projects.project import Project
from evface.projects.recording import open_recording
from evface.training.forecast import TrainingTime, write_time
from evface.training.loop import train
from evface.training.runs import DATA
from evface.training.settings import TrainingConfig
from evface.training_sets.building import SetPlan
from evface.training_sets.clips import Clip
from evface.training_sets.cutting import Cutting
from evface.training_sets.from_projects import iter_project_clips
from evface.training_sets.recording_facts import Subjects
from evface.training_sets.writing import write_training_set

# Steps that are measured, after one that warms up.
_N_STEPS = 3
# To validate is to go forward only, a third of a step.
_SHARE_OF_VALIDATION = 1 / 3


@dataclass(frozen=True)
class TimeTrainingJob(TrainProjectJob):
    """Train some steps on a few clips of a project; the result is a file, see `read_time`.

    As `TrainProjectJob`, and nothing of the training is kept.
    """

    kind: ClassVar[str] = "time_training"

    def run(self, report: JobReport) -> str:
        """Measure; return the path of what was found."""
        folder = Path(self.output)
        config = self.read_config()
        plan = self.plan(config)
        # PyTorch was loaded before anything here could run.
        started_s = time.time() - psutil.Process().create_time()
        report(0.2, "Reading some clips")
        with opened_for_reading(Path(self.project)) as project:
            entries = [project.find_recording(name) for name in self.recordings]
            entries = entries or project.recordings()
            n_clips = sum(_count_clips(entry, plan.cutting) for entry in entries)
            n_wanted = min(_n_clips_of_a_batch(config), n_clips)
            begun_s = time.perf_counter()
            clips = _clips(project, entries, plan)
            n_read = write_training_set(folder / DATA, islice(clips, max(n_wanted, 1)))
        gathered_s = time.perf_counter() - begun_s
        begun_s = time.perf_counter()
        told_s: list[float] = []
        n_tried = _N_STEPS + 1

        def tell(
            fraction: float, message: str = "", metrics: Mapping[str, float] | None = None
        ) -> None:
            if metrics and "train/loss" in metrics:
                told_s.append(time.perf_counter())
            # Which step it is, is all that the training itself could tell.
            del fraction, message
            report(0.4 + 0.6 * len(told_s) / n_tried, "Measuring some steps")

        tried = replace(
            config,
            data=replace(config.data, path=str(folder / DATA), split="none"),
            run=replace(config.run, epochs=n_tried, max_steps=n_tried),
        )
        train(tried, folder, report=tell, restarts=True)
        steps_s = sorted(b - a for a, b in pairwise(told_s))
        step_s = steps_s[len(steps_s) // 2]
        setup_s = max(told_s[0] - begun_s - step_s, 0.0)
        # What is done once for each clip; drawing them all is soon done, convolving them is not.
        grows = n_clips / n_read
        setup_s = gathered_s * grows + setup_s * (grows if config.data.caches_features else 1.0)
        n_steps, n_validation = _count_steps(config, n_clips)
        found = TrainingTime(
            step_s=step_s,
            n_steps=n_steps,
            epoch_s=step_s * (n_steps + _SHARE_OF_VALIDATION * n_validation),
            setup_s=started_s + setup_s,
            n_clips=n_clips,
            n_measured=len(steps_s),
        )
        path = folder / "time.json"
        write_time(path, found)
        return str(path)


def _clips(project: Project, entries: list[RecordingEntry], plan: SetPlan) -> Iterator[Clip]:
    return iter_project_clips(
        project,
        recordings=entries,
        cutting=plan.cutting,
        choice=plan.choice,
        subjects=Subjects({}, plan.subject_pattern),
    )


def _count_clips(entry: RecordingEntry, cutting: Cutting) -> int:
    recording = open_recording(entry)
    try:
        n_moments = len(cutting.moments(recording.events.duration_us))
    finally:
        recording.close()
    return len(list(cutting.stretches(n_moments)))


def _per_clip(config: TrainingConfig) -> int:
    """Return how many items of an epoch come from a clip."""
    return 1 if task_of(config.network) == "action_units" else config.data.per_clip


def _n_clips_of_a_batch(config: TrainingConfig) -> int:
    return -(-config.run.batch_size // _per_clip(config))


def _count_steps(config: TrainingConfig, n_clips: int) -> tuple[int, int]:
    """Return the steps of an epoch, and the batches that validate it."""
    train, validation, _ = (1.0, 0.0, 0.0) if config.data.split == "none" else config.data.fractions
    per_clip, batch = _per_clip(config), config.run.batch_size
    n_train = max(1, round(train * n_clips)) * per_clip
    n_validation = round(max(1.0, validation * n_clips)) * per_clip if validation else 0
    return max(1, n_train // batch), -(-n_validation // batch)
