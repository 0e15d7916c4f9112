"""Clips as networks of action units are fed them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from evface.training_sets.augmentation import Augmentation
from evface.training_sets.clip_inputs import ClipInputs
from evface.training_sets.clips import Clip
from evface.training_sets.file import TrainingSet
from evface.training_sets.mirroring import can_mirror, mirror_clip
from evface.training_sets.picture_cache import PictureCache, moved
from evface.training_sets.placement import Jitter
from evface.training_sets.pose import MIRRORED_POSE, turned_with_picture
from evface.training_sets.statistics import TargetStatistics, measure_rests

Item = dict[str, NDArray[np.generic]]


class ActionUnitItems:
    """Clips of a set as items of batches, the same for the same seed, epoch and position.

    Parameters
    ----------
    training_set
        Open; may be shared.
    clips
        Indices of those that are used.
    inputs, statistics
        How pictures and targets are made.
    augmentation
        For training; None to test: the first frames of each clip as they are.
    cache
        Pictures of the same inputs drawn before. Clips are then mirrored, moved, turned and scaled,
        but their events stay as they were.
    seed
        Of the augmentation.
    """

    def __init__(
        self,
        training_set: TrainingSet,
        clips: Sequence[int],
        inputs: ClipInputs,
        statistics: TargetStatistics,
        *,
        augmentation: Augmentation | None = None,
        cache: PictureCache | None = None,
        seed: int = 0,
    ) -> None:
        self.training_set, self.clips = training_set, list(clips)
        self.inputs, self.statistics = inputs, statistics
        self._augmentation, self._cache, self._seed = augmentation, cache, seed
        self._can_mirror = can_mirror(training_set.about.model)
        self._rests = measure_rests(training_set, self.clips)

    def __len__(self) -> int:
        return len(self.clips)

    def item(self, epoch: int, position: int) -> Item:
        """Return one item.

        Returns
        -------
        dict
            ``events`` and ``rgb`` (n_frames, 3, side_px, side_px) uint8 where used; ``frame_mask``
            (n_frames,) bool, False for padding; ``au_class`` int64, -1 unknown; ``coefficients``
            (n_frames, k) and ``pose`` (n_frames, 4) float32, z-scored, the angles from how the
            person holds the head at rest (`measure_rests`), with ``coefficients_mask``
            and ``pose_mask`` (n_frames,) bool; ``intensity`` and ``intensity_mask`` (n_frames, 24);
            ``clip_index`` int64; ``rgb_ok`` bool, whether there is a video, where ``rgb`` is used.
            Whatever is masked is 0.

        Raises
        ------
        DatasetError
            If the clip is damaged.
        """
        index = self.clips[position]
        random = np.random.default_rng([self._seed, epoch, index])
        clip, pictures = self._drawn(index, random)
        known: Item = {"clip_index": np.array(index, np.int64)}
        if self.inputs.uses_rgb:
            known["rgb_ok"] = np.array(self.training_set.index[index].has_rgb)
        return pictures | self._targets(clip) | known

    def _drawn(self, index: int, random: np.random.Generator) -> tuple[Clip, Item]:
        """Return a clip, as chance changed its labels, posed from rest, and its pictures."""
        inputs, changes, cache = self.inputs, self._augmentation, self._cache
        n_spare = max(0, self.training_set.index[index].n_frames - inputs.n_frames)
        first = int(random.integers(n_spare + 1)) if changes else 0
        rows = slice(first, first + inputs.n_frames)
        clip = self.training_set.clip(
            index,
            rows=rows,
            with_events=inputs.uses_events and cache is None,
            with_rgb=inputs.uses_rgb and cache is None,
        )
        is_mirrored = changes is not None and random.random() < changes.mirror and self._can_mirror
        rest = self._rests[clip.subject][None]
        if is_mirrored:
            clip, rest = mirror_clip(clip), rest * MIRRORED_POSE
        jitter = changes.draw_jitter(random) if changes else Jitter()
        if cache is None:
            pictures = self._draw(clip, jitter, random)
        else:
            pictures = {
                name: moved(shown[rows][..., ::-1] if is_mirrored else shown[rows], jitter)
                for name, shown in cache.clip(index).items()
            }
        pose = clip.pose
        if changes is not None and pictures:
            if "rgb" in pictures:
                pictures["rgb"] = changes.change_rgb(pictures["rgb"], random)
            pose = turned_with_picture(pose, jitter.angle_rad, jitter.scale)
            rest = turned_with_picture(rest, jitter.angle_rad, 1.0)
        clip = replace(clip, pose=pose - rest)
        return clip, {name: self._padded(shown) for name, shown in pictures.items()}

    def _draw(
        self, clip: Clip, jitter: Jitter, random: np.random.Generator
    ) -> dict[str, NDArray[np.uint8]]:
        """Draw a clip's pictures, its events changed by chance."""
        inputs, changes = self.inputs, self._augmentation
        pictures = {}
        if inputs.uses_events:
            if changes is not None:
                window_us = round(inputs.window_us * changes.draw_window_factor(random))
                inputs = replace(inputs, window_us=window_us)
                stop_us = int(clip.times_us[-1]) if len(clip) else 0
                events = changes.change_events(
                    clip.events, random, resolution=clip.resolution, stop_us=stop_us
                )
                clip = replace(clip, events=events)
            pictures["events"] = inputs.draw_events(clip, jitter)
        if inputs.uses_rgb:
            pictures["rgb"] = inputs.draw_rgb(clip, jitter)
        return pictures

    def _targets(self, clip: Clip) -> Item:
        coefficients = self.statistics.coefficients_to_z(clip.coefficients)
        pose = self.statistics.pose_to_z(clip.pose)
        told: Item = {
            "frame_mask": self._padded(np.ones(len(clip), bool)),
            "au_class": np.array(clip.au_class, np.int64),
        }
        for name, values in (("coefficients", coefficients), ("pose", pose)):
            known = np.isfinite(values).all(axis=1) & (values.shape[1] > 0)
            told[name] = self._padded(np.where(known[:, None], values, np.float32(0)))
            told[f"{name}_mask"] = self._padded(known)
        known = np.isfinite(clip.intensity)
        told["intensity"] = self._padded(np.where(known, clip.intensity, np.float32(0)))
        told["intensity_mask"] = self._padded(known)
        return told

    def _padded(self, values: NDArray[np.generic]) -> NDArray[np.generic]:
        n = self.inputs.n_frames
        if len(values) == n:
            return values
        padded = np.zeros((n, *values.shape[1:]), values.dtype)
        padded[: len(values)] = values
        return padded
