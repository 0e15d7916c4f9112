"""What is made, trained and measured, before any of it is done."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from evface.simulation.protocols import SetSettings, split_subjects
from evface.training.config import read_config
from evface.training.settings import MACHINE_KEYS, TrainingConfig
from evface.training_sets.cutting import Cutting

# A change of what is kept asks for it to be made anew.
_VERSION = 1


@dataclass(frozen=True)
class People:
    """A synthetic set: who does what before which cameras."""

    name: str
    settings: SetSettings


@dataclass(frozen=True)
class Material:
    """A training set, made of synthetic ones.

    Parameters
    ----------
    people
        Names of the synthetic sets.
    """

    name: str
    people: tuple[str, ...]
    cutting: Cutting = field(default_factory=Cutting)


@dataclass(frozen=True)
class Trial:
    """One training, and what it is measured on.

    Parameters
    ----------
    group
        The table it is for.
    labels
        What tells it from the others of its group; ``seed`` is one of them.
    preset, settings
        As `evface train` takes them, with neither data nor weights nor seed.
    material
        Learnt from.
    weights
        From a key of the configuration's section ``weights`` to the name of the trial whose
        network it begins with.
    measured_on
        Materials; empty measures nothing.
    part
        Whom it is measured on. What is chosen by its figures is measured on validation.
    withholds_video
        Whether it is measured a second time without the video that it learnt from.
    """

    group: str
    labels: Mapping[str, str]
    preset: str
    settings: tuple[str, ...]
    material: str
    weights: Mapping[str, str] = field(default_factory=dict)
    measured_on: tuple[str, ...] = ()
    part: Literal["test", "validation"] = "test"
    withholds_video: bool = False

    @property
    def name(self) -> str:
        """For people and folders."""
        words = [f"{key}-{value}" if key == "seed" else value for key, value in self.labels.items()]
        return "_".join([self.group, *words]).replace(" ", "-").replace("+", "and")

    @property
    def seed(self) -> int:
        """Of all that is drawn in training."""
        return int(self.labels.get("seed", "0"))

    def config(self) -> TrainingConfig:
        """Return the configuration, without the paths that only a run knows."""
        return read_config(self.preset, [*self.settings, f"seed={self.seed}"])


@dataclass(frozen=True)
class Plan:
    """All of one size.

    Parameters
    ----------
    size
        Its name.
    about
        What people should know of it, a sentence or two.
    n_beside
        Trainings that run beside each other, each in a process of one thread; 0 trains one after
        the other in this process.
    device
        ``"cpu"`` or ``"cuda"``.
    """

    size: str
    about: str
    people: tuple[People, ...]
    materials: tuple[Material, ...]
    trials: tuple[Trial, ...]
    n_beside: int = 0
    device: Literal["cpu", "cuda"] = "cpu"

    def trial(self, name: str) -> Trial:
        """Return the trial of a name."""
        return next(trial for trial in self.trials if trial.name == name)

    def material(self, name: str) -> Material:
        """Return the training set of a name."""
        return next(material for material in self.materials if material.name == name)

    def people_of(self, material: Material) -> Iterator[People]:
        """Give the synthetic sets that a training set is made of."""
        return (people for people in self.people if people.name in material.people)

    def digest_of_material(self, name: str) -> str:
        """Return what changes with all that decides a training set's content."""
        material = self.material(name)
        said = [people.settings.to_json() for people in self.people_of(material)]
        return _digest([said, asdict(material.cutting)])

    def digest_of(self, trial: Trial) -> str:
        """Return what changes with all that decides a trial's outcome."""
        config = trial.config().to_plain()
        for key in MACHINE_KEYS:
            if key != "device":
                config["run"].pop(key)
        config.pop("about")
        needed = {key: self.digest_of(self.trial(name)) for key, name in trial.weights.items()}
        measured = {name: self.digest_of_material(name) for name in trial.measured_on}
        material = self.digest_of_material(trial.material)
        how = (trial.part, trial.withholds_video)
        return _digest([config, material, needed, measured, *how, self.device])

    def check(self) -> None:
        """Read every configuration and find every name, so that a wrong one is told at once."""
        names = [trial.name for trial in self.trials]
        doubled = sorted({name for name in names if names.count(name) > 1})
        if doubled:
            raise ValueError(f"two trials are called {doubled[0]}")
        for trial in self.trials:
            self.digest_of(trial)

    def lines(self) -> list[str]:
        """Return the plan for people, a line for each thing."""
        told = []
        for people in self.people:
            s = people.settings
            parts = split_subjects(s.n_subjects, s.seed)
            counts = ", ".join(f"{parts.count(p)} {p}" for p in ("train", "validation", "test"))
            size = "x".join(map(str, s.resolution))
            told.append(f"people {people.name}: {counts}; {s.condition}, events {size}")
        for trial in self.trials:
            config = trial.config()
            run, data = config.run, config.data
            length = f"{run.max_steps} steps" if run.max_steps else f"{run.epochs} epochs"
            told.append(
                f"train {trial.name}: {config.network}, {length} of {run.batch_size}, "
                f"{data.side_px} px, {run.precision}"
            )
        return told


def _digest(said: Any) -> str:
    text = json.dumps([_VERSION, said], sort_keys=True, default=list)
    return hashlib.blake2b(text.encode(), digest_size=6).hexdigest()
