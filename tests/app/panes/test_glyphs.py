import itertools

import numpy as np
import pytest
from PySide6.QtGui import QImage

from evface.annotations.tracks import LandmarkState
from evface_studio.look.theme import DARK, LIGHT
from evface_studio.panes.glyphs import Glyph, glyph_pixmap, landmark_glyph

# Machado, Oliveira and Fernandes, "A Physiologically-based Model for Simulation of Color Vision
# Deficiency", 2009, severity 1, over linear light.
SIGHT = {
    "usual": np.eye(3),
    "protanopia": np.array(
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ]
    ),
    "deuteranopia": np.array(
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ]
    ),
    "tritanopia": np.array(
        [
            [1.255528, -0.076749, -0.178779],
            [-0.078411, 0.930809, 0.147602],
            [0.004733, 0.691367, 0.303900],
        ]
    ),
    # No colour at all.
    "monochromacy": np.tile([0.2126, 0.7152, 0.0722], (3, 1)),
}
XYZ_FROM_RGB = np.array(
    [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
)


def seen(colour, sight):
    """Return a colour in CIE Lab, as somebody sees it."""
    rgb = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    xyz = XYZ_FROM_RGB @ np.clip(SIGHT[sight] @ linear, 0, 1) / XYZ_FROM_RGB.sum(axis=1)
    f = np.where(xyz > (6 / 29) ** 3, np.cbrt(xyz), xyz * (29 / 6) ** 2 / 3 + 4 / 29)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def is_solid(state):
    return landmark_glyph(state) in (Glyph.DISC, Glyph.TICK)


@pytest.mark.parametrize("sight", [name for name in SIGHT if name != "monochromacy"])
@pytest.mark.parametrize("theme", [DARK, LIGHT], ids=lambda theme: theme.name)
def test_states_differ_in_colour_for_colour_blind_people_too(theme, sight):
    for one, other in itertools.combinations(LandmarkState, 2):
        away = seen(theme.landmark(one), sight) - seen(theme.landmark(other), sight)
        # 2.3 is just noticeable side by side.
        assert np.linalg.norm(away) > 20, (one, other)


def drawn(glyph, *, is_occluded=False):
    image = glyph_pixmap(glyph, "#ffffff", 4.5, 2.0, is_occluded=is_occluded).toImage()
    image = image.convertToFormat(QImage.Format.Format_RGB32)
    pixels = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), -1, 4)[..., 0]
    side = np.zeros((64, 64), bool)
    at = (64 - len(pixels)) // 2
    side[at : at + len(pixels), at : at + len(pixels)] = pixels > 128
    return side


def test_without_any_colour_shapes_tell_states_apart(qtbot):
    del qtbot
    shapes = [drawn(landmark_glyph(state)) for state in LandmarkState]
    shapes += [drawn(landmark_glyph(state), is_occluded=True) for state in LandmarkState]
    for one, other in itertools.combinations(shapes, 2):
        # By at least a sixth of what is drawn.
        assert (one ^ other).sum() > min(one.sum(), other.sum()) / 6


def test_what_machines_say_is_hollow_and_what_people_say_is_solid():
    assert [is_solid(state) for state in LandmarkState] == [False, False, True, True]


@pytest.mark.parametrize("glyph", Glyph)
@pytest.mark.parametrize("ratio", [1.0, 1.5, 2.0])
def test_nothing_of_a_glyph_is_cut_off(qtbot, glyph, ratio):
    del qtbot
    image = glyph_pixmap(glyph, "#ffffff", 4.5, ratio, is_occluded=True).toImage()
    last = image.width() - 1
    for i in range(last + 1):
        for x, y in ((i, 0), (i, last), (0, i), (last, i)):
            assert image.pixelColor(x, y).alpha() < 30
