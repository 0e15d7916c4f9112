from __future__ import annotations

import numpy as np
import pytest

from evface.events.catalogue import CATALOGUE, Colouring
from evface.events.palettes import Palette, lookup_table

COLOURS = {
    "dark": [(30, 37, 52), (64, 126, 200), (255, 255, 255)],
    "light": [(255, 255, 255), (30, 37, 52), (64, 126, 200)],
    "coolwarm": [(217, 224, 237), (87, 123, 198), (255, 113, 117)],
    "gray": [(128, 128, 128), (0, 0, 0), (255, 255, 255)],
}


@pytest.mark.parametrize("name", COLOURS)
def test_frames_have_metavision_s_colours_to_the_bit(name):
    table = lookup_table("metavision", name)
    assert table.shape == (256, 3)
    assert table.dtype == np.uint8
    assert [tuple(colour) for colour in table[:3].tolist()] == COLOURS[name]


def test_dark_is_the_default():
    np.testing.assert_array_equal(lookup_table("metavision"), lookup_table("metavision", "dark"))
    assert list(Palette) == list(COLOURS)


@pytest.mark.parametrize("representation", CATALOGUE)
@pytest.mark.parametrize("palette", list(Palette))
def test_more_events_and_newer_ones_are_never_fainter(representation, palette):
    table = lookup_table(representation, palette).astype(int)
    distance = np.abs(table - table[0]).sum(axis=1)
    assert distance[0] == 0
    colouring = CATALOGUE[representation].colouring
    if colouring is Colouring.COUNTS:
        ramps = (distance[:16], distance[::16])
    elif colouring in (Colouring.AGES, Colouring.SUMS):
        ramps = (distance[:128], distance[128:])
    elif colouring is Colouring.POLARITY:
        ramps = (distance[:2], distance[[0, 2]])
    else:
        ramps = (distance,)
    for ramp in ramps:
        assert np.all(np.diff(ramp) >= 0)
        assert ramp[-1] > ramp[0]


def test_full_counts_and_new_events_have_the_palette_s_own_colours():
    colours = Palette.DARK.colours.tolist()
    counts, surface = lookup_table("histogram"), lookup_table("time_surface")
    assert counts[15].tolist() == surface[255].tolist() == colours[2]
    assert counts[15 * 16].tolist() == surface[127].tolist() == colours[1]


def test_what_does_not_exist_is_told():
    with pytest.raises(ValueError, match="one of metavision"):
        lookup_table("voxel")
    with pytest.raises(ValueError, match="neon"):
        lookup_table("metavision", "neon")
