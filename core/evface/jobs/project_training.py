"""The job that trains a network on the labels of a project."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import ClassVar, Literal

from filelock import FileLock, Timeout

from evface.annotations.tracks import LandmarkState
from evface.errors import JobError
from evface.files import replacing
from evface.jobs.reading import opened_for_reading
from evface.jobs.spec import JobReport
from evface.training.config import read_config
from evface.training.loop import train
from evface.training.runs import DATA, LAST
from evface.training.settings import TrainingConfig
from evface.training_sets.building import SetPlan, build_training_set
from evface.training_sets.cutting import Cutting
from evface.training_sets.from_projects import LabelChoice

# What the set in the folder was made of.
_MADE_OF = "data.json"
_LOCK = ".training.lock"
_SHARE_OF_BUILDING = 0.05


@dataclass(frozen=True)
class TrainProjectJob:
    """Make a training set of a project and train on it; the result is the checkpoint.

    A job that is cancelled or killed leaves a folder from which the same job goes on. The set is
    made anew where labels have changed since, unless training has begun: it goes on with the labels
    that it began with, and a new training takes the new ones.

    Parameters
    ----------
    project
        Path of the project, which is only read.
    config
        A preset, or the path of a TOML file.
    output
        Folder of the run; it gets the training set as well.
    settings
        ``section.key=value`` each, what counts instead of the configuration's own.
    recordings
        Ids; all of the project's when empty.
    least_state, not_coded, labels
        As in `LabelChoice`, the state in small letters.
    author
        Whose words count; everyone's if empty.
    subject_pattern
        As in `Subjects`.
    restarts
        Begin anew, whatever the folder holds.
    """

    kind: ClassVar[str] = "train_project"

    project: str
    config: str
    output: str
    settings: tuple[str, ...] = ()
    recordings: tuple[str, ...] = ()
    least_state: Literal["auto", "interpolated", "corrected", "verified"] = "auto"
    not_coded: Literal["machine", "unknown"] = "machine"
    labels: Literal["machine", "truth"] = "machine"
    author: str = ""
    subject_pattern: str = ""
    restarts: bool = False

    def run(self, report: JobReport) -> str:
        """Make the set where it is missing, and train; return the path of the best network."""
        folder = Path(self.output)
        config = self.read_config()
        folder.mkdir(parents=True, exist_ok=True)
        try:
            with FileLock(folder / _LOCK, timeout=0):
                self._provide_data(folder, config, report)
                report(_SHARE_OF_BUILDING, "Loading PyTorch")

                def tell(
                    fraction: float, message: str = "", metrics: Mapping[str, float] | None = None
                ) -> None:
                    done = _SHARE_OF_BUILDING + (1 - _SHARE_OF_BUILDING) * fraction
                    report(done, message, metrics)

                result = train(config, folder, report=tell, restarts=self.restarts)
        except Timeout as error:
            raise JobError(
                f"{folder.name} is being trained by another process; wait until that has ended"
            ) from error
        return str(result.path)

    def _provide_data(self, folder: Path, config: TrainingConfig, report: JobReport) -> None:
        has_data = (folder / DATA).is_file()
        if has_data and (folder / LAST).is_file() and not self.restarts:
            return
        plan = self.plan(config)
        with opened_for_reading(Path(self.project)) as project:
            made_of = hashlib.blake2b(
                json.dumps(
                    [
                        asdict(plan),
                        project.count_edits(),
                        [asdict(entry) for entry in project.recordings()],
                    ],
                    default=str,
                ).encode(),
                digest_size=16,
            ).hexdigest()
            if has_data and _read_text(folder / _MADE_OF) == made_of:
                return
            (folder / _MADE_OF).unlink(missing_ok=True)
            build_training_set(
                folder / DATA,
                plan,
                report=lambda fraction, words: report(
                    _SHARE_OF_BUILDING * fraction, f"Gathering labels: {words}"
                ),
            )
        with replacing(folder / _MADE_OF) as temporary:
            temporary.write_text(made_of, encoding="utf-8")

    def read_config(self) -> TrainingConfig:
        """Return the configuration, with the set in the folder as its data."""
        data = (
            f"data.path={Path(self.output) / DATA}",
            f"data.least_state={self.least_state}",
        )
        return read_config(self.config, (*data, *self.settings))

    def plan(self, config: TrainingConfig) -> SetPlan:
        """Return what the training set is made of."""
        n_frames = config.data.n_frames
        sees_video = config.data.uses_rgb or config.data.modality in ("rgb", "both")
        return SetPlan(
            (Path(self.project),),
            recordings=self.recordings,
            subject_pattern=self.subject_pattern,
            cutting=Cutting(n_frames, n_frames, with_rgb=sees_video),
            choice=LabelChoice(
                LandmarkState[self.least_state.upper()],
                self.author or None,
                self.not_coded,
                self.labels,
            ),
        )


def _read_text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError:
        return ""
