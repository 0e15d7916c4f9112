"""Online learning of a dictionary with elastic-net codes: the components of DL-3DMM."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

_N_SWEEPS, _TOLERANCE = 100, 1e-5


@dataclass(frozen=True)
class ElasticNet:
    """How a dictionary is learnt. Samples are scaled to a mean square of 1 first.

    Parameters
    ----------
    l1, l2
        Weights of the codes' absolute values and of half their squares.
    n_epochs
        How often all samples are seen.
    batch_size
        Samples between two updates of the dictionary.
    """

    l1: float = 0.05
    l2: float = 0.01
    n_epochs: int = 30
    batch_size: int = 64


def learn_dictionary(
    samples: NDArray[np.floating],
    n_atoms: int,
    *,
    settings: ElasticNet | None = None,
    seed: int = 0,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    r"""Learn atoms of which samples are made by few, small codes.

    .. math:: \min_{D, C} \frac1n \sum_i \tfrac12 \lVert v_i - D c_i \rVert^2
              + \lambda_1 \lVert c_i \rVert_1 + \tfrac{\lambda_2}2 \lVert c_i \rVert^2,
              \quad \lVert d_k \rVert \le 1

    The atoms lie in the span of the samples, so samples are first turned into it: exact, and much
    quicker where there are fewer samples than values in one.

    Parameters
    ----------
    samples : (n_samples, n_values) float
        Not modified.
    n_atoms
    settings
        Those of `ElasticNet` when None.
    seed
        The same seed gives the same dictionary.

    Returns
    -------
    atoms : (n_atoms, n_values) float64
        Each at most of length 1.
    codes : (n_samples, n_atoms) float64
        In the samples' unit.

    Raises
    ------
    ValueError
        If there are no samples, or all are 0.

    References
    ----------
    Ferrari et al., "A Dictionary Learning-Based 3D Morphable Shape Model", IEEE TMM 2017, Sec. III.
    Mairal et al., "Online Dictionary Learning for Sparse Coding", ICML 2009, Alg. 1 and 2. Differs:
    the first atoms are samples that lie far apart, and an atom that is not used begins anew as the
    sample that is rebuilt worst.
    """
    settings = settings or ElasticNet()
    flat = np.asarray(samples, np.float64)
    size = np.sqrt((flat**2).sum(axis=1).mean()) if len(flat) else 0.0
    if not size > 0.0:
        raise ValueError("a dictionary needs samples that are not all 0")
    inside, axes = _in_own_span(flat / size)
    rng = np.random.default_rng(seed)
    atoms = _spread_samples(inside, n_atoms, rng)
    n_samples, past, past_cross = len(inside), np.zeros((n_atoms, n_atoms)), np.zeros_like(atoms)
    batch_size = min(settings.batch_size, n_samples)
    for step, batch in enumerate(_batches(n_samples, batch_size, settings.n_epochs, rng)):
        codes = encode(inside[batch], atoms, l1=settings.l1, l2=settings.l2)
        # Older batches were encoded by worse atoms, and count less.
        forgetting = (step * batch_size + 1.0 - batch_size) / (step * batch_size + 1.0)
        past = max(forgetting, 0.0) * past + codes.T @ codes
        past_cross = max(forgetting, 0.0) * past_cross + codes.T @ inside[batch]
        _update(atoms, past, past_cross)
        _replace_unused(atoms, past, inside[batch], codes)
    codes = encode(inside, atoms, l1=settings.l1, l2=settings.l2)
    return atoms @ axes, codes * size


def encode(
    samples: NDArray[np.floating], atoms: NDArray[np.floating], *, l1: float, l2: float
) -> NDArray[np.float64]:
    """Find the elastic-net codes of samples by coordinate descent.

    Parameters
    ----------
    samples : (n_samples, n_values) float
    atoms : (n_atoms, n_values) float
    l1, l2
        As in `learn_dictionary`.

    Returns
    -------
    (n_samples, n_atoms) float64
    """
    gram = np.asarray(atoms @ atoms.T, np.float64)
    target = np.asarray(samples @ atoms.T, np.float64)
    return _encode(gram, target, l1, l2)


@njit(cache=True, nogil=True)
def _encode(gram, target, l1, l2):  # type: ignore[no-untyped-def]
    n_samples, n_atoms = target.shape
    codes = np.zeros((n_samples, n_atoms))
    for i in range(n_samples):
        left = target[i].copy()
        for _ in range(_N_SWEEPS):
            largest = 0.0
            for k in range(n_atoms):
                before = codes[i, k]
                reach = left[k] + gram[k, k] * before
                size = max(abs(reach) - l1, 0.0)
                after = np.sign(reach) * size / max(gram[k, k] + l2, 1e-12)
                if after != before:
                    left -= gram[k] * (after - before)
                    codes[i, k] = after
                    largest = max(largest, abs(after - before))
            if largest < _TOLERANCE:
                break
    return codes


def _in_own_span(flat: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return coordinates and orthonormal axes whose product is `flat`."""
    values, vectors = np.linalg.eigh(flat @ flat.T)
    used = values > 1e-10 * values[-1]
    if used.sum() >= flat.shape[1]:
        return flat, np.eye(flat.shape[1])
    axes = (vectors[:, used] / np.sqrt(values[used])).T @ flat
    return flat @ axes.T, axes


def _batches(
    n_samples: int, batch_size: int, n_epochs: int, rng: np.random.Generator
) -> Iterator[NDArray[np.int64]]:
    for _ in range(n_epochs):
        order = rng.permutation(n_samples)
        for start in range(0, n_samples - batch_size + 1, batch_size):
            yield order[start : start + batch_size]


def _spread_samples(
    samples: NDArray[np.float64], n_atoms: int, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Choose samples, of length 1, each among those that the chosen ones explain least."""
    left = samples.copy()
    atoms = np.empty((n_atoms, samples.shape[1]))
    for k in range(n_atoms):
        energy = (left**2).sum(axis=1)
        total = energy.sum()
        if total > 1e-12 * len(samples):
            chosen = int(rng.choice(len(samples), p=energy / total))
            atoms[k] = samples[chosen] / np.linalg.norm(samples[chosen])
            axis = left[chosen] / np.linalg.norm(left[chosen])
            left -= np.outer(left @ axis, axis)
        else:
            atoms[k] = rng.normal(size=samples.shape[1])
            atoms[k] /= np.linalg.norm(atoms[k])
    return atoms


def _update(
    atoms: NDArray[np.float64], past: NDArray[np.float64], past_cross: NDArray[np.float64]
) -> None:
    """Improve the atoms in place, one after the other, for the codes so far."""
    for k in range(len(atoms)):
        if past[k, k] > 1e-12:
            atom = atoms[k] + (past_cross[k] - past[k] @ atoms) / past[k, k]
            atoms[k] = atom / max(np.linalg.norm(atom), 1.0)


def _replace_unused(
    atoms: NDArray[np.float64],
    past: NDArray[np.float64],
    batch: NDArray[np.float64],
    codes: NDArray[np.float64],
) -> None:
    unused = np.flatnonzero(np.diag(past) <= 1e-12)
    if not len(unused):
        return
    rest = batch - codes @ atoms
    worst = np.argsort(-(rest**2).sum(axis=1), kind="stable")
    for k, i in zip(unused, worst, strict=False):
        length = np.linalg.norm(rest[i])
        if length > 1e-6:
            atoms[k] = rest[i] / length
