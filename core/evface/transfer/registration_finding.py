"""What registering a recording found: the registration, how good it is, and where."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evface.annotations.registration_json import registration_from_json, registration_to_json
from evface.errors import FileError
from evface.files import replacing
from evface.geometry.registration import Registration

_FORMAT = 1


@dataclass(frozen=True, eq=False)
class RegistrationFinding:
    """A registration with its evidence, for people to judge.

    Parameters
    ----------
    registration
        Its quality and residual are conclusions from what follows.
    map_px : (n_rows, n_columns) float32
        Typical error in each cell of a grid over the event picture, top row first; NaN where the
        face never moved.
    coverage
        Share of the cells that the face lay in for which `map_px` says something, 0 to 1.
    instants_us : (n_instants,) int64
        Sensor times of the moments that were compared.
    residuals_px : (n_instants,) float64
        Typical error at each moment.
    spread_px
        How far the registrations of the recording's two halves lie apart on the face. NaN where
        there was too little for two.
    explained
        Correlation of where movement was seen and where the face says it is, -1 to 1.
    n_pairs
        Points set by a person that were used.
    reasons
        What speaks against it, each a plain sentence; empty where nothing does.
    """

    registration: Registration
    map_px: NDArray[np.float32]
    coverage: float
    instants_us: NDArray[np.int64]
    residuals_px: NDArray[np.float64]
    spread_px: float
    explained: float
    n_pairs: int
    reasons: tuple[str, ...]

    @property
    def in_words(self) -> str:
        """One line for people."""
        said = self.registration
        line = f"{said.quality} ({said.method}"
        if not math.isnan(said.residual_px):
            line += f", residual {said.residual_px:.1f} px"
        line += f", {len(self.instants_us)} moments"
        if self.n_pairs:
            line += f", {self.n_pairs} pair{'s' if self.n_pairs > 1 else ''}"
        return "; ".join([f"{line})", *self.reasons])

    def to_json(self) -> dict[str, Any]:
        """Return it ready for JSON, which has no NaN: null stands for it."""
        return {
            "format": _FORMAT,
            "registration": registration_to_json(self.registration),
            "map_px": [[_number(value) for value in row] for row in self.map_px.tolist()],
            "coverage": _number(self.coverage),
            "instants_us": self.instants_us.tolist(),
            "residuals_px": [_number(value) for value in self.residuals_px.tolist()],
            "spread_px": _number(self.spread_px),
            "explained": _number(self.explained),
            "n_pairs": self.n_pairs,
            "reasons": list(self.reasons),
        }


def write_finding(path: Path, finding: RegistrationFinding) -> None:
    """Write a finding as JSON, all or nothing.

    Raises
    ------
    FileError
        If the file cannot be written.
    """
    with replacing(path) as temporary:
        temporary.write_text(json.dumps(finding.to_json(), allow_nan=False), encoding="utf-8")


def read_finding(path: Path) -> RegistrationFinding:
    """Read the finding that `write_finding` wrote.

    Raises
    ------
    FileError
        If the file is missing or is not a finding.
    """
    try:
        fields = json.loads(path.read_text(encoding="utf-8"))
        if fields["format"] != _FORMAT:
            raise ValueError(f"of format {fields['format']}")
        return RegistrationFinding(
            registration=registration_from_json(fields["registration"]),
            map_px=np.array(fields["map_px"], np.float32),
            coverage=_or_nan(fields["coverage"]),
            instants_us=np.array(fields["instants_us"], np.int64),
            residuals_px=np.array(fields["residuals_px"], np.float64),
            spread_px=_or_nan(fields["spread_px"]),
            explained=_or_nan(fields["explained"]),
            n_pairs=int(fields["n_pairs"]),
            reasons=tuple(map(str, fields["reasons"])),
        )
    except OSError as error:
        raise FileError(path, f"cannot be read ({error.strerror})") from error
    except (ValueError, KeyError, TypeError) as error:
        raise FileError(path, f"is not a finding ({error}); register again") from error


def _number(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


def _or_nan(value: float | None) -> float:
    return math.nan if value is None else float(value)
