"""The main job: teacher, fit, transfer. From a recording to its automatic tracks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from evface.annotations.roles import ACTION_UNITS, FACE, TEACHER, TRANSFERRED
from evface.annotations.tracks import (
    ActionUnitTrack,
    Camera,
    FaceTrack,
    LandmarkState,
    LandmarkTrack,
    Source,
    SourceKind,
    Track,
)
from evface.annotations.tracks_file import write_tracks
from evface.errors import FitError, RecordingError
from evface.morphable.facs import (
    HEAD_NAMES,
    LEVELS,
    head_intensity,
    levels_of,
    split_eye_closures,
)
from evface.morphable.fitting import Method
from evface.morphable.head_library import open_head_model
from evface.morphable.model import MorphableModel
from evface.morphable.robust import Loss
from evface.morphable.tracking import SequenceFit, Smoothing, fit_sequence
from evface.projects.entries import RecordingEntry
from evface.projects.project import Project
from evface.projects.recording import Recording, open_recording
from evface.teacher.base import Detection, Teacher
from evface.teacher.calibration import load_calibration
from evface.teacher.registry import open_teacher
from evface.transfer.interpolation import DEFAULT_GAP_US, Interpolation
from evface.transfer.projection import DEFAULT_PERIOD_US, event_frame_times, transfer_landmarks
from evface.video.reader import VideoSource

# Share of the time that finding landmarks takes.
_DETECTING = 0.95
# Events are counted in bins of this length, to know how still the face is.
_STILLNESS_BIN_US = 1_000


@dataclass(frozen=True)
class ProcessSettings:
    """How a recording is processed.

    Parameters
    ----------
    method
        Of the fit: ``"closed_form"``, or ``"paper"`` for the paper's single pass.
    smoothing
        Through time: ``"offline"`` without delay, ``"causal"`` as it would be live, or ``"none"``.
    loss
        What becomes of landmarks far off: ``"huber"`` or ``"geman_mcclure"``.
    use_depth
        Whether the fit believes the depth that the teacher gives its landmarks, if any.
    event_period_us
        Time between two event frames that get landmarks.
    longest_gap_us
        Longest time without a face that is bridged.
    transfer_by
        How the face is taken between two video frames, as for `resample_face`.
    """

    method: Method = "closed_form"
    smoothing: Smoothing = "offline"
    loss: Loss = "huber"
    use_depth: bool = True
    event_period_us: int = DEFAULT_PERIOD_US
    longest_gap_us: int = DEFAULT_GAP_US
    transfer_by: Interpolation = "cubic"


def process_recording(
    recording: Recording,
    *,
    teacher: Teacher,
    model: MorphableModel,
    settings: ProcessSettings | None = None,
    report: Callable[[float, str], None] = lambda _fraction, _message: None,
) -> dict[str, Track]:
    """Find the face in the video, fit the head to it, and carry its landmarks to the events.

    Parameters
    ----------
    recording
        With a video.
    teacher
        Finds landmarks on the frames, from the first to the last.
    model
        The head that is fitted.
    report
        Told how far it is, 0 to 1, and what is being done.

    Returns
    -------
    dict[str, Track]
        ``teacher`` (landmarks on RGB), ``face``, ``action_units`` (18 of the face and 6 of the
        head) and ``transferred`` (landmarks on the events). All on the sensor's clock. How many
        frames showed several faces or none is among the settings of the teacher's source.

    Raises
    ------
    RecordingError
        If there is no video.
    FitError
        If the video shows no face.
    """
    settings = settings or ProcessSettings()
    if recording.video is None:
        raise RecordingError(
            f"{recording.name}: has no video to find the face in; add the recording with --video"
        )
    video = recording.video
    detections = _detect(video, teacher, lambda f, m: report(_DETECTING * f, m))
    times_us = recording.video_times_us
    landmarks = np.full((len(times_us), 68, 3), np.nan, np.float32)
    for row, detection in enumerate(detections):
        if detection is not None:
            landmarks[row] = detection.landmarks
    valid = np.array([detection is not None for detection in detections], bool)
    if not valid.any():
        raise FitError(
            f"{recording.name}: no face was found in the video; "
            "is the face large enough, upright and lit?"
        )
    report(_DETECTING, "Fitting the head")
    scores = _scores(detections, teacher)
    calibration = load_calibration(teacher, model)
    fit = fit_sequence(
        model,
        landmarks if settings.use_depth else landmarks[..., :2],
        times_us,
        errors=calibration.errors,
        event_counts=_event_counts(recording, times_us),
        scores=scores,
        score_names=teacher.blendshape_names,
        reader=calibration.intensity,
        method=settings.method,
        loss=settings.loss,
        smoothing=settings.smoothing,
    )
    made_by = Source(
        SourceKind.FIT,
        settings.method,
        "1",
        {
            "teacher": f"{teacher.name} {teacher.version}",
            "is_calibrated": calibration.is_measured,
            "smoothing": settings.smoothing,
            "loss": settings.loss,
            "use_depth": settings.use_depth,
            "neutral_frames": ",".join(map(str, np.flatnonzero(fit.neutral))),
        },
    )
    said = _teacher_track(detections, landmarks, valid, times_us, teacher)
    face = _face_track(fit, said, model, made_by)
    tracks: dict[str, Track] = {
        TEACHER: said,
        FACE: face,
        ACTION_UNITS: _action_unit_track(fit, face, model),
    }
    report(0.98, "Carrying labels to the events")
    tracks[TRANSFERRED] = transfer_landmarks(
        model,
        face,
        event_frame_times(0, recording.events.duration_us, settings.event_period_us),
        event_from_rgb=recording.event_from_rgb,
        longest_gap_us=settings.longest_gap_us,
        by=settings.transfer_by,
    )
    report(1.0, "Processed")
    return tracks


def describe_tracks(tracks: Mapping[str, Track]) -> str:
    """Return one line for the user on what `process_recording` found, and what to know of it."""
    counts = tracks[TEACHER].source.settings
    line = f"a face in {counts['frames_with_a_face']} of {len(tracks[TEACHER])} frames"
    several = counts["frames_with_several_faces"]
    if several:
        line += f"; several faces in {several}: the largest was taken"
    if not tracks[FACE].source.settings["is_calibrated"]:
        name = tracks[TEACHER].source.name
        line += f"; what {name} means by each landmark was not measured on this head: no bias taken"
    levels = tracks[ACTION_UNITS]
    if isinstance(levels, ActionUnitTrack) and set(levels.name_list()) <= set(HEAD_NAMES):
        line += "; this head knows no action units of FACS: only those of the pose were read"
    return line


def strongest_levels(tracks: Mapping[str, Track]) -> dict[str, str]:
    """Return the highest level, A to E, that each action unit of the face reaches; absent ones not.

    Parameters
    ----------
    tracks
        As `process_recording` makes them.
    """
    levels: dict[str, str] = {}
    track = tracks.get(ACTION_UNITS)
    if isinstance(track, ActionUnitTrack):
        strongest = np.nan_to_num(track.intensity, nan=0.0).max(axis=0, initial=0.0)
        for name, level in zip(track.name_list(), levels_of(strongest), strict=True):
            if level and name not in HEAD_NAMES:
                levels[name] = LEVELS[level - 1]
    return levels


def _detect(
    video: VideoSource, teacher: Teacher, report: Callable[[float, str], None]
) -> list[Detection | None]:
    detections: list[Detection | None] = []
    # The frames are decoded ahead in a thread.
    for index, t_us, frame in video.frames():
        detections.append(teacher.detect(frame, t_us))
        report((index + 1) / video.n_frames, f"Finding the face, frame {index + 1}")
    return detections


def _scores(detections: list[Detection | None], teacher: Teacher) -> NDArray[np.float32] | None:
    """Return the teacher's blendshape scores, (n, n_scores), NaN without a face."""
    if not teacher.blendshape_names:
        return None
    scores = np.full((len(detections), len(teacher.blendshape_names)), np.nan, np.float32)
    for row, detection in enumerate(detections):
        if detection is not None and detection.blendshapes is not None:
            scores[row] = detection.blendshapes
    return scores


def _event_counts(recording: Recording, times_us: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the events from half a frame before each frame to half a frame after it."""
    total = np.concatenate([[0], np.cumsum(recording.events.rate(_STILLNESS_BIN_US))])
    half_us = int(np.median(np.diff(times_us))) // 2 if len(times_us) > 1 else 16_000
    first, last = (
        ((times_us + side) // _STILLNESS_BIN_US).clip(0, len(total) - 1)
        for side in (-half_us, half_us)
    )
    return np.asarray(total[last] - total[first], np.int64)


def _teacher_track(
    detections: list[Detection | None],
    landmarks: NDArray[np.float32],
    valid: NDArray[np.bool_],
    times_us: NDArray[np.int64],
    teacher: Teacher,
) -> LandmarkTrack:
    n_several = sum(1 for d in detections if d is not None and d.n_faces > 1)
    confidence = [np.nan if d is None else d.confidence for d in detections]
    return LandmarkTrack(
        times_us=times_us,
        valid=valid,
        source=Source(
            SourceKind.TEACHER,
            teacher.name,
            teacher.version,
            {
                "frames_with_a_face": int(valid.sum()),
                "frames_with_several_faces": n_several,
            },
        ),
        landmarks=np.ascontiguousarray(landmarks[..., :2]),
        confidence=np.array(confidence, np.float32),
        state=np.full(landmarks.shape[:2], LandmarkState.AUTO, np.uint8),
        camera=Camera.RGB,
    )


def _face_track(
    fit: SequenceFit, said: LandmarkTrack, model: MorphableModel, made_by: Source
) -> FaceTrack:
    frames = fit.fit
    # A teacher that states no confidence leaves it to how well the face explains its landmarks.
    trusted = np.where(np.isfinite(said.confidence), said.confidence, 1.0)
    confidence = np.where(frames.valid, trusted * frames.agreement, np.nan)
    return FaceTrack(
        times_us=said.times_us,
        valid=frames.valid,
        source=made_by,
        identity=fit.identity.astype(np.float32),
        action_units=frames.action_units.astype(np.float32),
        rotation=frames.pose.rotation.astype(np.float32),
        scale_px_per_mm=frames.pose.scale_px_per_mm.astype(np.float32),
        translation_px=frames.pose.translation_px.astype(np.float32),
        residual_px=frames.residual_px.astype(np.float32),
        confidence=confidence.astype(np.float32),
        camera=Camera.RGB,
        model=model.key,
    )


def _action_unit_track(fit: SequenceFit, face: FaceTrack, model: MorphableModel) -> ActionUnitTrack:
    facial = split_eye_closures(fit.intensity, model.facs_names, face.times_us)
    head = head_intensity(fit.fit.pose.rotation, fit.neutral_rotation)
    intensity = np.concatenate([facial, head], axis=1).astype(np.float32)
    return ActionUnitTrack(
        times_us=face.times_us,
        valid=face.valid,
        source=face.source,
        intensity=intensity,
        names=",".join([*model.facs_names, *HEAD_NAMES]),
    )


@dataclass(frozen=True)
class ProcessJob:
    """Process one recording of a project; the result is a file of tracks.

    Parameters
    ----------
    project
        Path of the project, which is only read.
    recording
        Id of the recording.
    output
        Path of the file to write, see `read_tracks`.
    teacher
        Name of the teacher.
    method, smoothing, event_period_us
        As in `ProcessSettings`.
    head
        Key or file of the head that is fitted; the open one when empty.
    """

    kind: ClassVar[str] = "process"

    project: str
    recording: str
    output: str
    teacher: str = "mediapipe"
    method: Method = "closed_form"
    smoothing: Smoothing = "offline"
    event_period_us: int = DEFAULT_PERIOD_US
    head: str = ""

    def run(self, report: Callable[[float, str], None]) -> str:
        """Process the recording; return `output`."""
        report(0.0, "Opening the recording")
        with Project.open(Path(self.project), read_only=True) as project:
            entry = project.recording(self.recording)
        write_tracks(Path(self.output), self.process(entry, report))
        return self.output

    def process(
        self, entry: RecordingEntry, report: Callable[[float, str], None]
    ) -> dict[str, Track]:
        """Process a recording, whatever project it is of; return its tracks."""
        model = open_head_model(self.head or None)
        recording = open_recording(entry, needs_video=True)
        try:
            teacher = open_teacher(self.teacher)
            try:
                return process_recording(
                    recording,
                    teacher=teacher,
                    model=model,
                    settings=ProcessSettings(
                        self.method, self.smoothing, event_period_us=self.event_period_us
                    ),
                    report=report,
                )
            finally:
                teacher.close()
        finally:
            recording.close()
