import pytest
from PySide6.QtCore import QPoint

from evface.events.catalogue import CATALOGUE
from evface.events.palettes import Palette, lookup_table
from evface_studio.panes.event_legend import EventLegend


@pytest.fixture
def legend(qtbot):
    legend = EventLegend("#ffffff")
    qtbot.addWidget(legend)
    legend.show()
    return legend


@pytest.mark.parametrize("representation", CATALOGUE)
def test_every_representation_is_explained_in_its_own_words(legend, representation):
    legend.show_colours(representation, lookup_table(representation))
    assert legend.toolTip().startswith(CATALOGUE[representation].shows)
    assert 1 <= len(legend.words) <= 2
    assert legend.minimumSizeHint().width() < legend.sizeHint().width()


@pytest.mark.parametrize("palette", list(Palette))
def test_a_scale_runs_from_the_weakest_colour_to_the_strongest(legend, palette):
    table = lookup_table("count", palette)
    legend.show_colours("count", table)
    legend.resize(legend.sizeHint())
    image = legend.grab().toImage()
    y = image.height() // 2
    seen = [image.pixelColor(QPoint(x, y)).getRgb()[:3] for x in range(4, 12)]
    assert seen[0] == pytest.approx(table[1].tolist(), abs=40)
    assert seen[-1] == pytest.approx(table[255].tolist(), abs=40)


def test_one_colour_is_a_dot_in_it(legend):
    table = lookup_table("metavision", "coolwarm")
    legend.show_colours("metavision", table)
    legend.resize(legend.sizeHint())
    image = legend.grab().toImage()
    on = image.pixelColor(QPoint(6, image.height() // 2)).getRgb()[:3]
    assert on == tuple(table[2].tolist())


def test_other_words_may_stand_for_the_usual_ones(qtbot):
    legend = EventLegend("#ffffff", {"on": "brighter", "off": "darker"})
    qtbot.addWidget(legend)
    legend.show_colours("time_surface", lookup_table("time_surface"))
    assert legend.words == ["brighter", "darker"]
    legend.show_colours("tbr", lookup_table("tbr"))
    assert legend.words == ["old to new"]
