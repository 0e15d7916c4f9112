"""All representations by name, and pictures of them."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from evface.events.catalogue import check_representation
from evface.events.events import Events
from evface.events.palettes import Palette, lookup_table
from evface.events.representations.adaptive import LocallyAdaptiveSurface
from evface.events.representations.counting import (
    ClippedHistogram,
    CountImage,
    Histogram,
    MetavisionFrame,
    PolaritySum,
)
from evface.events.representations.representation import Representation
from evface.events.representations.slices import PolarityVoxelGrid, TemporalBinary, VoxelGrid
from evface.events.representations.surfaces import (
    LeakySum,
    LinearTimeSurface,
    TimeSurface,
    Tore,
)

# In the order of `evface.events.catalogue.CATALOGUE`, which says what they show.
REPRESENTATIONS: Mapping[str, type[Representation]] = {
    kind.name: kind
    for kind in (
        MetavisionFrame,
        Histogram,
        ClippedHistogram,
        CountImage,
        PolaritySum,
        TimeSurface,
        LinearTimeSurface,
        LeakySum,
        LocallyAdaptiveSurface,
        Tore,
        VoxelGrid,
        PolarityVoxelGrid,
        TemporalBinary,
    )
}

_FADING: Mapping[str, type[TimeSurface | LeakySum]] = {
    kind.name: kind for kind in (TimeSurface, LinearTimeSurface, LeakySum)
}


def representation(name: str, *, tau_us: float | None = None) -> Representation:
    """Return a representation with its usual parameters.

    Parameters
    ----------
    name
        A key of `REPRESENTATIONS`.
    tau_us
        A time constant with memory, for those that fade with time.

    Raises
    ------
    ValueError
        If there is none of that name, or it takes no time constant.
    """
    check_representation(name)
    if tau_us is None:
        return REPRESENTATIONS[name]()
    if name not in _FADING:
        raise ValueError(f"{name} takes no time constant; those that do: {', '.join(_FADING)}")
    return _FADING[name](tau_us)


def render_representation(
    events: Events,
    drawn: Representation,
    palette: Palette | str = Palette.DARK,
    *,
    resolution: tuple[int, int],
    start_us: int,
    stop_us: int,
) -> NDArray[np.uint8]:
    """Draw a window of events in colour: the index image through `lookup_table`.

    Returns
    -------
    (height, width, 3) uint8, RGB
    """
    image = drawn.index_image(events, resolution, start_us=start_us, stop_us=stop_us)
    return lookup_table(drawn.name, palette)[image]
