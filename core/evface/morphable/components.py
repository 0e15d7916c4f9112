"""The four ways to learn components of expressions, and how good they are."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from evface.morphable.dictionary import learn_dictionary
from evface.morphable.localised_components import learn_localised_basis, spread_components

Method = Literal["dictionary", "pca", "sparse-pca", "localised"]
# What holds a vertex of a component back, in mm of its movement.
_SPARSITY_MM = 0.06
_N_ROUNDS = 25
# A vertex takes part in a component from this share of the component's largest movement.
_ACTIVE = 0.05


@dataclass(frozen=True, eq=False)
class Components:
    """Components of expressions.

    Parameters
    ----------
    basis : (n_components, n_vertices, 3) float64, mm
        A coefficient of 1 is about a full activation: the 99th percentile of its size.
    weights : (n_components,) float64
        ``E|c_k|**2`` over the samples.
    """

    basis: NDArray[np.float64]
    weights: NDArray[np.float64]


@dataclass(frozen=True)
class BasisQuality:
    """How well components rebuild faces that they were not learnt from, and how local they are.

    Parameters
    ----------
    error_mm
        Mean distance of a vertex from its place.
    worst_mm
        Distance of each face's worst vertex, on average.
    rest
        What is left of the movement: root mean square over root mean square.
    active
        Share of the vertices that a component moves by at least 5 % of its largest movement.
    spread_mm
        How far the movement of a component reaches around its own centre, the two halves of the
        face folded onto one another.
    condition
        Of the basis.
    """

    error_mm: float
    worst_mm: float
    rest: float
    active: float
    spread_mm: float
    condition: float


def learn_components(
    offsets: NDArray[np.floating], n_components: int, *, method: Method, seed: int = 0
) -> Components:
    """Learn components of offsets from the neutral face.

    Parameters
    ----------
    offsets : (n_samples, n_vertices, 3) float, mm
        Not modified.
    n_components
        At most the number of samples.
    method
        ``"dictionary"``: elastic-net dictionary (DL-3DMM). ``"pca"``: principal components, without
        a mean, as the neutral face is 0. ``"sparse-pca"``: codes of either sign, single coordinates
        of components held back. ``"localised"``: codes that are never negative, whole vertices held
        back, which gives sparse and locally coherent components.
    seed
        The same seed gives the same components.

    Raises
    ------
    ValueError
        If the method is unknown, or there are fewer samples than components.
    """
    if method not in METHODS:
        raise ValueError(f"method must be one of {', '.join(METHODS)}, got {method!r}")
    if not 1 <= n_components <= len(offsets):
        raise ValueError(f"{n_components} components need as many samples, got {len(offsets)}")
    flat = np.asarray(offsets, np.float64).reshape(len(offsets), -1)
    rows, codes = METHODS[method](flat, n_components, seed)
    # The sign of most is arbitrary: that of the larger movements is made positive.
    sign = np.where((codes**3).sum(axis=0) < 0.0, -1.0, 1.0)
    rows, codes = rows * sign[:, None], codes * sign
    size = np.maximum(np.percentile(np.abs(codes), 99, axis=0), 1e-9)
    return Components(
        (rows * size[:, None]).reshape(n_components, *offsets.shape[1:]),
        np.maximum(((codes / size) ** 2).mean(axis=0), 1e-6),
    )


def principal_components(
    samples: NDArray[np.floating], n_components: int
) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
    """Find the directions in which samples vary most, about 0.

    Parameters
    ----------
    samples : (n_samples, n_values) float
    n_components
        Those beyond the samples' rank come out with a deviation of about 0.

    Returns
    -------
    (n_components, n_values) float32
        Orthonormal rows, the most important first; the largest entry of each is positive.
    (n_components,) float64
        Standard deviations along them.
    """
    # In single precision, as thousands of samples of thousands of vertices go through here.
    flat = np.asarray(samples, np.float32)
    values, vectors = np.linalg.eigh(flat @ flat.T)
    first = np.argsort(values)[::-1][:n_components]
    rows = vectors[:, first].T @ flat
    basis = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)
    basis *= np.sign(np.take_along_axis(basis, np.abs(basis).argmax(1)[:, None], axis=1))
    return basis, np.sqrt(np.maximum(values[first], 0.0) / len(flat))


def measure_basis(
    basis: NDArray[np.floating],
    offsets: NDArray[np.floating],
    shape: NDArray[np.floating],
) -> BasisQuality:
    """Measure components on faces that they were not learnt from, rebuilt by least squares.

    Parameters
    ----------
    basis : (n_components, n_vertices, 3) float, mm
    offsets : (n_samples, n_vertices, 3) float, mm
        Of held-out people.
    shape : (n_vertices, 3) float, mm
        Where the vertices lie.
    """
    rows = np.asarray(basis, np.float64).reshape(len(basis), -1)
    wanted = np.asarray(offsets, np.float64).reshape(len(offsets), -1)
    codes = np.linalg.lstsq(rows.T, wanted.T, rcond=None)[0].T
    rest = wanted - codes @ rows
    away = np.linalg.norm(rest.reshape(offsets.shape), axis=2)
    size = np.linalg.norm(np.asarray(basis, np.float64), axis=2)
    share = size / np.maximum(size.sum(axis=1, keepdims=True), 1e-12)
    folded = np.abs(np.asarray(shape, np.float64) - [np.mean(shape[:, 0]), 0, 0]) * [1, 0, 0]
    folded += np.asarray(shape, np.float64) * [0, 1, 1]
    centre = share @ folded
    distance = ((folded[None] - centre[:, None]) ** 2).sum(axis=2)
    singular = np.linalg.svd(rows, compute_uv=False)
    return BasisQuality(
        error_mm=float(away.mean()),
        worst_mm=float(away.max(axis=1).mean()),
        rest=float(np.sqrt((rest**2).mean() / max((wanted**2).mean(), 1e-12))),
        active=float((size > _ACTIVE * size.max(axis=1, keepdims=True)).mean()),
        spread_mm=float(np.sqrt((share * distance).sum(axis=1)).mean()),
        condition=float(singular[0] / max(singular[-1], 1e-12)),
    )


def _principal(
    flat: NDArray[np.float64], n_components: int, _seed: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    rows = principal_components(flat, n_components)[0].astype(np.float64)
    return rows, flat @ rows.T


def _dictionary(
    flat: NDArray[np.float64], n_components: int, seed: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    return learn_dictionary(flat, n_components, seed=seed)


def _sparse_principal(
    flat: NDArray[np.float64], n_components: int, seed: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    start, codes = _principal(flat, n_components, seed)
    start = start * np.maximum(np.percentile(np.abs(codes), 99, axis=0), 1e-9)[:, None]
    basis, codes = learn_localised_basis(
        flat.reshape(len(flat), -1, 1),
        start=start.reshape(n_components, -1, 1),
        sparsity_mm=_SPARSITY_MM,
        n_rounds=_N_ROUNDS,
        is_signed=True,
    )
    return basis[..., 0], codes


def _localised(
    flat: NDArray[np.float64], n_components: int, _seed: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    samples = flat.reshape(len(flat), -1, 3)
    basis, codes = learn_localised_basis(
        samples,
        start=spread_components(samples, n_components),
        sparsity_mm=_SPARSITY_MM,
        n_rounds=_N_ROUNDS,
    )
    return basis.reshape(n_components, -1), codes


_Learner = Callable[
    [NDArray[np.float64], int, int], tuple[NDArray[np.float64], NDArray[np.float64]]
]
METHODS: Mapping[Method, _Learner] = MappingProxyType(
    {
        "dictionary": _dictionary,
        "pca": _principal,
        "sparse-pca": _sparse_principal,
        "localised": _localised,
    }
)
