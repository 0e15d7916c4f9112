"""What a teacher says of people who are drawn, beside the truth."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evface.morphable.model import MorphableModel
from evface.simulation.stills import Still, StillsPlan, draw_identity, iter_stills
from evface.teacher.base import Detection, Teacher
from evface.teacher.measuring import CalibrationFrames

# Between two looks: what a teacher remembers of one picture must not speak for the next.
_STEP_US = 500_000


@dataclass(frozen=True, eq=False)
class TeacherTrial:
    """A teacher's findings on pictures whose truth is known.

    Parameters
    ----------
    frames
        The findings and the truth.
    identities : (n_people, n_identity) float32
        Of the people, in the order of `CalibrationFrames.persons`.
    n_missed
        Pictures on which the teacher found no face; they are left out.
    """

    frames: CalibrationFrames
    identities: NDArray[np.float32]
    n_missed: int


def try_teacher(
    model: MorphableModel,
    teacher: Teacher,
    seeds: Iterable[int],
    plan: StillsPlan,
    report: Callable[[int], None] = lambda _n_people: None,
) -> TeacherTrial:
    """Draw one person a seed, and show the teacher their pictures.

    Parameters
    ----------
    report
        Told how many people are done.
    """
    found: list[tuple[int, Still, Detection]] = []
    identities = []
    n_missed = t_us = 0
    for person, seed in enumerate(seeds):
        identities.append(draw_identity(model, seed))
        for still in iter_stills(model, seed, plan):
            # A second look lets the landmarks' own tracking settle on the new picture.
            for _ in range(2):
                t_us += _STEP_US
                detection = teacher.detect(still.frame, t_us)
            if detection is None:
                n_missed += 1
            else:
                found.append((person, still, detection))
        report(person + 1)
    scores = [detection.blendshapes for _, _, detection in found]
    frames = CalibrationFrames(
        landmarks=np.array([detection.landmarks for _, _, detection in found]),
        shapes_mm=np.array([still.shape_mm for _, still, _ in found]),
        true_px=np.array([still.landmarks_px for _, still, _ in found]),
        persons=np.array([person for person, _, _ in found]),
        neutral=np.array([still.is_neutral for _, still, _ in found]),
        intensity=np.array([still.intensity for _, still, _ in found]),
        scores=np.array(scores) if teacher.blendshape_names else None,
        score_names=teacher.blendshape_names,
    )
    return TeacherTrial(frames, np.array(identities), n_missed)
