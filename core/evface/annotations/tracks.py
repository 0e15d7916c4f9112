"""Tracks: whatever varies in time, who made it, and where it is missing."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

JsonValue = str | int | float | bool | None
Layout = tuple[str, tuple[str | int, ...]]
# Of a long track so many rows are looked at in one go.
_N_ROWS = 16384


class SourceKind(StrEnum):
    """What sort of thing made a track."""

    TEACHER = "teacher"
    FIT = "fit"
    TRANSFERRED = "transferred"
    MODEL = "model"
    PERSON = "person"
    TRUTH = "truth"
    PUBLISHED = "published"
    IMPORTED = "imported"


@dataclass(frozen=True)
class Source:
    """What made a track: kind, name, version and settings."""

    kind: SourceKind
    name: str
    version: str = ""
    settings: Mapping[str, JsonValue] = field(default_factory=dict)


class LandmarkState(IntEnum):
    """How far a person stands behind one landmark of one frame."""

    AUTO = 0
    INTERPOLATED = 1
    CORRECTED = 2
    VERIFIED = 3


class Camera(StrEnum):
    """Which picture a track lies on."""

    RGB = "rgb"
    EVENTS = "events"


@dataclass(frozen=True, eq=False, kw_only=True)
class Track:
    """Values at times on the sensor's clock. Never changed once made.

    Parameters
    ----------
    times_us : (n,) int64
        Strictly increasing. May be empty.
    valid : (n,) bool
        False where the values mean nothing: they are NaN there.
    source
        What made it.

    Raises
    ------
    ValueError
        If an array has not the type and shape stated here, or the times do not increase.
    """

    kind: ClassVar[str]
    # Type and shape of each array; one letter stands for the same length throughout a track.
    layout: ClassVar[Mapping[str, Layout]] = {
        "times_us": ("int64", ("n",)),
        "valid": ("bool", ("n",)),
    }
    # Those that tracks of earlier versions lack.
    optional: ClassVar[tuple[str, ...]] = ()
    # Fields of text.
    text: ClassVar[tuple[str, ...]] = ()

    times_us: NDArray[np.int64]
    valid: NDArray[np.bool_]
    source: Source

    def __post_init__(self) -> None:
        lengths: dict[str, int] = {}
        for name, (dtype, shape) in self.layout.items():
            array = getattr(self, name)
            if array.dtype != dtype or array.ndim != len(shape):
                raise ValueError(
                    f"{name} must be {_words(dtype, shape)}, got {_words(array.dtype, array.shape)}"
                )
            for symbol, length in zip(shape, array.shape, strict=True):
                if length != (
                    lengths.setdefault(symbol, length) if isinstance(symbol, str) else symbol
                ):
                    raise ValueError(
                        f"{name} must be {_words(dtype, shape)} with {lengths}, got {array.shape}"
                    )
        if not (np.diff(self.times_us) > 0).all():
            raise ValueError("times_us must be strictly increasing")

    def __len__(self) -> int:
        return len(self.times_us)

    def unstated(self) -> frozenset[str]:
        """Return the optional arrays that say nothing and need not be kept."""
        return frozenset()

    def index_at(self, t_us: int, *, tolerance_us: int) -> int | None:
        """Return the index of the valid sample nearest to `t_us`, None beyond the tolerance.

        Takes O(log n).
        """
        nearest = nearest_index(self.times_us, t_us)
        if nearest is None or not self.valid[nearest]:
            return None
        return nearest if abs(int(self.times_us[nearest]) - t_us) <= tolerance_us else None


@dataclass(frozen=True, eq=False, kw_only=True)
class LandmarkTrack(Track):
    """Face landmarks on one camera's picture.

    Parameters
    ----------
    landmarks : (n, n_landmarks, 2) float32, px
        NaN where missing. The origin is the centre of the top left pixel.
    confidence : (n,) float32, 0 to 1
        NaN where the maker states none.
    state : (n, n_landmarks) uint8
        `LandmarkState` of each point.
    camera
        Which picture.
    scheme
        Name of the landmark scheme, e.g. ``"ibug68"``.
    occluded : (n, n_landmarks) bool
        Whether something hides the point, so that its place was guessed; none where left out.
    """

    kind = "landmarks"
    layout: ClassVar[Mapping[str, Layout]] = {
        **Track.layout,
        "landmarks": ("float32", ("n", "k", 2)),
        "confidence": ("float32", ("n",)),
        "state": ("uint8", ("n", "k")),
        "occluded": ("bool", ("n", "k")),
    }
    optional = ("occluded",)
    text = ("camera", "scheme")

    landmarks: NDArray[np.float32]
    confidence: NDArray[np.float32]
    state: NDArray[np.uint8]
    occluded: NDArray[np.bool_] = field(default_factory=lambda: np.empty((0, 0), np.bool_))
    camera: Camera
    scheme: str = "ibug68"

    def __post_init__(self) -> None:
        if not self._states_occlusion:
            # Also where a track of another length was made from one that states none.
            none = np.broadcast_to(np.False_, self.state.shape)
            object.__setattr__(self, "occluded", none)
        super().__post_init__()

    def unstated(self) -> frozenset[str]:
        """Return the optional arrays that say nothing and need not be kept."""
        if self._states_occlusion and np.asarray(self.occluded).any():
            return frozenset()
        return frozenset({"occluded"})

    @property
    def _states_occlusion(self) -> bool:
        """Whether there are values, rather than one that stands for all."""
        is_one = isinstance(self.occluded, np.ndarray) and not any(self.occluded.strides)
        return bool(self.occluded.size) and not is_one

    def boxes_px(self) -> NDArray[np.float32]:
        """Return the box around each frame's landmarks, ``x0, y0, x1, y1``, px.

        Returns
        -------
        (n, 4) float32
            Missing landmarks are left out; NaN where there is none.
        """
        boxes = np.full((len(self), 4), np.nan, np.float32)
        for start in range(0, len(self), _N_ROWS):
            points = np.asarray(self.landmarks[start : start + _N_ROWS])
            part = slice(start, start + len(points))
            # One coordinate after the other: numpy is slow along the axis before the last.
            for axis in (0, 1):
                boxes[part, axis] = np.fmin.reduce(points[..., axis], axis=1)
                boxes[part, axis + 2] = np.fmax.reduce(points[..., axis], axis=1)
        return boxes


@dataclass(frozen=True, eq=False, kw_only=True)
class BoxTrack(Track):
    """The box of a face on one camera's picture.

    Parameters
    ----------
    boxes_px : (n, 4) float32
        ``x0, y0, x1, y1``, NaN where missing. The origin is the centre of the top left pixel.
    camera
        Which picture.
    """

    kind = "boxes"
    layout: ClassVar[Mapping[str, Layout]] = {
        **Track.layout,
        "boxes_px": ("float32", ("n", 4)),
    }
    text = ("camera",)

    boxes_px: NDArray[np.float32]
    camera: Camera


@dataclass(frozen=True, eq=False, kw_only=True)
class FaceTrack(Track):
    """A morphable model fitted through time: one identity, action units and pose per frame.

    Parameters
    ----------
    identity : (n_identity,) float32
        Identity coefficients in standard deviations.
    action_units : (n, n_components) float32
        Coefficients of the model's action-unit basis (the papers' alpha_AU).
    rotation : (n, 3, 3) float32
        Camera from model. The model's axes are x to the subject's left, y up, z out of the face;
        the camera's are x right, y down, z away from it: diag(1, -1, -1) is a frontal head, and
        ``pixel = scale * (rotation @ point)[:2] + translation``.
    scale_px_per_mm : (n,) float32
    translation_px : (n, 2) float32
        Where the model's origin falls.
    residual_px : (n,) float32
        Mean distance between the landmarks and the fitted face.
    confidence : (n,) float32, 0 to 1
        How far the fit is to be trusted; NaN where the maker states none, as when left out.
    camera
        Which picture the pose refers to.
    model
        Name and version of the morphable model; coefficients of different models never mix.
    """

    kind = "face"
    layout: ClassVar[Mapping[str, Layout]] = {
        **Track.layout,
        "identity": ("float32", ("i",)),
        "action_units": ("float32", ("n", "k")),
        "rotation": ("float32", ("n", 3, 3)),
        "scale_px_per_mm": ("float32", ("n",)),
        "translation_px": ("float32", ("n", 2)),
        "residual_px": ("float32", ("n",)),
        "confidence": ("float32", ("n",)),
    }
    optional = ("confidence",)
    text = ("camera", "model")

    identity: NDArray[np.float32]
    action_units: NDArray[np.float32]
    rotation: NDArray[np.float32]
    scale_px_per_mm: NDArray[np.float32]
    translation_px: NDArray[np.float32]
    residual_px: NDArray[np.float32]
    confidence: NDArray[np.float32] = field(default_factory=lambda: np.empty(0, np.float32))
    camera: Camera
    model: str

    def __post_init__(self) -> None:
        if not len(self.confidence):
            unstated = np.full(len(self.times_us), np.nan, np.float32)
            object.__setattr__(self, "confidence", unstated)
        super().__post_init__()


@dataclass(frozen=True, eq=False, kw_only=True)
class ActionUnitTrack(Track):
    """Intensity of named action units through time.

    Parameters
    ----------
    intensity : (n, n_names) float32
        In units of `scale`; NaN where not visible.
    names
        Comma-separated FACS names, e.g. ``"AU1,AU2"``.
    scale
        What 0 and 1 mean: ``"unit"`` is 0 absent to 1 the model's full activation; head
        rotations (AU51-56) are in multiples of 30 degrees. ``"presence"`` is 0 absent or 1 present.
        ``"openface"`` is 0 absent to 5, where 1 is the least that counts as present.
        ``"probability"`` is how likely a network holds each to be the one that a clip shows.
    confidence : (n,) float32, 0 to 1
        How far the maker trusts each sample; NaN where it states nothing, as when left out.
    """

    kind = "action_units"
    layout: ClassVar[Mapping[str, Layout]] = {
        **Track.layout,
        "intensity": ("float32", ("n", "k")),
        "confidence": ("float32", ("n",)),
    }
    optional = ("confidence",)
    text = ("names", "scale")

    intensity: NDArray[np.float32]
    confidence: NDArray[np.float32] = field(default_factory=lambda: np.empty(0, np.float32))
    names: str
    scale: str = "unit"

    def __post_init__(self) -> None:
        if "confidence" in self.unstated():
            # Also where a track of another length was made from one that states none.
            nothing = np.broadcast_to(np.float32(np.nan), len(self.times_us))
            object.__setattr__(self, "confidence", nothing)
        super().__post_init__()

    def unstated(self) -> frozenset[str]:
        """Return the optional arrays that say nothing and need not be kept."""
        is_one = isinstance(self.confidence, np.ndarray) and not any(self.confidence.strides)
        return frozenset({"confidence"} if is_one or not self.confidence.size else ())

    def name_list(self) -> list[str]:
        """Return `names`, split."""
        return self.names.split(",")


def nearest_index(times_us: NDArray[np.int64], t_us: int) -> int | None:
    """Return the index of the time nearest to `t_us`, None where there is none. O(log n)."""
    if not len(times_us):
        return None
    # Unlike numpy's search, this one never waits for Python's lock.
    after = bisect_left(times_us, t_us)
    candidates = [i for i in (after - 1, after) if 0 <= i < len(times_us)]
    return min(candidates, key=lambda i: abs(int(times_us[i]) - t_us))


def _words(dtype: object, shape: tuple[object, ...]) -> str:
    return f"{dtype} ({', '.join(map(str, shape))})"


TRACK_TYPES: dict[str, type[Track]] = {
    cls.kind: cls for cls in (LandmarkTrack, BoxTrack, FaceTrack, ActionUnitTrack)
}
