"""3DMMs built of registered meshes: identities by PCA, expressions by one of four methods."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evface.errors import FitError
from evface.morphable.assembling import assemble, check_face, digest
from evface.morphable.components import (
    BasisQuality,
    Method,
    learn_components,
    measure_basis,
    principal_components,
)
from evface.morphable.model import MorphableModel
from evface.morphable.registered_faces import RegisteredFaces

_HELD_OUT_SHARE = 0.2
# Components of less than this share of the first one's deviation are noise of the arithmetic.
_LEAST_DEVIATION = 1e-4


@dataclass(frozen=True)
class BuildSettings:
    """How a model is built.

    Parameters
    ----------
    name, version
        Of the model; a digest of what it was built of is added to the version.
    n_identity
        Components of identity; fewer where there are too few people.
    n_components
        Components of expression.
    method
        How those are learnt, see `learn_components`.
    n_held_out
        People to test with; a fifth of all, at least one, when None.
    seed
        The same seed and faces give the same model.
    notice
        Whose the faces are and under which licence.
    """

    name: str
    version: str
    n_identity: int = 22
    n_components: int = 32
    method: Method = "dictionary"
    n_held_out: int | None = None
    seed: int = 0
    notice: str = ""


@dataclass(frozen=True)
class BuildReport:
    """What a model was built of, and how good it is on people that it was not learnt from.

    The errors are those of a model learnt without the held-out people; the model itself is then
    learnt from all.

    Parameters
    ----------
    n_subjects, n_expressive
        People and expressive faces.
    held_out
        The people who were tested with.
    identity_mean_mm, identity_mm
        Mean distance of a vertex of their neutral faces from the mean face, and from the nearest
        face that the identities make.
    expressions
        Of each method that was tried, on their expressive faces.
    """

    n_subjects: int
    n_expressive: int
    held_out: tuple[str, ...]
    identity_mean_mm: float
    identity_mm: float
    expressions: dict[Method, BasisQuality]


def build_model(
    faces: RegisteredFaces,
    landmarks: NDArray[np.integer],
    settings: BuildSettings,
    *,
    compare: tuple[Method, ...] = (),
    report: Callable[[float, str], None] = lambda _fraction, _message: None,
) -> tuple[MorphableModel, BuildReport]:
    """Build a model.

    Parameters
    ----------
    faces
        Of at least three people.
    landmarks : (68,) int
        Vertices of the iBUG 68-point scheme.
    settings
    compare
        Other methods to report on; the model has the components of `settings.method`.
    report
        Told how far it is, 0 to 1, and what is being done.

    Returns
    -------
    model : MorphableModel
    quality : BuildReport

    Raises
    ------
    FitError
        If there are too few people or expressive faces.
    ValueError
        If the landmarks are no face, or the settings make no sense.

    References
    ----------
    Becattini et al., "Neuromorphic Facial Analysis with Cross-Modal Supervision", 2024, Sec. 5.1.
    """
    check_face(faces.neutral.mean(axis=0)[landmarks])
    is_test = _choose_held_out(faces, settings)
    of_test = is_test[faces.subject_of]
    n_train = int((~of_test).sum())
    if n_train < settings.n_components or not of_test.any():
        raise FitError(
            f"there are {n_train} expressive faces to learn {settings.n_components} components "
            f"from and {int(of_test.sum())} to test with; give more faces, or ask for fewer "
            "components"
        )
    mean, basis = build_identity(faces.neutral[~is_test], settings.n_identity)
    identity_mm = _identity_error_mm(mean, basis, faces.neutral[is_test])
    methods = tuple(dict.fromkeys((settings.method, *compare)))
    qualities = {}
    for i, method in enumerate(methods):
        report(i / (len(methods) + 1), f"Learning components: {method}")
        learnt = learn_components(
            faces.offsets[~of_test], settings.n_components, method=method, seed=settings.seed
        )
        qualities[method] = measure_basis(learnt.basis, faces.offsets[of_test], mean)
    report(len(methods) / (len(methods) + 1), "Learning from all people")
    mean_all, basis = build_identity(faces.neutral, settings.n_identity)
    components = learn_components(
        faces.offsets, settings.n_components, method=settings.method, seed=settings.seed
    )
    origin_of = digest(
        [
            faces.neutral.astype(np.float32),
            faces.offsets,
            np.array(
                [settings.method, settings.n_identity, settings.n_components, settings.seed], "U"
            ),
        ]
    )
    model = assemble(
        name=settings.name,
        version=f"{settings.version}-{origin_of}",
        mean_shape=mean_all,
        triangles=faces.triangles,
        landmarks=landmarks,
        identity_basis=basis,
        action_unit_basis=components.basis,
        action_unit_weights=components.weights,
        notice=settings.notice,
    )
    return model, BuildReport(
        n_subjects=len(faces.subjects),
        n_expressive=len(faces.offsets),
        held_out=tuple(np.array(faces.subjects)[is_test].tolist()),
        identity_mean_mm=_identity_error_mm(mean, basis[:0], faces.neutral[is_test]),
        identity_mm=identity_mm,
        expressions=qualities,
    )


def build_identity(
    heads: NDArray[np.floating], n_components: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Find the mean of aligned neutral heads, and how people differ from it.

    Parameters
    ----------
    heads : (n_heads, n_vertices, 3) float, mm
    n_components
        Fewer come out where the heads differ in fewer ways: one less than there are heads.

    Returns
    -------
    (n_vertices, 3) float64, mm
    (n_identity, n_vertices, 3) float64, mm per standard deviation
    """
    mean = heads.mean(axis=0)
    offsets = (heads - mean).reshape(len(heads), -1)
    basis, deviations = principal_components(offsets, n_components)
    basis, deviations = basis[: len(heads) - 1], deviations[: len(heads) - 1]
    used = deviations > _LEAST_DEVIATION * deviations[:1].max(initial=0.0)
    scaled = basis[used] * deviations[used, None]
    return mean, scaled.reshape(-1, *mean.shape)


def _choose_held_out(faces: RegisteredFaces, settings: BuildSettings) -> NDArray[np.bool_]:
    """Draw the people to test with, (n_subjects,) bool, of those with expressive faces."""
    n = len(faces.subjects)
    wanted = settings.n_held_out or max(1, round(_HELD_OUT_SHARE * n))
    expressive = np.unique(faces.subject_of)
    if n - wanted < 2 or len(expressive) <= wanted:
        raise FitError(
            f"there are {n} people, {len(expressive)} of them with expressive faces, to hold out "
            f"{wanted} and learn from the others; give more people"
        )
    chosen = np.random.default_rng(settings.seed).choice(expressive, wanted, replace=False)
    return np.isin(np.arange(n), chosen)


def _identity_error_mm(
    mean: NDArray[np.float64], basis: NDArray[np.float64], heads: NDArray[np.floating]
) -> float:
    wanted = (heads - mean).reshape(len(heads), -1)
    rows = basis.reshape(len(basis), mean.size)
    if len(rows):
        wanted = wanted - np.linalg.lstsq(rows.T, wanted.T, rcond=None)[0].T @ rows
    return float(np.linalg.norm(wanted.reshape(heads.shape), axis=2).mean())
