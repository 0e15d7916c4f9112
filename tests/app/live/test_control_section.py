from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication

from evface.cameras.base import Control, Preset
from evface_studio.live.control_section import ControlSection
from evface_studio.look.theme import DARK

ON = Control("bias_on", "Brighter", "How much brighter.", 0, 255, 100, 100)
CAP = Control("cap", "Most events", "Beyond this rate.", 0, 200, 0, 50, "Mev/s", "Rate")
FLICKER = Control("afk", "Anti-flicker", "Leaves lamps out.", 0, 1, 0, 0, group="Rate")
PRESETS = (Preset("Usual", "As it came."), Preset("Fast", "For motion.", {"bias_on": 60}))


@pytest.fixture
def section(qtbot):
    section = ControlSection(DARK)
    qtbot.addWidget(section)
    section.show_controls((ON, CAP, FLICKER), PRESETS)
    section.show()
    return section


def test_a_number_or_a_switch_asks_for_its_control(qtbot, section):
    with qtbot.waitSignal(section.set_asked) as asked:
        section.rows["bias_on"].slider.setValue(42)
    assert asked.args == ["bias_on", 42]
    assert section.rows["bias_on"].number.value() == 42
    with qtbot.waitSignal(section.set_asked) as asked:
        section.rows["afk"].switch.click()
    assert asked.args == ["afk", 1]


def test_reset_asks_for_the_values_of_the_beginning(qtbot, section):
    with qtbot.waitSignal(section.preset_asked) as asked:
        section.reset.click()
    # What a preset does not name gets its default.
    assert dict(asked.args[0].values) == {}


def test_a_number_that_is_being_typed_stays_until_it_is_set(qtbot, section):
    number = section.rows["cap"].number
    number.setFocus()
    number.selectAll()
    qtbot.keyClicks(number, "12")
    section.show_controls((ON, CAP, FLICKER), PRESETS)
    assert number.text().startswith("12")
    with qtbot.waitSignal(section.set_asked) as asked:
        qtbot.keyClick(number, Qt.Key.Key_Return)
    assert asked.args == ["cap", 12]
    # From now on it follows the camera again, though the keyboard is still there.
    section.show_controls((ON, replace(CAP, value=30), FLICKER), PRESETS)
    assert number.value() == 30


def test_the_wheel_scrolls_past_sliders_and_numbers(section):
    for field in (section.rows["cap"].slider, section.rows["cap"].number, section.preset):
        at = QPointF(5, 5)
        wheel = QWheelEvent(
            at, field.mapToGlobal(at), QPoint(0, 0), QPoint(0, -120), Qt.MouseButton.NoButton,
            Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
        )  # fmt: skip
        QApplication.sendEvent(field, wheel)
        assert not wheel.isAccepted()
    assert section.rows["cap"].number.value() == CAP.value


def test_the_preset_is_named_that_the_values_are_those_of(section):
    assert section.preset.currentText() == "As set below"
    section.show_controls((ON, replace(CAP, value=0), FLICKER), PRESETS)
    assert section.preset.currentText() == "Usual"
    section.show_controls((replace(ON, value=60), replace(CAP, value=0), FLICKER), PRESETS)
    assert section.preset.currentText() == "Fast"


def test_a_chosen_preset_is_asked_for(qtbot, section):
    with qtbot.waitSignal(section.preset_asked) as asked:
        section.preset.setFocus()
        section.preset.activated.emit(1)
    assert asked.args == [PRESETS[1]]


def test_values_of_the_camera_do_not_ask_for_anything(qtbot, section):
    with qtbot.assertNotEmitted(section.set_asked):
        section.show_controls((replace(ON, value=7), CAP, FLICKER), PRESETS)
    assert section.rows["bias_on"].number.value() == 7


def test_a_camera_without_controls_says_so(section):
    section.show_controls((), ())
    assert not section.rows
    assert not section.reset.isVisible()


def test_another_camera_shows_its_own_controls(qtbot, section):
    section.show_controls((FLICKER,), ())
    assert list(section.rows) == ["afk"]
    qtbot.keyClick(section.rows["afk"].switch, Qt.Key.Key_Space)
    assert section.rows["afk"].switch.isChecked()
