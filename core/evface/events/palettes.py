"""Colours of event images: 8-bit index images are shown through a table of 256 colours."""

from __future__ import annotations

from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

REPRESENTATIONS = ("metavision", "histogram", "time_surface")

# A histogram's index holds both counts, up to this many events each: 16 * off + on.
MAX_SHOWN_COUNT = 15
# A time surface's index: 0 no event, 1..127 off from old to new, 128 + (1..127) on.
N_SURFACE_LEVELS = 127


class Palette(StrEnum):
    """Colours for no event, off and on, as Prophesee's Metavision software names them."""

    DARK = "dark"
    LIGHT = "light"
    COOLWARM = "coolwarm"
    GRAY = "gray"

    @property
    def colours(self) -> NDArray[np.uint8]:
        """Background, off and on as rows, (3, 3) uint8 RGB."""
        return np.array(_COLOURS[self], np.uint8)


_COLOURS = {
    Palette.DARK: ((30, 37, 52), (64, 126, 200), (255, 255, 255)),
    Palette.LIGHT: ((255, 255, 255), (30, 37, 52), (64, 126, 200)),
    Palette.COOLWARM: ((217, 224, 237), (87, 123, 198), (255, 113, 117)),
    Palette.GRAY: ((128, 128, 128), (0, 0, 0), (255, 255, 255)),
}


def lookup_table(representation: str, palette: Palette | str = Palette.DARK) -> NDArray[np.uint8]:
    """Return the colours of an index image.

    Parameters
    ----------
    representation
        One of `REPRESENTATIONS`; must be that of the index image.
    palette
        A `Palette` or its name.

    Returns
    -------
    (256, 3) uint8, RGB
        Indices that the representation does not use have the background's colour.

    Raises
    ------
    ValueError
        If there is no such representation or palette.
    """
    check_representation(representation)
    background, off, on = Palette(palette).colours.astype(np.float64)
    table = np.tile(background, (256, 1))
    if representation == "metavision":
        table[1], table[2] = off, on
    elif representation == "histogram":
        n_off, n_on = np.divmod(np.arange(256), MAX_SHOWN_COUNT + 1)
        # One event is already well visible; further ones add less and less.
        weight_off, weight_on = (_count_weight(count)[:, None] for count in (n_off, n_on))
        total = np.maximum(weight_off + weight_on, 1e-9)
        hue = (off * weight_off + on * weight_on) / total
        table = background + (hue - background) * np.maximum(weight_off, weight_on)
    else:
        # The square root keeps events at the window's beginning visible.
        level = np.sqrt(np.arange(1, N_SURFACE_LEVELS + 1) / N_SURFACE_LEVELS)[:, None]
        table[1 : N_SURFACE_LEVELS + 1] = background + (off - background) * level
        table[129 : 129 + N_SURFACE_LEVELS] = background + (on - background) * level
    return np.rint(table).astype(np.uint8)


def check_representation(representation: str) -> None:
    """Raise a ValueError unless `representation` is one of `REPRESENTATIONS`."""
    if representation not in REPRESENTATIONS:
        raise ValueError(
            f"representation must be one of {', '.join(REPRESENTATIONS)}, got {representation!r}"
        )


def _count_weight(count: NDArray[np.int64]) -> NDArray[np.float64]:
    return np.where(count > 0, 0.55 + 0.45 * np.log2(np.maximum(count, 1)) / np.log2(15), 0.0)
