"""Clips that were read once and are asked for again and again."""

from __future__ import annotations

from dataclasses import replace

from evface.training_sets.clips import LABEL_ARRAYS, Clip
from evface.training_sets.file import TrainingSet

_MOST_BYTES = 1 << 30


class ClipMemory:
    """Keeps clips in memory until a limit; those beyond it are read each time.

    A moment of a clip needs all of its events unpacked, so that reading costs more than drawing.
    Threads may share one.

    Parameters
    ----------
    training_set
        Open.
    with_rgb
        Whether the video's pictures are kept as well.
    most_bytes
        The limit.
    """

    def __init__(
        self, training_set: TrainingSet, *, with_rgb: bool, most_bytes: int = _MOST_BYTES
    ) -> None:
        self._set, self._with_rgb = training_set, with_rgb
        self._n_left = most_bytes
        self._kept: dict[int, Clip] = {}

    def clip(self, index: int) -> Clip:
        """Return a whole clip. Not to be modified.

        Raises
        ------
        DatasetError
            If it is damaged.
        """
        if (kept := self._kept.get(index)) is not None:
            return kept
        clip = self._set.clip(index, with_rgb=self._with_rgb)
        size = _size_of(clip)
        if size <= self._n_left:
            self._n_left -= size
            self._kept[index] = clip
        else:
            self._n_left = 0
        return clip

    def moment(self, index: int, row: int) -> Clip:
        """Return one moment of a clip, with all of its events.

        Raises
        ------
        DatasetError
            If the clip is damaged.
        """
        if index not in self._kept and self._n_left <= 0:
            return self._set.clip(index, rows=slice(row, row + 1), with_rgb=self._with_rgb)
        clip, rows = self.clip(index), slice(row, row + 1)
        return replace(
            clip,
            times_us=clip.times_us[rows],
            rgb=None if clip.rgb is None else clip.rgb[rows],
            **{name: getattr(clip, name)[rows] for name in LABEL_ARRAYS},
        )


def _size_of(clip: Clip) -> int:
    events = clip.events
    arrays = [events.t, events.x, events.y, events.p, *(getattr(clip, n) for n in LABEL_ARRAYS)]
    return sum(array.nbytes for array in arrays) + (0 if clip.rgb is None else clip.rgb.nbytes)
