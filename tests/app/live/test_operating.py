from concurrent.futures import Future

import numpy as np
import pytest
from PySide6.QtCore import Qt

from evface.live import clips, inference
from evface.live.picture import LivePicture, Overlay, Placed
from evface.live.worker_messages import Ready
from evface_studio.live.choice import LookChoice
from evface_studio.live.presence import Presence
from evface_studio.messages.notifications import Level

PATIENCE_MS = 60_000


@pytest.fixture
def shown(qtbot, window, choice):
    window.show()
    window.choose(choice)
    qtbot.waitUntil(lambda: window.pictures.events.shown is not None, timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: is_active(window), timeout=PATIENCE_MS)
    return window


def refuse(connection, _room_name, _models):
    """Stand in for the process of the models, where the teacher is not installed."""
    why = ("the teacher is not installed; install it",)
    connection.send(Ready(why, sees_events=False, sees_frames=False))
    connection.recv()


def is_active(window):
    window.activateWindow()
    return window.isActiveWindow()


def seen_us(window):
    replay = window.session.pipeline.replay()
    return replay.stop_us - replay.start_us


def test_full_screen_has_pictures_and_words_only_and_escape_leads_back(qtbot, shown):
    qtbot.keyClick(shown, Qt.Key.Key_F11)
    assert shown.operating.is_on
    assert shown.caption.isVisible()
    assert shown.key_line.isVisible()
    assert not shown.top.isVisible()
    assert not shown.side.isVisible()
    assert not shown.pictures.events.header.isVisible()
    qtbot.keyClick(shown, Qt.Key.Key_Escape)
    assert not shown.operating.is_on
    assert shown.top.isVisible()
    assert shown.side.isVisible()


def test_keys_hide_what_models_say_and_mirror_the_pictures(qtbot, shown):
    qtbot.keyClick(shown, Qt.Key.Key_H)
    assert not shown.pictures.shows_models
    qtbot.keyClick(shown, Qt.Key.Key_M)
    assert shown.pictures.is_mirrored
    qtbot.keyClick(shown, Qt.Key.Key_H)
    assert shown.pictures.shows_models


def test_without_a_teacher_the_full_screen_has_no_panes_that_wait_for_it(
    qtbot, window, choice, monkeypatch
):
    monkeypatch.setattr(inference, "work", refuse)
    teacher = window.side.models.teacher
    teacher.setCurrentIndex(teacher.findData("mediapipe"))
    window.show()
    window.choose(choice)
    mesh, units = window.pictures.mesh, window.pictures.units
    words = ("No mesh", "The teacher is not installed; install it")
    qtbot.waitUntil(lambda: mesh.words == words, timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: not units.isVisible(), timeout=PATIENCE_MS)
    assert mesh.isVisible()
    window.operating.begin()
    assert not mesh.isVisible()
    assert window.pictures.rgb.isVisible()
    window.operating.end()
    assert mesh.isVisible()


def test_the_full_screen_says_what_the_colours_of_events_mean(qtbot, shown):
    qtbot.keyClick(shown, Qt.Key.Key_F11)
    assert shown.caption.legend.isVisible()
    assert shown.caption.legend.words == ["brighter", "darker"]
    shown.side.look.changed.emit(LookChoice("count"))
    qtbot.waitUntil(lambda: shown.caption.legend.words == ["events"], timeout=PATIENCE_MS)


def test_space_holds_the_picture_on_the_full_screen(qtbot, shown):
    qtbot.keyClick(shown, Qt.Key.Key_F11)
    qtbot.keyClick(shown, Qt.Key.Key_Space)
    number = shown.pictures.events.shown.number
    qtbot.wait(150)
    assert shown.pictures.events.shown.number == number
    qtbot.keyClick(shown, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: shown.pictures.events.shown.number > number, timeout=PATIENCE_MS)


def test_the_last_seconds_are_shown_again_and_then_it_is_live_again(qtbot, shown):
    qtbot.waitUntil(lambda: seen_us(shown) > 500_000, timeout=PATIENCE_MS)
    qtbot.keyClick(shown, Qt.Key.Key_R)
    qtbot.waitUntil(lambda: shown.slow_motion.is_on, timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: shown.pictures.events.shown.number == 0, timeout=PATIENCE_MS)
    past_us = shown.pictures.events.shown.t_us
    assert past_us < shown.session.pipeline.latest().t_us
    qtbot.keyClick(shown, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: shown.pictures.events.shown.number > 0, timeout=PATIENCE_MS)


def test_a_recording_is_shown_while_nobody_is_there(qtbot, shown, replayed):
    shown.side.audience.set_attraction(replayed[0])
    qtbot.keyClick(shown, Qt.Key.Key_F11)
    shown.operating.set_patience(0.0)
    qtbot.waitUntil(lambda: shown.operating.is_attracting, timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: "closer" in shown.caption.words[0], timeout=PATIENCE_MS)
    qtbot.keyClick(shown, Qt.Key.Key_Escape)
    assert not shown.operating.is_attracting


def test_a_recording_that_cannot_be_shown_is_told_once_and_the_camera_goes_on(
    qtbot, shown, tmp_path
):
    shown.side.audience.set_attraction(tmp_path / "gone.raw")
    qtbot.keyClick(shown, Qt.Key.Key_F11)
    shown.operating.set_patience(0.0)
    qtbot.waitUntil(lambda: "gone.raw" in shown.caption.news, timeout=PATIENCE_MS)
    number = shown.pictures.events.shown.number
    qtbot.waitUntil(lambda: shown.pictures.events.shown.number > number + 5, timeout=PATIENCE_MS)
    assert not shown.operating.is_attracting
    assert len(shown.notifications.notifications) == 1


def test_on_the_full_screen_news_are_large_and_nothing_has_to_be_clicked_away(qtbot, shown):
    qtbot.wait(400)
    qtbot.keyClick(shown, Qt.Key.Key_F11)
    qtbot.keyClick(shown, Qt.Key.Key_S)
    qtbot.waitUntil(lambda: shown.caption.news.startswith("Kept: live-"), timeout=60_000)
    shown.tell(Level.ERROR, "The disk is full")
    assert shown.caption.news == "The disk is full"
    assert not shown.notifications.isVisible()
    qtbot.keyClick(shown, Qt.Key.Key_Escape)
    assert [one.text for one in shown.notifications.notifications] == ["The disk is full"]
    assert shown.notifications.isVisible()


def test_without_a_camera_there_is_nothing_to_keep_nor_to_show_again(qtbot, window):
    for part, ask in (
        (window.keeping, window.keep_snapshot),
        (window.keeping, window.keep_clip),
        (window.slow_motion, window.toggle_slow_motion),
    ):
        with qtbot.waitSignal(part.failed) as failed:
            ask()
        assert failed.args[0].startswith("There is nothing to")


@pytest.mark.parametrize("is_clip", [False, True])
def test_pictures_and_clips_are_kept(qtbot, shown, is_clip):
    qtbot.wait(400)
    with qtbot.waitSignal(shown.keeping.kept, timeout=60_000) as kept:
        qtbot.keyClick(shown, Qt.Key.Key_C if is_clip else Qt.Key.Key_S)
    assert kept.args[0].stat().st_size > 1_000


def test_what_is_kept_of_a_picture_that_stands_still_is_that_picture(qtbot, shown, monkeypatch):
    asked = []

    def begin(path, replay, **given):
        path.touch()
        asked.append((path.suffix, replay.stop_us, given.get("t_us")))
        done = Future()
        done.set_result("")
        return done

    monkeypatch.setattr(clips, "begin_snapshot", begin)
    monkeypatch.setattr(clips, "begin_clip", begin)
    qtbot.waitUntil(lambda: shown.session.pipeline.counters.n_pictures > 20, timeout=PATIENCE_MS)
    qtbot.keyClick(shown, Qt.Key.Key_F11)
    qtbot.keyClick(shown, Qt.Key.Key_Space)
    assert shown.is_held
    held_us = shown.pictures.events.shown.t_us
    qtbot.waitUntil(
        lambda: shown.session.pipeline.latest().t_us > held_us + 500_000, timeout=PATIENCE_MS
    )
    for key in (Qt.Key.Key_S, Qt.Key.Key_C):
        with qtbot.waitSignal(shown.keeping.kept, timeout=PATIENCE_MS):
            qtbot.keyClick(shown, key)
    (_, _, picture_us), (_, clip_end_us, _) = asked
    assert picture_us == held_us
    assert held_us <= clip_end_us < held_us + 200_000
    qtbot.keyClick(shown, Qt.Key.Key_Space)
    with qtbot.waitSignal(shown.keeping.kept, timeout=PATIENCE_MS):
        qtbot.keyClick(shown, Qt.Key.Key_S)
    assert asked[-1][2] is None


def picture_of(n_events, *, face):
    overlay = None
    if face is not None:
        points = np.full((68, 2), 10.0 if face else np.nan, np.float32)
        overlay = Overlay(1, 0, 0.0, landmarks={"teacher": Placed(points, 0.9, "ibug68", 0)})
    image = np.zeros((480, 640), np.uint8)
    return LivePicture(1, image, "metavision", 0, 33_000, n_events, 0.0, 0.0, 0, overlay=overlay)


def test_with_models_a_face_tells_that_somebody_is_there():
    presence = Presence(5.0)
    presence.begin(0.0)
    assert presence.is_there(picture_of(0, face=False), 4.0, has_models=True)
    assert not presence.is_there(picture_of(90_000, face=False), 6.0, has_models=True)
    assert presence.is_there(picture_of(0, face=True), 7.0, has_models=True)
    assert presence.is_there(picture_of(0, face=False), 11.0, has_models=True)


def test_without_models_motion_tells_that_somebody_is_there():
    presence = Presence(5.0)
    presence.begin(0.0)
    assert not presence.is_there(picture_of(3, face=None), 6.0, has_models=False)
    assert presence.is_there(picture_of(90_000, face=None), 7.0, has_models=False)
    assert not presence.is_there(None, 13.0, has_models=False)
