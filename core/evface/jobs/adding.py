"""The job that adds a data set to a project."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from evface.datasets.adding import add_dataset
from evface.datasets.registry import DATASETS
from evface.datasets.sample_media import Simulation
from evface.datasets.splits import SPLITS
from evface.errors import JobError
from evface.projects.project import Project
from evface.simulation.events import PRESETS


@dataclass(frozen=True)
class AddDatasetJob:
    """Adds the samples of a folder to a project; those that it has already are passed over.

    Parameters
    ----------
    project
        Path of the project.
    dataset
        A key of `evface.datasets.registry.DATASETS`.
    folder
        Where the data set lies.
    split, limit
        Only those of this split, and the most to add; all when None.
    preset, seed
        How events are simulated where there are none.

    Raises
    ------
    ValueError
        If there is no such data set, preset or split.
    """

    kind: ClassVar[str] = "add_dataset"

    project: str
    dataset: str
    folder: str
    split: str | None = None
    limit: int | None = None
    preset: str = "v2e"
    seed: int = 0

    def __post_init__(self) -> None:
        for name, value, known in (
            ("dataset", self.dataset, DATASETS),
            ("preset", self.preset, PRESETS),
            ("split", self.split, (None, *SPLITS)),
        ):
            if value not in known:
                choices = ", ".join(filter(None, known))
                raise ValueError(f"{name} must be one of {choices}, got {value!r}")

    def run(self, report: Callable[[float, str], None]) -> str:
        """Add the samples; return the path of the project.

        Raises
        ------
        JobError
            If some could not be added. The others were.
        EvfaceError
            If none could.
        """
        with Project.open(Path(self.project)) as project:
            addition = add_dataset(
                project,
                DATASETS[self.dataset],
                Path(self.folder),
                split=self.split,
                limit=self.limit,
                simulation=Simulation(self.preset, self.seed),
                report=report,
            )
        if addition.errors:
            n_more = len(addition.errors) - 1
            others = f" (and {n_more} more like this)" if n_more else ""
            raise JobError(f"{addition.errors[0]}{others}; recordings added: {len(addition.added)}")
        return self.project
