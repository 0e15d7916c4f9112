"""A landmark track at the moment shown, with places over it that are not on disk yet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evface.annotations.labelled import LabelledFrame, LabelledTrack
from evface.annotations.tracks import LandmarkState
from evface_studio.panes.sampling import TrackSampler

Places = Mapping[int, tuple[float, float]]
# Places come back from the disk as they went there.
_SAME_PX = 1e-3


@dataclass(frozen=True)
class _Sent:
    """What was asked of the document, and is not there yet."""

    t_us: int
    places_px: Places
    carried: frozenset[int]


class PreviewedTrack:
    """What the labels say of one role now, under what is being dragged and what is on its way.

    While something is dragged, the frame stays that on which the drag began.
    """

    def __init__(self) -> None:
        self.role: str | None = None
        self._sampler: TrackSampler | None = None
        self._shown_us: int | None = None
        self._frame: LabelledFrame | None = None
        self._is_aged = False
        self._held: dict[int, tuple[float, float]] = {}
        self._carried: frozenset[int] = frozenset()
        self._sent: list[_Sent] = []

    @property
    def labelled(self) -> LabelledTrack | None:
        """The whole track; None where there is none."""
        track = None if self._sampler is None else self._sampler.track
        return track if isinstance(track, LabelledTrack) else None

    @property
    def frame(self) -> LabelledFrame | None:
        """What the labels say, without what is not on disk yet; None where they say nothing."""
        return self._frame

    @property
    def is_aged(self) -> bool:
        """Whether the frame belongs to a moment too far off to pass for the one shown."""
        return self._is_aged

    @property
    def age_us(self) -> int:
        """How far the frame lies before the moment shown; negative where it lies after."""
        if self._frame is None or self._shown_us is None:
            return 0
        return self._shown_us - self._frame.t_us

    @property
    def is_held(self) -> bool:
        """Whether something is being dragged."""
        return bool(self._held)

    @property
    def held_px(self) -> Places:
        """Where that which is being dragged is now, by landmark."""
        return self._held

    def set_track(self, role: str | None, labelled: LabelledTrack | None) -> None:
        """Take another track, or what became of it by an edit."""
        if role != self.role:
            self.drop()
            self._sent.clear()
        self.role = role
        self._sampler = None if labelled is None else TrackSampler(labelled)
        self._look_up()
        # They arrive in the order in which they were sent.
        arrived = [n for n, sent in enumerate(self._sent) if self._has_arrived(sent)]
        if arrived:
            del self._sent[: arrived[-1] + 1]

    def show_at(self, t_us: int | None) -> None:
        """Show another moment; None for none."""
        self._shown_us = t_us
        if not self._held:
            self._look_up()

    def hold(self, places_px: Places, carried: frozenset[int] = frozenset()) -> None:
        """Show landmarks elsewhere, as long as they are dragged.

        Parameters
        ----------
        carried
            Those that a machine takes along.
        """
        self._held, self._carried = dict(places_px), carried

    def drop(self) -> None:
        """Show what is dragged where it was."""
        self._held, self._carried = {}, frozenset()
        self._look_up()

    def send(self, t_us: int) -> tuple[Places, Places]:
        """Stop dragging; keep showing the places until the labels have them.

        Returns
        -------
        places_px, carried_px
            Of landmarks that a person moved, and of those that a machine took along.
        """
        sent = _Sent(t_us, self._held, self._carried)
        self._sent.append(sent)
        self._held, self._carried = {}, frozenset()
        self._look_up()
        own = {i: place for i, place in sent.places_px.items() if i not in sent.carried}
        return own, {i: sent.places_px[i] for i in sent.places_px.keys() & sent.carried}

    def forget_sent(self) -> bool:
        """Show the labels as they are on disk; return whether that changes anything."""
        had = bool(self._sent)
        self._sent.clear()
        return had

    def shown(
        self, n_landmarks: int = 0
    ) -> tuple[NDArray[np.float32], NDArray[np.uint8], NDArray[np.bool_]] | None:
        """Return places, states and what is hidden, of all landmarks; None for nothing.

        Parameters
        ----------
        n_landmarks
            How many there are where the labels say nothing but something is dragged.
        """
        frame = self._frame
        if frame is None:
            if not n_landmarks or not (self._held or self._sent):
                return None
            landmarks = np.full((n_landmarks, 2), np.nan, np.float32)
            state, occluded = np.zeros(n_landmarks, np.uint8), np.zeros(n_landmarks, np.bool_)
        else:
            landmarks, state, occluded = frame.landmarks, frame.state, frame.occluded
        over = [(s.places_px, s.carried) for s in self._sent if self._is_now(s.t_us)]
        if self._held:
            over.append((self._held, self._carried))
        if over:
            landmarks, state = landmarks.copy(), state.copy()
            for places_px, carried in over:
                rows = list(places_px)
                landmarks[rows] = list(places_px.values())
                state[rows] = LandmarkState.CORRECTED
                state[list(carried)] = LandmarkState.INTERPOLATED
        return landmarks, state, occluded

    def _is_now(self, t_us: int) -> bool:
        now_us = self._shown_us if self._frame is None else self._frame.t_us
        return t_us == now_us

    def _look_up(self) -> None:
        labelled, sampler = self.labelled, self._sampler
        if self._held and self._frame is not None and labelled is not None:
            self._frame = labelled.frame_at(self._frame.t_us)
            return
        sample = None
        if sampler is not None and self._shown_us is not None:
            sample = sampler.at(self._shown_us)
        if sample is None or labelled is None:
            self._frame, self._is_aged = None, False
        else:
            self._frame, self._is_aged = labelled.frame(sample.index), sample.is_aged

    def _has_arrived(self, sent: _Sent) -> bool:
        labelled = self.labelled
        if labelled is None:
            return False
        for landmark, (x, y) in sent.places_px.items():
            said = labelled.corrections.at(landmark, sent.t_us)
            if said is None or max(abs(said.xy_px[0] - x), abs(said.xy_px[1] - y)) > _SAME_PX:
                return False
        return True
