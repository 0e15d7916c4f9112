"""ICT-FaceKit's folder of meshes to a model of ours."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from evface.errors import ModelFileError
from evface.morphable.assembling import assemble, digest
from evface.morphable.expressions import FACS, NOT_LEARNT, fit_readout, sample_activations
from evface.morphable.landmark_files import read_landmark_vertices
from evface.morphable.meshes import Mesh, read_mesh
from evface.morphable.model import MorphableModel
from evface.morphable.registered_faces import MM_PER_UNIT

_NEUTRAL, _INDICES = "generic_neutral_mesh.obj", "vertex_indices.json"
_IDENTITY = re.compile(r"identity\d+")
# The outer corners of an adult's eyes.
_EYES_MM = 90.0
_N_SAMPLES = 1200
_NOTICE = "ICT-FaceKit, USC Institute for Creative Technologies, MIT licence"


def import_ict(folder: Path) -> MorphableModel:
    """Make a model of ICT-FaceKit's ``FaceXModel``.

    Its expressions are single movements with ARKit's names, those of brows and cheeks split in
    halves: joined again, they become the units, and the action units of FACS are composed of them
    as those of the open head. The components are the movements of the 18 action units; gaze and
    tongue are units only.

    Parameters
    ----------
    folder
        With ``generic_neutral_mesh.obj``, ``identity000.obj`` and on, one mesh an expression, and
        ``vertex_indices.json``; or the folder above it.

    Returns
    -------
    MorphableModel

    Raises
    ------
    ModelFileError
        If a file is missing, damaged or of another mesh.
    """
    place = folder if (folder / _NEUTRAL).exists() else folder / "FaceXModel"
    if not (place / _NEUTRAL).exists():
        raise ModelFileError(folder, f"holds no {_NEUTRAL}; give ICT-FaceKit's folder, or a file")
    neutral = read_mesh(place / _NEUTRAL)
    landmarks = read_landmark_vertices([place / _INDICES], neutral.vertices, neutral.triangles)
    eyes = float(np.linalg.norm(np.diff(neutral.vertices[landmarks[[36, 45]]], axis=0)))
    if eyes <= 0.0:
        raise ModelFileError(place / _INDICES, "names one vertex for both eyes")
    mm = min(MM_PER_UNIT.values(), key=lambda scale: abs(np.log(eyes * scale / _EYES_MM)))
    identities, moves = [], {}
    for path in sorted(place.glob("*.obj")):
        if path.name != _NEUTRAL:
            offsets = mm * _offsets(path, neutral)
            if _IDENTITY.fullmatch(path.stem):
                identities.append(offsets)
            else:
                moves[path.stem] = offsets
    if not identities or not moves:
        raise ModelFileError(place, "holds no identities or no expressions; fetch it again")
    units = _join_halves(moves)
    names = tuple(units)
    facs = [name for name, parts in FACS.items() if set(parts) <= set(names)]
    if len(facs) < len(FACS):
        missing = sorted({part for parts in FACS.values() for part in parts} - set(names))
        raise ModelFileError(place, f"lacks the expressions {', '.join(missing)}; fetch it again")
    facs_units = np.array([[FACS[f].get(name, 0.0) for name in names] for f in facs])
    learnt = [i for i, name in enumerate(names) if not name.startswith(NOT_LEARNT)]
    intensities, activations = sample_activations(
        _N_SAMPLES, np.random.default_rng(0), facs_units, names
    )
    stacked = np.array(list(units.values()))
    try:
        model = assemble(
            name="ict-facekit",
            version=digest([neutral.vertices, np.array(identities), stacked]),
            mean_shape=mm * neutral.vertices,
            triangles=neutral.triangles,
            landmarks=landmarks,
            identity_basis=np.array(identities),
            action_unit_basis=stacked[learnt],
            action_unit_weights=np.maximum((activations[:, learnt] ** 2).mean(axis=0), 1e-4),
            notice=_NOTICE,
        )
        return dataclasses.replace(
            model,
            units=stacked.astype(np.float32),
            unit_names=names,
            facs_names=tuple(facs),
            facs_units=facs_units.astype(np.float32),
            facs_readout=fit_readout(activations[:, learnt], intensities).astype(np.float32),
        )
    except ValueError as error:
        raise ModelFileError(place, f"cannot be used: {error}") from error


def _offsets(path: Path, neutral: Mesh) -> NDArray[np.float64]:
    mesh = read_mesh(path)
    if len(mesh.vertices) != len(neutral.vertices):
        raise ModelFileError(
            path,
            f"has {len(mesh.vertices)} vertices, but {_NEUTRAL} has {len(neutral.vertices)}; "
            "it is another topology",
        )
    return mesh.vertices - neutral.vertices


def _join_halves(moves: dict[str, NDArray[np.float64]]) -> dict[str, NDArray[np.float64]]:
    """Give movements ARKit's names; the two halves of one that ARKit does not split are added."""
    whole = {"browInnerUp", "cheekPuff"}
    units: dict[str, NDArray[np.float64]] = {}
    for name, offsets in moves.items():
        stem, _, side = name.partition("_")
        arkit = stem if stem in whole else stem + {"L": "Left", "R": "Right"}.get(side, side)
        units[arkit] = units[arkit] + offsets if arkit in units else offsets
    return units
