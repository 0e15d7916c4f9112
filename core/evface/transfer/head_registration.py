"""Two cameras from one moving head: focal lengths and relative pose by its moving edges.

The fitted head says where each point of the face is in the RGB picture and how deep it lies, so
two cameras say where it falls in the event picture. There the events must show the change of
light that the video shows at that point. Unlike a plane, this holds for the nose and the ears
alike, and while the head turns.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evface.geometry.cameras import CameraPair, PinholeCamera, RigidTransform
from evface.geometry.registration import Registration
from evface.geometry.transforms import PlanarTransform
from evface.morphable.camera import rotation_matrix
from evface.transfer.edge_agreement import EdgeAgreement
from evface.transfer.edges import MovingEdges
from evface.transfer.face_points import FacePoints

# Field of view of webcams across: 50 to 70 degrees.
_WEBCAM_DEG = 60.0
# By how much real pairs differ from two cameras side by side that look the same way: logarithms
# of the focal lengths of the RGB and the event camera, turn about x, y and z in radians, place of
# the event camera in the axes of the RGB camera in mm.
_SPREAD = np.array([0.18, 0.35, 0.35, 0.35, 0.12, 90.0, 50.0, 60.0])
# No pair differs by more of these.
_FARTHEST = 4.0
# From coarse to fine, in eye distances.
_BLURS = (0.1, 0.07, 0.05, 0.035, 0.025)
_LEAST_BLUR_PX = 0.8
_N_STEPS = 8
_N_HALVINGS = 4
# Steps end where the logarithm of the likelihood rises by less.
_LEAST_GAIN = 0.05
# The plane is known this well, in eye distances.
_PLANE_ERROR = 0.02
# A person places a point this well; the fit knows where it is this well, in eye distances.
_PLACING_PX, _FIT_ERROR = 1.5, 0.015
# Parts of a face whose fit errs apart: however many edges move, they say no more than so many
# points.
_N_PARTS = 12


@dataclass(frozen=True, eq=False)
class PlacedPoints:
    """Points of the face that a person placed in the event picture.

    Parameters
    ----------
    points
        Where the fit has them: one point at each of n times.
    events_px : (n, 2) float64
    """

    points: FacePoints
    events_px: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Alignment:
    """Two cameras, and how well moving edges agree under them.

    Parameters
    ----------
    unknowns : (8,) float64
        What the cameras were made of, to start from again.
    cameras
        As found.
    correlation
        Between the changes that both cameras saw at points of the face, -1 to 1.
    """

    unknowns: NDArray[np.float64]
    cameras: CameraPair
    correlation: float

    @property
    def registration(self) -> Registration:
        """A map by these cameras, for points of known depth."""
        return Registration(cameras=self.cameras, method="head")


class HeadAligner:
    """Aligns two cameras by the moving edges of a fitted head.

    Parameters
    ----------
    points
        Points of the face in the middle of each of n intervals.
    is_seen : (n, n_points) bool
        Which of them face the camera.
    rgb_resolution, events_resolution
        ``(width, height)``, px.
    plane
        Maps RGB pixels to event pixels where the face is, roughly.
    eye_distance_px
        In the event picture, roughly.
    placed
        Points placed by a person; None without.
    """

    def __init__(
        self,
        points: FacePoints,
        is_seen: NDArray[np.bool_],
        *,
        rgb_resolution: tuple[int, int],
        events_resolution: tuple[int, int],
        plane: PlanarTransform,
        eye_distance_px: float,
        placed: PlacedPoints | None = None,
    ) -> None:
        self._points = points
        self._is_seen = is_seen
        self._sizes = (rgb_resolution, events_resolution)
        self._eye_distance_px = eye_distance_px
        self._plane = plane
        self._placed = placed
        self._placing_px = float(np.hypot(_PLACING_PX, _FIT_ERROR * eye_distance_px))
        self._scale = float(np.sqrt(abs(np.linalg.det(plane.matrix[:2, :2]))))
        focal_px = rgb_resolution[0] / 2 / np.tan(np.deg2rad(_WEBCAM_DEG) / 2)
        self._expected = np.zeros(len(_SPREAD))
        self._expected[:2] = np.log([focal_px, focal_px * self._scale])
        self._start = self._like_plane(plane)

    def align(
        self,
        edges: MovingEdges,
        *,
        start: Alignment | None = None,
        n_blurs: int = len(_BLURS),
    ) -> Alignment:
        """Find the cameras under which moving edges agree best, from coarse blur to fine.

        Parameters
        ----------
        edges
            What changed in both pictures, n intervals.
        start
            Where to begin; at the plane when None.
        n_blurs
            How many steps of blur are taken from the plane on, the coarsest first.
        """
        unknowns = self._start if start is None else start.unknowns
        blurs = _BLURS[:n_blurs] if start is None else _BLURS[2:]
        correlation = 0.0
        for blur in blurs:
            sigma_px = max(blur * self._eye_distance_px, _LEAST_BLUR_PX)
            agreement = self.agreement(edges, sigma_px)
            unknowns = self._climb(agreement, unknowns, sigma_px)
            correlation = agreement.correlation(self._place(unknowns, self._points))
        return Alignment(unknowns, self._cameras(unknowns), correlation)

    def agreement(self, edges: MovingEdges, sigma_px: float) -> EdgeAgreement:
        """Return both pictures' changes at one blur."""
        return EdgeAgreement.at_blur(
            edges,
            self._points,
            self._is_seen,
            sigma_px=sigma_px,
            event_px_per_rgb_px=self._scale,
            eye_distance_px=self._eye_distance_px,
        )

    def rows(self, chosen: NDArray[np.integer]) -> HeadAligner:
        """Return an aligner for some of the intervals."""
        rgb_resolution, events_resolution = self._sizes
        return HeadAligner(
            self._points.rows(chosen),
            self._is_seen[chosen],
            rgb_resolution=rgb_resolution,
            events_resolution=events_resolution,
            plane=self._plane,
            eye_distance_px=self._eye_distance_px,
            placed=self._placed,
        )

    def _cameras(self, unknowns: NDArray[np.float64]) -> CameraPair:
        rgb, events = (
            PinholeCamera(size, (focal, focal), ((size[0] - 1) / 2, (size[1] - 1) / 2))
            for size, focal in zip(self._sizes, np.exp(unknowns[:2]).tolist(), strict=True)
        )
        rotation = rotation_matrix(unknowns[2:5])
        return CameraPair(rgb, events, RigidTransform(rotation, -rotation @ unknowns[5:]))

    def _place(self, unknowns: NDArray[np.float64], points: FacePoints) -> NDArray[np.float64]:
        return points.on_events(Registration(cameras=self._cameras(unknowns)))

    def _like_plane(self, plane: PlanarTransform) -> NDArray[np.float64]:
        """Return the likeliest cameras that map a flat face as the plane does."""
        flat = self._points.flat()
        wanted = plane.apply(flat.points_px)
        unknowns = self._expected
        # The plane is one observation of four numbers, however many points carry it.
        sigma_px = _PLANE_ERROR * self._eye_distance_px * np.sqrt(self._is_seen.sum() / 4)
        for _ in range(_N_STEPS):
            misfit = np.nan_to_num(wanted - self._place(unknowns, flat))[self._is_seen] / sigma_px
            slope = self._slopes(unknowns, flat)[self._is_seen] / sigma_px
            equations = _normal_equations(slope, misfit)
            unknowns = self._bounded(unknowns + self._step(unknowns, *equations))
        return unknowns

    def _climb(
        self, agreement: EdgeAgreement, unknowns: NDArray[np.float64], sigma_px: float
    ) -> NDArray[np.float64]:
        """Raise the agreement at one blur by Gauss-Newton steps."""
        # Hardly changes over the steps, and takes longer than all else.
        slope = self._slopes(unknowns, self._points)
        gradient, misfit = agreement.pulls(self._place(unknowns, self._points))
        weight = self._weight(gradient)
        cost = self._cost(agreement, unknowns, weight)
        for _ in range(_N_STEPS):
            gradient, misfit = agreement.pulls(self._place(unknowns, self._points))
            gradient, misfit = np.sqrt(weight) * gradient, np.sqrt(weight) * misfit
            counts = misfit != 0
            along = np.einsum("pc,pci->pi", gradient[counts], slope[counts])
            step = self._step(unknowns, *_normal_equations(along[:, None], misfit[counts][:, None]))
            moved = (slope @ step)[self._is_seen]
            far_px = float(np.sqrt(np.nanmean((moved**2).sum(axis=-1))))
            # A gradient says nothing of what lies beyond the blur.
            share = min(1.0, sigma_px / max(far_px, 1e-9))
            for _ in range(_N_HALVINGS):
                tried = self._bounded(unknowns + share * step)
                tried_cost = self._cost(agreement, tried, weight)
                if tried_cost < cost:
                    break
                share /= 2
            else:
                break
            unknowns, gained, cost = tried, cost - tried_cost, tried_cost
            if gained < _LEAST_GAIN:
                break
        return unknowns

    def _weight(self, gradient: NDArray[np.float64]) -> float:
        """Return by how much edges are to be believed: they show where the fit errs as well."""
        known = float((gradient**2).sum()) / 2
        most = _N_PARTS / (_FIT_ERROR * self._eye_distance_px) ** 2
        return min(1.0, most / max(known, 1e-12))

    def _cost(
        self, agreement: EdgeAgreement, unknowns: NDArray[np.float64], weight: float
    ) -> float:
        """Return the negative logarithm of the likelihood, but for a constant."""
        agreed = max(agreement.correlation(self._place(unknowns, self._points)), 0.0)
        cost = weight * agreement.n_independent * np.log1p(-(agreed**2))
        cost += (((unknowns - self._expected) / _SPREAD) ** 2).sum()
        if self._placed is not None:
            placed = self._placed
            away = self._place(unknowns, placed.points)[:, 0] - placed.events_px
            cost += ((away / self._placing_px) ** 2).sum()
        return float(cost / 2)

    def _bounded(self, unknowns: NDArray[np.float64]) -> NDArray[np.float64]:
        """Keep what fits nothing from leading to cameras that cannot be."""
        reach = _FARTHEST * _SPREAD
        return np.clip(unknowns, self._expected - reach, self._expected + reach)

    def _slopes(self, unknowns: NDArray[np.float64], points: FacePoints) -> NDArray[np.float64]:
        """Return the derivatives of places by the unknowns, (n, n_points, 2, 8)."""

        def moved(i: int, by: float) -> NDArray[np.float64]:
            changed = unknowns.copy()
            changed[i] += by
            return self._place(changed, points)

        steps = 1e-3 * _SPREAD
        slopes = [(moved(i, h) - moved(i, -h)) / (2 * h) for i, h in enumerate(steps.tolist())]
        # Behind a camera there is no place, and nothing to learn.
        return np.nan_to_num(np.stack(slopes, axis=-1), nan=0.0)

    def _step(
        self,
        unknowns: NDArray[np.float64],
        normal: NDArray[np.float64],
        right: NDArray[np.float64],
    ) -> NDArray[np.float64]:
        """Return the Gauss-Newton step, with what is known of cameras and pairs weighed in."""
        normal = normal + np.diag(1 / _SPREAD**2)
        right = right + (self._expected - unknowns) / _SPREAD**2
        if self._placed is not None:
            placed = self._placed
            misfit = placed.events_px - self._place(unknowns, placed.points)[:, 0]
            slope = self._slopes(unknowns, placed.points)[:, 0]
            more = _normal_equations(slope / self._placing_px, misfit / self._placing_px)
            normal, right = normal + more[0], right + more[1]
        return np.asarray(np.linalg.solve(normal, right), np.float64)


def _normal_equations(
    slope: NDArray[np.float64], misfit: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return those of least squares: (n, c, 8) slopes against (n, c) misfits."""
    rows = slope.reshape(-1, slope.shape[-1])
    return rows.T @ rows, rows.T @ misfit.reshape(-1)
