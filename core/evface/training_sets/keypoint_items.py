"""Moments of clips as networks of keypoints are fed them: a face cut out, and its landmarks."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from evface.annotations.tracks import LandmarkState
from evface.errors import DatasetError
from evface.geometry.transforms import PlanarTransform
from evface.landmarks.mappings import can_convert, convert_landmarks
from evface.landmarks.schemes import SCHEMES
from evface.training_sets.augmentation import Augmentation
from evface.training_sets.clip_memory import ClipMemory
from evface.training_sets.clips import PERIOD_US, Clip
from evface.training_sets.file import TrainingSet
from evface.training_sets.inputs import MEMORY_US, InputRepresentation, enlarged, event_pictures
from evface.training_sets.mirroring import mirror_clip
from evface.training_sets.pictures import warp_picture
from evface.training_sets.placement import (
    Jitter,
    Square,
    drawing_side,
    face_square,
    lay_square,
    move_events,
)

Item = dict[str, NDArray[np.generic]]


# How small a face is in its square at least, where it is searched.
_LEAST_FAR = 0.4
# Of events, video and the place of the square.
FACE_CHANGES = Augmentation(scale=0.05 / 1.2, rotation_deg=30.0, shift=0.05, window_jitter=0.3)


@dataclass(frozen=True)
class FaceInputs:
    """How a face is cut out; the same for training, testing and use.

    Parameters
    ----------
    representation, window_us, side_px
        As in `ClipInputs`.
    uses_rgb
        Whether the video's picture is cut out as well.
    margin
        Side of the square over the longer side of the face's box; 1.2 in the paper.
    scheme
        Of the landmarks that are learnt.
    """

    representation: InputRepresentation = "frame"
    window_us: int = PERIOD_US
    side_px: int = 256
    uses_rgb: bool = True
    margin: float = 1.2
    scheme: str = "ibug68"


@dataclass(frozen=True)
class FaceAugmentation:
    """What chance changes, beside the events: as in the paper.

    Parameters
    ----------
    events
        Of events and video. Its `scale`, `rotation_deg` and `shift` are for the square.
    occlusion
        Probability that a rectangle hides a part, in either picture on its own.
    occlusion_side, occlusion_std
        Its sides in those of the square, normal.
    grey
        Probability that the video loses its colours.
    far
        Probability that the face is small in its square, down to 0.4 of its size, and lies anywhere
        in it: as it does where it is searched.
    """

    events: Augmentation = FACE_CHANGES
    occlusion: float = 0.5
    occlusion_side: float = 0.2
    occlusion_std: float = 0.08
    grey: float = 0.2
    far: float = 0.0

    def draw_jitter(self, random: np.random.Generator) -> Jitter:
        """Draw how the square is moved."""
        jitter = self.events.draw_jitter(random)
        if random.random() >= self.far:
            return jitter
        scale = random.uniform(_LEAST_FAR, 1.0)
        x, y = (random.uniform(-0.5, 0.5, 2) * (1.0 - scale)).tolist()
        return replace(jitter, scale=scale, shift=(x, y))


class KeypointItems:
    """Moments of a set's clips as items, the same for the same seed, epoch and position.

    Parameters
    ----------
    training_set
        Open; may be shared.
    clips
        Indices of those that are used. Those without landmarks are passed over.
    inputs
        How pictures are made.
    moments_per_clip
        From each clip, an epoch: by chance for training, else evenly spread.
    augmentation
        For training; None to test.
    least_state
        Landmarks below this are left out.
    boxes
        Boxes to cut by instead of the set's own, by clip: (t, 4) each, as a detector found them;
        where a row is NaN the set's own serves.
    seed
        Of the augmentation.

    Raises
    ------
    DatasetError
        If none of the clips has landmarks, or they are of a coarser scheme than is learnt.
    """

    def __init__(
        self,
        training_set: TrainingSet,
        clips: Sequence[int],
        inputs: FaceInputs,
        *,
        moments_per_clip: int = 4,
        augmentation: FaceAugmentation | None = None,
        least_state: LandmarkState = LandmarkState.AUTO,
        boxes: dict[int, NDArray[np.float32]] | None = None,
        seed: int = 0,
    ) -> None:
        about = training_set.about
        self.training_set, self.inputs = training_set, inputs
        self._moments_per_clip, self._augmentation = moments_per_clip, augmentation
        self._least_state, self._boxes, self._seed = least_state, boxes or {}, seed
        self._target = SCHEMES[inputs.scheme]
        if about.scheme and not can_convert(SCHEMES[about.scheme], self._target):
            raise DatasetError(
                training_set.path,
                f"has landmarks of {about.scheme}, from which {inputs.scheme} cannot be learnt",
            )
        self._memory = ClipMemory(training_set, with_rgb=inputs.uses_rgb)
        self.clips: list[int] = []
        self._rows: list[NDArray[np.intp]] = []
        for index in clips:
            if training_set.index[index].n_landmarks:
                rows = self._usable(training_set.clip(index, with_events=False, with_rgb=False))
                if len(rows):
                    self.clips.append(index)
                    self._rows.append(rows)
        if not self.clips:
            raise DatasetError(
                training_set.path,
                "has no landmarks to learn from in these clips; process the recordings first, or "
                "ask less of the labels' state",
            )

    def __len__(self) -> int:
        return len(self.clips) * self._moments_per_clip

    def place_of(self, position: int) -> tuple[int, int]:
        """Return the clip's index and the row of a test item."""
        which, number = divmod(position, self._moments_per_clip)
        rows = self._rows[which]
        spread = (2 * number + 1) * len(rows) // (2 * self._moments_per_clip)
        return self.clips[which], int(rows[spread])

    def item(self, epoch: int, position: int) -> Item:
        """Return one item.

        Returns
        -------
        dict
            ``event`` and ``rgb`` (3, side_px, side_px) uint8; ``rgb_ok`` bool, whether there is a
            video whose place on the events is known; ``landmarks`` (n, 2) float32, 0 to 1 across
            the square, with ``landmark_mask`` (n,) bool; ``norm`` float32, between the outer eye
            corners, the same units; ``to_picture`` (2, 3) float32, from those to the sensor's
            pixels, as they are without augmentation's mirror; ``clip_index`` and ``row`` int64.

        Raises
        ------
        DatasetError
            If the clip is damaged.
        """
        changes = self._augmentation
        random = np.random.default_rng([self._seed, epoch, position])
        index, row = self.place_of(position)
        if changes is not None:
            row = int(random.choice(self._rows[position // self._moments_per_clip]))
        clip = self._memory.moment(index, row)
        if (found := self._boxes.get(index)) is not None and np.isfinite(found[row]).all():
            clip = replace(clip, boxes_px=found[row : row + 1].astype(np.float32))
        if changes is not None and random.random() < changes.events.mirror:
            # Coefficients are not asked for here.
            bare = replace(clip, model="", coefficients=clip.coefficients[:, :0])
            clip = mirror_clip(bare)
        jitter = changes.draw_jitter(random) if changes else Jitter()
        square = face_square(clip.boxes_px, margin=self.inputs.margin)
        if square is None:
            raise DatasetError(self.training_set.path, f"clip {index} has no box of the face")
        pictures = self._pictures(clip, square, jitter, random)
        return (
            pictures
            | self._targets(clip, square, jitter)
            | {"clip_index": np.array(index, np.int64), "row": np.array(row, np.int64)}
        )

    def _usable(self, clip: Clip) -> NDArray[np.intp]:
        """Return the rows with a box, landmarks and both outer eye corners."""
        points = self._landmarks(clip)
        corners = points[:, self._target.eye_corners]
        is_usable = np.isfinite(corners).all(axis=(1, 2)) & np.isfinite(clip.boxes_px).all(axis=1)
        return np.flatnonzero(is_usable)

    def _landmarks(self, clip: Clip) -> NDArray[np.float32]:
        is_known = clip.landmark_state >= self._least_state
        points = np.where(is_known[..., None], clip.landmarks, np.float32(np.nan))
        return convert_landmarks(points, SCHEMES[clip.scheme], self._target).astype(np.float32)

    def _pictures(
        self, clip: Clip, square: Square, jitter: Jitter, random: np.random.Generator
    ) -> Item:
        inputs, changes = self.inputs, self._augmentation
        stop_us, window_us = int(clip.times_us[0]), inputs.window_us
        events = clip.events.between(stop_us - max(2 * window_us, MEMORY_US), stop_us)
        if changes is not None:
            window_us = round(window_us * changes.events.draw_window_factor(random))
            events = changes.events.change_events(
                events, random, resolution=clip.resolution, stop_us=stop_us
            )
        drawn_px = drawing_side(square, inputs.side_px)
        drawn = event_pictures(
            move_events(events, lay_square(square, drawn_px, jitter), (drawn_px, drawn_px)),
            clip.times_us,
            representation=inputs.representation,
            window_us=window_us,
            resolution=(drawn_px, drawn_px),
        )
        pictures: Item = {"event": self._occluded(enlarged(drawn, inputs.side_px)[0], random)}
        if not inputs.uses_rgb:
            return pictures
        rgb = np.zeros((3, inputs.side_px, inputs.side_px), np.uint8)
        is_laid = clip.rgb is not None and clip.event_from_rgb is not None
        if clip.rgb is not None and clip.event_from_rgb is not None:
            onto_square = lay_square(square, inputs.side_px, jitter)
            laid = PlanarTransform(onto_square.matrix @ clip.event_from_rgb.matrix)
            seen = warp_picture(clip.rgb[0], laid, inputs.side_px)
            if changes is not None:
                seen = changes.events.change_rgb(seen, random)
                if random.random() < changes.grey:
                    seen = np.repeat(seen.mean(axis=2, keepdims=True).astype(np.uint8), 3, axis=2)
            rgb = self._occluded(np.ascontiguousarray(seen.transpose(2, 0, 1)), random)
        return pictures | {"rgb": rgb, "rgb_ok": np.array(is_laid)}

    def _occluded(
        self, picture: NDArray[np.uint8], random: np.random.Generator
    ) -> NDArray[np.uint8]:
        """Hide a rectangle of a picture by chance; the picture is its own."""
        changes, side = self._augmentation, self.inputs.side_px
        if changes is None or random.random() >= changes.occlusion:
            return picture
        sides = random.normal(changes.occlusion_side, changes.occlusion_std, 2).clip(0.0, 1.0)
        width, height = (int(length) for length in sides * side)
        x, y = random.integers(0, side - width + 1), random.integers(0, side - height + 1)
        picture[:, y : y + height, x : x + width] = random.integers(0, 256, (3, 1, 1))
        return picture

    def _targets(self, clip: Clip, square: Square, jitter: Jitter) -> Item:
        side = self.inputs.side_px
        onto_square = lay_square(square, side, jitter)
        # The origin of pixels is the centre of the first, that of the square is its corner.
        points = (onto_square.apply(self._landmarks(clip)[0]) + 0.5) / side
        known = np.asarray(np.isfinite(points).all(axis=1))
        right, left = self._target.eye_corners
        back = onto_square.inverse().matrix @ np.array(
            [[side, 0, -0.5], [0, side, -0.5], [0, 0, 1.0]]
        )
        return {
            "landmarks": np.where(known[:, None], points, 0.0).astype(np.float32),
            "landmark_mask": known,
            "norm": np.array(math.dist(points[right], points[left]), np.float32),
            "to_picture": back[:2].astype(np.float32),
        }
