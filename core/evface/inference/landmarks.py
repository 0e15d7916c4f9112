"""Landmarks of a recording, as a network places them on the events."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray

from evface.annotations.tracks import Camera, JsonValue, LandmarkState, LandmarkTrack
from evface.errors import RecordingError
from evface.events.events import Events
from evface.geometry.transforms import PlanarTransform
from evface.inference.face_pictures import draw_face, draw_video, from_square
from evface.inference.guide import Guide, VideoUse, judge_video, read_for, says_something
from evface.inference.trained import Trained
from evface.models.live_use import needs_rgb
from evface.projects.recording import Recording
from evface.training_sets.clips import PERIOD_US, boxes_around
from evface.training_sets.cutting import Cutting
from evface.training_sets.inputs import MEMORY_US, reach_us
from evface.training_sets.placement import Square, face_square, middle_square

BoxesFrom = Literal["labels", "track"]

# Looks about the first square of a face that is searched in the whole picture.
_N_LOOKS = 4
# Where most events are, in percent, and the sides of squares there that may be about the face.
_FEWEST_EVENTS, _MOST, _SHARES = 100, (5, 95), (1.3, 1.0, 0.75)
_SAMPLED_EVENTS = 1 << 18
# Moments that are read, and looked at, together.
_N_TOGETHER = 16
# What the last stages, and looks from beside, differ by, over the square's side, to be worth 1/e.
_STAGES_APART, _LOOKS_APART = 0.02, 0.04
# Squares about a face that the network itself saw, over those about labels. Networks learn of faces
# that fill their square or are smaller, never of larger ones, and say what they see a little too
# small: in squares as tight as those about labels a face would shrink from look to look.
_ROOM = 1.25
# A face that was followed is lost below this.
_LOST = 0.15
# And where it became so many times as large or as small: squares about squares may run away.
_MOST_TIMES = 1.6
# Where looks from beside lie, in shares of the square's side, and how large they are.
_BESIDE = ((0.04, 0.03, 1.0), (-0.04, -0.03, 1.0), (0.03, -0.04, 1.06), (-0.03, 0.04, 0.95))


@dataclass(frozen=True)
class LandmarkSettings:
    """How landmarks are asked for.

    Parameters
    ----------
    boxes_from
        ``"labels"``: faces are where other landmarks are, and nowhere else. ``"track"``: where the
        network saw them the moment before; a search in the whole picture begins. By default
        labels where there are any.
    n_beside
        Looks from beside, up to 4, whose mean is taken; each costs as much as the first. How far
        they agree is the confidence then, else how far the network's last two stages do.
    period_us
        From one moment to the next.
    allows_assumed
        Use the video also where its registration was never measured.
    """

    boxes_from: BoxesFrom | None = None
    n_beside: int = 0
    period_us: int = PERIOD_US
    allows_assumed: bool = False

    def __post_init__(self) -> None:
        if not 0 <= self.n_beside <= len(_BESIDE):
            raise ValueError(f"n_beside must be 0 to {len(_BESIDE)}, got {self.n_beside}")


@dataclass(frozen=True, eq=False)
class Moment:
    """What there is to see at a moment.

    Parameters
    ----------
    t_us
        On the clock of `events`.
    rgb : (h, w, 3) uint8 or None
        The video's picture; None where it is not used.
    event_from_rgb
        How that lies.
    """

    events: Events
    t_us: int
    rgb: NDArray[np.uint8] | None = None
    event_from_rgb: PlanarTransform | None = None


class FaceLooker:
    """Looks at faces in squares of the event picture.

    Parameters
    ----------
    trained
        A network of landmarks.
    n_beside
        As in `LandmarkSettings`.
    """

    def __init__(self, trained: Trained, *, n_beside: int = 0) -> None:
        self.inputs = trained.face_inputs()
        # How long before a moment events play a part.
        self.reach_us = reach_us(self.inputs.representation, self.inputs.window_us)
        self.n_landmarks = int(trained.info.inputs["n_landmarks"])
        self._trained = trained
        self._beside = ((0.0, 0.0, 1.0), *_BESIDE[:n_beside])
        self._sees_events = trained.info.settings.get("modality", "event") == "event"
        self.sees_rgb = self.inputs.uses_rgb or not self._sees_events
        # Whether it can see nothing without the video.
        self.needs_rgb = needs_rgb(trained.info)
        # How often the video's picture was there to be seen, and worth it.
        self.n_looks = self.n_with_rgb = 0

    @property
    def margin(self) -> float:
        """Side of a square over that of the face's box, where a label says where it is."""
        return self.inputs.margin

    @property
    def own_margin(self) -> float:
        """The same where the network itself saw it."""
        return _ROOM * self.inputs.margin

    def look(
        self, moments: list[Moment], squares: list[Square]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Return landmarks (b, n, 2) in px and confidence (b,) of faces in squares."""
        around = [_moved(square, *place) for square in squares for place in self._beside]
        n_each = len(self._beside)
        items = [self._draw(moments[i // n_each], square) for i, square in enumerate(around)]
        batch = {key: torch.from_numpy(np.stack([one[key] for one in items])) for key in items[0]}
        if not self.needs_rgb and "rgb_ok" in batch and not bool(batch["rgb_ok"].any()):
            # Learned tokens stand for it: convolving it would be in vain.
            del batch["rgb"], batch["rgb_ok"]
        said = self._trained.say(batch)
        placed = said["landmarks"].numpy()
        points = np.stack([from_square(p, s) for p, s in zip(placed, around, strict=True)])
        points = points.reshape(len(squares), n_each, -1, 2)
        if n_each > 1:
            sides = np.array([square.size_px for square in squares])
            from_mean = np.linalg.norm(points - points.mean(axis=1, keepdims=True), axis=-1)
            apart = from_mean.mean(axis=(1, 2)) / sides / _LOOKS_APART
        else:
            ends = said["stages"][:, -1].numpy()
            before = ends[-2] if len(ends) > 1 else said["stages"][-1, 0].numpy()
            apart = np.linalg.norm(ends[-1] - before, axis=-1).mean(axis=-1) / _STAGES_APART
        confidence = np.exp(-apart)
        return points.mean(axis=1).astype(np.float32), confidence.astype(np.float32)

    def search(self, moment: Moment, squares: list[Square]) -> tuple[NDArray[np.float32], float]:
        """Return landmarks and confidence of a face that lies somewhere in one of some squares.

        Each is looked at ever closer; what the network is surest of in the end, and stays where it
        was the look before, is taken.
        """
        moments = [moment] * len(squares)
        points, confidence = self.look(moments, squares)
        for _ in range(_N_LOOKS - 1):
            before = points
            squares = [
                face_square(box[None], margin=self.own_margin) or square
                for box, square in zip(boxes_around(points), squares, strict=True)
            ]
            points, confidence = self.look(moments, squares)
            sides = np.array([square.size_px for square in squares])
            moved = np.linalg.norm(points - before, axis=-1).mean(axis=-1) / sides
            confidence = confidence * np.exp(-moved / _LOOKS_APART)
        best = int(confidence.argmax())
        return points[best], float(confidence[best])

    def _draw(self, moment: Moment, square: Square) -> dict[str, NDArray[np.generic]]:
        side_px = self.inputs.side_px
        drawn: dict[str, NDArray[np.generic]] = {}
        if self._sees_events:
            events = moment.events.between(moment.t_us - self.reach_us, moment.t_us)
            drawn["event"] = draw_face(events, moment.t_us, square, self.inputs)
        if self.sees_rgb:
            rgb = np.zeros((3, side_px, side_px), np.uint8)
            is_there = moment.rgb is not None and moment.event_from_rgb is not None
            if moment.rgb is not None and moment.event_from_rgb is not None:
                rgb = draw_video(moment.rgb, moment.event_from_rgb, square, side_px)
            is_worth = is_there and (self.needs_rgb or says_something(rgb))
            drawn |= {"rgb": rgb, "rgb_ok": np.array(is_worth)}
            self.n_with_rgb += is_worth
        self.n_looks += 1
        return drawn


def tell_landmarks(
    recording: Recording,
    trained: Trained,
    guide: Guide,
    *,
    settings: LandmarkSettings | None = None,
    report: Callable[[float, str], None] = lambda _fraction, _message: None,
) -> LandmarkTrack:
    """Ask a network for the landmarks of a whole recording, on the events.

    Parameters
    ----------
    trained
        A network of landmarks.
    guide
        Where the face is, unless it is followed.
    report
        Told how far it is, 0 to 1.

    Raises
    ------
    RecordingError
        If it is too short, or its video is needed and cannot be used.
    ModelFileError
        If nobody knows how the network is fed.
    EventFileError, VideoFileError
        If the media cannot be read.
    """
    settings = settings or LandmarkSettings()
    looker = FaceLooker(trained, n_beside=settings.n_beside)
    video = judge_video(recording, allows_assumed=settings.allows_assumed)
    if looker.needs_rgb and not video.is_used:
        raise RecordingError(
            f"{recording.name}: {trained.path.name} needs the video, and there is {video.why}"
            if recording.video is None
            else f"{recording.name}: {trained.path.name} needs the video, which is {video.why}; "
            "align it with the events first"
        )
    times_us = Cutting(period_us=settings.period_us).moments(recording.events.duration_us)
    if not len(times_us):
        raise RecordingError(
            f"{recording.name}: is shorter than a frame of {settings.period_us} us"
        )
    boxes_from: BoxesFrom = settings.boxes_from or ("labels" if guide.landmarks else "track")
    landmarks = np.full((len(times_us), looker.n_landmarks, 2), np.nan, np.float32)
    confidence = np.full(len(times_us), np.nan, np.float32)
    follower = FaceFollower(looker, recording.events.resolution)
    for start in range(0, len(times_us), _N_TOGETHER):
        report(start / len(times_us), "Predicting landmarks")
        rows = slice(start, min(start + _N_TOGETHER, len(times_us)))
        boxes = guide.boxes_px(times_us[rows])
        moments = _read(recording, times_us[rows], looker, video)
        if boxes_from == "labels":
            known = np.flatnonzero(np.isfinite(boxes).all(axis=1)).tolist()
            squares = [face_square(boxes[i : i + 1], margin=looker.margin) for i in known]
            seen = [(i, square) for i, square in zip(known, squares, strict=True) if square]
            if seen:
                at = start + np.array([i for i, _ in seen])
                landmarks[at], confidence[at] = looker.look(
                    [moments[i] for i, _ in seen], [square for _, square in seen]
                )
        else:
            for i, moment in enumerate(moments):
                landmarks[start + i], confidence[start + i] = follower.follow(moment, boxes[i])
    report(1.0, "Predicted")
    valid = np.isfinite(confidence)
    said: dict[str, JsonValue] = {
        "representation": looker.inputs.representation,
        "window_us": looker.inputs.window_us,
        "boxes_from": boxes_from,
        "confidence": "agreement of looks from beside"
        if settings.n_beside
        else "agreement of the last stages",
    }
    if looker.sees_rgb:
        said |= video.to_settings()
        said["share_with_rgb"] = round(looker.n_with_rgb / max(1, looker.n_looks), 3)
    if boxes_from == "track":
        said["times_lost"] = follower.n_lost
    return LandmarkTrack(
        times_us=times_us,
        valid=valid,
        source=trained.sign(said),
        landmarks=landmarks,
        confidence=confidence,
        state=np.full(landmarks.shape[:2], LandmarkState.AUTO, np.uint8),
        camera=Camera.EVENTS,
        scheme=trained.info.scheme,
    )


class FaceFollower:
    """Follows a face: each square is about the landmarks of the moment before."""

    def __init__(self, looker: FaceLooker, resolution: tuple[int, int]) -> None:
        self._looker, self._resolution = looker, resolution
        # Of the face at the last moment, px; None where it was not seen.
        self.box: NDArray[np.float32] | None = None
        self._found_side = 1.0
        self.n_lost = 0

    def follow(
        self, moment: Moment, known_box: NDArray[np.float32]
    ) -> tuple[NDArray[np.float32], float]:
        """Return landmarks and confidence of a moment, NaN where no face is found.

        Parameters
        ----------
        known_box : (4,) float32
            Where a search begins; NaN for the whole picture.
        """
        looker = self._looker
        if self.box is not None:
            square = face_square(self.box[None], margin=looker.own_margin)
            if square is not None:
                points, confidence = looker.look([moment], [square])
                is_sure = confidence[0] >= _LOST and self._is_as_large(points[0])
                if is_sure and self._keep(points[0]):
                    return points[0], float(confidence[0])
            self.n_lost += 1
        square = face_square(known_box[None], margin=looker.margin)
        squares = [square] if square else _likely_squares(moment, self._resolution)
        found, sure = looker.search(moment, squares)
        if not self._keep(found):
            self.box = None
            return np.full_like(found, np.nan), float("nan")
        self._found_side = _side_of(found)
        return found, sure

    def _is_as_large(self, points: NDArray[np.float32]) -> bool:
        """Return whether a face is about as large as it was when it was found."""
        times = _side_of(points) / self._found_side
        return 1 / _MOST_TIMES <= times <= _MOST_TIMES

    def _keep(self, points: NDArray[np.float32]) -> bool:
        """Go on from landmarks, if they are a face in the picture."""
        box = boxes_around(points[None])[0]
        width, height = self._resolution
        middle = (box[:2] + box[2:]) / 2
        side = float((box[2:] - box[:2]).max())
        is_face = 0.05 * min(width, height) <= side <= 2 * max(width, height)
        if not (is_face and 0 <= middle[0] < width and 0 <= middle[1] < height):
            return False
        self.box = box
        return True


def _side_of(points: NDArray[np.float32]) -> float:
    """Return the longer side of the box about a face, px."""
    box = boxes_around(points[None])[0]
    return float((box[2:] - box[:2]).max())


def _likely_squares(moment: Moment, resolution: tuple[int, int]) -> list[Square]:
    """Return where a face may be: the middle of the picture, and where most events come from."""
    likely = [middle_square(resolution)]
    shown = moment.events.between(moment.t_us - MEMORY_US, moment.t_us)
    if len(shown) >= _FEWEST_EVENTS:
        # Of millions, some tell as much as all.
        every = 1 + len(shown) // _SAMPLED_EVENTS
        (x0, x1), (y0, y1) = (np.percentile(at[::every], _MOST) for at in (shown.x, shown.y))
        side = max(float(x1 - x0), float(y1 - y0), 1.0)
        middle = (float(x0 + x1) / 2, float(y0 + y1) / 2)
        likely += [Square(middle, share * side) for share in _SHARES]
    return likely


def _read(
    recording: Recording, times_us: NDArray[np.int64], looker: FaceLooker, video: VideoUse
) -> list[Moment]:
    footage = read_for(
        recording,
        times_us,
        window_us=2 * looker.inputs.window_us,
        with_rgb=looker.sees_rgb and video.is_used,
    )
    return [
        Moment(
            footage.events,
            t_us,
            None if footage.rgb is None else footage.rgb[row],
            footage.event_from_rgb,
        )
        for row, t_us in enumerate(footage.times_us.tolist())
    ]


def _moved(square: Square, right: float, down: float, scale: float) -> Square:
    x, y = square.centre_px
    side = square.size_px
    return replace(square, centre_px=(x + right * side, y + down * side), size_px=scale * side)
