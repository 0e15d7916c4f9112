"""Times, counts and lengths as people read and type them."""

from __future__ import annotations

import math
import re
from datetime import datetime

_TIME = re.compile(r"(?:(?:(\d+):)?(\d+):)?(\d+(?:\.\d*)?|\.\d+)\s*(us|µs|μs|ms|s)?")
_FACTOR_US = {"us": 1, "µs": 1, "μs": 1, "ms": 1_000, "s": 1_000_000}
# Whatever language the system speaks.
_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
# A narrow space that does not break lines, as the SI has it between groups of digits.
_GAP = "\u202f"


def format_time(t_us: int) -> str:
    """Return a moment to the microsecond: ``1.900 000 s`` or ``2:05.123 456``."""
    sign, t_us = ("−", -t_us) if t_us < 0 else ("", t_us)
    seconds, fraction_us = divmod(t_us, 1_000_000)
    fraction = f"{fraction_us // 1000:03d}{_GAP}{fraction_us % 1000:03d}"
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{sign}{hours}:{minutes:02d}:{seconds:02d}.{fraction}"
    if minutes:
        return f"{sign}{minutes}:{seconds:02d}.{fraction}"
    return f"{sign}{seconds}.{fraction}{_GAP}s"


def format_span(length_us: float) -> str:
    """Return a length of time in its handiest unit, to three digits: ``20 ms``, ``1.25 s``."""
    for factor, unit in ((1_000_000, "s"), (1_000, "ms")):
        if abs(length_us) >= factor * 0.9995:
            return f"{_three_digits(length_us / factor)}{_GAP}{unit}"
    return f"{length_us:.0f}{_GAP}µs"


def format_count(count: int) -> str:
    """Return a count with its digits in groups: ``68 432``."""
    return f"{count:,}".replace(",", _GAP)


def parse_count(text: str) -> int | None:
    """Read what `format_count` writes, and what people type, such as ``50k``; None if neither."""
    packed = "".join(text.replace(",", "").split()).replace(_GAP, "").lower()
    factor = {"k": 1_000, "m": 1_000_000}.get(packed[-1:], 1)
    try:
        count = float(packed.rstrip("km")) * factor
    except ValueError:
        return None
    return round(count) if 0 <= count < 1e12 else None


def format_speed(speed: float) -> str:
    """Return a speed: ``0.25×``."""
    return f"{speed:g}×"


def format_when(made_at: str, *, now: datetime | None = None) -> str:
    """Return when something was done, on the clock of whoever reads it: ``today 16:02``.

    Parameters
    ----------
    made_at
        ISO 8601 with its zone. What cannot be read is returned as it is.
    now
        The present where left out.
    """
    try:
        when = datetime.fromisoformat(made_at).astimezone()
    except ValueError:
        return made_at
    today = (datetime.now().astimezone() if now is None else now.astimezone()).date()
    if when.date() == today:
        return f"today {when:%H:%M}"
    day = f"{when.day} {_MONTHS[when.month - 1]}"
    if when.year == today.year:
        return f"{day} {when:%H:%M}"
    return f"{day} {when.year}"


def parse_time(text: str, *, unit: str = "s") -> int | None:
    """Read what `format_time` and `format_span` write, and what people type; None if it is neither.

    Parameters
    ----------
    text
        For example ``1.9``, ``1.9 s``, ``20ms``, ``100 us`` or ``2:05.5``.
    unit
        What a bare number counts: ``"us"``, ``"ms"`` or ``"s"``.

    Returns
    -------
    int or None
        Microseconds.
    """
    packed = "".join(text.replace(",", ".").split()).replace(_GAP, "").lower()
    match = _TIME.fullmatch(packed)
    if match is None:
        return None
    hours, minutes, number, stated = match.groups()
    if minutes is not None:
        if stated is not None:
            return None
        unit = "s"
    whole_us = (int(hours or 0) * 3600 + int(minutes or 0) * 60) * 1_000_000
    return whole_us + round(float(number) * _FACTOR_US[stated or unit])


def _three_digits(value: float) -> str:
    decimals = max(2 - math.floor(math.log10(abs(value)) + 1e-9), 0)
    text = f"{value:.{decimals}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
