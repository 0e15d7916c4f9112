from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtGui import QColor, QImage, QPainter

from evface.annotations.segments import Decision, Intensity, Presence, Segment, Side
from evface_studio.look.theme import DARK, LIGHT
from evface_studio.timeline.blocks import Look, RowPlace, paint_blocks
from evface_studio.timeline.row_segments import RowSegments
from evface_studio.timeline.time_scale import TimeScale

BOTH = pytest.mark.parametrize("theme", [DARK, LIGHT], ids=lambda theme: theme.name)
BASE = Segment("a", "AU1", 10_000, 90_000)


def painted(theme, paint):
    """Return what is painted on the ground of a row, in grey: (40, 100) float."""
    image = QImage(100, 40, QImage.Format.Format_RGB32)
    image.fill(QColor(theme.surface))
    painter = QPainter(image)
    paint(painter)
    painter.end()
    grey = image.convertToFormat(QImage.Format.Format_Grayscale8)
    return np.array(grey.constBits(), np.uint8).reshape(40, grey.bytesPerLine())[:, :100] / 255.0


def block(theme, segment, **more):
    row, scale = RowSegments([segment]), TimeScale(0, 100_000, 100)
    return painted(
        theme, lambda p: paint_blocks(p, row, scale, RowPlace(0, 40), Look.of(theme), **more)
    )


@BOTH
@pytest.mark.usefixtures("qapp")
def test_what_differs_in_meaning_differs_without_any_colour(theme):
    pictures = {
        "nothing": painted(theme, lambda _: None),
        "present": block(theme, BASE),
        "absent": block(theme, replace(BASE, presence=Presence.ABSENT)),
        "not visible": block(theme, replace(BASE, presence=Presence.NOT_VISIBLE)),
        "suggested": block(theme, BASE, is_suggested=True),
        "refused": block(theme, replace(BASE, decision=Decision.REFUSED)),
        **{
            f"level {level}": block(theme, replace(BASE, intensity=Intensity.of_level(level)))
            for level in "ABCDE"
        },
    }
    names = list(pictures)
    for i, one in enumerate(names):
        for other in names[i + 1 :]:
            differs = np.abs(pictures[one] - pictures[other]) > 0.04
            assert differs.sum() > 25, (one, other)


@BOTH
@pytest.mark.usefixtures("qapp")
def test_narrow_ones_keep_apart_what_differs_in_meaning(theme):
    look, scale = Look.of(theme), TimeScale(0, 100_000, 100)

    def row(presence):
        segments = [
            replace(
                BASE, id=str(i), presence=presence, onset_us=4_000 * i, offset_us=4_000 * i + 2_000
            )
            for i in range(20)
        ]
        return painted(
            theme, lambda p: paint_blocks(p, RowSegments(segments), scale, RowPlace(0, 40), look)
        )

    rows = [row(presence) for presence in Presence]
    for i, one in enumerate(rows):
        for other in rows[i + 1 :]:
            assert (np.abs(one - other) > 0.04).sum() > 25


@pytest.mark.usefixtures("qapp")
def test_not_one_narrow_segment_is_lost():
    look, scale = Look.of(DARK), TimeScale(0, 10_000_000, 100)
    segment = replace(BASE, onset_us=5_000_000, offset_us=5_001_000)
    empty = painted(DARK, lambda _: None)
    shown = painted(
        DARK, lambda p: paint_blocks(p, RowSegments([segment]), scale, RowPlace(0, 40), look)
    )
    assert np.flatnonzero((shown != empty).any(axis=0)).tolist() == [50]


@pytest.mark.usefixtures("qapp")
def test_each_side_is_painted_in_its_half():
    look, scale = Look.of(DARK), TimeScale(0, 100_000, 100)
    empty = painted(DARK, lambda _: None)
    for side, half in ((Side.RIGHT, slice(22, 40)), (Side.LEFT, slice(0, 18))):
        row = RowSegments([replace(BASE, side=side)])
        shown = painted(DARK, lambda p, row=row: paint_blocks(p, row, scale, RowPlace(0, 40), look))
        assert np.array_equal(shown[half], empty[half])
        assert not np.array_equal(shown, empty)
