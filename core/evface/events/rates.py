"""Event rates from counts per millisecond."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def check_bin_us(bin_us: int) -> None:
    """Raise a ValueError unless `bin_us` is a positive multiple of 1000."""
    if bin_us <= 0 or bin_us % 1000:
        raise ValueError(f"bin_us must be a positive multiple of 1000, got {bin_us}")


def rebin(counts: NDArray[np.int64], bin_us: int, duration_us: int) -> NDArray[np.int64]:
    """Sum counts of successive milliseconds to bins.

    Parameters
    ----------
    counts : (n_ms,) int64, events
        From the recording's start; may be shorter or longer than the recording.
    bin_us
        A positive multiple of 1000.
    duration_us
        Length of the recording.

    Returns
    -------
    (ceil(duration_us / bin_us),) int64, events
    """
    n_bins = -(-duration_us // bin_us)
    per_bin = bin_us // 1000
    padded = np.zeros(n_bins * per_bin, np.int64)
    n = min(len(counts), len(padded))
    padded[:n] = counts[:n]
    return padded.reshape(n_bins, per_bin).sum(axis=1)


def rebin_sparse(
    ms: NDArray[np.int64], counts: NDArray[np.int64], bin_us: int, duration_us: int
) -> NDArray[np.int64]:
    """Sum counts of some milliseconds to bins; as `rebin`, the others have none.

    Parameters
    ----------
    ms, counts : (k,) int64
        Milliseconds from the recording's start, increasing, and their events.
    bin_us, duration_us
        As for `rebin`.

    Returns
    -------
    (ceil(duration_us / bin_us),) int64, events
    """
    rates = np.zeros(-(-duration_us // bin_us), np.int64)
    np.add.at(rates, ms // (bin_us // 1000), counts)
    return rates
