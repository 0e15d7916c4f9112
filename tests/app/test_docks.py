import pytest
from PySide6.QtWidgets import QDockWidget

from evface_studio.docks import ALIGNMENT, CODING, JOBS, MODELS, RECORDINGS, REVIEW
from evface_studio.main_window import MainWindow


@pytest.fixture
def opened(qtbot, window, open_in, project_path):
    window.resize(1700, 900)
    open_in(window, project_path)
    qtbot.waitUntil(lambda: not window.document.is_busy)
    return window


def visible(window):
    return {dock.objectName() for dock in window.findChildren(QDockWidget) if dock.isVisible()}


def test_nothing_lies_at_the_sides_of_an_empty_window(window):
    assert visible(window) == set()


def test_the_lists_come_with_a_project_and_go_together(opened, press):
    assert visible(opened) == {RECORDINGS, JOBS}
    press(opened, "F9")
    assert visible(opened) == set()


@pytest.mark.parametrize(
    ("action", "name"),
    [("alignment", ALIGNMENT), ("coding_panel", CODING), ("review_panel", REVIEW)],
)
def test_a_panel_is_shown_and_hidden_by_its_entry(opened, action, name):
    assert not opened.action(action).isChecked()
    opened.action(action).trigger()
    assert name in visible(opened)
    assert opened.action(action).isChecked()
    opened.action(action).trigger()
    assert name not in visible(opened)


def test_the_lists_give_way_where_room_is_short_and_come_back(qtbot, opened):
    opened.action("review_panel").trigger()
    assert visible(opened) == {RECORDINGS, JOBS, REVIEW}
    opened.resize(opened.minimumWidth(), 800)
    qtbot.waitUntil(lambda: visible(opened) == {REVIEW})
    assert opened.docks.is_wanted(RECORDINGS)
    opened.resize(1700, 900)
    qtbot.waitUntil(lambda: visible(opened) == {RECORDINGS, JOBS, REVIEW})


def test_a_panel_takes_the_place_of_one_beside_which_it_has_too_little_height(qtbot, opened):
    opened.action("review_panel").trigger()
    opened.action("models_panel").trigger()
    assert {REVIEW, MODELS} <= visible(opened)
    opened.action("models_panel").trigger()
    opened.resize(1700, 520)
    opened.action("models_panel").trigger()
    assert visible(opened) & {REVIEW, MODELS} == {MODELS}
    qtbot.waitUntil(lambda: not opened.action("review_panel").isChecked())


def test_nothing_is_covered_however_large_text_is(qtbot, opened, settings):
    opened.action("review_panel").trigger()
    settings.set_text_percent(200)
    review = next(d for d in opened.findChildren(QDockWidget) if d.objectName() == REVIEW)
    qtbot.waitUntil(lambda: visible(opened) == {REVIEW})
    qtbot.waitUntil(lambda: opened.centralWidget().x() >= review.geometry().right())
    settings.set_text_percent(100)


def test_what_was_shown_is_shown_again(qtbot, opened, settings, open_in, project_path):
    opened.action("review_panel").trigger()
    opened.close()
    again = MainWindow(settings)
    qtbot.addWidget(again, before_close_func=lambda w: w.shut_down())
    again.show()
    again.load_workspace()
    open_in(again, project_path)
    assert REVIEW in visible(again)
    assert ALIGNMENT not in visible(again)
