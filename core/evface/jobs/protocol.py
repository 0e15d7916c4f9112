"""What a job process says, one JSON object a line on stdout."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field


@dataclass(frozen=True)
class Progress:
    """How far a job is, 0 to 1, what it does now, and what it has just measured, if anything."""

    fraction: float
    message: str = ""
    metrics: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Done:
    """The job succeeded; `output` is the path of its result."""

    output: str


@dataclass(frozen=True)
class Failed:
    """The job failed; `error` is one line for the user."""

    error: str


Report = Progress | Done | Failed
_REPORTS: dict[str, type[Progress] | type[Done] | type[Failed]] = {
    cls.__name__: cls for cls in (Progress, Done, Failed)
}


def encode(report: Report) -> str:
    """Return `report` as one line of JSON."""
    return json.dumps({"type": type(report).__name__, **asdict(report)})


def decode(line: str) -> Report:
    """Return the report in `line`.

    Raises
    ------
    ValueError
        If `line` is not one.
    """
    try:
        fields = json.loads(line)
        return _REPORTS[fields.pop("type")](**fields)
    except (KeyError, TypeError, AttributeError, json.JSONDecodeError) as error:
        raise ValueError(f"not a job's report: {line!r}") from error
