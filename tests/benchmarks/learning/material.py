"""Making the people and the training sets of a plan; what is there is not made again."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from evface.files import replacing
from evface.simulation.recording_set import make_set
from evface.training_sets.building import SetPlan, build_training_set
from learning.plan import Plan

# At most so often is told how far the drawing is.
_TELL_EVERY_S = 60.0


@dataclass(frozen=True)
class Made:
    """The training sets, and how much there was to make.

    Parameters
    ----------
    paths
        Of the training sets by name.
    n_recordings
        Of all synthetic sets.
    n_made
        Recordings made by this call.
    """

    paths: dict[str, Path]
    n_recordings: int
    n_made: int


def make_material(plan: Plan, out: Path, report: Callable[[str], None]) -> Made:
    """Make all synthetic sets and training sets of a plan in ``OUT/data``.

    Raises
    ------
    EvfaceError
        If something cannot be made. What is whole stays.
    """
    folder = out / "data"
    n_recordings = n_made = 0
    for people in plan.people:
        summary = make_set(
            folder / people.name, people.settings, report=_seldom(report, people.name)
        )
        n_recordings += summary.n_clips
        n_made += summary.n_made
    paths = {material.name: folder / f"{material.name}.evset" for material in plan.materials}
    for material in plan.materials:
        path, mark = paths[material.name], folder / f"{material.name}.json"
        digest = plan.digest_of_material(material.name)
        if path.is_file() and mark.is_file() and json.loads(mark.read_text()) == digest:
            continue
        report(f"building {path.name}")
        sources = tuple(folder / name for name in material.people)
        build_training_set(path, SetPlan(sources, cutting=material.cutting))
        with replacing(mark) as temporary:
            temporary.write_text(json.dumps(digest), encoding="utf-8")
    return Made(paths, n_recordings, n_made)


def _seldom(report: Callable[[str], None], name: str) -> Callable[[float, str], None]:
    told_s = -_TELL_EVERY_S

    def tell(fraction: float, words: str) -> None:
        nonlocal told_s
        if fraction < 1.0 and time.monotonic() - told_s >= _TELL_EVERY_S:
            told_s = time.monotonic()
            report(f"{name}: {words}")

    return tell
