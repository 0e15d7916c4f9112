"""Action units of a recording, as a network tells them: window by window, blended."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from evface.annotations.segments import UNITS
from evface.annotations.tracks import ActionUnitTrack, JsonValue, Source
from evface.errors import ModelFileError, RecordingError
from evface.inference.guide import Guide, judge_video, read_for
from evface.inference.trained import Trained
from evface.inference.windows import Blend, cover
from evface.projects.recording import Recording
from evface.training_sets.clips import N_POSE, PERIOD_US, Clip
from evface.training_sets.cutting import Cutting
from evface.training_sets.sampling import sample_face
from evface.training_sets.statistics import TargetStatistics, rest_of

# Windows that differ by this much, in z-scores and intensities, are worth 1/e.
_USUAL_SPREAD = 0.5


@dataclass(frozen=True, eq=False)
class ToldUnits:
    """What a network tells of a recording.

    Parameters
    ----------
    times_us : (n,) int64
        Moments, on the sensor's clock.
    valid : (n,) bool
        Whether there is a face.
    intensity : (n, 24) float32, 0 to 1
    coefficients : (n, k) float32
        Of the model's action units.
    pose : (n, 4) float32
        Yaw, pitch, roll (rad) from how the head is held at rest, log of px per mm on the events.
    confidence : (n,) float32, 0 to 1
        How far windows that overlap agree. NaN where a single one looked.
    class_times_us : (m,) int64
        Middles of the windows that show a face.
    classes : (m, 24) float32
        How likely each action unit is the one that a window shows.
    source
        What told it.
    """

    times_us: NDArray[np.int64]
    valid: NDArray[np.bool_]
    intensity: NDArray[np.float32]
    coefficients: NDArray[np.float32]
    pose: NDArray[np.float32]
    confidence: NDArray[np.float32]
    class_times_us: NDArray[np.int64]
    classes: NDArray[np.float32]
    source: Source

    def units_track(self) -> ActionUnitTrack:
        """Return the intensities as a track."""
        return ActionUnitTrack(
            times_us=self.times_us,
            valid=self.valid,
            source=self.source,
            intensity=np.where(self.valid[:, None], self.intensity, np.float32(np.nan)),
            confidence=np.where(self.valid, self.confidence, np.float32(np.nan)),
            names=",".join(UNITS),
        )

    def classes_track(self) -> ActionUnitTrack:
        """Return the probabilities of the classes as a track, a sample a window."""
        return ActionUnitTrack(
            times_us=self.class_times_us,
            valid=np.ones(len(self.class_times_us), bool),
            source=self.source,
            intensity=self.classes,
            names=",".join(UNITS),
            scale="probability",
        )


def tell_units(
    recording: Recording,
    trained: Trained,
    guide: Guide,
    *,
    stride: int | None = None,
    period_us: int = PERIOD_US,
    allows_assumed: bool = False,
    report: Callable[[float, str], None] = lambda _fraction, _message: None,
) -> ToldUnits:
    """Ask a network for the action units of a whole recording.

    Parameters
    ----------
    trained
        A network of action units.
    guide
        Where the face is, for networks that see it cut out; without one they see the middle of the
        picture. Windows without a face are passed over.
    stride
        Moments from one window to the next; half a window if None.
    period_us
        From one moment to the next: that of training by default.
    allows_assumed
        Use a video whose registration was never measured, where the network sees video.
    report
        Told how far it is, 0 to 1.

    Raises
    ------
    RecordingError
        If it is too short, or lacks what the network is fed.
    ModelFileError
        If the network tells other things than this version knows.
    EventFileError, VideoFileError
        If the media cannot be read.
    """
    if trained.info.targets.get("n_classes") != len(UNITS):
        raise ModelFileError(trained.path, f"tells of other action units than the {len(UNITS)}")
    times_us = Cutting(period_us=period_us).moments(recording.events.duration_us)
    if not len(times_us):
        raise RecordingError(f"{recording.name}: is shorter than a frame of {period_us} us")
    feeder = _Feeder(recording, trained, guide, allows_assumed=allows_assumed)
    n_frames = int(trained.info.inputs["n_frames"])
    valid = guide.shows_face(times_us)
    n, k = len(times_us), len(feeder.statistics.coefficient_mean)
    blend = Blend(n, len(UNITS) + k + N_POSE)
    probabilities, middles_us = [], []
    windows = cover(n, n_frames, stride or max(1, n_frames // 2))
    for number, window in enumerate(windows):
        report(number / len(windows), "Predicting action units")
        if not valid[window].any():
            continue
        said = trained.say(feeder.batch(times_us[window], n_frames))
        n_here = window.stop - window.start
        frames = torch.cat(
            [said["intensity_logits"].sigmoid(), said["coefficients"], said["pose"]], dim=-1
        )
        blend.add(window, frames[0, :n_here].numpy())
        logits = said["class_logits"][0] / trained.temperature
        probabilities.append(logits.softmax(dim=-1).numpy())
        middles_us.append(int(times_us[window].mean()))
    report(1.0, "Predicted")
    told, spread = blend.mean(), blend.spread()
    intensity, z, pose = np.split(told, [len(UNITS), len(UNITS) + k], axis=1)
    classes = np.array(probabilities, np.float32).reshape(-1, len(UNITS))
    return ToldUnits(
        times_us=times_us,
        valid=valid,
        intensity=intensity,
        coefficients=feeder.statistics.coefficients_from_z(z),
        pose=feeder.statistics.pose_from_z(pose),
        confidence=np.exp(-spread / _USUAL_SPREAD).astype(np.float32),
        class_times_us=np.array(middles_us, np.int64),
        classes=classes,
        source=trained.sign(feeder.settings() | _most_likely(classes)),
    )


class _Feeder:
    """Makes what a network is fed of a stretch of a recording."""

    statistics: TargetStatistics

    def __init__(
        self, recording: Recording, trained: Trained, guide: Guide, *, allows_assumed: bool
    ) -> None:
        self._recording, self._trained, self._guide = recording, trained, guide
        self.statistics = trained.statistics()
        self._inputs = trained.clip_inputs()
        self._modality = trained.modality
        self._video = judge_video(recording, allows_assumed=allows_assumed)
        self._sees_video = self._modality in ("rgb", "both")
        can_do_without = bool(trained.info.settings.get("missing_rgb"))
        if self._sees_video and recording.video is None and not can_do_without:
            raise RecordingError(f"{recording.name}: has no video, which {trained.path.name} sees")
        # The network sees a video all the same where nobody knows how it lies on the events, its
        # own middle, unless it can do without.
        self._shows_video = recording.video is not None and (
            self._video.is_used or not can_do_without
        )
        if self._modality == "coefficients" and (
            guide.face is None or guide.face.model != trained.info.model
        ):
            raise RecordingError(
                f"{recording.name}: has no fitted {trained.info.model}, whose coefficients "
                f"{trained.path.name} reads; process it first"
            )

    def settings(self) -> dict[str, JsonValue]:
        """Return what the source of the result says."""
        said: dict[str, JsonValue] = {"sees": self._modality}
        if self._modality == "coefficients":
            return said
        said["representation"] = self._inputs.representation
        said["window_us"] = self._inputs.window_us
        has_place = self._inputs.crop == "face" and self._guide.landmarks is not None
        said["crop"] = "face" if has_place else "picture"
        said["misses_face"] = self._inputs.crop == "face" and not has_place
        if self._sees_video:
            said |= self._video.to_settings()
            if self._shows_video and not self._video.is_used:
                said |= {"uses_rgb": True, "rgb": f"its own middle; {self._video.why}"}
        return said

    def batch(self, times_us: NDArray[np.int64], n_frames: int) -> dict[str, torch.Tensor]:
        """Return a batch of one clip, padded."""
        mask = np.zeros(n_frames, bool)
        mask[: len(times_us)] = True
        fed = (
            {"sequence": self._sequence(times_us)}
            if self._modality == "coefficients"
            else self._pictures(times_us)
        )
        batch = {"frame_mask": torch.from_numpy(mask)[None]}
        for name, values in fed.items():
            padded = np.zeros((n_frames, *values.shape[1:]), values.dtype)
            padded[: len(values)] = values
            batch[name] = torch.from_numpy(padded)[None]
        if self._sees_video:
            batch["rgb_ok"] = torch.tensor([self._shows_video])
        return batch

    def _sequence(self, times_us: NDArray[np.int64]) -> NDArray[np.float32]:
        face = self._guide.face
        assert face is not None
        on_events = self._recording.event_from_rgb.planar if face.camera == "rgb" else None
        coefficients, pose = sample_face(face, times_us, event_from_rgb=on_events)
        parts = (
            self.statistics.coefficients_to_z(coefficients),
            self.statistics.pose_to_z(pose - rest_of(self._guide.pose())),
        )
        # What is unknown is 0, as in training.
        return np.nan_to_num(np.concatenate(parts, axis=1), nan=0.0)

    def _pictures(self, times_us: NDArray[np.int64]) -> dict[str, NDArray[np.uint8]]:
        footage = read_for(
            self._recording,
            times_us,
            window_us=self._inputs.window_us,
            with_rgb=self._sees_video and self._shows_video,
        )
        n = len(times_us)
        clip = Clip(
            recording=self._recording.name,
            subject="",
            start_us=footage.start_us,
            events=footage.events,
            resolution=self._recording.events.resolution,
            times_us=footage.times_us,
            rgb=footage.rgb,
            event_from_rgb=footage.event_from_rgb if self._video.is_used else None,
            au_class=-1,
            model="",
            coefficients=np.empty((n, 0), np.float32),
            pose=np.full((n, N_POSE), np.nan, np.float32),
            intensity=np.full((n, len(UNITS)), np.nan, np.float32),
            landmarks=np.empty((n, 0, 2), np.float32),
            landmark_state=np.empty((n, 0), np.uint8),
            boxes_px=self._guide.boxes_px(times_us),
        )
        drawn = {}
        if self._modality != "rgb":
            drawn["events"] = self._inputs.draw_events(clip)
        if self._sees_video:
            drawn["rgb"] = self._inputs.draw_rgb(clip)
        return drawn


def _most_likely(classes: NDArray[np.float32]) -> dict[str, JsonValue]:
    """Return the class of the whole recording, for the source."""
    if not len(classes):
        return {}
    mean = classes.mean(axis=0)
    return {"class": UNITS[int(mean.argmax())], "class_probability": round(float(mean.max()), 4)}
