"""What is known of a recording before a network looks at it: the face's place, the video's use."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evface.annotations.tracks import FaceTrack, JsonValue, LandmarkState, LandmarkTrack
from evface.geometry.transforms import PlanarTransform
from evface.projects.recording import Recording
from evface.training_sets.clips import boxes_around
from evface.training_sets.cutting import Cutting, Footage, read_footage
from evface.training_sets.pose import pose_of
from evface.training_sets.sampling import sample_landmarks

# A picture whose light varies less than this, of 255, is dark or blank: it tells nothing.
_LEAST_SPREAD = 4.0


@dataclass(frozen=True, eq=False)
class Guide:
    """What other tracks say of the same recording.

    Parameters
    ----------
    landmarks
        On the events, with what people corrected: where the face is. None where nobody knows.
    face
        Fitted head. None where there is none.
    """

    landmarks: LandmarkTrack | None = None
    face: FaceTrack | None = None

    def boxes_px(self, times_us: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return the face's box at some moments, (n, 4) float32 px; NaN where there is no face."""
        if self.landmarks is None:
            return np.full((len(times_us), 4), np.nan, np.float32)
        points, _ = sample_landmarks(self.landmarks, times_us, least_state=LandmarkState.AUTO)
        return boxes_around(points)

    def pose(self) -> NDArray[np.float32]:
        """Return the poses of the fitted head, (m, 4), as `pose_of` gives them; none without it."""
        if self.face is None:
            return np.empty((0, 4), np.float32)
        valid = self.face.valid
        return pose_of(self.face.rotation[valid], self.face.scale_px_per_mm[valid])

    def shows_face(self, times_us: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Return whether there is a face at some moments; always where nobody knows."""
        if self.landmarks is None:
            return np.ones(len(times_us), bool)
        return np.asarray(np.isfinite(self.boxes_px(times_us)).all(axis=1))


@dataclass(frozen=True)
class VideoUse:
    """Whether a recording's video may be laid onto its events.

    Parameters
    ----------
    is_used
        Whether it is.
    why
        In words, for the source of what comes of it.
    """

    is_used: bool
    why: str

    def to_settings(self) -> dict[str, JsonValue]:
        """Return what the source of a track says of it."""
        return {"uses_rgb": self.is_used, "rgb": self.why}


def judge_video(recording: Recording, *, allows_assumed: bool) -> VideoUse:
    """Decide whether the video may be used: only where it is known how it lies on the events.

    Parameters
    ----------
    allows_assumed
        Also use it where nobody measured that.
    """
    if recording.video is None:
        return VideoUse(False, "no video")
    quality = recording.event_from_rgb.quality
    if quality == "bad":
        return VideoUse(False, "not used: its registration is bad")
    if quality == "assumed" and not allows_assumed:
        return VideoUse(False, "not used: its registration was never measured")
    return VideoUse(True, f"registration {quality}")


def read_for(
    recording: Recording,
    times_us: NDArray[np.int64],
    *,
    window_us: int,
    with_rgb: bool,
) -> Footage:
    """Read what a recording shows at some moments.

    The registration is that of the recording, also where it was only assumed: `judge_video` says
    whether it may be used.

    Raises
    ------
    EventFileError, VideoFileError
        If the media cannot be read.
    """
    footage = read_footage(
        recording, times_us, Cutting(period_us=max(1, window_us), with_rgb=with_rgb)
    )
    if footage.rgb is None or footage.event_from_rgb is not None or recording.video is None:
        return footage
    shrink = recording.video.resolution[0] / footage.rgb.shape[2]
    middle = (shrink - 1) / 2
    own = np.array([[shrink, 0, middle], [0, shrink, middle], [0, 0, 1.0]])
    laid = PlanarTransform(recording.event_from_rgb.planar.matrix @ own)
    return Footage(footage.start_us, footage.times_us, footage.events, footage.rgb, laid)


def says_something(picture: NDArray[np.uint8]) -> bool:
    """Return whether a picture, (3, h, w) uint8, shows more than darkness or plain light."""
    return float(picture.mean(axis=0).std()) >= _LEAST_SPREAD
