"""Registrations as JSON, for projects, their journals and findings."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from evface.geometry.cameras import CameraPair, PinholeCamera, RigidTransform
from evface.geometry.registration import Registration
from evface.geometry.transforms import PlanarTransform


def registration_to_json(registration: Registration) -> dict[str, Any]:
    """Return a registration ready for JSON, which has no NaN: an unknown residual is null."""
    pair, residual_px = registration.cameras, registration.residual_px
    return {
        "planar": registration.planar.matrix.tolist(),
        "cameras": None if pair is None else _pair_to_json(pair),
        "method": registration.method,
        "residual_px": None if math.isnan(residual_px) else float(residual_px),
        "quality": registration.quality,
    }


def registration_from_json(fields: dict[str, Any]) -> Registration:
    """Return the registration that `registration_to_json` gave.

    Raises
    ------
    ValueError, KeyError, TypeError
        If it is none.
    """
    pair, residual_px = fields["cameras"], fields["residual_px"]
    return Registration(
        PlanarTransform(np.array(fields["planar"], np.float64)),
        None if pair is None else _pair_from_json(pair),
        str(fields["method"]),
        math.nan if residual_px is None else float(residual_px),
        fields["quality"],
    )


def _pair_to_json(pair: CameraPair) -> dict[str, Any]:
    return {
        "rgb": _camera_to_json(pair.rgb),
        "events": _camera_to_json(pair.events),
        "rotation": pair.event_from_rgb.rotation.tolist(),
        "translation_mm": pair.event_from_rgb.translation_mm.tolist(),
    }


def _pair_from_json(fields: dict[str, Any]) -> CameraPair:
    rotation = np.array(fields["rotation"], np.float64)
    translation_mm = np.array(fields["translation_mm"], np.float64)
    if rotation.shape != (3, 3) or translation_mm.shape != (3,):
        raise ValueError("two cameras stand to one another by a (3, 3) rotation and a (3,) shift")
    return CameraPair(
        _camera_from_json(fields["rgb"]),
        _camera_from_json(fields["events"]),
        RigidTransform(rotation, translation_mm),
    )


def _camera_to_json(camera: PinholeCamera) -> dict[str, Any]:
    return {
        "resolution": [int(length) for length in camera.resolution],
        "focal_px": [float(length) for length in camera.focal_px],
        "centre_px": [float(length) for length in camera.centre_px],
    }


def _camera_from_json(fields: dict[str, Any]) -> PinholeCamera:
    (width, height), (fx, fy) = fields["resolution"], fields["focal_px"]
    x, y = fields["centre_px"]
    return PinholeCamera((int(width), int(height)), (float(fx), float(fy)), (float(x), float(y)))
