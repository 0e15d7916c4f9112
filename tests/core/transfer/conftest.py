"""A fitted face that turns and smiles evenly."""

from collections.abc import Callable

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from evface.annotations.tracks import Camera, FaceTrack, Source, SourceKind
from evface.morphable.camera import FRONTAL
from evface.morphable.model import load_open_head

MODEL = load_open_head()


def _make_face(times_us, *, valid=None, turn_deg=30.0):
    times_us = np.array(times_us, np.int64)
    n = len(times_us)
    share = np.linspace(0, 1, n) if n > 1 else np.zeros(n)
    valid = np.ones(n, bool) if valid is None else np.array(valid, bool)
    turns = np.empty((n, 3, 3))
    if n:
        axis = np.array([0.0, np.radians(turn_deg), 0.0])
        turns = Rotation.from_rotvec(np.outer(share, axis)).as_matrix()
    action_units = np.zeros((n, len(MODEL.action_unit_basis)), np.float32)
    action_units[:, 3] = share
    face = {
        "action_units": action_units,
        "rotation": (FRONTAL @ turns).astype(np.float32),
        "scale_px_per_mm": np.full(n, 1.5, np.float32),
        "translation_px": np.stack([300 + 40 * share, np.full(n, 200.0)], axis=1).astype("f4"),
        "residual_px": np.ones(n, np.float32),
    }
    for values in face.values():
        values[~valid] = np.nan
    return FaceTrack(
        times_us=times_us,
        valid=valid,
        source=Source(SourceKind.FIT, "closed_form"),
        identity=np.full(len(MODEL.identity_basis), 0.1, np.float32),
        camera=Camera.RGB,
        model=MODEL.key,
        **face,
    )


@pytest.fixture(scope="session")
def make_face() -> Callable[..., FaceTrack]:
    return _make_face
