import pytest
from PySide6.QtCore import QPoint, Qt

from evface_studio.coding.unit_choice import RowFilter
from evface_studio.timeline.chooser import ActionUnitChooser


@pytest.fixture
def chooser(qtbot):
    chooser = ActionUnitChooser()
    qtbot.addWidget(chooser)
    chooser.set_units(["AU1", "AU12"], ["AU12"], RowFilter.ACTIVE)
    chooser.show()
    return chooser


def enter(qtbot, chooser, text):
    chooser.line.clear()
    qtbot.keyClicks(chooser.line, text)
    qtbot.keyClick(chooser.line, Qt.Key.Key_Return)


@pytest.mark.parametrize(("text", "unit"), [("43", "AU43"), ("AU09", "AU9")])
def test_any_number_of_facs_can_be_added(qtbot, chooser, text, unit):
    with qtbot.waitSignal(chooser.added) as added:
        enter(qtbot, chooser, text)
    assert added.args == [unit]
    assert chooser.line.text() == ""


@pytest.mark.parametrize("text", ["3", "99", "smile", "-1", ""])
def test_what_facs_does_not_know_is_left_in_the_line_with_a_word(qtbot, chooser, text):
    with qtbot.assertNotEmitted(chooser.added):
        enter(qtbot, chooser, text)
    assert chooser.line.text() == text
    assert "FACS" in chooser.line.toolTip()


def test_ticks_choose_rows(qtbot, chooser):
    assert chooser.names == ("AU1", "AU12")
    box = chooser.list_widget.visualItemRect(chooser.list_widget.item(0))
    with qtbot.waitSignal(chooser.chosen) as chosen:
        place = QPoint(box.left() + 10, box.center().y())
        qtbot.mouseClick(chooser.list_widget.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert chosen.args == [["AU1", "AU12"]]
