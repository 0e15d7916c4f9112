"""The header of a picture: what it leaves out where room is short."""

import pytest
from PySide6.QtWidgets import QLabel, QWidget

from evface_studio.look.theme import DARK
from evface_studio.panes.pane import PaneHeader

WARNING = "too few events to judge"


@pytest.fixture
def pane(qtbot):
    pane = QWidget()
    qtbot.addWidget(pane)
    pane.resize(700, 100)
    return pane


@pytest.fixture
def header(pane):
    header = PaneHeader("Events", DARK, pane)
    header.set_tools_visible(True)
    pane.show()
    return header


def test_buttons_give_way_from_the_last_one_on(header):
    first, second = header.add_button("fit", "Fit"), header.add_button("link", "Link")
    header.set_help("pictures")
    shown = []
    for width_px in range(400, 40, -10):
        header.resize(width_px, header.height())
        shown.append((first.isVisible(), second.isVisible()))
    assert list(dict.fromkeys(shown)) == [(True, True), (True, False), (False, False)]
    header.resize(400, header.height())
    assert first.isVisible()
    assert second.isVisible()


def test_a_warning_is_cut_at_its_end_and_known_whole(header):
    header.resize(600, header.height())
    header.set_hint(WARNING, "Take a longer window.")
    assert header.hint == WARNING
    label = next(one for one in header.findChildren(QLabel) if one.toolTip())
    assert label.text() == WARNING
    header.resize(170, header.height())
    assert label.text().startswith("too")
    assert label.text().endswith("…")
    assert header.hint == WARNING
    header.set_hint("")
    assert not label.isVisible()
