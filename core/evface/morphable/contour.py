"""Which vertices are the outline of a face that is turned: the jaw's landmarks slide."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from evface.landmarks.schemes import IBUG68

N_CONTOUR = 17
YAW_DEG = np.arange(-40.0, 41.0, 5.0, dtype=np.float32)
# A landmark slides within this distance of the plane in which the outline turns at it, and no
# further than to the middle between the jaw and the nearest landmark of the inner face.
_WIDTH_MM = 4.0
_REACH = 0.8


def slide_contour(
    shape: NDArray[np.floating],
    landmarks: NDArray[np.integer],
    candidates: NDArray[np.integer],
    yaw_deg: NDArray[np.floating] = YAW_DEG,
) -> NDArray[np.int32]:
    """Find the vertices that are the landmarks of the jaw when the head is turned.

    A turned head hides its jaw on the side that it turns to, and what a person or a detector takes
    for the outline there is a part of the cheek. Each landmark slides along the plane that holds
    its outline's normal and the line of sight, to the vertex that stands out furthest. The side
    that comes forward shows its jaw, and its landmarks stay.

    Parameters
    ----------
    shape : (n_vertices, 3) float, mm
        A neutral face: x to the subject's left, y up, z out of the face.
    landmarks : (68,) int
        Vertices of the iBUG 68-point scheme, as they are seen from the front.
    candidates : (n,) int
        The vertices of the skin, among which an outline can lie.
    yaw_deg : (n_yaw,) float, degrees
        How far the head is turned to the subject's left.

    Returns
    -------
    (n_yaw, 17) int32
        The vertices of landmarks 0 to 16 at each angle.

    References
    ----------
    After Zhu et al., "High-Fidelity Pose and Expression Normalization for Face Recognition in the
    Wild", CVPR 2015, Sec. 3.1 (landmark marching). Differs: the lines to march along are found
    from the shape, not drawn on the mesh, and only the hidden side marches.
    """
    points = np.asarray(shape, np.float64)
    jaw = np.asarray(landmarks)[:N_CONTOUR]
    inner = points[np.asarray(landmarks)[N_CONTOUR:]]
    outward = _outward(points[jaw])
    table = np.tile(jaw.astype(np.int32), (len(yaw_deg), 1))
    skin = points[candidates]
    for landmark, vertex in enumerate(jaw):
        if landmark == N_CONTOUR // 2:
            continue
        start, normal = points[vertex], outward[landmark]
        away = skin - start
        along = np.array([-normal[1], normal[0]])
        depth_mm = -(away[:, :2] @ normal)
        reach_mm = _REACH * np.min(-(inner[:, :2] - start[:2]) @ normal)
        # In the plane, in front of the landmark and short of the features of the face.
        near = (np.abs(away[:, :2] @ along) < _WIDTH_MM) & (away[:, 2] > 0.0)
        near &= (depth_mm > 0.0) & (depth_mm < max(reach_mm, 0.0))
        line = np.append(np.asarray(candidates)[near], vertex)
        for row, yaw in enumerate(np.radians(yaw_deg)):
            # The right side, landmarks 0 to 7, is hidden by a turn to the right.
            if (yaw < 0.0) == (landmark < N_CONTOUR // 2) and yaw != 0.0:
                seen_x = np.cos(yaw) * points[line, 0] + np.sin(yaw) * points[line, 2]
                stands_out = seen_x * normal[0] + points[line, 1] * normal[1]
                table[row, landmark] = line[int(np.argmax(stands_out))]
    return table


def _outward(jaw: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the outline's normals seen from the front, (17, 2), away from the face."""
    tangent = np.gradient(jaw[:, :2], axis=0)
    tangent /= np.linalg.norm(tangent, axis=1, keepdims=True)
    # The jaw runs from the right ear down and over the chin to the left one.
    normal = np.stack([tangent[:, 1], -tangent[:, 0]], axis=1)
    # Beside the ears the outline is upright; its normal there must not point back into the face.
    mirrored = normal[IBUG68.mirror[:N_CONTOUR]] * [-1.0, 1.0]
    normal = normal + mirrored
    return np.asarray(normal / np.linalg.norm(normal, axis=1, keepdims=True), np.float64)
