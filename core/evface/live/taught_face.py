"""A face in the RGB picture as the teacher sees it, frame by frame, laid onto the events."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from evface.geometry.registration import Registration
from evface.inference.smoothing import OneEuro, Smoother
from evface.live.face_track import track_of
from evface.live.picture import FaceMoment
from evface.morphable.facs import HEAD_NAMES, head_intensity
from evface.morphable.fitting import fit_action_units
from evface.morphable.intensity import read_intensity, score_contrast
from evface.morphable.model import MorphableModel
from evface.morphable.tracking import SequenceFit, fit_sequence, resting_scores
from evface.teacher.base import Detection, Teacher
from evface.teacher.calibration import load_calibration
from evface.transfer.face_points import face_points

# When a person's shape and neutral face are found, in frames seen of it, so far apart.
_SETTLING = (12, 40)
_LEAST_STEP_US = 60_000
# Somebody who was away for so long may be somebody else.
_AWAY_US = 3_000_000


@dataclass(frozen=True, eq=False)
class TaughtFace:
    """What the teacher says of one frame.

    Parameters
    ----------
    t_us
        Of the frame, on the event camera's clock.
    rgb_landmarks : (68, 2) float32, px
        The teacher's.
    landmarks : (68, 2) float32, px
        Those of the fitted head on the events, smoothed.
    confidence
        0 to 1.
    intensity
        Action units 0 to 1 by their names; none until the neutral face of this person is known.
    face
        The fitted head.
    """

    t_us: int
    rgb_landmarks: NDArray[np.float32]
    landmarks: NDArray[np.float32]
    confidence: float
    intensity: dict[str, float]
    face: FaceMoment


class FaceTaught:
    """Asks a teacher about frames as they come, and fits the head to what it says.

    Who the person is, and what their neutral face is, is found from the first seconds of them, and
    again once more was seen. Until then the head is the mean one.

    Parameters
    ----------
    teacher
        Closed by `close`.
    model
        The head.
    smoothing
        Of the landmarks; None for none.
    """

    def __init__(self, teacher: Teacher, model: MorphableModel, smoothing: OneEuro | None) -> None:
        self._teacher, self._model, self._smoothing = teacher, model, smoothing
        self._calibration = load_calibration(teacher, model)
        self._told_us, self._last_us = -1, -_AWAY_US
        self._forget()

    def look(
        self,
        frame: NDArray[np.uint8],
        t_us: int,
        event_from_rgb: Registration,
        *,
        step: int = 1,
    ) -> TaughtFace | None:
        """Return what the teacher says of a frame; None without a face.

        Parameters
        ----------
        frame : (height, width, 3) uint8, RGB
        t_us
            On the event camera's clock, later than that of the last frame.
        event_from_rgb
            How the camera's picture lies on the events.
        step
            The frame is every so manieth pixel of that picture.
        """
        # Teachers must be told times that increase, also where the camera's clock began anew.
        self._told_us = max(t_us, self._told_us + 1)
        detection = self._teacher.detect(frame, self._told_us)
        if detection is None:
            return None
        if step > 1:
            detection = replace(detection, landmarks=detection.landmarks * np.float32(step))
        # An estimated clock may also step back.
        if not 0 < t_us - self._last_us <= _AWAY_US:
            self._forget()
        self._last_us = t_us
        self._settle(detection, t_us)
        return self._fit(detection, t_us, event_from_rgb)

    def close(self) -> None:
        """Free the teacher."""
        self._teacher.close()

    def restart(self) -> None:
        """Forget everybody: times begin anew."""
        self._last_us = -_AWAY_US
        self._forget()

    def _forget(self) -> None:
        self._seen: deque[tuple[int, Detection]] = deque(maxlen=_SETTLING[-1])
        self._person: SequenceFit | None = None
        self._resting: NDArray[np.float64] | None = None
        self._smoother = None if self._smoothing is None else Smoother(self._smoothing)

    def _settle(self, detection: Detection, t_us: int) -> None:
        seen = self._seen
        if len(seen) == _SETTLING[-1] or (seen and t_us - seen[-1][0] < _LEAST_STEP_US):
            return
        seen.append((t_us, detection))
        if len(seen) not in _SETTLING:
            return
        scores = self._scores([one for _, one in seen])
        self._person = fit_sequence(
            self._model,
            np.stack([one.landmarks for _, one in seen]),
            np.array([at_us for at_us, _ in seen], np.int64),
            errors=self._calibration.errors,
            scores=scores,
            score_names=self._teacher.blendshape_names,
            reader=self._calibration.intensity,
            smoothing="none",
        )
        if scores is not None and self._knows_scores:
            self._resting = resting_scores(scores[self._person.neutral])

    @property
    def _knows_scores(self) -> bool:
        return self._teacher.blendshape_names == self._calibration.intensity.score_names

    def _fit(self, detection: Detection, t_us: int, event_from_rgb: Registration) -> TaughtFace:
        model, person = self._model, self._person
        identity = np.zeros(len(model.identity_basis)) if person is None else person.identity
        fit = fit_action_units(
            model,
            detection.landmarks[None],
            identity=identity,
            errors=self._calibration.errors,
        )
        trusted = detection.confidence if np.isfinite(detection.confidence) else 1.0
        confidence = trusted * float(fit.agreement[0])
        face = FaceMoment(
            model=model.key,
            identity=identity.astype(np.float32),
            action_units=fit.action_units[0].astype(np.float32),
            rotation=fit.pose.rotation[0].astype(np.float32),
            scale_px_per_mm=float(fit.pose.scale_px_per_mm[0]),
            translation_px=fit.pose.translation_px[0].astype(np.float32),
            confidence=confidence,
        )
        points = face_points(model, track_of([face], [t_us]), model.landmarks)
        landmarks = points.on_events(event_from_rgb)[0]
        if self._smoother is not None:
            width, height = np.ptp(landmarks, axis=0).tolist()
            self._smoother.size = max(width, height, 1.0)
            landmarks = self._smoother.step(landmarks, t_us)
        return TaughtFace(
            t_us=t_us,
            rgb_landmarks=np.ascontiguousarray(detection.landmarks[:, :2], np.float32),
            landmarks=landmarks.astype(np.float32),
            confidence=confidence,
            intensity=self._intensity(fit.action_units, fit.pose.rotation, detection),
            face=face,
        )

    def _intensity(
        self,
        action_units: NDArray[np.float64],
        rotation: NDArray[np.floating],
        detection: Detection,
    ) -> dict[str, float]:
        person = self._person
        if person is None:
            return {}
        scores, contrast = self._scores([detection]), None
        if scores is not None and self._resting is not None:
            contrast = score_contrast(scores, self._resting)
        read = read_intensity(
            self._model, self._calibration.intensity, action_units - person.resting, contrast
        ).intensity[0]
        head = head_intensity(rotation, person.neutral_rotation)[0]
        names = (*self._model.facs_names, *HEAD_NAMES)
        said = dict(zip(names, [*read.tolist(), *head.tolist()], strict=True))
        # Only time tells a blink from eyes kept closed; a live view cannot wait for it.
        if {"AU43", "AU45"} <= said.keys():
            said["AU45"] = max(said.pop("AU43"), said["AU45"])
        return said

    def _scores(self, detections: list[Detection]) -> NDArray[np.float32] | None:
        scores = [one.blendshapes for one in detections]
        known = [one for one in scores if one is not None]
        return np.stack(known) if known and len(known) == len(scores) else None
