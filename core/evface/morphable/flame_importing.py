"""FLAME from its official files to a model of ours."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

import numpy as np

from evface.errors import ModelFileError
from evface.morphable.assembling import assemble, digest
from evface.morphable.flame import EYES, N_EXPRESSION, N_SHAPE, read_flame
from evface.morphable.flame_landmarks import read_landmarks
from evface.morphable.model import MorphableModel

_RESEARCH = (
    "Max-Planck-Gesellschaft, for non-commercial scientific research only; see "
    "https://flame.is.tue.mpg.de/modellicense.html"
)
VERSIONS: Mapping[str, str] = MappingProxyType(
    {
        "2017": f"FLAME 2017, {_RESEARCH}",
        "2020": f"FLAME 2020, {_RESEARCH}",
        "2023": f"FLAME 2023, {_RESEARCH}",
        "2023-open": "FLAME 2023 Open, Max-Planck-Gesellschaft, CC BY 4.0",
    }
)
# How much of a wide open mouth is usual: E|c|**2.
_JAW_WEIGHT = 0.04
_EMBEDDINGS = (
    ("landmark_embedding.npy",),
    ("flame_static_embedding.pkl", "flame_dynamic_embedding.npy"),
)
_IN_NAME = re.compile(r"flame[ _-]?(20\d\d)[ _-]?(open)?", re.IGNORECASE)


def version_of(path: Path, stated: str | None = None) -> str:
    """Return a FLAME file's version: the stated one, else the one in its own or its folder's name.

    The files of 2017, 2020 and 2023 have the same keys and shapes, so their content does not tell.

    Raises
    ------
    ModelFileError
        If the version is unknown, or is not the one in the file's own name.
    """
    choices = ", ".join(VERSIONS)
    named = _version_in(path.name)
    if stated is not None:
        version = _version_in(f"flame{stated}") or stated
        if version not in VERSIONS:
            raise ModelFileError(path, f"has the unknown version {stated!r}; choose of {choices}")
        if named is not None and named != version:
            raise ModelFileError(path, f"is called {named}, not {version}; state its own version")
        return version
    found = named or _version_in(path.absolute().parent.name)
    if found is None:
        raise ModelFileError(path, f"does not tell its version; state one of {choices}")
    if found not in VERSIONS:
        raise ModelFileError(
            path, f"is FLAME {found}, which is not known; the known ones are {choices}"
        )
    return found


def _version_in(name: str) -> str | None:
    match = _IN_NAME.search(name)
    return None if match is None else match[1] + ("-open" if match[2] else "")


def import_flame(
    path: Path, landmark_paths: Sequence[Path], *, version: str | None = None
) -> tuple[MorphableModel, float]:
    """Make a model of a FLAME file and landmark embeddings.

    The action units are the 100 components of expression, and the opening of the jaw as the last
    one, without which the model could not speak: FLAME turns the jaw about a joint. It is the chord
    of that turn, corrections included: exact at 0 and 1 (`JAW_OPEN_RAD`), and off by at most 2 % of
    the jaw's length in between. Neck and eyes do not move; the pose of the head is the camera's.
    The files without jaw rotation hold it among their expressions, and get no such component.

    The landmarks are the vertices nearest to the embedded points: fits, exports and the window know
    landmarks as vertices, and how far a teacher's landmarks lie from the mesh's is measured anyway.

    Parameters
    ----------
    path
        ``generic_model.pkl``, ``flame2023.pkl``, an .npz of the same arrays, ...
    landmark_paths
        As for `read_landmarks`; when empty, the official ones that lie beside the file.
    version
        One of `VERSIONS`; told by the names of the file and its folder when None.

    Returns
    -------
    model : MorphableModel
        Its version ends with a digest of the file's arrays.
    distance_mm : float
        How far the landmarks' vertices are from the embedded points, on average.

    Raises
    ------
    ModelFileError
        If a file is not what it should be, or the version is unknown.
    """
    flame = read_flame(path)
    known = version_of(path, version)
    landmark_paths = landmark_paths or _embeddings_beside(path)
    if not landmark_paths:
        raise ModelFileError(
            path, "brings no landmarks; give its embedding, landmark_embedding.npy, as well"
        )
    embedded = read_landmarks(landmark_paths, flame.template, flame.triangles)
    landmarks, distance = embedded.points.nearest_vertices(flame.template, flame.triangles)
    contour = None
    if embedded.contour is not None:
        contour, _ = embedded.contour.nearest_vertices(flame.template, flame.triangles)
    directions = flame.shape_directions.transpose(2, 0, 1)
    content = digest(
        [
            flame.template,
            flame.shape_directions,
            flame.pose_directions,
            flame.weights,
            flame.joint_regressor,
        ]
    )
    expression, weights = directions[N_SHAPE:], np.ones(N_EXPRESSION)
    has_jaw = "no_jaw" not in path.name.lower()
    if has_jaw:
        expression = np.concatenate([expression, flame.jaw_opening()[None]])
        weights = np.append(weights, _JAW_WEIGHT)
    is_eye = flame.weights[:, EYES].sum(axis=1) > 0.5
    try:
        model = assemble(
            name=_name_of(path, has_jaw=has_jaw),
            version=f"{known}-{content}",
            mean_shape=1e3 * flame.template,
            triangles=flame.triangles,
            landmarks=landmarks,
            identity_basis=1e3 * directions[:N_SHAPE],
            action_unit_basis=1e3 * expression,
            action_unit_weights=weights,
            regions=is_eye[flame.triangles].all(axis=1),
            region_names=("skin", "eye"),
            contour=contour,
            contour_yaw_deg=embedded.contour_yaw_deg,
            notice=VERSIONS[known],
        )
    except ValueError as error:
        raise ModelFileError(path, f"cannot be used: {error}") from error
    return model, float(1e3 * distance.mean())


def _embeddings_beside(path: Path) -> list[Path]:
    """Return the official embeddings in the file's folder that together hold all landmarks."""
    for names in _EMBEDDINGS:
        paths = [path.with_name(name) for name in names]
        if all(candidate.is_file() for candidate in paths):
            return paths
    return []


def _name_of(path: Path, *, has_jaw: bool) -> str:
    """Return the model's name: men's and women's models do not mix with the generic one."""
    name = path.name.lower()
    kind = "female" if "female" in name else "male" if "male" in name else ""
    return "-".join(part for part in ("flame", kind, "" if has_jaw else "no-jaw") if part)
