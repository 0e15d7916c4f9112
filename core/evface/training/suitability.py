"""Which configurations the labels of a project allow, and how its people are to be parted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from evface.annotations.tracks import LandmarkState
from evface.datasets.splits import LEAST_SUBJECTS
from evface.models.registry import task_of
from evface.training.settings import TrainingConfig
from evface.training_sets.counting import RecordingLabels

Split = Literal["subjects", "time"]


def why_not(config: TrainingConfig, recordings: Sequence[RecordingLabels]) -> str:
    """Return why a configuration cannot be trained on some recordings, and what to do.

    Returns
    -------
    str
        A short clause; empty where it can.
    """
    if not recordings:
        return "choose a recording"
    data = config.data
    sees_video = data.uses_rgb or data.modality in ("rgb", "both")
    if sees_video and not any(one.has_video for one in recordings):
        return "needs a video beside the events"
    task = task_of(config.network)
    if task == "landmarks":
        least = LandmarkState[data.least_state.upper()]
        if not any(one.count_landmarks(least) for one in recordings):
            everything = any(one.count_landmarks() for one in recordings)
            return (
                f"no landmark on the events is {data.least_state}"
                if everything
                else "needs landmarks on the events: process a recording"
            )
        if sees_video and not any(one.is_registered for one in recordings):
            return "needs to know how the video lies on the events: find it in Alignment"
    if task == "action_units":
        has_face = any(one.n_face_frames for one in recordings)
        if data.modality == "coefficients" and not has_face:
            return "needs coefficients of the face: process a recording"
        says = has_face or any(one.n_unit_frames or one.coded or one.au_class for one in recordings)
        if not says:
            return "needs action units: process a recording, or code them"
    return ""


def split_for(recordings: Sequence[RecordingLabels]) -> Split:
    """Return how clips are parted: by people where there are enough of them, else in time."""
    people = {one.subject for one in recordings}
    return "subjects" if len(people) >= LEAST_SUBJECTS else "time"
