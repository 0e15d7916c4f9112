import hashlib

import numpy as np
import pytest

from evface.events.events import Events
from evface.training_sets.inputs import (
    BACKGROUNDS,
    INPUT_REPRESENTATIONS,
    SIGNS,
    enlarged,
    event_pictures,
)


def events(*rows):
    t, x, y, p = zip(*rows, strict=True)
    return Events(np.array(t), np.array(x, "u2"), np.array(y, "u2"), np.array(p, bool))


def draw(shown, stops, representation, window_us=100, resolution=(3, 2)):
    return event_pictures(
        shown,
        np.array(stops),
        representation=representation,
        window_us=window_us,
        resolution=resolution,
    )


def test_a_frame_counts_on_and_off_and_tells_the_last():
    shown = events(*[(i, 1, 0, 1) for i in range(7)], (20, 1, 0, 0), (30, 2, 1, 0), (100, 0, 0, 1))
    (picture,) = draw(shown, [100], "frame")
    np.testing.assert_array_equal(picture[0], [[0, 255, 0], [0, 0, 0]])
    np.testing.assert_array_equal(picture[1], [[0, 51, 0], [0, 0, 51]])
    np.testing.assert_array_equal(picture[2], [[0, 128, 0], [0, 0, 128]])


def test_a_window_ends_before_its_moment():
    shown = events((50, 0, 0, 1), (100, 1, 0, 1), (199, 2, 0, 1))
    first, second = draw(shown, [100, 200], "frame")
    np.testing.assert_array_equal(first[0, 0], [51, 0, 0])
    np.testing.assert_array_equal(second[0, 0], [0, 51, 51])


def test_a_voxel_grid_is_grey_where_nothing_is_and_symmetric():
    shown = events((0, 0, 0, 1), (50, 1, 0, 0), (50, 1, 1, 1))
    (picture,) = draw(shown, [100], "voxel")
    grey = np.full((2, 3), 128)
    first, middle = grey.copy(), grey.copy()
    half = round(127 * np.tanh(0.5))
    first[0, 0] = 128 + half
    middle[0, 1], middle[1, 1] = 128 - half, 128 + half
    np.testing.assert_array_equal(picture, [first, middle, grey])


def test_a_time_surface_remembers_what_was_before_the_window():
    shown = events((5000, 0, 0, 1), (34_000, 1, 0, 0))
    (picture,) = draw(shown, [35_000], "time_surface", window_us=10_000)
    old, new = round(255 * np.exp(-2)), round(255 * np.exp(-1 / 15))
    np.testing.assert_array_equal(picture[:, 0], [[old, 0, 0], [0, new, 0], [old, new, 0]])


def test_an_adaptive_picture_keeps_what_nothing_followed_and_fades_the_rest():
    still, busy = [(10, 28, 28, 1)], [(k, 2 + k % 3, 2, 1) for k in range(50, 4_000)]
    (picture,) = draw(events((9, 3, 3, 0), *still, *busy), [5_000], "adaptive", 10, (32, 32))
    full = 128 + round(127 * np.tanh(0.5))
    np.testing.assert_array_equal(picture[:, 28, 28], full)
    assert picture[0, 3, 3] == 128
    assert picture[1, 3, 3] >= picture[2, 3, 3] > 60
    assert (picture[:, 10, 30] == 128).all()


# Of pictures drawn before representations became a package: trained networks and kept sets know
# these very bytes.
_DIGESTS = {
    ("frame", 10_000): "289c211fde8c1493d26d18ce1a1c7f9e",
    ("frame", 33_333): "894e558de885840ce2db91b40a225691",
    ("voxel", 10_000): "b200bf549ed2fd1b6e3b90b57cb59844",
    ("voxel", 33_333): "22e6c7f7617efab5e9bb4a9339624943",
    ("time_surface", 10_000): "e7047189fdacb9370237028ade2839d7",
    ("time_surface", 33_333): "e7047189fdacb9370237028ade2839d7",
}


@pytest.mark.parametrize(("representation", "window_us"), _DIGESTS)
def test_pictures_are_the_same_bytes_as_ever(representation, window_us):
    rng = np.random.default_rng(7)
    t = np.sort(rng.integers(0, 400_000, 60_000))
    x = np.clip(48 + 30 * np.sin(t / 4e4) + rng.normal(0, 6, 60_000), -3, 100)
    y = rng.integers(0, 83, 60_000)
    p = rng.random(60_000) < 0.45
    shown = Events(t, np.abs(x).astype(np.uint16), y.astype(np.uint16), p)
    stops = [1, 5_000, 33_000, 120_000, 251_337, 399_999, 405_000, 600_000]
    pictures = draw(shown, stops, representation, window_us, (96, 80))
    digest = hashlib.sha256(pictures.tobytes()).hexdigest()[:32]
    assert digest == _DIGESTS[representation, window_us]


def test_each_representation_says_what_its_channels_are_worth():
    for representation in INPUT_REPRESENTATIONS:
        (nothing,) = draw(Events.empty(), [10], representation)
        signs, rest = SIGNS[representation]
        assert np.dot(signs, nothing[:, 0, 0] / 255) == pytest.approx(rest)


@pytest.mark.parametrize("representation", INPUT_REPRESENTATIONS)
def test_no_events_give_the_background(representation):
    pictures = draw(Events.empty(), [10, 20], representation)
    assert pictures.shape == (2, 3, 2, 3)
    assert (pictures == BACKGROUNDS[representation]).all()
    assert draw(Events.empty(), np.empty(0, int), representation).shape == (0, 3, 2, 3)


def test_wrong_settings_are_told():
    with pytest.raises(ValueError, match="one of frame, voxel, time_surface, adaptive, got 'tore'"):
        draw(Events.empty(), [1], "tore")
    with pytest.raises(ValueError, match="window_us must be above 0"):
        draw(Events.empty(), [1], "frame", window_us=0)


def test_pixels_are_repeated_to_a_larger_size():
    picture = np.arange(4, dtype=np.uint8).reshape(1, 1, 2, 2)
    np.testing.assert_array_equal(
        enlarged(picture, 4)[0, 0], [[0, 0, 1, 1], [0, 0, 1, 1], [2, 2, 3, 3], [2, 2, 3, 3]]
    )
    assert enlarged(picture, 5).shape == (1, 1, 5, 5)
    assert enlarged(picture, 2) is picture
