import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QSlider, QToolButton

from evface.events.catalogue import CATALOGUE
from evface.events.palettes import Palette
from evface_studio.controls.appearance_control import AppearanceControl
from evface_studio.controls.time_edit import TimeEdit
from evface_studio.controls.transport_bar import TransportBar
from evface_studio.controls.window_control import WindowControl, step_of_window, window_of_step
from evface_studio.look.theme import DARK, LIGHT
from evface_studio.playback import Playback
from evface_studio.view_state import MAX_WINDOW_US, MIN_WINDOW_US, ViewState


@pytest.fixture
def view_state():
    state = ViewState()
    state.set_duration_us(5_000_000)
    return state


@pytest.fixture
def bar(view_state, qtbot):
    bar = TransportBar(view_state, Playback(view_state), DARK)
    qtbot.addWidget(bar)
    bar.show()
    return bar


def plain(text):
    return text.replace("\u202f", " ")


def button(bar, name):
    return next(b for b in bar.findChildren(QToolButton) if b.accessibleName() == name)


def enter(qtbot, edit, text):
    edit.setFocus()
    edit.selectAll()
    qtbot.keyClicks(edit, text)
    qtbot.keyClick(edit, Qt.Key.Key_Return)


def test_every_step_of_the_slider_is_a_round_length_within_bounds():
    lengths = [window_of_step(step) for step in range(201)]
    assert lengths[0] == MIN_WINDOW_US
    assert lengths[-1] == MAX_WINDOW_US
    assert lengths == sorted(lengths)
    assert all(len(str(length).rstrip("0")) <= 2 for length in lengths)


@pytest.mark.parametrize("window_us", [100, 1_000, 10_000, 100_000, 1_000_000])
def test_decades_lie_on_the_slider(window_us):
    assert window_of_step(step_of_window(window_us)) == window_us


def test_slider_field_and_state_agree(view_state, qtbot):
    control = WindowControl(view_state)
    qtbot.addWidget(control)
    control.show()
    slider, edit = control.findChild(QSlider), control.findChild(TimeEdit)
    slider.setValue(100)
    assert view_state.window_us == 10_000
    assert plain(edit.text()) == "10 ms"
    enter(qtbot, edit, "12345 us")
    assert view_state.window_us == 12_345
    assert plain(edit.text()) == "12.3 ms"
    view_state.set_window_us(500)
    assert plain(edit.text()) == "500 µs"
    assert window_of_step(slider.value()) == 500


def test_what_is_not_a_length_is_put_back(view_state, qtbot):
    control = WindowControl(view_state)
    qtbot.addWidget(control)
    control.show()
    edit = control.findChild(TimeEdit)
    enter(qtbot, edit, "soon")
    assert plain(edit.text()) == "20 ms"
    assert view_state.window_us == 20_000


def test_escape_puts_the_value_back(qtbot):
    edit = TimeEdit(str, "us", 99)
    qtbot.addWidget(edit)
    edit.show()
    edit.set_value(7)
    edit.setFocus()
    qtbot.keyClicks(edit, "12")
    edit.set_value(8)
    assert "12" in edit.text()
    qtbot.keyClick(edit, Qt.Key.Key_Escape)
    assert edit.text() == "8"


def test_representation_and_palette_can_be_chosen_and_follow_the_state(view_state, qtbot):
    control = AppearanceControl(view_state)
    qtbot.addWidget(control)
    representation, palette = control.findChildren(QComboBox)
    assert [representation.itemData(i) for i in range(representation.count())] == list(CATALOGUE)
    assert {palette.itemData(i) for i in range(palette.count())} == {str(p) for p in Palette}
    representation.activated.emit(representation.findData("time_surface"))
    assert view_state.representation == "time_surface"
    palette.activated.emit(1)
    assert view_state.palette == "light"
    view_state.set_palette("gray")
    assert palette.currentData() == "gray"


def test_buttons_play_pause_and_step(bar, view_state):
    button(bar, "Play").click()
    assert view_state.is_playing
    button(bar, "Pause").click()
    assert not view_state.is_playing
    view_state.set_time_us(100_000)
    button(bar, "On by a frame").click()
    assert view_state.time_us == 120_000
    button(bar, "Back by a frame").click()
    assert view_state.time_us == 100_000
    button(bar, "Go to the end").click()
    assert view_state.time_us == 5_000_000
    button(bar, "Go to the start").click()
    assert view_state.time_us == 0


def test_the_time_is_read_and_typed(bar, view_state, qtbot):
    edit = bar.findChild(TimeEdit)
    view_state.set_time_us(1_900_000)
    assert plain(edit.text()) == "1.900 000 s"
    enter(qtbot, edit, "2.5")
    assert view_state.time_us == 2_500_000


def test_the_speed_is_chosen_and_shown_even_where_it_is_unusual(bar, view_state):
    speed = bar.findChild(QComboBox)
    speed.activated.emit(speed.findText("0.1×"))
    assert view_state.speed == 0.1
    view_state.set_speed(0.3)
    assert speed.currentIndex() == -1
    assert speed.placeholderText() == "0.3×"


def test_without_a_recording_nothing_can_be_pressed(bar, view_state):
    view_state.set_duration_us(0)
    assert not bar.isEnabled()


def test_another_theme_repaints_the_bar(bar):
    before = bar.grab().toImage()
    bar.set_theme(LIGHT)
    assert bar.grab().toImage() != before


def test_a_narrow_bar_keeps_what_matters_most(bar, view_state):
    view_state.set_time_us(1_000_000)
    bar.resize(1300, 48)
    assert button(bar, "Go to the start").isVisible()
    bar.resize(640, 48)
    assert bar.width() == 640
    assert not button(bar, "Go to the start").isVisible()
    for widget in (button(bar, "Play"), bar.findChild(TimeEdit), bar.findChild(QSlider)):
        assert widget.isVisible()
        assert widget.mapTo(bar, widget.rect().bottomRight()).x() < 640
