"""The scaled-orthographic camera that carries a head model into a picture."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

# A head seen from the front. The model's axes are x to the subject's left, y up, z out of the
# face; the camera's are x to the right, y down, z away from the camera.
FRONTAL: NDArray[np.float64] = np.diag([1.0, -1.0, -1.0])
_N_REFINEMENTS = 3


@dataclass(frozen=True, eq=False)
class HeadPose:
    r"""Scaled-orthographic cameras, one a frame.

    .. math:: p = s \, (R X)_{xy} + t

    The camera's axes are x to the right, y down and z away from the camera, as a picture has
    them, so a head seen from the front has ``rotation == FRONTAL``.

    Parameters
    ----------
    rotation : (..., 3, 3) float
        Camera from model, proper rotations.
    scale_px_per_mm : (...) float
    translation_px : (..., 2) float
        Where the model's origin falls; the origin is the centre of the top left pixel.
    """

    rotation: NDArray[np.floating]
    scale_px_per_mm: NDArray[np.floating]
    translation_px: NDArray[np.floating]

    def project(self, points_mm: NDArray[np.floating]) -> NDArray[np.floating]:
        """Carry (..., n_points, 3) points of the model into the picture, (..., n_points, 2) px.

        The leading axes of the points and of the poses broadcast. NaN stays NaN.
        """
        rows = self.rotation[..., :2, :] * np.asarray(self.scale_px_per_mm)[..., None, None]
        projected: NDArray[np.floating] = (
            points_mm @ rows.swapaxes(-1, -2) + self.translation_px[..., None, :]
        )
        return projected


def fit_pose(
    points_mm: NDArray[np.floating],
    points_px: NDArray[np.floating],
    weights: NDArray[np.floating] | None = None,
    *,
    n_refinements: int = _N_REFINEMENTS,
) -> HeadPose:
    r"""Fit the scaled-orthographic camera that carries points of a model onto a picture.

    The affine camera `A` of least squares, with ``A = U diag(s1, s2) V^T``, gives the scale
    ``(s1 + s2) / 2`` and the first two rows of the rotation, ``U V^T``; the third row is their
    cross product, so the head is never mirrored. That is the camera nearest to `A`, not yet the
    one nearest to the points: a few Gauss-Newton steps lead there.

    Parameters
    ----------
    points_mm : (..., n_points, 3) float, mm
        At least four points that do not lie in one plane. Leading axes broadcast.
    points_px : (..., n_points, 2) float, px
    weights : (..., n_points) float
        Weights of the squared distances; all 1 when None.
    n_refinements
        Gauss-Newton steps; where the points themselves are not yet final, one suffices.

    Returns
    -------
    HeadPose
        float64, NaN where a point of a frame is NaN.

    Raises
    ------
    ValueError
        If there are fewer than four points.

    References
    ----------
    Becattini et al., "Neuromorphic Facial Analysis with Cross-Modal Supervision", 2024, Sec. 5.2,
    estimates the affine `A` itself. Differs: an affine camera can shear and stretch, and so
    swallows expressions; only its rotation and one scale are kept here.
    """
    points = np.asarray(points_mm, np.float64)
    pixels = np.asarray(points_px, np.float64)
    if points.shape[-2] < 4:
        raise ValueError(f"a camera needs at least 4 points, got {points.shape[-2]}")
    w = np.ones(points.shape[-2]) if weights is None else np.asarray(weights, np.float64)
    w = (w / w.sum(axis=-1, keepdims=True))[..., None]
    centre = (w * points).sum(axis=-2, keepdims=True)
    middle = (w * pixels).sum(axis=-2, keepdims=True)
    weighted = w * (points - centre)
    gram = weighted.swapaxes(-1, -2) @ (points - centre)
    cross = weighted.swapaxes(-1, -2) @ (pixels - middle)
    affine = np.linalg.solve(gram, cross).swapaxes(-1, -2)
    scale, rows = _nearest_scaled_rows(affine)
    rotation = np.concatenate(
        [rows, np.cross(rows[..., 0, :], rows[..., 1, :])[..., None, :]], axis=-2
    )
    gram = np.broadcast_to(gram, rotation.shape)
    for _ in range(n_refinements):
        rotation, scale = _refined(rotation, scale, gram, cross.swapaxes(-1, -2))
    translation = (
        middle - scale[..., None, None] * centre @ rotation[..., :2, :].swapaxes(-1, -2)
    )[..., 0, :]
    return HeadPose(rotation, scale, translation)


def _nearest_scaled_rows(
    affine: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the mean singular value of (..., 2, 3) matrices and their ``U V^T``.

    By the polar decomposition ``A = H (U V^T)`` with ``H = sqrt(A A^T)``, which for two rows has a
    closed form: many times quicker than a decomposition of each matrix.
    """
    square = affine @ affine.swapaxes(-1, -2)
    a, b, c = square[..., 0, 0], square[..., 0, 1], square[..., 1, 1]
    root = np.sqrt(np.maximum(a * c - b * b, 0.0))
    # The sum of the singular values.
    total = np.sqrt(a + c + 2.0 * root)
    # H is (A A^T + root) / total, and its determinant is root.
    first = (c + root)[..., None] * affine[..., 0, :] - b[..., None] * affine[..., 1, :]
    second = (a + root)[..., None] * affine[..., 1, :] - b[..., None] * affine[..., 0, :]
    rows = np.stack([first, second], axis=-2) / (total * root)[..., None, None]
    return total / 2.0, rows


def _refined(
    rotation: NDArray[np.float64],
    scale: NDArray[np.float64],
    gram: NDArray[np.float64],
    cross: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Make one Gauss-Newton step of rotation and scale.

    The points come in only by their weighted second moments: `gram`, (..., 3, 3), among
    themselves and `cross`, (..., 2, 3), with the pixels.
    """
    moments = rotation @ gram @ rotation.swapaxes(-1, -2)
    misfit = cross @ rotation.swapaxes(-1, -2) - scale[..., None, None] * moments[..., :2, :]
    s, zero = scale, np.zeros_like(scale)
    xx, yy, zz = (moments[..., i, i] for i in range(3))
    xz, yz = moments[..., 0, 2], moments[..., 1, 2]
    # Unknowns: a small turn about each axis, times the scale, and the change of scale.
    normal = np.stack(
        [
            np.stack([zz, zero, -xz, -yz], axis=-1),
            np.stack([zero, zz, -yz, xz], axis=-1),
            np.stack([-xz, -yz, xx + yy, zero], axis=-1),
            np.stack([-yz, xz, zero, xx + yy], axis=-1),
        ],
        axis=-2,
    )
    right = np.stack(
        [
            -misfit[..., 1, 2],
            misfit[..., 0, 2],
            misfit[..., 1, 0] - misfit[..., 0, 1],
            misfit[..., 0, 0] + misfit[..., 1, 1],
        ],
        axis=-1,
    )
    step = np.linalg.solve(normal, right[..., None])[..., 0]
    return _small_turn(step[..., :3] / s[..., None]) @ rotation, s + step[..., 3]


def _small_turn(vector: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the rotations of (..., 3) rotation vectors by Rodrigues' formula."""
    angle = np.linalg.norm(vector, axis=-1)[..., None, None]
    x, y, z = (vector[..., i] for i in range(3))
    zero = np.zeros_like(x)
    cross = np.stack(
        [
            np.stack([zero, -z, y], axis=-1),
            np.stack([z, zero, -x], axis=-1),
            np.stack([-y, x, zero], axis=-1),
        ],
        axis=-2,
    )
    sine = np.sinc(angle / np.pi)
    cosine = np.sinc(angle / (2.0 * np.pi)) ** 2 / 2.0
    turn: NDArray[np.float64] = np.eye(3) + sine * cross + cosine * (cross @ cross)
    return turn


def rotation_vector(rotation: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return the axis times the angle of (..., 3, 3) rotations, (..., 3) float64, radians.

    NaN stays NaN. At half a turn the axis' sign is arbitrary.
    """
    from scipy.spatial.transform import Rotation

    matrices = np.asarray(rotation, np.float64).reshape(-1, 3, 3)
    vectors = np.full((len(matrices), 3), np.nan)
    known = np.isfinite(matrices).all(axis=(1, 2))
    if known.any():
        vectors[known] = Rotation.from_matrix(matrices[known]).as_rotvec()
    return vectors.reshape(*np.shape(rotation)[:-2], 3)


def rotation_matrix(vector: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return the rotations of (..., 3) rotation vectors, (..., 3, 3) float64; NaN stays NaN."""
    from scipy.spatial.transform import Rotation

    vectors = np.asarray(vector, np.float64).reshape(-1, 3)
    matrices = np.full((len(vectors), 3, 3), np.nan)
    known = np.isfinite(vectors).all(axis=1)
    if known.any():
        matrices[known] = Rotation.from_rotvec(vectors[known]).as_matrix()
    return matrices.reshape(*np.shape(vector)[:-1], 3, 3)


def head_angles_deg(rotation: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return how far a head is turned, raised and tilted from the front.

    Parameters
    ----------
    rotation : (..., 3, 3) float
        Camera from model, or from another pose of the head composed with `FRONTAL`.

    Returns
    -------
    (..., 3) float64, degrees
        Turned to the subject's left (AU51), raised (AU53), tilted to the subject's left (AU55);
        the opposite is negative. NaN stays NaN.
    """
    # The head's own motion, in the model's axes: R_y(turn) R_x(-raised) R_z(-tilt).
    own = FRONTAL @ np.asarray(rotation, np.float64)
    turn = np.arctan2(own[..., 0, 2], own[..., 2, 2])
    raised = np.arcsin(np.clip(own[..., 1, 2], -1.0, 1.0))
    tilt = -np.arctan2(own[..., 1, 0], own[..., 1, 1])
    return np.degrees(np.stack([turn, raised, tilt], axis=-1))
