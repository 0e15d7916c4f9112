"""What a format cannot hold, in a JSON file beside it: ``NAME.evface.json``."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from evface.annotations.corrections import Correction, PlacedCorrection
from evface.annotations.tracks import LandmarkState
from evface.errors import FileError
from evface.files import replacing

_FORMAT = "evface sidecar"
_VERSION = 1
_MOST_BYTES = 1 << 30


def sidecar_path(path: Path) -> Path:
    """Return where the sidecar of a file lies: ``labels.xml`` has ``labels.xml.evface.json``."""
    return path.with_name(f"{path.name}.evface.json")


def write_sidecar(path: Path, content: Mapping[str, Any]) -> Path:
    """Write what a file could not hold beside it.

    Parameters
    ----------
    path
        The file, already written: the sidecar names its content, so that it is seen whether
        another tool changed it since.
    content
        Ready for JSON, without NaN.

    Returns
    -------
    Path
        Of the sidecar.
    """
    head = {"format": _FORMAT, "version": _VERSION, "of": path.name, "sha256": _digest(path)}
    target = sidecar_path(path)
    text = json.dumps({**head, **content}, allow_nan=False, ensure_ascii=False)
    with replacing(target) as temporary:
        temporary.write_text(text, "utf-8")
    return target


def read_sidecar(path: Path, stated: Path | None = None) -> dict[str, Any] | None:
    """Read the sidecar of a file; None where there is none.

    Parameters
    ----------
    stated
        Where it is; beside the file if None.

    Returns
    -------
    dict
        What `write_sidecar` was given, and ``"is_as_written"``: whether the file is still as
        evface wrote it.

    Raises
    ------
    FileError
        If there is one that cannot be read.
    """
    beside = stated or sidecar_path(path)
    if stated is None and not beside.exists():
        return None
    content = read_json(beside)
    if not isinstance(content, dict) or content.get("format") != _FORMAT:
        raise FileError(beside, "is not a sidecar of evface; move it away")
    if not isinstance(content.get("version"), int) or content["version"] > _VERSION:
        raise FileError(beside, "was written by a newer evface; update evface")
    return {**content, "is_as_written": content.get("sha256") == _digest(path)}


def read_json(path: Path) -> Any:
    """Read a JSON file.

    Raises
    ------
    FileError
        If it cannot be read or is no JSON; numbers that are none (NaN, Infinity) are refused.
    """
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise FileError(path, "is larger than 1 GB; split it")
        return json.loads(path.read_text("utf-8-sig"), parse_constant=_refuse)
    except OSError as error:
        raise FileError(path, f"cannot be read ({error.strerror or error})") from error
    except (ValueError, RecursionError) as error:
        raise FileError(path, f"is not whole JSON ({error}); write it again") from error


def corrections_to_json(placed: Iterable[PlacedCorrection]) -> list[list[Any]]:
    """Return corrections ready for JSON, as rows of `CORRECTION_COLUMNS`."""
    return [
        [
            int(one.t_us),
            int(one.landmark),
            *map(float, one.correction.xy_px),
            one.correction.state.name.lower(),
            bool(one.correction.is_occluded),
            one.correction.author,
            one.correction.made_at,
            one.correction.source,
        ]
        for one in placed
    ]


CORRECTION_COLUMNS = (
    *("t_us", "landmark", "x_px", "y_px", "state", "is_occluded"),
    *("author", "made_at", "source"),
)


def corrections_from_json(rows: Any) -> tuple[PlacedCorrection, ...]:
    """Return what `corrections_to_json` was given; raises ValueError where it is nothing such."""
    if not isinstance(rows, list):
        raise ValueError("corrections must be a list")
    return tuple(map(_correction_from_json, rows))


def _correction_from_json(row: Any) -> PlacedCorrection:
    try:
        t_us, landmark, x, y, state, is_occluded, author, made_at, source = row
        said = Correction(
            (float(x), float(y)),
            LandmarkState[str(state).upper()],
            str(author),
            str(made_at),
            str(source),
            bool(is_occluded),
        )
        placed = PlacedCorrection(int(t_us), int(landmark), said)
    except (TypeError, KeyError, OverflowError) as error:
        raise ValueError(f"not a correction ({error!r})") from error
    if not all(map(math.isfinite, said.xy_px)):
        raise ValueError(f"a correction lies nowhere, at {said.xy_px}")
    return placed


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _refuse(word: str) -> None:
    raise ValueError(f"{word} is not a number")
