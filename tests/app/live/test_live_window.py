import pytest
from PySide6.QtTest import QTest

from evface_studio.live.choice import LiveChoice

PATIENCE_MS = 20_000


@pytest.fixture
def shown(qtbot, window, choice):
    window.show()
    window.choose(choice)
    qtbot.waitUntil(lambda: window.pictures.events.shown is not None, timeout=PATIENCE_MS)
    return window


def test_events_and_rgb_of_a_replayed_camera_are_shown(qtbot, shown):
    qtbot.waitUntil(lambda: not shown.pictures.rgb.is_empty, timeout=PATIENCE_MS)
    assert shown.pictures.events.picture.resolution == (160, 120)
    qtbot.waitUntil(lambda: shown.pictures.events.shown.n_events > 0, timeout=PATIENCE_MS)
    assert shown.pictures.rgb.picture.image.shape == (120, 160, 3)


def test_the_delay_is_measured_up_to_the_painted_picture(qtbot, shown):
    view = shown.pictures.events.picture
    qtbot.waitUntil(lambda: view.latency.n > 5, timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: "delay" in shown.figures.text(), timeout=PATIENCE_MS)
    assert 0 < view.screen.latency().p50_ms < view.latency.p99_ms


def test_a_recording_that_is_gone_is_told_in_words(qtbot, window, tmp_path):
    window.show()
    window.choose(LiveChoice(f"replay:{tmp_path / 'none.raw'}", ""))
    qtbot.waitUntil(lambda: window.strip.isVisible() or window.notifications.isVisible())
    qtbot.waitUntil(
        lambda: "none.raw" in " ".join(window.strip.words) or window.session.choice is None,
        timeout=PATIENCE_MS,
    )


def test_a_key_that_is_no_camera_leads_back_to_the_choice(qtbot, window):
    window.show()
    window.choose(LiveChoice("nothing:0", ""))
    qtbot.waitUntil(lambda: window.session.choice is None, timeout=PATIENCE_MS)
    assert window.camera_page.isVisible()


def test_closing_ends_everything_even_twice(shown):
    shown.close()
    shown.shut_down()
    assert shown.session.pipeline is None


def test_of_cameras_chosen_one_after_another_the_last_is_shown(qtbot, window, choice):
    window.show()
    for _ in range(3):
        window.choose(LiveChoice("nothing:0", ""))
    window.choose(choice)
    qtbot.waitUntil(lambda: window.pictures.events.shown is not None, timeout=PATIENCE_MS)
    assert window.session.choice == choice


def test_the_window_can_be_closed_while_a_camera_is_being_opened(window, choice):
    window.show()
    window.choose(choice)
    QTest.qWait(1)
    window.close()
    assert window.session.pipeline is None
