"""Splits of subjects, never of frames, the same on every machine."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

SPLITS = ("train", "validation", "test")
FRACTIONS = (0.7, 0.1, 0.2)
# What training, validation and test need together, so that nobody is in two of them.
LEAST_SUBJECTS = len(SPLITS)


def split_of(
    subject: str, *, seed: int = 0, fractions: tuple[float, float, float] = FRACTIONS
) -> str:
    """Return the split of one subject, whoever else there is.

    It stays the same where others are missing, so the shares of the splits hold only for many
    subjects. For a few, see `assign_splits`.

    Parameters
    ----------
    fractions
        Shares of training, validation and test.

    Raises
    ------
    ValueError
        If the shares are negative or do not add up to 1.
    """
    _check(fractions)
    place = _place(subject, seed)
    if place < fractions[0]:
        return "train"
    return "validation" if place < fractions[0] + fractions[1] else "test"


def assign_splits(
    subjects: Iterable[str],
    *,
    seed: int = 0,
    fractions: tuple[float, float, float] = FRACTIONS,
) -> dict[str, str]:
    """Return the split of each subject, with shares as near to those wanted as can be.

    The order in which subjects are given does not matter, nor how often each is given.

    Raises
    ------
    ValueError
        If the shares are negative or do not add up to 1.
    """
    _check(fractions)
    ordered = sorted(set(subjects), key=lambda subject: (_place(subject, seed), subject))
    n_train = round(fractions[0] * len(ordered))
    n_before_test = round((fractions[0] + fractions[1]) * len(ordered))
    return {
        subject: SPLITS[(i >= n_train) + (i >= n_before_test)] for i, subject in enumerate(ordered)
    }


def _place(subject: str, seed: int) -> float:
    """Return a place in [0, 1) that depends on nothing but name and seed."""
    digest = hashlib.blake2b(f"{seed}:{subject}".encode(), digest_size=6).digest()
    return int.from_bytes(digest, "big") / 2**48


def _check(fractions: tuple[float, float, float]) -> None:
    if min(fractions) < 0 or abs(sum(fractions) - 1) > 1e-9:
        raise ValueError(f"fractions must be three shares of 1, got {fractions}")
