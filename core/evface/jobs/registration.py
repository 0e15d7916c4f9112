"""The job that finds how the pictures of a recording's two cameras lie to one another."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np

from evface.annotations.roles import FACE, TRANSFERRED
from evface.annotations.tracks import FaceTrack, LandmarkState, LandmarkTrack, Track
from evface.errors import FitError, RecordingError
from evface.morphable.head_library import find_model
from evface.projects.project import Project
from evface.projects.recording import Recording, open_recording
from evface.transfer.point_pairs import PointPair
from evface.transfer.registration import register_face
from evface.transfer.registration_finding import RegistrationFinding, write_finding


def register_recording(
    recording: Recording,
    face: FaceTrack | None,
    *,
    pairs: tuple[PointPair, ...] = (),
    report: Callable[[float, str], None] = lambda _fraction, _message: None,
) -> RegistrationFinding:
    """Find how the event picture lies to the video's.

    What the recording says of its registration now is not looked at; its sync is relied on.

    Parameters
    ----------
    recording
        With a video.
    face
        Fitted on the video's frames.
    pairs
        Points that a person placed.
    report
        Told how far it is, 0 to 1, and what is being done.

    Raises
    ------
    RecordingError
        If there is no video, no face was fitted, or there is nothing to compare.
    ModelFileError
        If the face was fitted with a head that is not here.
    """
    if recording.video is None:
        raise RecordingError(
            f"{recording.name}: has no video to compare with; add the recording with --video"
        )
    if face is None or not face.valid.any():
        raise RecordingError(
            f"{recording.name}: no face was fitted on its video; run evface process first"
        )
    if len(face) != recording.video.n_frames:
        raise RecordingError(
            f"{recording.name}: its face was fitted on {len(face)} frames and the video has "
            f"{recording.video.n_frames}; process it again"
        )
    try:
        return register_face(
            recording.video,
            recording.events,
            video_times_us=recording.video_times_us,
            model=find_model(face.model),
            face=face,
            pairs=pairs,
            report=report,
        )
    except (FitError, RecordingError) as error:
        raise RecordingError(f"{recording.name}: {error}") from error


def corrected_pairs(transferred: Track | None) -> tuple[PointPair, ...]:
    """Return the landmarks that people placed in the event picture, as pairs to register by.

    Parameters
    ----------
    transferred
        With corrections laid over.
    """
    if not isinstance(transferred, LandmarkTrack):
        return ()
    by_people = (LandmarkState.CORRECTED, LandmarkState.VERIFIED)
    said = np.isin(transferred.state, by_people) & np.isfinite(transferred.landmarks).all(axis=-1)
    return tuple(
        PointPair(
            int(transferred.times_us[row]),
            (
                float(transferred.landmarks[row, point, 0]),
                float(transferred.landmarks[row, point, 1]),
            ),
            landmark=int(point),
        )
        for row, point in np.argwhere(said)
    )


@dataclass(frozen=True)
class RegisterJob:
    """Find the registration of one recording of a project; the result is a file of the finding.

    Landmarks that people corrected or verified in the event picture take part as pairs.

    Parameters
    ----------
    project
        Path of the project, which is only read.
    recording
        Id of the recording.
    output
        Path of the file to write, see `read_finding`.
    pairs_px
        More points of the face, each as x and y in the RGB picture, x and y in the event picture.
    pairs_us
        When each of `pairs_px` was placed, on the sensor's clock.
    """

    kind: ClassVar[str] = "register"

    project: str
    recording: str
    output: str
    pairs_px: tuple[tuple[float, float, float, float], ...] = ()
    pairs_us: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        if len(self.pairs_px) != len(self.pairs_us):
            raise ValueError("pairs_px and pairs_us must be of one length")

    def run(self, report: Callable[[float, str], None]) -> str:
        """Find the registration; return `output`."""
        report(0.0, "Opening the recording")
        with Project.open(Path(self.project), read_only=True) as project:
            entry = project.recording(self.recording)
            face = project.read_track(entry.id, FACE, with_corrections=False)
            transferred = project.read_track(entry.id, TRANSFERRED)
        pairs = corrected_pairs(transferred) + tuple(
            PointPair(t_us, (x_events, y_events), rgb_px=(x_rgb, y_rgb))
            for t_us, (x_rgb, y_rgb, x_events, y_events) in zip(
                self.pairs_us, self.pairs_px, strict=True
            )
        )
        recording = open_recording(entry, needs_video=True)
        try:
            finding = register_recording(
                recording,
                face if isinstance(face, FaceTrack) else None,
                pairs=pairs,
                report=report,
            )
        finally:
            recording.close()
        write_finding(Path(self.output), finding)
        return self.output
