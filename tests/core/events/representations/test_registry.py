from __future__ import annotations

import numpy as np
import pytest

from evface.events.catalogue import CATALOGUE
from evface.events.events import Events
from evface.events.palettes import Palette, lookup_table
from evface.events.representations.registry import (
    REPRESENTATIONS,
    render_representation,
    representation,
)

RESOLUTION = (7, 5)
WINDOW = {"start_us": 0, "stop_us": 10}


def test_the_registry_holds_what_users_are_told_of():
    assert list(REPRESENTATIONS) == list(CATALOGUE)


@pytest.mark.parametrize("name", REPRESENTATIONS)
def test_those_that_fade_take_a_time_constant_and_then_remember(name):
    assert representation(name).lookback_us == 0
    if CATALOGUE[name].fades:
        assert representation(name, tau_us=500).lookback_us >= 500
    else:
        with pytest.raises(ValueError, match=f"{name} takes no time constant"):
            representation(name, tau_us=500)


@pytest.mark.parametrize("name", REPRESENTATIONS)
@pytest.mark.parametrize("palette", list(Palette))
def test_no_events_give_the_background(name, palette):
    image = render_representation(
        Events.empty(), representation(name), palette, resolution=(4, 3), **WINDOW
    )
    assert image.shape == (3, 4, 3)
    assert image.dtype == np.uint8
    assert np.all(image == palette.colours[0])


@pytest.mark.parametrize("name", REPRESENTATIONS)
def test_every_event_is_seen_in_the_table_s_colours(name, to_events):
    # In the newest slice, which grids show.
    events = to_events([(8, 0, 0, 0), (9, 1, 0, 1)])
    index = representation(name).index_image(events, RESOLUTION, **WINDOW)
    assert np.argwhere(index).tolist() == [[0, 0], [0, 1]]
    image = render_representation(
        events, representation(name), "coolwarm", resolution=RESOLUTION, **WINDOW
    )
    np.testing.assert_array_equal(image, lookup_table(name, "coolwarm")[index])
    assert not (image[0, 0] == image[1, 1]).all()


@pytest.mark.parametrize("name", REPRESENTATIONS)
def test_given_room_is_filled_and_returned(name, to_events):
    drawn = representation(name)
    for events in (Events.empty(), to_events([(k % 10, k % 7, k % 5, k % 2) for k in range(99)])):
        expected = drawn.compute(events, RESOLUTION, **WINDOW)
        out = np.full(drawn.shape(RESOLUTION), 9, drawn.dtype)
        assert drawn.compute(events, RESOLUTION, out=out, **WINDOW) is out
        np.testing.assert_array_equal(out, expected)
        picture = np.full((5, 7), 9, np.uint8)
        assert drawn.index_image(events, RESOLUTION, out=picture, **WINDOW) is picture
        np.testing.assert_array_equal(picture, drawn.index_image(events, RESOLUTION, **WINDOW))


@pytest.mark.parametrize("name", REPRESENTATIONS)
def test_the_events_are_not_changed_and_those_outside_left_out(name, to_events):
    drawn = representation(name)
    events = to_events([(1, 0, 0, 1), (2, 8, 8, 0), (9, 65_535, 4, 1), (9, 6, 65_535, 0)])
    before = events.to_structured()
    for array in (events.t, events.x, events.y, events.p):
        array.flags.writeable = False
    inside = to_events([(1, 0, 0, 1)])
    np.testing.assert_array_equal(
        drawn.compute(events, RESOLUTION, **WINDOW), drawn.compute(inside, RESOLUTION, **WINDOW)
    )
    np.testing.assert_array_equal(
        drawn.index_image(events, RESOLUTION, **WINDOW),
        drawn.index_image(inside, RESOLUTION, **WINDOW),
    )
    np.testing.assert_array_equal(events.to_structured(), before)


@pytest.mark.parametrize("name", REPRESENTATIONS)
def test_wrong_arguments_are_told(name):
    drawn, events = representation(name), Events.empty()
    for draw in (drawn.compute, drawn.index_image):
        with pytest.raises(ValueError, match="resolution must be positive, got 0 x 5"):
            draw(events, (0, 5), **WINDOW)
        with pytest.raises(ValueError, match="stop_us must be after start_us, got 5 to 5"):
            draw(events, RESOLUTION, start_us=5, stop_us=5)
        with pytest.raises(ValueError, match="out must be"):
            draw(events, RESOLUTION, out=np.zeros((1, 2)), **WINDOW)


def test_what_does_not_exist_is_told():
    with pytest.raises(ValueError, match=r"one of metavision, .*, tbr, got 'voxel'"):
        representation("voxel")
