import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QSlider, QToolButton

from evface.events.catalogue import CATALOGUE
from evface.events.palettes import Palette
from evface_studio.controls.appearance_control import AppearanceControl
from evface_studio.controls.remembered_appearance import RememberedAppearance
from evface_studio.controls.time_edit import CountEdit, TimeEdit
from evface_studio.controls.transport_bar import TransportBar
from evface_studio.controls.window_control import WindowControl, step_of_value, value_of_step
from evface_studio.look.theme import DARK, LIGHT
from evface_studio.playback import Playback
from evface_studio.view_state import MAX_WINDOW_US, MIN_WINDOW_US, ViewState, WindowKind


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
    lengths = [value_of_step(step, MIN_WINDOW_US) for step in range(201)]
    assert lengths[0] == MIN_WINDOW_US
    assert lengths[-1] == MAX_WINDOW_US
    assert lengths == sorted(lengths)
    assert all(len(str(length).rstrip("0")) <= 2 for length in lengths)


@pytest.mark.parametrize("window_us", [100, 1_000, 10_000, 100_000, 1_000_000])
def test_decades_lie_on_the_slider(window_us):
    assert value_of_step(step_of_value(window_us, 100), 100) == window_us


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
    assert value_of_step(slider.value(), MIN_WINDOW_US) == 500


def test_the_window_can_be_bounded_by_a_number_of_events(view_state, qtbot):
    control = WindowControl(view_state)
    qtbot.addWidget(control)
    control.show()
    kind, slider = control.findChild(QComboBox), control.findChild(QSlider)
    kind.activated.emit(kind.findData(WindowKind.COUNT))
    assert view_state.window_kind is WindowKind.COUNT
    edit = control.findChild(CountEdit)
    assert edit.isVisible()
    assert plain(edit.text()) == "50 000"
    enter(qtbot, edit, "1.5M")
    assert view_state.window_count == 1_500_000
    slider.setValue(0)
    assert view_state.window_count == 1_000
    slider.setValue(slider.maximum())
    assert view_state.window_count == 5_000_000
    assert view_state.window_us == 20_000


def test_only_what_can_fade_does(view_state, qtbot):
    control = WindowControl(view_state)
    qtbot.addWidget(control)
    kind = control.findChild(QComboBox)
    fading = kind.findData(WindowKind.FADING)
    assert not kind.model().item(fading).isEnabled()
    view_state.set_representation("time_surface")
    assert kind.model().item(fading).isEnabled()
    kind.activated.emit(fading)
    assert view_state.window_kind is WindowKind.FADING
    view_state.set_representation("histogram")
    assert view_state.window_kind is WindowKind.TIME
    assert kind.currentData() == WindowKind.TIME
    view_state.set_representation("leaky_sum")
    assert kind.currentData() == WindowKind.FADING


def test_how_events_are_drawn_is_remembered(view_state, settings, qtbot):
    del qtbot
    remembered = RememberedAppearance(view_state, settings, view_state)
    view_state.set_representation("leaky_sum")
    view_state.set_palette("light")
    view_state.set_window_kind(WindowKind.FADING)
    view_state.set_window_count(7_000)
    view_state.set_fading_us(90_000)
    remembered.keep()
    later = ViewState()
    RememberedAppearance(later, settings, later)
    assert (later.representation, later.palette) == ("leaky_sum", "light")
    assert later.window_kind is WindowKind.FADING
    assert (later.window_count, later.fading_us) == (7_000, 90_000)


@pytest.mark.parametrize(
    "kept", [{}, {"representation": "neon", "palette": 3, "window": None, "window_us": "long"}]
)
def test_what_was_remembered_wrongly_is_left_as_it_is_at_first(kept, settings, qtbot):
    del qtbot
    settings.set_appearance(kept)
    view_state = ViewState()
    RememberedAppearance(view_state, settings, view_state)
    assert (view_state.representation, view_state.palette) == ("metavision", "dark")
    assert (view_state.window_kind, view_state.window_us) == (WindowKind.TIME, 20_000)


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
    names = [representation.itemData(i) for i in range(representation.count())]
    assert [name for name in names if name] == list(CATALOGUE)
    for row, name in enumerate(names):
        # Headings and lines between groups cannot be chosen.
        assert representation.model().item(row).isEnabled() == bool(name)
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
