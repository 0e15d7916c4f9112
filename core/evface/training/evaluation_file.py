"""What an evaluation found, and the file that keeps it; read without PyTorch."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from evface.errors import FileError
from evface.files import JSON_DAMAGES, plain_values, replacing
from evface.training.au_metrics import UnitFigures
from evface.training.bootstrap import Figure
from evface.training_sets.clips import AU_CLASSES

Part = Literal["train", "validation", "test", "all"]

# In the folder of a run.
FILE_NAME = "evaluation.json"


@dataclass(frozen=True)
class ClipTold:
    """What was told of one clip.

    Parameters
    ----------
    recording, subject, start_us
        Where it begins, and who is seen.
    shown, told
        Action units: what it shows, empty where unknown, and what it was taken for.
    probability
        Of what it was taken for; NaN for landmarks.
    error
        Mean NME of its landmarks; NaN for action units.
    errors
        The same by region of the face.
    """

    recording: str
    subject: str
    start_us: int
    shown: str = ""
    told: str = ""
    probability: float = math.nan
    error: float = math.nan
    errors: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Evaluation:
    """What was measured.

    Parameters
    ----------
    network
        Name in the registry.
    part
        Of the training set.
    subjects
        Who was seen.
    n_rows
        Clips, or moments of landmarks.
    figures
        By name, with intervals over the people.
    per_unit
        Of action units; empty for landmarks.
    confusion : (24, 24) int64 or None
        Of action units: truth in rows.
    per_part
        With intervals over the people: of action units the recall of each that is shown, of
        landmarks the error of each region.
    clips
        Each that was measured.
    trained_on
        Those of `subjects` whom the training saw as well.
    set_path, set_hash
        Of the training set.
    checkpoint
        Digest of the network.
    """

    network: str
    part: str
    subjects: tuple[str, ...]
    n_rows: int
    figures: Mapping[str, Figure]
    per_unit: tuple[UnitFigures, ...]
    confusion: NDArray[np.int64] | None
    per_part: Mapping[str, Figure] = field(default_factory=dict)
    clips: tuple[ClipTold, ...] = ()
    trained_on: tuple[str, ...] = ()
    set_path: str = ""
    set_hash: str = ""
    checkpoint: str = ""

    @property
    def is_of_units(self) -> bool:
        """Whether action units were told; else landmarks were placed."""
        return self.confusion is not None

    def to_json(self) -> dict[str, Any]:
        """Return plain values; what is unknown is None."""
        said: dict[str, Any] = plain_values(
            {
                "network": self.network,
                "split": self.part,
                "subjects": list(self.subjects),
                "n": self.n_rows,
                "figures": {name: asdict(figure) for name, figure in self.figures.items()},
                "per_unit": [asdict(unit) for unit in self.per_unit],
                "confusion": None if self.confusion is None else self.confusion.tolist(),
                "per_part": {name: asdict(figure) for name, figure in self.per_part.items()},
                "clips": [asdict(clip) for clip in self.clips],
                "trained_on": list(self.trained_on),
                "set_path": self.set_path,
                "set_hash": self.set_hash,
                "checkpoint": self.checkpoint,
            }
        )
        return said


def write_evaluation(path: Path, found: Evaluation) -> None:
    """Write what was measured, all or nothing.

    Raises
    ------
    FileError
        If it cannot be written.
    """
    with replacing(path) as temporary:
        temporary.write_text(json.dumps(found.to_json(), allow_nan=False), encoding="utf-8")


def read_evaluation(path: Path) -> Evaluation:
    """Read what was measured.

    Raises
    ------
    FileError
        If the file is missing, damaged or something else.
    """
    try:
        said: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        confusion = said["confusion"]
        table = None if confusion is None else np.array(confusion, np.int64)
        if table is not None and table.shape != (len(AU_CLASSES), len(AU_CLASSES)):
            raise ValueError(f"a table of {table.shape}")
        return Evaluation(
            network=str(said["network"]),
            part=str(said["split"]),
            subjects=tuple(map(str, said["subjects"])),
            n_rows=int(said["n"]),
            figures=_figures(said["figures"]),
            per_unit=tuple(UnitFigures(**_with_nan(unit)) for unit in said["per_unit"]),
            confusion=table,
            per_part=_figures(said["per_part"]),
            clips=tuple(_clip(clip) for clip in said["clips"]),
            trained_on=tuple(map(str, said["trained_on"])),
            set_path=str(said["set_path"]),
            set_hash=str(said["set_hash"]),
            checkpoint=str(said["checkpoint"]),
        )
    except (OSError, *JSON_DAMAGES) as error:
        raise FileError(
            path, f"holds no evaluation ({error}); measure the network again"
        ) from error


def whom_in_words(found: Evaluation) -> str:
    """Return on whom was measured, and what that is worth: a sentence for the user."""
    n = len(found.subjects)
    people = f"{n} {'person' if n == 1 else 'people'}"
    if found.part == "all":
        return f"Measured on everyone, {people}, those it was trained on included."
    if found.part == "train":
        return (
            f"Measured on what it was trained on, {people}, as nobody was left to test on: "
            "this says nothing of other people."
        )
    if found.trained_on:
        return (
            f"Measured on clips it never saw, but of {people} it was trained on: this says "
            "little of other people."
        )
    if found.part == "validation":
        return (
            f"Measured on the {people} by whom its best step was chosen, as nobody was left to "
            "test on: somewhat too good."
        )
    return f"Measured on {people} whom it never saw."


def _clip(said: Mapping[str, Any]) -> ClipTold:
    known = _with_nan(said, but="errors")
    return ClipTold(**{**known, "errors": _with_nan(known["errors"])})


def _figures(said: Mapping[str, Any]) -> dict[str, Figure]:
    return {str(name): Figure(**_with_nan(figure)) for name, figure in said.items()}


def _with_nan(said: Mapping[str, Any], *, but: str = "") -> dict[str, Any]:
    return {
        str(name): math.nan if value is None and name != but else value
        for name, value in said.items()
    }
