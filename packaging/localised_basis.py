"""Learning of localised components with codes that are never negative."""

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
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    r"""Factor samples into codes and components that each move few vertices.

    .. math:: \min_{C \ge 0, B} \tfrac12 \lVert X - C B \rVert^2
              + \lambda \sum_k \lVert C_k \rVert^2 \sum_v \lVert B_{kv} \rVert

    by turns: the codes by coordinate descent, then the components one by one, each with the
    threshold of that penalty on the movement of each vertex.

    Parameters
    ----------
    samples : (n_samples, n_vertices, 3) float, mm
    start : (n_components, n_vertices, 3) float, mm
        The components to begin with.
    sparsity_mm
        The lambda above: by how much each vertex of a component is held back.
    n_rounds
        Turns of codes and components.

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
    n_samples, n_vertices, _ = samples.shape
    flat = samples.reshape(n_samples, -1).astype(np.float64)
    basis = start.reshape(len(start), -1).astype(np.float64)
    codes = np.zeros((n_samples, len(basis)))
    for _ in range(n_rounds):
        codes = _descend(basis @ basis.T, flat @ basis.T, codes, 20)
        gram, target = codes.T @ codes, codes.T @ flat
        for k in range(len(basis)):
            if gram[k, k] < 1e-9:
                continue
            free = basis[k] + (target[k] - gram[k] @ basis) / gram[k, k]
            by_vertex = free.reshape(n_vertices, 3)
            length = np.maximum(np.linalg.norm(by_vertex, axis=1, keepdims=True), 1e-12)
            basis[k] = (np.maximum(1.0 - sparsity_mm / length, 0.0) * by_vertex).ravel()
        codes, basis = _to_unit_scale(codes, basis)
    codes = _descend(basis @ basis.T, flat @ basis.T, codes, 50)
    return basis.reshape(len(basis), n_vertices, 3), codes


def _to_unit_scale(
    codes: NDArray[np.float64], basis: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Give each component the size of a full activation."""
    scale = np.ones(len(basis))
    for k, column in enumerate(codes.T):
        active = column[column > 1e-3]
        if len(active):
            scale[k] = np.percentile(active, 99)
    return codes / scale, basis * scale[:, None]


def _descend(
    gram: NDArray[np.float64],
    target: NDArray[np.float64],
    codes: NDArray[np.float64],
    n_sweeps: int,
) -> NDArray[np.float64]:
    """Improve non-negative codes by coordinate descent; returns new ones."""
    codes = codes.copy()
    for _ in range(n_sweeps):
        for k in range(len(gram)):
            if gram[k, k] > 1e-12:
                step = (target[:, k] - codes @ gram[:, k]) / gram[k, k]
                codes[:, k] = np.maximum(codes[:, k] + step, 0.0)
    return codes
