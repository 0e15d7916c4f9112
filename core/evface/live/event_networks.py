"""Trained networks that look at a stream of events, in the process of the models."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from evface.annotations.segments import UNITS
from evface.errors import ModelFileError
from evface.events.events import Events
from evface.inference.smoothing import OneEuro
from evface.inference.streaming import LandmarkStream, UnitStream
from evface.inference.trained import Trained, open_trained
from evface.live.picture import Placed
from evface.live.stopwatch import Stopwatch
from evface.models.checkpoints import network_file, read_info
from evface.models.live_use import why_not_live
from evface.training_sets.clips import PERIOD_US, boxes_around

_NO_BOX = np.full(4, np.nan, np.float32)
# Networks of action units are asked no more often: they learnt of moments `PERIOD_US` apart.
_UNIT_STEP_US = 30_000
# Of the moments that passed since the last look so many are made up for.
_MOST_MISSED = 6
# They are told of the face's place anew where it moved by so much of its size, or grew so often.
_MOVED, _GREW = 0.25, 1.3
# Of the sensor that a network is tried with when it is loaded.
_TRIED_WITH = (64, 48)
# What a network raises that says something else of itself than it is.
_MISFITS = (RuntimeError, ValueError, TypeError, LookupError, ArithmeticError)


class EventNetworks:
    """A network of landmarks and one of action units, and what they remember of the stream.

    Parameters
    ----------
    checkpoints
        Their files, or folders of trainings. Of those for the same task the last one counts.
    smoothing
        Of landmarks; None for none.

    Attributes
    ----------
    refused : dict[Path, str]
        Those that are left out because they cannot be used: why, one line each.
    """

    def __init__(self, checkpoints: tuple[Path, ...], smoothing: OneEuro | None) -> None:
        self._smoothing = smoothing
        self.refused: dict[Path, str] = {}
        self._of_landmarks: Trained | None = None
        self._of_units: Trained | None = None
        for path in checkpoints:
            try:
                trained = _open_for_live(path)
            except ModelFileError as error:
                self.refused[path] = f"{error.path.parent.name}/{error.path.name}: {error.problem}"
                continue
            if trained.is_of_units:
                self._of_units = trained
            else:
                self._of_landmarks = trained
        self._landmarks: LandmarkStream | None = None
        self._units: UnitStream | None = None
        self._box, self._unit_us = _NO_BOX, 0
        self._intensity: dict[str, float] = {}

    @property
    def is_empty(self) -> bool:
        """Whether none could be used."""
        return self._of_landmarks is None and self._of_units is None

    @property
    def tells_units(self) -> bool:
        """Whether one tells action units."""
        return self._of_units is not None

    def begin(self, resolution: tuple[int, int]) -> None:
        """Forget a stream that ended; the next one has a sensor ``(width, height)``."""
        self._landmarks = self._units = None
        if self._of_landmarks is not None:
            self._landmarks = LandmarkStream(
                self._of_landmarks, resolution, smoothing=self._smoothing
            )
        if self._of_units is not None:
            self._units = UnitStream(self._of_units, resolution)
        self._box, self._unit_us, self._intensity = _NO_BOX, 0, {}

    def push(self, events: Events) -> None:
        """Add events that follow those before."""
        for stream in (self._landmarks, self._units):
            if stream is not None:
                stream.push(events)

    def place(self, t_us: int, hint: Placed | None, watch: Stopwatch) -> Placed | None:
        """Return the landmarks of a moment; None without a network of them.

        Parameters
        ----------
        hint
            Where the face is as others know it, for when it is to be searched.
        """
        if self._landmarks is None or self._of_landmarks is None:
            return None
        box = _NO_BOX if hint is None else boxes_around(hint.points_px[None])[0]
        with watch.timing("landmarks"):
            moment = self._landmarks.look(t_us, box)
        return Placed(moment.landmarks, moment.confidence, self._of_landmarks.info.scheme, t_us)

    def read_units(self, t_us: int, face: Placed | None, watch: Stopwatch) -> dict[str, float]:
        """Return the action units of a moment by their names, 0 to 1; none without a network.

        It is asked about as often as it learnt to be: also about moments that passed meanwhile.

        Parameters
        ----------
        face
            Where the face is; where it was before, when None.
        """
        if self._units is None:
            return {}
        self._follow(self._units, face)
        if t_us - self._unit_us >= _UNIT_STEP_US:
            n_missed = min(round((t_us - self._unit_us) / PERIOD_US), _MOST_MISSED)
            self._unit_us = t_us
            with watch.timing("action units"):
                for n_before in reversed(range(n_missed)):
                    moment = self._units.look(t_us - n_before * PERIOD_US)
            self._intensity = dict(zip(UNITS, moment.intensity.tolist(), strict=True))
        return self._intensity

    def _follow(self, units: UnitStream, face: Placed | None) -> None:
        """Tell the network of action units where the face is, if it is somewhere else now."""
        if face is None or not face.is_seen:
            return
        box = boxes_around(face.points_px[None])[0]
        side, before = (float((one[2:] - one[:2]).max()) for one in (box, self._box))
        moved = float(np.linalg.norm((box[:2] + box[2:] - self._box[:2] - self._box[2:]) / 2))
        # Comparisons with NaN, before the first face, are false.
        if not (moved <= _MOVED * before and before / _GREW <= side <= before * _GREW):
            self._box = box
            units.place(box)


def _open_for_live(path: Path) -> Trained:
    """Read a checkpoint, and try it; raise a ModelFileError unless it can be used live."""
    path = network_file(path)
    if why_not := why_not_live(read_info(path)):
        raise ModelFileError(path, why_not)
    trained = open_trained(path)
    try:
        stream = (UnitStream if trained.is_of_units else LandmarkStream)(trained, _TRIED_WITH)
        stream.look(PERIOD_US)
    except _MISFITS as error:
        raise ModelFileError(path, f"is not fed as it says ({error}); train it again") from error
    return trained
