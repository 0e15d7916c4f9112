"""Points of a fitted face: where they are in its picture, and how deep they lie."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evface.annotations.tracks import FaceTrack
from evface.geometry.registration import Registration
from evface.morphable.model import MorphableModel


@dataclass(frozen=True, eq=False)
class FacePoints:
    """Points of a face through time, as the scaled-orthographic camera of its fit sees them.

    Parameters
    ----------
    points_px : (n, n_points, 2) float64
        In the picture that the face was fitted on.
    relief_mm : (n, n_points) float64
        How far each lies behind the middle of the face's landmarks, along the camera's axis. A
        scaled-orthographic camera that was fitted to landmarks has the scale of that depth.
    scale_px_per_mm : (n,) float64
    """

    points_px: NDArray[np.float64]
    relief_mm: NDArray[np.float64]
    scale_px_per_mm: NDArray[np.float64]

    def rows(self, chosen: NDArray[np.integer]) -> FacePoints:
        """Return some of the times."""
        return FacePoints(
            self.points_px[chosen], self.relief_mm[chosen], self.scale_px_per_mm[chosen]
        )

    def flat(self) -> FacePoints:
        """Return the same points, all as deep as the middle of the landmarks."""
        return FacePoints(self.points_px, np.zeros_like(self.relief_mm), self.scale_px_per_mm)

    def on_events(self, registration: Registration) -> NDArray[np.float64]:
        """Return where they fall in the event picture, (n, n_points, 2) float64, px."""
        return registration.map_face(self.points_px, self.relief_mm, self.scale_px_per_mm)


def face_points(
    model: MorphableModel, face: FaceTrack, vertices: NDArray[np.integer]
) -> FacePoints:
    """Return some vertices of a fitted face at each of its times.

    Parameters
    ----------
    model
        The model of `face`.
    vertices : (n_points,) int
        Indices into the model's vertices, for example `MorphableModel.landmarks`.

    Returns
    -------
    FacePoints
        NaN where the face is not valid.
    """
    identity = np.asarray(face.identity, np.float64)
    chosen = np.concatenate([vertices, model.landmarks])
    basis = model.identity_basis[: len(identity), chosen].astype(np.float64)
    base = model.mean_shape[chosen] + np.tensordot(identity, basis, axes=1)
    moving = model.action_unit_basis[:, chosen].astype(np.float64)
    shape = base + np.tensordot(face.action_units.astype(np.float64), moving, axes=1)
    turned = shape @ face.rotation.astype(np.float64).swapaxes(-1, -2)
    depth_mm = turned[..., 2]
    relief_mm = depth_mm - depth_mm[:, len(vertices) :].mean(axis=1, keepdims=True)
    scale = face.scale_px_per_mm.astype(np.float64)
    points_px = scale[:, None, None] * turned[..., :2] + face.translation_px[:, None, :]
    n = len(vertices)
    return FacePoints(points_px[:, :n], relief_mm[:, :n], scale)
