"""Copying what a person said at one keyframe to another time."""

from __future__ import annotations

from typing import Literal

import numpy as np

from evface.annotations.edits import Edit, Together
from evface.annotations.labelled import LabelledTrack
from evface.annotations.landmark_edits import MoveLandmarks, OccludeLandmarks
from evface.annotations.tracks import LandmarkState

Direction = Literal["previous", "next"]


def neighbouring_keyframe(labelled: LabelledTrack, t_us: int, direction: Direction) -> int | None:
    """Return the time of the keyframe next before or after a time, None where there is none.

    Where machines carried a correction, as tracking does, is no keyframe.
    """
    times_us = labelled.keyframes_us()
    if direction == "previous":
        candidates = times_us[: np.searchsorted(times_us, t_us)][::-1]
    else:
        candidates = times_us[np.searchsorted(times_us, t_us, side="right") :]
    said = labelled.corrections
    for near_us in candidates.tolist():
        of_all = (said.at(landmark, near_us) for landmark in said.landmarks)
        if any(one is not None and one.state > LandmarkState.INTERPOLATED for one in of_all):
            return int(near_us)
    return None


def copy_edit(
    recording_id: str,
    role: str,
    labelled: LabelledTrack,
    from_us: int,
    to_us: int,
    *,
    landmarks: tuple[int, ...] | None = None,
    as_offsets: bool = True,
) -> Together:
    """Return the edit that copies the corrections of a keyframe to another time.

    Parameters
    ----------
    labelled
        The track with its corrections.
    from_us
        Time of the keyframe, see `neighbouring_keyframe`.
    to_us
        Sensor time that they are copied to.
    landmarks
        Which; all that were corrected there when None.
    as_offsets
        Whether landmarks keep their distance from where the automatic track has them, which lets
        them go along with the face, or their very places. Where the automatic track says nothing,
        they keep their places.

    Returns
    -------
    Together
        One step. Landmarks that a person hid there, or left to be seen, are so here.

    Raises
    ------
    ValueError
        If nothing was corrected at `from_us`.
    """
    said = {
        landmark: one
        for landmark, one in labelled.frame_at(from_us).corrections.items()
        if landmarks is None or landmark in landmarks
    }
    if not said:
        raise ValueError("there is nothing to copy: no landmark was corrected there")
    bare = LabelledTrack(labelled.track)
    shift = bare.frame_at(to_us).landmarks - bare.frame_at(from_us).landmarks
    shift = np.where(np.isfinite(shift), shift, 0.0) if as_offsets else np.zeros_like(shift)
    label = "Copy corrections"
    source = f"copied from {from_us / 1e6:.3f} s"
    edits: list[Edit] = []
    # What a machine had carried there is not a person's word here either.
    for state in (LandmarkState.CORRECTED, LandmarkState.INTERPOLATED):
        places = {
            landmark: (
                one.xy_px[0] + float(shift[landmark, 0]),
                one.xy_px[1] + float(shift[landmark, 1]),
            )
            for landmark, one in said.items()
            if (one.state == LandmarkState.INTERPOLATED) == (state == LandmarkState.INTERPOLATED)
        }
        if places:
            edits.append(MoveLandmarks(recording_id, role, to_us, places, source, state, label))
    shown = labelled.frame_at(to_us).occluded
    for is_hidden in (True, False):
        changed = tuple(
            landmark
            for landmark, one in said.items()
            if one.state != LandmarkState.INTERPOLATED
            and one.is_occluded is is_hidden
            and bool(shown[landmark]) is not is_hidden
        )
        if changed:
            edits.append(OccludeLandmarks(recording_id, role, to_us, changed, is_hidden))
    return Together(tuple(edits), label)
