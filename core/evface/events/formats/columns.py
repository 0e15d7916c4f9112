"""Tells which columns of a table are the time, column, row and polarity of events.

Names are trusted first. Without names, the polarity is the column with at most two values of which
one is 1, the time is the column that never falls, and what is left are column and row, in this
order. The unit of the time is told by a name that states it, else by what makes the rate of events
possible.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

# A row of events takes few bytes; one that takes more is something else.
MAX_ROW_BYTES = 1024
NAMES = {
    "t": ("t", "ts", "time", "times", "timestamp", "timestamps"),
    "x": ("x", "xs", "col", "column", "columns"),
    "y": ("y", "ys", "row", "rows"),
    "p": ("p", "ps", "pol", "polarity", "polarities", "on"),
}
# Powers of ten that make microseconds.
UNITS = {"s": 6, "sec": 6, "ms": 3, "us": 0, "µs": 0, "ns": -3}
_UNIT_NAMES = {6: "seconds", 3: "milliseconds", 0: "microseconds", -3: "nanoseconds"}
# Rates between these are usual, events per second.
_USUAL_RATES = (1e3, 2e8)
# A recording's clock may count from 1970: years 2001 to 2128, in seconds.
_EPOCH_S = (1e9, 5e9)
_MIN_SAMPLE = 100


@dataclass(frozen=True)
class Columns:
    """Which column is what.

    Parameters
    ----------
    t, x, y, p
        Numbers of the columns.
    unit
        Power of ten that makes microseconds of a time; None where it is not known.
    """

    t: int
    x: int
    y: int
    p: int
    unit: int | None = None

    def with_unit(self, sample_t: NDArray[np.float64]) -> tuple[Columns, str]:
        """Return the columns with a unit, and a line that says so where it was assumed."""
        if self.unit is not None:
            return self, ""
        unit = tell_unit(sample_t)
        return replace(self, unit=unit), f"times are taken to be in {_UNIT_NAMES[unit]}"


def columns_named(names: Sequence[str]) -> Columns | None:
    """Find the columns by their names; None where one is missing.

    A name may state the unit of the time: ``t_us``, ``time [ns]``, ``timestamp(s)``.
    """
    found: dict[str, int] = {}
    unit = None
    for number, name in enumerate(names):
        bare, stated = _without_unit(name)
        for role, known in NAMES.items():
            if bare in known and role not in found:
                found[role] = number
                if role == "t":
                    unit = stated
    if len(found) < 4:
        return None
    return Columns(**found, unit=unit)


def columns_told(sample: NDArray[np.float64]) -> Columns | None:
    """Find the columns of a table without names; None where that is not certain.

    Parameters
    ----------
    sample : (n, n_columns) float64
        Its first rows.
    """
    n, n_columns = sample.shape
    if n < 2 or n_columns != 4 or not np.isfinite(sample).all():
        return None
    left = list(range(4))
    p = [k for k in left if _is_polarity(sample[:, k])]
    # A time that has hardly begun may look like a polarity.
    p = [k for k in p if not _is_time(sample[:, k])] or p
    if not p:
        return None
    left.remove(p[-1])
    t = [k for k in left if _is_time(sample[:, k])]
    if not t:
        return None
    time = max(t, key=lambda k: float(sample[-1, k] - sample[0, k]))
    left.remove(time)
    if any(np.any(sample[:, k] < 0) or np.any(sample[:, k] % 1) for k in left):
        return None
    return Columns(time, left[0], left[1], p[-1])


def tell_unit(t: NDArray[np.float64]) -> int:
    """Return the power of ten that makes microseconds of times, told by the first of them."""
    t = t[np.isfinite(t)]
    if not len(t):
        return 0
    middle = float(np.median(t))
    for unit in (6, 3, 0, -3):
        if _EPOCH_S[0] <= middle * 10.0 ** (unit - 6) <= _EPOCH_S[1] and middle > 1e9:
            # Whole seconds or milliseconds since 1970 are too coarse for events.
            if unit > 0 and not np.any(t % 1):
                continue
            return unit
    has_fractions = bool(np.any(t % 1))
    usual = 6 if has_fractions else 0
    span = float(t.max() - t.min())
    if len(t) < _MIN_SAMPLE or span <= 0:
        return usual
    candidates = (6, 3, 0) if has_fractions else (0, -3, 3)
    for unit in candidates:
        rate_hz = len(t) / (span * 10.0 ** (unit - 6))
        if _USUAL_RATES[0] <= rate_hz <= _USUAL_RATES[1]:
            return unit
    return usual


def check_numbers(columns: Sequence[NDArray[Any]]) -> None:
    """Raise a ValueError unless each column is a plain row of numbers."""
    for column in columns:
        if column.ndim != 1 or column.dtype.kind not in "biuf":
            raise ValueError("its columns are not numbers")


def to_us(t: NDArray[np.generic], unit: int) -> NDArray[np.int64]:
    """Return times in microseconds, rounded; what is no number becomes the least of all."""
    least = np.iinfo(np.int64).min
    if t.dtype.kind == "f":
        scaled = t.astype(np.float64) * 10.0**unit if unit else t.astype(np.float64)
        is_sound = np.abs(scaled) < 2.0**62
        return np.where(is_sound, np.rint(np.where(is_sound, scaled, 0.0)), least).astype(np.int64)
    whole = t.astype(np.int64)
    if unit < 0:
        return whole // 10**-unit
    if not unit:
        return whole
    factor = 10**unit
    limit = (1 << 62) // factor
    return np.where(np.abs(whole) < limit, np.clip(whole, -limit, limit) * factor, least)


def to_px(values: NDArray[np.generic]) -> NDArray[np.int32]:
    """Return columns or rows as int32; what cannot be one becomes -1."""
    if values.dtype.kind == "f":
        values = np.where(np.isfinite(values.astype(np.float64)), values, -1.0)
    return np.clip(values, -1, 1 << 20).astype(np.int32)


def parse_columns(text: str) -> Columns:
    """Return columns as the command line names them, such as ``"t,x,y,p"`` or ``"x,y,t_ns,p"``.

    Raises
    ------
    ValueError
        If not each of t, x, y and p is named once. ``-`` stands for any other column.
    """
    columns = columns_named([name.strip() for name in text.split(",")])
    if columns is None:
        raise ValueError(
            f"name the columns in their order, such as t,x,y,p or x,y,t_ns,p; got {text!r}"
        )
    return columns


def _without_unit(name: str) -> tuple[str, int | None]:
    name = name.strip().strip("\"'#% ").lower()
    for unit, power in UNITS.items():
        for form in (f"_{unit}", f"[{unit}]", f"({unit})", f"/{unit}"):
            if name.endswith(form):
                return name.removesuffix(form).strip(), power
    return name, None


def _is_polarity(values: NDArray[np.float64]) -> bool:
    is_sign = np.isin(values, (-1.0, 0.0, 1.0))
    return bool(is_sign.all()) and len(np.unique(values)) <= 2


def _is_time(values: NDArray[np.float64]) -> bool:
    falls = np.count_nonzero(np.diff(values) < 0)
    return bool(values[-1] > values[0]) and bool(falls <= 0.01 * len(values))
