"""How well the events agree with the video at points of the face, at one blur."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from evface.transfer.edges import MovingEdges
from evface.transfer.face_points import FacePoints

# A model of light on skin is never exact: what points say counts by this less.
_REDUNDANCY = 10.0
# Changes wider than the blur by this are left out.
_WIDER = 2.0
# A face covers about this many squared eye distances.
_FACE_AREA = 6.0
# Intervals in which next to nothing moves must not shout: added to the strength of each.
_FLOOR = 0.3


@dataclass(frozen=True, eq=False)
class EdgeAgreement:
    r"""Changes of light at points of the face, blurred, for correlating both pictures.

    The video's change `r` at a point is compared with the events' change `e` at the place that
    cameras give for it. ``sum (r - h e)^2`` with the best gain `h` is ``sum r^2 (1 - c^2)``, with
    the correlation `c`: to lower one is to raise the other.

    Parameters
    ----------
    expected : (n, n_points) float64
        Of the video.
    is_seen : (n, n_points) bool
        Which points count.
    events, slope_x, slope_y : (n, height, width) float32
        What the event camera saw, and its derivatives by the pixels here.
    shrink
        Event pixels per pixel here.
    redundancy
        How many points say the same: neighbours do, the more the further they are blurred.

    References
    ----------
    Evangelidis and Psarakis, "Parametric Image Alignment Using Enhanced Correlation Coefficient
    Maximization", PAMI 2008. Differs: signed changes at points of a moving head in place of one
    picture.
    """

    expected: NDArray[np.float64]
    is_seen: NDArray[np.bool_]
    events: NDArray[np.float32]
    slope_x: NDArray[np.float32]
    slope_y: NDArray[np.float32]
    shrink: float
    redundancy: float

    @classmethod
    def at_blur(
        cls,
        edges: MovingEdges,
        points: FacePoints,
        is_seen: NDArray[np.bool_],
        *,
        sigma_px: float,
        event_px_per_rgb_px: float,
        eye_distance_px: float,
    ) -> EdgeAgreement:
        """Blur both pictures by the same stretch of the face.

        Parameters
        ----------
        edges
            n intervals.
        points, is_seen
            In the middle of each interval.
        sigma_px
            In the event picture.
        event_px_per_rgb_px, eye_distance_px
            Of the face; the latter in the event picture.
        """
        rgb_sigma_px = sigma_px / event_px_per_rgb_px / edges.rgb_shrink
        places = (points.points_px + 0.5) / edges.rgb_shrink - 0.5
        seen = is_seen & _is_within(places, edges.rgb.shape[1:])
        expected = np.stack(
            [
                _sample(band(picture, rgb_sigma_px), at)
                for picture, at in zip(edges.rgb, np.where(seen[..., None], places, 0), strict=True)
            ]
        )
        # Each interval counts about the same, however fast things moved in it.
        power = (expected**2).sum(axis=1, where=seen) / np.maximum(seen.sum(axis=1), 1)
        strength = np.sqrt(power)
        strength = strength + _FLOOR * strength.mean() + 1e-9
        blur_px = sigma_px / edges.events_shrink
        fired = np.stack([band(picture, blur_px) for picture in edges.events])
        fired /= strength[:, None, None].astype(np.float32)
        slope_y, slope_x = (np.asarray(np.gradient(fired, axis=i), np.float32) for i in (1, 2))
        spacing = is_seen.shape[1] / _FACE_AREA * (sigma_px / eye_distance_px) ** 2
        return cls(
            expected / strength[:, None],
            seen,
            fired,
            slope_x,
            slope_y,
            edges.events_shrink,
            _REDUNDANCY * max(1.0, 4.0 * math.pi * spacing),
        )

    def correlation(self, places_px: NDArray[np.float64]) -> float:
        """Return the agreement where the points fall on (n, n_points, 2) event pixels, -1 to 1."""
        seen, is_in = self._fired(places_px)
        one, other = seen[is_in], self.expected[is_in]
        size = math.sqrt(float((one**2).sum()) * float((other**2).sum()))
        return float((one * other).sum()) / size if size > 0 else 0.0

    @property
    def n_independent(self) -> float:
        """Number of points that count, but for those that say the same."""
        return float(self.is_seen.sum()) / self.redundancy

    def pulls(
        self, places_px: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return how each point should move for a better agreement.

        Returns
        -------
        gradient : (n, n_points, 2) float64, 1 / px
            Of what the events show, in standard deviations of the misfit; 0 where a point does
            not count.
        misfit : (n, n_points) float64
            In the same unit: the point should move by `d` with ``gradient . d == misfit``.
        """
        seen, is_in = self._fired(places_px)
        at = np.where(is_in[..., None], self._at(places_px), 0.0)
        gradient = np.stack([_each(self.slope_x, at), _each(self.slope_y, at)], axis=-1)
        energy = float((seen[is_in] ** 2).sum())
        gain = float((seen * self.expected)[is_in].sum()) / energy if energy > 0 else 0.0
        misfit = np.where(is_in, self.expected - gain * seen, 0.0)
        n = max(int(is_in.sum()), 1)
        sigma = math.sqrt(float((misfit**2).sum()) / n * self.redundancy) + 1e-12
        gradient *= (is_in * gain / (self.shrink * sigma))[..., None]
        return gradient, misfit / sigma

    def _fired(
        self, places_px: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        at = self._at(places_px)
        is_in = self.is_seen & _is_within(at, self.events.shape[1:])
        return _each(self.events, np.where(is_in[..., None], at, 0.0)), is_in

    def _at(self, places_px: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray((places_px + 0.5) / self.shrink - 0.5)


def band(picture: NDArray[np.float32], sigma_px: float) -> NDArray[np.float32]:
    """Blur a picture and take wider changes away: light that changes all over is no edge."""
    return blurred(picture, sigma_px) - blurred(picture, _WIDER * sigma_px)


def blurred(picture: NDArray[np.float32], sigma_px: float) -> NDArray[np.float32]:
    """Blur a picture; below a third of a pixel it stays as it is."""
    if sigma_px < 0.3:
        return picture
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), sigma_px), np.float32)


def _each(pictures: NDArray[np.float32], at_px: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.stack([_sample(picture, at) for picture, at in zip(pictures, at_px, strict=True)])


def _sample(picture: NDArray[np.float32], at_px: NDArray[np.float64]) -> NDArray[np.float64]:
    places = at_px.astype(np.float32)
    values = cv2.remap(picture, places[None, :, 0], places[None, :, 1], cv2.INTER_LINEAR)
    return np.asarray(values[0], np.float64)


def _is_within(places_px: NDArray[np.float64], shape: tuple[int, ...]) -> NDArray[np.bool_]:
    height, width = shape
    x, y = places_px[..., 0], places_px[..., 1]
    # NaN compares as outside.
    return np.asarray((x >= 0) & (y >= 0) & (x <= width - 1) & (y <= height - 1))
