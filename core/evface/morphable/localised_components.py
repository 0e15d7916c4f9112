"""Learning of components that each move few vertices."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def choose_atoms(
    samples: NDArray[np.floating],
    candidates: NDArray[np.floating],
    groups: list[list[int]],
    n_atoms: int,
) -> list[int]:
    """Choose the candidates that together rebuild the samples best, one group after the other.

    Parameters
    ----------
    samples : (n_samples, n_vertices, 3) float
    candidates : (n_candidates, n_vertices, 3) float
    groups
        Candidates that are chosen together, such as a movement's left and right halves.
    n_atoms
        How many to choose.

    Returns
    -------
    list of int
        In the order in which they were chosen.
    """
    flat = samples.reshape(len(samples), -1).astype(np.float64)
    atoms = candidates.reshape(len(candidates), -1).astype(np.float64)
    gram, target = atoms @ atoms.T, flat @ atoms.T
    energy = (flat**2).sum()
    chosen: list[int] = []
    codes = np.zeros_like(target)
    left = list(groups)

    def explained(trial: list[int]) -> tuple[float, NDArray[np.float64]]:
        part = np.ix_(trial, trial)
        fitted = _descend(gram[part], target[:, trial], codes[:, trial], 30)
        rest = (
            energy - 2 * (fitted * target[:, trial]).sum() + ((fitted @ gram[part]) * fitted).sum()
        )
        return float(rest), fitted

    while len(chosen) < n_atoms:
        fitting = [group for group in left if len(group) <= n_atoms - len(chosen)]
        before = explained(chosen)[0] if chosen else energy
        gains = [(before - explained(chosen + group)[0]) / len(group) for group in fitting]
        best = fitting[int(np.argmax(gains))]
        left.remove(best)
        chosen += best
        codes[:, chosen] = explained(chosen)[1]
    return chosen


def learn_localised_basis(
    samples: NDArray[np.floating],
    *,
    start: NDArray[np.floating],
    sparsity_mm: float,
    n_rounds: int,
    is_signed: bool = False,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    r"""Factor samples into codes and components that each move few vertices.

    .. math:: \min_{C \ge 0, B} \tfrac12 \lVert X - C B \rVert^2
              + \lambda \sum_k \lVert C_k \rVert^2 \sum_v \lVert B_{kv} \rVert

    by turns: the codes by coordinate descent, then the components one by one, each with the
    threshold of that penalty on the movement of each vertex.

    Parameters
    ----------
    samples : (n_samples, n_vertices, 3) float, mm
        Other than three axes are allowed: with one, every coordinate is held back by itself.
    start : (n_components, n_vertices, 3) float, mm
        The components to begin with.
    sparsity_mm
        The lambda above: by how much each vertex of a component is held back.
    n_rounds
        Turns of codes and components.
    is_signed
        Whether codes may be negative; with one axis that is sparse PCA.

    Returns
    -------
    (n_components, n_vertices, 3) float64, mm
        Scaled so that 1 is the 99th percentile of each component's codes where it takes part:
        a full activation.
    (n_samples, n_components) float64
        The codes.

    References
    ----------
    After Neumann et al., "Sparse Localized Deformation Components", SIGGRAPH Asia 2013, Sec. 3.
    Differs: no support maps, because the movements of a face are local already; the codes are
    never negative, as activations of muscles are; and the penalty follows the size of the codes,
    so that a rare component is not starved.
    """
    n_samples, n_vertices, n_axes = samples.shape
    least = -np.inf if is_signed else 0.0
    flat = samples.reshape(n_samples, -1).astype(np.float64)
    basis = start.reshape(len(start), -1).astype(np.float64)
    codes = np.zeros((n_samples, len(basis)))
    for _ in range(n_rounds):
        codes = _descend(basis @ basis.T, flat @ basis.T, codes, 20, least)
        gram, target = codes.T @ codes, codes.T @ flat
        for k in range(len(basis)):
            if gram[k, k] < 1e-9:
                continue
            free = basis[k] + (target[k] - gram[k] @ basis) / gram[k, k]
            by_vertex = free.reshape(n_vertices, n_axes)
            length = np.maximum(np.linalg.norm(by_vertex, axis=1, keepdims=True), 1e-12)
            basis[k] = (np.maximum(1.0 - sparsity_mm / length, 0.0) * by_vertex).ravel()
        codes, basis = _to_unit_scale(codes, basis)
    codes = _descend(basis @ basis.T, flat @ basis.T, codes, 50, least)
    return basis.reshape(len(basis), n_vertices, n_axes), codes


def spread_components(samples: NDArray[np.floating], n_components: int) -> NDArray[np.float64]:
    """Find components to begin with, where no single movements are known.

    One after the other: the vertex that moves most in what is left of the samples, the direction
    in which it does, and how all other vertices go with it.

    Parameters
    ----------
    samples : (n_samples, n_vertices, 3) float, mm
        Not modified.

    Returns
    -------
    (n_components, n_vertices, 3) float64, mm

    References
    ----------
    After Neumann et al., "Sparse Localized Deformation Components", SIGGRAPH Asia 2013, Sec. 4.3.
    """
    left = np.array(samples, np.float64)
    found = np.empty((n_components, *left.shape[1:]))
    for k in range(n_components):
        vertex = int(np.argmax((left**2).sum(axis=(0, 2))))
        turns, sizes, _ = np.linalg.svd(left[:, vertex], full_matrices=False)
        code = turns[:, 0] * sizes[0]
        # A muscle pulls one way: the side on which more happens.
        code = max(np.maximum(code, 0.0), np.maximum(-code, 0.0), key=lambda side: (side**2).sum())
        code = code / max(np.percentile(code, 99), 1e-9)
        found[k] = np.tensordot(code, left, 1) / max(float(code @ code), 1e-9)
        left -= code[:, None, None] * found[k]
    return found


def _to_unit_scale(
    codes: NDArray[np.float64], basis: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Give each component the size of a full activation."""
    scale = np.ones(len(basis))
    for k, column in enumerate(codes.T):
        active = np.abs(column[np.abs(column) > 1e-3])
        if len(active):
            scale[k] = np.percentile(active, 99)
    return codes / scale, basis * scale[:, None]


def _descend(
    gram: NDArray[np.float64],
    target: NDArray[np.float64],
    codes: NDArray[np.float64],
    n_sweeps: int,
    least: float = 0.0,
) -> NDArray[np.float64]:
    """Improve codes of at least `least` by coordinate descent; returns new ones."""
    codes = codes.copy()
    for _ in range(n_sweeps):
        for k in range(len(gram)):
            if gram[k, k] > 1e-12:
                step = (target[:, k] - codes @ gram[:, k]) / gram[k, k]
                codes[:, k] = np.maximum(codes[:, k] + step, least)
    return codes
