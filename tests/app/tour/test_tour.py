import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton

from evface_studio.help.pages import PLACEHOLDER
from evface_studio.tour.steps import window_steps


@pytest.fixture
def opened(qtbot, window, open_in, project_path):
    open_in(window, project_path)
    qtbot.waitUntil(lambda: not window.document.is_busy)
    return window


@pytest.fixture
def tour(opened):
    opened.action("tour").trigger()
    return opened.assistance.tour


def button(tour, text):
    return next(b for b in tour.findChildren(QPushButton) if b.text() == text)


def test_there_are_five_steps_and_each_lights_a_part_of_the_window(opened, tour):
    for number in range(5):
        assert tour.number == number
        assert opened.rect().contains(tour.light.center())
        assert tour.light.width() > 60
        card = button(tour, "Done" if number == 4 else "Next").parentWidget()
        assert tour.rect().contains(card.geometry())
        tour.go_on()
    assert opened.assistance.tour is None


def test_steps_name_keys_that_exist(opened):
    for step in window_steps(opened):
        for kind, key in PLACEHOLDER.findall(step.text):
            assert kind in ("key", "menu")
            assert opened.keymap.action(key)


def test_buttons_lead_on_and_back(tour):
    button(tour, "Next").click()
    assert tour.number == 1
    button(tour, "Back").click()
    assert tour.number == 0
    assert not button(tour, "Back").isEnabled()


def test_keys_lead_on_back_and_out(opened, tour):
    for key, number in (
        (Qt.Key.Key_Right, 1),
        (Qt.Key.Key_Return, 2),
        (Qt.Key.Key_Left, 1),
    ):
        QTest.keyClick(tour, key)
        assert tour.number == number
    QTest.keyClick(tour, Qt.Key.Key_Escape)
    assert opened.assistance.tour is None


def test_keys_of_the_window_do_nothing_meanwhile(opened, tour):
    QTest.keyClick(tour, Qt.Key.Key_Space)
    assert not opened.view_state.is_playing


def test_the_card_does_not_hide_what_it_is_about(tour):
    for _ in range(3):
        card = button(tour, "Next").parentWidget().geometry()
        covered = card & tour.light
        assert covered.width() * covered.height() < 0.5 * card.width() * card.height()
        tour.go_on()


def test_it_is_offered_once(window, settings):
    window.assistance.offer_tour()
    button(window.assistance.tour, "Not now").click()
    assert window.assistance.tour is None
    assert settings.saw_tour
    window.assistance.offer_tour()
    assert window.assistance.tour is None


def test_it_begins_by_making_the_demo_where_nothing_is_open(
    qtbot, window, open_in, project_path, monkeypatch
):
    made = []
    monkeypatch.setattr(window.launcher, "make_demo", lambda: made.append(True))
    monkeypatch.setattr(window.assistance, "_make_demo", window.launcher.make_demo)
    window.assistance.offer_tour()
    button(window.assistance.tour, "Make the recording").click()
    assert made == [True]
    assert window.assistance.tour is None
    open_in(window, project_path)
    qtbot.waitUntil(lambda: window.assistance.tour is not None)
    assert window.assistance.tour.number == 0


def test_the_light_follows_the_window(opened, tour):
    before = tour.light
    opened.resize(opened.width() - 200, opened.height() - 100)
    assert tour.light != before
    assert tour.rect() == opened.rect()
