"""Three representations of one instant, each seen differently: what an encoder learns from alone.

Reference: Kang, Kim, Kang, "Event-based Facial Keypoint Alignment via Cross-Modal Fusion Attention
and Self-Supervised Multi-Event Representation Learning", arXiv 2509.24968. Differs: what is changed
by chance are the events, because colours mean nothing here, and the face is cut out no closer than
half of the square.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from evface.errors import DatasetError
from evface.training_sets.augmentation import Augmentation
from evface.training_sets.clip_memory import ClipMemory
from evface.training_sets.clips import PERIOD_US
from evface.training_sets.file import TrainingSet
from evface.training_sets.inputs import (
    BACKGROUNDS,
    MEMORY_US,
    InputRepresentation,
    enlarged,
    event_pictures,
)
from evface.training_sets.placement import (
    Square,
    drawing_side,
    face_square,
    lay_square,
    middle_square,
    move_events,
)

Item = dict[str, NDArray[np.generic]]


VIEW_CHANGES = Augmentation(event_drop=0.5, polarity_flip=0.2, window_jitter=0.3)


@dataclass(frozen=True)
class ViewInputs:
    """How the views of an instant are made.

    Parameters
    ----------
    representations
        One a view; a representation may come twice.
    window_us, side_px
        As in `ClipInputs`.
    margin
        Side of the square over the longer side of the face's box, where that is known.
    least_crop
        Smallest share of the square's area that a view shows.
    shared_crop
        Probability that all views show the same part.
    blur
        Probability that a view is blurred, by up to 2 px.
    gain
        Contrast of a view changes by at most this share.
    changes
        Of the events of each view.
    """

    representations: tuple[InputRepresentation, ...] = ("frame", "voxel", "time_surface")
    window_us: int = PERIOD_US
    side_px: int = 224
    margin: float = 1.6
    least_crop: float = 0.5
    shared_crop: float = 0.5
    blur: float = 0.5
    gain: float = 0.2
    changes: Augmentation = VIEW_CHANGES


class ViewItems:
    """Instants of clips, the same for the same seed, epoch and position.

    Parameters
    ----------
    training_set, clips
        As in `ActionUnitItems`. No labels are needed.
    instants_per_clip
        From each clip, an epoch, drawn in favour of those with many events.
    seed
        Of all that chance does.

    Raises
    ------
    DatasetError
        If there are no events in these clips.
    """

    def __init__(
        self,
        training_set: TrainingSet,
        clips: Sequence[int],
        inputs: ViewInputs,
        *,
        instants_per_clip: int = 4,
        seed: int = 0,
    ) -> None:
        self.training_set, self.inputs = training_set, inputs
        self._instants_per_clip, self._seed = instants_per_clip, seed
        self._memory = ClipMemory(training_set, with_rgb=False)
        self.clips = [
            index
            for index in clips
            if training_set.index[index].n_events and training_set.index[index].n_frames
        ]
        if not self.clips:
            raise DatasetError(training_set.path, "has no events in these clips to learn from")

    def __len__(self) -> int:
        return len(self.clips) * self._instants_per_clip

    def item(self, epoch: int, position: int) -> Item:
        """Return one item.

        Returns
        -------
        dict
            ``views`` (n_views, 3, side_px, side_px) uint8, in the order of the representations, and
            ``clip_index`` int64.

        Raises
        ------
        DatasetError
            If the clip is damaged.
        """
        inputs = self.inputs
        random = np.random.default_rng([self._seed, epoch, position])
        index = self.clips[position // self._instants_per_clip]
        clip = self._memory.clip(index)
        # The busiest of three: most instants of a still face show nothing.
        stops_us = random.choice(clip.times_us, 3)
        counts = [len(clip.events.between(stop - inputs.window_us, stop)) for stop in stops_us]
        stop_us = int(stops_us[int(np.argmax(counts))])
        events = clip.events.between(stop_us - max(2 * inputs.window_us, MEMORY_US), stop_us)
        whole = face_square(clip.boxes_px, margin=inputs.margin) or middle_square(clip.resolution)
        shared = self._part(whole, random) if random.random() < inputs.shared_crop else None
        views = []
        for representation in inputs.representations:
            changed = inputs.changes.change_events(
                events, random, resolution=clip.resolution, stop_us=stop_us
            )
            window_us = round(inputs.window_us * inputs.changes.draw_window_factor(random))
            square = shared or self._part(whole, random)
            drawn_px = drawing_side(square, inputs.side_px)
            drawn = event_pictures(
                move_events(changed, lay_square(square, drawn_px), (drawn_px, drawn_px)),
                np.array([stop_us]),
                representation=representation,
                window_us=window_us,
                resolution=(drawn_px, drawn_px),
            )
            picture = enlarged(drawn, inputs.side_px)[0]
            views.append(self._changed(picture, BACKGROUNDS[representation], random))
        return {"views": np.stack(views), "clip_index": np.array(index, np.int64)}

    def _part(self, whole: Square, random: np.random.Generator) -> Square:
        share = float(np.sqrt(random.uniform(self.inputs.least_crop, 1.0)))
        x, y = (random.uniform(-0.5, 0.5, 2) * (1 - share) * whole.size_px).tolist()
        return Square((whole.centre_px[0] + x, whole.centre_px[1] + y), share * whole.size_px)

    def _changed(
        self, picture: NDArray[np.uint8], background: int, random: np.random.Generator
    ) -> NDArray[np.uint8]:
        inputs = self.inputs
        if random.random() < inputs.changes.mirror:
            picture = picture[..., ::-1]
        gain = 1 + inputs.gain * random.uniform(-1.0, 1.0)
        levels = background + gain * (np.arange(256) - background)
        picture = np.clip(levels, 0, 255).astype(np.uint8)[picture]
        if random.random() < inputs.blur:
            sigma = random.uniform(0.1, 2.0)
            blurred = cv2.GaussianBlur(picture.transpose(1, 2, 0), (0, 0), sigma)
            picture = np.ascontiguousarray(blurred.transpose(2, 0, 1))
        return picture
