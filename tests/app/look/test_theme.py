import pytest
from PySide6.QtGui import QColor

from evface.annotations.tracks import LandmarkState
from evface_resources import path
from evface_studio.actions.table import all_actions
from evface_studio.look.icons import coloured_icon, pixmap
from evface_studio.look.theme import DARK, LIGHT

BOTH = pytest.mark.parametrize("theme", [DARK, LIGHT], ids=lambda theme: theme.name)


def luminance(colour):
    def linear(value):
        return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4

    red, green, blue = (linear(value) for value in QColor(colour).getRgbF()[:3])
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one, other):
    """Return the contrast ratio of WCAG 2, 1 to 21."""
    bright, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


@BOTH
@pytest.mark.parametrize("ground", ["background", "surface", "raised"])
def test_text_can_be_read_on_every_ground(theme, ground):
    ground = getattr(theme, ground)
    assert contrast(theme.text, ground) >= 7
    for colour in (theme.muted, theme.warn, theme.error, theme.good):
        assert contrast(colour, ground) >= 4.5


@BOTH
def test_text_can_be_read_on_the_accent(theme):
    assert contrast(theme.accent_text, theme.accent) >= 4.5
    assert contrast(theme.accent_text, theme.accent_hover) >= 4.5


@BOTH
def test_curves_stand_out_from_their_ground_and_differ(theme):
    assert all(contrast(colour, theme.surface) >= 3 for colour in theme.curves)
    assert len(set(theme.curves)) == len(theme.curves) == 8


@BOTH
def test_every_state_of_a_landmark_has_its_own_colour(theme):
    assert len({theme.landmark(state) for state in LandmarkState}) == len(LandmarkState)


def test_every_action_names_a_drawing_that_exists():
    for action in all_actions():
        if action.icon:
            assert path(f"icons/{action.icon}.svg").exists()


def test_a_drawing_takes_the_colour_asked_for(qapp):
    del qapp
    image = pixmap("play", "#ff8000", 32).toImage()
    middle = image.pixelColor(image.width() // 2, image.height() // 2)
    assert middle.name() == "#ff8000"


def test_an_unknown_drawing_is_an_error(qapp):
    del qapp
    with pytest.raises(FileNotFoundError):
        coloured_icon("no such icon", "#000000")
