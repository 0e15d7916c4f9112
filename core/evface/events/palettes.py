"""Colours of event images: 8-bit index images are shown through a table of 256 colours."""

from __future__ import annotations

from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from evface.events.catalogue import CATALOGUE, Colouring, check_representation

# A histogram's index holds both counts, up to this many events each: 16 * off + on.
MAX_SHOWN_COUNT = 15
# Levels of each polarity where an index tells ages or sums: 1..127 off, 128 + (1..127) on.
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
        A key of `CATALOGUE`; must be that of the index image.
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
    colouring = CATALOGUE[representation].colouring
    if colouring is Colouring.POLARITY:
        table[1], table[2] = off, on
    elif colouring is Colouring.COUNTS:
        n_off, n_on = np.divmod(np.arange(256), MAX_SHOWN_COUNT + 1)
        weight_off, weight_on = (
            _count_weight(count, MAX_SHOWN_COUNT)[:, None] for count in (n_off, n_on)
        )
        total = np.maximum(weight_off + weight_on, 1e-9)
        hue = (off * weight_off + on * weight_on) / total
        table = background + (hue - background) * np.maximum(weight_off, weight_on)
    elif colouring is Colouring.AMOUNT:
        table = background + (on - background) * _count_weight(np.arange(256), 255)[:, None]
    elif colouring is Colouring.BITS:
        table = background + (on - background) * _faint_first(np.arange(256) / 255)
    else:
        level = _faint_first(np.arange(1, N_SURFACE_LEVELS + 1) / N_SURFACE_LEVELS)
        table[1 : N_SURFACE_LEVELS + 1] = background + (off - background) * level
        table[129 : 129 + N_SURFACE_LEVELS] = background + (on - background) * level
    return np.rint(table).astype(np.uint8)


def _faint_first(share: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how strongly to colour shares, 0 to 1; the root keeps small ones visible."""
    return np.sqrt(share)[:, None]


def _count_weight(count: NDArray[np.int64], most: int) -> NDArray[np.float64]:
    """Return how strongly to colour counts: one is well seen, further ones add less and less."""
    return np.where(count > 0, 0.55 + 0.45 * np.log2(np.maximum(count, 1)) / np.log2(most), 0.0)
