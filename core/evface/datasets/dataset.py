"""What a data set is: how it is had, how its folder looks, and what is found in one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from evface.datasets.samples import Sample
from evface.errors import DatasetError


@dataclass(frozen=True)
class Missing:
    """Something that a folder lacks.

    Parameters
    ----------
    path
        Where it should be.
    problem
        What is wrong; what to do. Without the path.
    """

    path: Path
    problem: str

    def __str__(self) -> str:
        return f"{self.path}: {self.problem}"


@dataclass(frozen=True)
class Findings:
    """What a folder holds of a data set.

    Parameters
    ----------
    n_samples, n_subjects
        What can be used.
    n_with_events, n_simulated, n_pictures
        How many samples have events, how many need them simulated, and how many are pictures of
        events without times.
    splits
        Samples by split; ``""`` for none.
    labels
        Samples by label.
    missing
        What is not there or damaged.
    """

    n_samples: int
    n_subjects: int
    n_with_events: int
    n_simulated: int
    n_pictures: int
    splits: Mapping[str, int]
    labels: Mapping[str, int]
    missing: tuple[Missing, ...]


@dataclass(frozen=True)
class Dataset:
    """A data set that can be loaded from a folder of the user's.

    Parameters
    ----------
    name
        As users type it.
    title
        One line.
    reference
        The paper.
    obtain
        Where and on what terms users get it.
    layout
        What must lie where in the folder: one line each.
    labels
        What was published about the samples, and how it is read.
    assumed
        What nobody published and is taken for granted; empty if nothing.
    scan
        Goes through a folder that exists.
    takes_file
        Whether `scan` takes a file as well.
    """

    name: str
    title: str
    reference: str
    obtain: str
    layout: str
    labels: str
    assumed: str
    scan: Callable[[Path], Iterator[Sample | Missing]]
    takes_file: bool = False

    def iter_samples(self, folder: Path, *, split: str | None = None) -> Iterator[Sample]:
        """Go through the samples of a folder, without opening media or reading labels.

        Parameters
        ----------
        split
            Only those of this split; all when None.

        Raises
        ------
        DatasetError
            If there is no such folder, or nothing of this data set in it; the message says what
            is missed first.
        """
        first: Missing | None = None
        n_samples = 0
        for found in self._scan(folder):
            if isinstance(found, Missing):
                first = first or found
                continue
            n_samples += 1
            if split is None or found.split == split:
                yield found
        if not n_samples:
            problem = first or Missing(folder, f"holds nothing of {self.name}")
            raise DatasetError(
                problem.path, f"{problem.problem}; see evface dataset info {self.name}"
            )

    def find(self, folder: Path) -> Findings:
        """Look at all samples of a folder, their labels included.

        Raises
        ------
        DatasetError
            If there is no such folder.
        """
        missing: list[Missing] = []
        subjects: set[str] = set()
        splits: Counter[str] = Counter()
        labels: Counter[str] = Counter()
        n_with_events = n_simulated = n_pictures = 0
        for found in self._scan(folder):
            if isinstance(found, Missing):
                missing.append(found)
                continue
            try:
                found.read_tracks()
            except DatasetError as error:
                missing.append(Missing(error.path, error.problem))
                continue
            subjects.add(found.subject)
            splits[found.split] += 1
            labels[found.label] += 1
            n_with_events += found.events is not None
            n_simulated += found.is_simulated
            n_pictures += not found.is_recording
        return Findings(
            n_samples=splits.total(),
            n_subjects=len(subjects),
            n_with_events=n_with_events,
            n_simulated=n_simulated,
            n_pictures=n_pictures,
            splits=dict(splits),
            labels=dict(labels),
            missing=tuple(missing),
        )

    def _scan(self, folder: Path) -> Iterator[Sample | Missing]:
        folder = Path(folder)
        if not folder.exists():
            raise DatasetError(
                folder, f"there is no such folder; see evface dataset info {self.name}"
            )
        if not (folder.is_dir() or self.takes_file):
            raise DatasetError(folder, "is a file; give the data set's folder")
        return self.scan(folder)
