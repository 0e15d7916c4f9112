import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QLabel, QMessageBox, QPushButton, QToolButton

from evface.annotations.landmark_edits import MoveLandmarks
from evface_studio.dialogs.log_dialog import LogDialog
from evface_studio.look.theme import DARK, LIGHT
from evface_studio.main_window import MainWindow
from evface_studio.messages.notifications import Level
from evface_studio.view_state import Layer

SAY = "import json, sys\ndef say(**report): print(json.dumps(report), flush=True)\n"
WAIT = SAY + "say(type='Progress', fraction=0.5, message='half'); sys.stdin.readline()"


@pytest.fixture
def opened(qtbot, window, open_in, project_path):
    open_in(window, project_path)
    qtbot.waitUntil(lambda: not window.document.is_busy)
    return window


def mime(*paths):
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    return data


def drop(window, *paths):
    """Drag files from outside over the window and let them go."""
    data = mime(*paths)
    rest = (Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier(0))
    enter = QDragEnterEvent(QPoint(400, 300), *rest)
    QApplication.sendEvent(window, enter)
    assert enter.isAccepted()
    QApplication.sendEvent(window, QDropEvent(QPointF(400, 300), *rest))


def child(window, kind, text):
    """Return the visible button, label or the like that says `text`."""
    found = [
        widget
        for widget in window.findChildren(kind)
        if widget.isVisible() and text in (widget.text().strip(), widget.toolTip())
    ]
    assert len(found) == 1, f"{len(found)} widgets say {text!r}"
    return found[0]


def test_an_empty_window_says_what_to_do(window):
    assert window.is_welcoming
    assert child(window, QPushButton, "Open…").isEnabled()
    assert child(window, QPushButton, "Try the demo").isEnabled()
    assert "drop files here" in " ".join(label.text() for label in window.findChildren(QLabel))


def test_the_window_is_usable_before_its_workspace_is_loaded(qtbot, settings, project_path):
    window = MainWindow(settings)
    qtbot.addWidget(window, before_close_func=lambda w: w.shut_down())
    window.show()
    with qtbot.waitSignal(window.document.tracks_changed, timeout=10_000):
        window.document.open_project(project_path)
    assert window.is_welcoming
    window.load_workspace()
    assert not window.is_welcoming
    qtbot.waitUntil(lambda: window.workspace.is_complete, timeout=10_000)
    assert not window.workspace.rgb_pane.is_empty


def test_a_project_is_shown_in_all_panes(opened):
    workspace = opened.workspace
    assert not opened.is_welcoming
    assert not workspace.rgb_pane.is_empty
    assert not workspace.events_pane.is_empty
    assert not workspace.mesh_pane.is_empty
    assert opened.windowTitle().startswith("two.evface")


def test_the_status_bar_says_what_is_looked_at(qtbot, opened):
    opened.view_state.set_time_us(250_000)
    qtbot.waitUntil(lambda: opened.workspace.is_complete)
    time, frame, window, events, sync = opened.status_bar.words
    assert time.startswith("0.250")
    assert frame == "Frame 7 of 15"
    assert "20" in window
    assert events.endswith("events")
    assert sync.startswith("Sync simulated")


def test_an_unknown_sync_is_said_to_be_assumed(window, open_in, media):
    raw = media / "face.bin"
    raw.write_bytes(bytes([10, 10, 0x80, 0, 1, 12, 12, 0, 9, 9]))
    open_in(window, raw, media / "face.mp4")
    assert window.status_bar.words[4] == "Sync assumed"


def test_an_event_file_alone_is_shown_and_can_become_a_project(
    qtbot, window, open_in, media, monkeypatch
):
    open_in(window, media / "other.h5")
    assert window.workspace.rgb_pane.is_empty
    assert not window.workspace.events_pane.is_empty
    target = media / "saved"
    monkeypatch.setattr(
        "PySide6.QtWidgets.QFileDialog.getSaveFileName", lambda *_: (str(target), "")
    )
    with qtbot.waitSignal(window.document.tracks_changed, timeout=10_000):
        child(window, QPushButton, "Save as project…").click()
    assert window.document.project.path == media / "saved.evface"
    assert window.recordings_panel.names == ("other",)


def test_files_are_opened_by_the_menu(qtbot, window, media, monkeypatch, press):
    chosen = ([str(media / "face.mp4"), str(media / "face.h5")], "")
    monkeypatch.setattr("PySide6.QtWidgets.QFileDialog.getOpenFileNames", lambda *_: chosen)
    with qtbot.waitSignal(window.document.tracks_changed, timeout=10_000):
        press(window, "Ctrl+O")
    assert window.document.recording.video is not None


def test_files_are_opened_by_dropping_them(qtbot, window, media):
    with qtbot.waitSignal(window.document.tracks_changed, timeout=10_000):
        drop(window, media / "face.mp4", media / "face.h5")
    assert window.document.recording.video is not None


@pytest.mark.parametrize("name", ["rgb_pane", "events_pane", "mesh_pane", "timeline"])
def test_files_may_be_dropped_on_any_part(opened, media, name):
    part = getattr(opened.workspace, name)
    event = QDragEnterEvent(
        part.mapTo(opened, part.rect().center()),
        Qt.DropAction.CopyAction,
        mime(media / "other.h5"),
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier(0),
    )
    # As Qt finds the target: the innermost widget there that takes drops.
    widget = opened.childAt(event.position().toPoint())
    while widget is not opened and not widget.acceptDrops():
        widget = widget.parentWidget()
    assert widget is opened


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("empty.raw", b""),
        ("random.raw", bytes(range(256)) * 40),
        ("text.h5", b"hello"),
        ("broken.evface", b"SQLite format 3\0" + bytes(50)),
    ],
)
def test_bad_files_are_told_in_one_line_and_change_nothing(qtbot, opened, tmp_path, name, content):
    recording = opened.document.recording
    (tmp_path / name).write_bytes(content)
    with qtbot.waitSignal(opened.document.failed, timeout=10_000):
        drop(opened, tmp_path / name)
    (notification,) = opened.notifications.notifications
    assert notification.level is Level.ERROR
    assert name in notification.text
    assert "\n" not in notification.text
    assert opened.document.recording is recording


def test_a_notification_goes_when_it_is_dismissed(window):
    window.notifications.show_message(Level.ERROR, "a.raw: is empty")
    child(window.notifications, QToolButton, "Dismiss").click()
    assert window.notifications.notifications == ()
    assert not window.notifications.isVisible()


def test_the_same_message_is_shown_once(window):
    for _ in range(3):
        window.notifications.show_message(Level.ERROR, "a.raw: is empty")
    assert len(window.notifications.notifications) == 1


def test_only_the_newest_messages_stay(window):
    for number in range(5):
        window.notifications.show_message(Level.ERROR, f"message {number}")
    assert [shown.text for shown in window.notifications.notifications] == [
        "message 4",
        "message 3",
        "message 2",
    ]


@pytest.mark.parametrize(
    ("keys", "expected_us"),
    [
        ("Right", 266_667),
        ("Left", 200_000),
        (".", 266_667),
        (",", 200_000),
        ("Ctrl+Right", 366_667),
        ("Shift+Right", 270_000),
        ("Shift+Left", 230_000),
        ("Home", 0),
        ("End", 500_000),
    ],
)
def test_keys_move_time(opened, keys, expected_us, press):
    opened.view_state.set_time_us(250_000)
    press(opened, keys)
    assert opened.view_state.time_us == pytest.approx(expected_us, abs=1)


def test_space_plays_and_pauses(opened, press):
    press(opened, "Space")
    assert opened.view_state.is_playing
    press(opened, "Space")
    assert not opened.view_state.is_playing


def test_j_k_and_l_play_backward_pause_and_play(opened, press):
    opened.view_state.set_time_us(250_000)
    press(opened, "J")
    assert opened.playback.plays_backward
    press(opened, "K")
    assert not opened.view_state.is_playing
    press(opened, "L")
    assert opened.view_state.is_playing
    assert not opened.playback.plays_backward
    press(opened, "L")
    assert opened.view_state.speed == 2.0


def test_brackets_change_the_speed(opened, press):
    press(opened, "[")
    assert opened.view_state.speed == 0.5
    press(opened, "]")
    assert opened.view_state.speed == 1.0


def test_keys_typed_into_a_field_stay_there(qtbot, opened, focus):
    from evface_studio.controls.time_edit import TimeEdit

    opened.view_state.set_time_us(250_000)
    field = next(edit for edit in opened.findChildren(TimeEdit) if edit.accessibleName() == "Time")
    focus(opened, field)
    qtbot.keyClicks(field, "0.1 s")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert opened.view_state.time_us == 100_000
    assert not opened.view_state.is_playing


@pytest.mark.parametrize("part", ["pictures", "timeline"])
def test_no_single_letter_takes_a_label_away(qtbot, opened, press, focus, part):
    opened.document.edit(MoveLandmarks(opened.document.recording_id, "teacher", 0, {3: (1.0, 2.0)}))
    qtbot.waitUntil(lambda: not opened.document.is_busy)
    opened.view_state.set_time_us(0)
    opened.view_state.choose_landmark(3)
    workspace = opened.workspace
    focus(opened, workspace.rgb_pane.picture if part == "pictures" else workspace.timeline.rows)
    for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ":
        press(opened, letter)
    qtbot.waitUntil(lambda: not opened.document.is_busy)
    correction = opened.document.labels["teacher"].corrections.at(3, 0)
    assert correction.xy_px == pytest.approx((1.0, 2.0))


def test_undo_is_named_and_enabled_only_where_there_is_something(qtbot, opened, press):
    assert not opened.action("redo").isEnabled()
    opened.document.edit(MoveLandmarks(opened.document.recording_id, "teacher", 0, {3: (1.0, 2.0)}))
    qtbot.waitUntil(lambda: not opened.document.is_busy)
    assert opened.action("undo").text() == "&Undo Move landmark"
    with qtbot.waitSignal(opened.document.labels_changed, timeout=10_000):
        press(opened, "Ctrl+Z")
    qtbot.waitUntil(lambda: opened.action("redo").text() == "&Redo Move landmark")
    assert opened.action("undo").text() == "&Undo Process face"
    with qtbot.waitSignal(opened.document.labels_changed, timeout=10_000):
        press(opened, "Ctrl+Shift+Z")
    qtbot.waitUntil(lambda: not opened.action("redo").isEnabled())
    assert opened.action("undo").text() == "&Undo Move landmark"


def test_what_cannot_be_done_is_disabled(window):
    for key in ("undo", "redo", "close", "save_as_project", "process", "toggle", "relink"):
        assert not window.action(key).isEnabled(), key
    assert window.action("open").isEnabled()


def test_layers_are_switched_in_the_menu(opened):
    assert opened.action("show_landmarks").isChecked()
    opened.action("show_landmarks").trigger()
    assert not opened.view_state.shows(Layer.LANDMARKS)
    assert not opened.action("show_landmarks").isChecked()
    opened.view_state.set_layer(Layer.LANDMARKS, True)
    assert opened.action("show_landmarks").isChecked()


def test_another_recording_is_chosen_in_the_list(qtbot, opened):
    assert opened.recordings_panel.names == ("face", "other")
    with qtbot.waitSignal(opened.document.tracks_changed, timeout=10_000):
        opened.recordings_panel.choose(1)
    assert opened.document.recording.name == "other"


def test_the_list_says_what_is_processed_and_what_is_not(opened):
    assert opened.recordings_panel.details == ("video and events, processed", "events")


def test_missing_media_are_listed_and_found(qtbot, window, media, tmp_path, monkeypatch):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (media / "face.mp4").rename(elsewhere / "face.mp4")
    with qtbot.waitSignal(window.document.tracks_changed, timeout=10_000):
        window.document.open_project(media / "two.evface")
    assert window.recordings_panel.details[0] == "video missing"
    assert any("without its video" in shown.text for shown in window.notifications.notifications)
    monkeypatch.setattr(
        "PySide6.QtWidgets.QFileDialog.getExistingDirectory", lambda *_: str(elsewhere)
    )
    with qtbot.waitSignal(window.document.tracks_changed, timeout=10_000):
        child(window, QPushButton, "Find missing…").click()
    assert window.recordings_panel.details[0] == "video and events, processed"
    assert window.document.recording.video is not None


def test_what_is_known_of_a_recording_is_shown_without_its_media(qtbot, window, media):
    for name in ("face.h5", "other.h5"):
        (media / name).unlink()
    with qtbot.waitSignal(window.document.failed, timeout=10_000):
        window.document.open_project(media / "two.evface")
    (notification,) = window.notifications.notifications
    assert "face.h5" in notification.text
    assert child(notification, QPushButton, "Find missing files…").isVisible()
    assert {"AU12", "AU25"} <= set(window.workspace.timeline.shown_names)
    assert window.view_state.duration_us == 33_333 * 14
    assert "face.h5" in window.workspace.rgb_pane.words[1]


def test_messages_go_when_something_else_is_opened(qtbot, window, open_in, tmp_path, media):
    (tmp_path / "empty.raw").touch()
    with qtbot.waitSignal(window.document.failed, timeout=10_000):
        window.document.open([tmp_path / "empty.raw"])
    assert window.notifications.notifications != ()
    open_in(window, media / "other.h5")
    assert window.notifications.notifications == ()


def test_the_theme_changes_everywhere_and_is_remembered(opened, settings):
    assert settings.theme == DARK
    opened.action("dark_theme").trigger()
    assert settings.theme == LIGHT
    colour = QApplication.instance().palette().window().color().name()
    assert colour == LIGHT.background
    assert opened.grab().toImage().pixelColor(5, opened.height() - 5).name() == LIGHT.background
    opened.action("dark_theme").trigger()


def test_recent_things_are_offered(qtbot, window, open_in, project_path, media):
    open_in(window, project_path)
    open_in(window, media / "face.h5", media / "face.mp4")
    window.document.close()
    qtbot.waitUntil(lambda: window.is_welcoming)
    names = [
        button.text().split()[0]
        for button in window.welcome.findChildren(QToolButton)
        if button.isVisible()
    ]
    assert names == ["face.h5", "two.evface"]
    with qtbot.waitSignal(window.document.tracks_changed, timeout=10_000):
        child(window.welcome, QToolButton, str(project_path)).click()
    assert window.document.project is not None


def test_a_job_shows_how_far_it_is_in_the_panel(qtbot, opened, job_command):
    job = opened.jobs.submit("Try", job_command(WAIT))
    qtbot.waitUntil(lambda: job.fraction == 0.5, timeout=10_000)
    (card,) = opened.jobs_panel.cards
    assert card.words == "50%  ·  half"
    with qtbot.waitSignal(job.ended, timeout=10_000):
        child(card, QToolButton, "Cancel").click()
    assert card.words == "cancelled"


def test_a_failed_job_says_why_and_shows_its_log(qtbot, opened, job_command):
    code = SAY + "print('details', file=sys.stderr)\nsay(type='Failed', error='a.mp4: is broken')"
    job = opened.jobs.submit("Try", job_command(code))
    with qtbot.waitSignal(job.ended, timeout=10_000):
        pass
    (card,) = opened.jobs_panel.cards
    assert card.words == "a.mp4: is broken"
    child(card, QToolButton, "Show the log").click()
    dialog = opened.findChild(LogDialog)
    assert "details" in dialog.text
    dialog.close()


def test_closing_with_a_running_job_asks_and_may_be_refused(qtbot, opened, job_command):
    job = opened.jobs.submit("Try", job_command(WAIT))
    qtbot.waitUntil(lambda: job.fraction == 0.5, timeout=10_000)

    def answer(words):
        box = QApplication.activeModalWidget()
        assert isinstance(box, QMessageBox)
        next(button for button in box.buttons() if button.text() == words).click()

    timer_answers(opened, lambda: answer("Keep running"))
    assert not opened.close()
    assert not job.is_over
    timer_answers(opened, lambda: answer("Stop and close"))
    assert opened.close()
    assert job.is_over


def timer_answers(window, answer):
    """Answer the question that comes up as soon as it is there."""
    from PySide6.QtCore import QTimer

    timer = QTimer(window)

    def look():
        if QApplication.activeModalWidget() is not None:
            timer.stop()
            answer()

    timer.timeout.connect(look)
    timer.start(10)


def test_the_side_panels_can_be_hidden(opened, press):
    assert opened.recordings_panel.isVisible()
    press(opened, "F9")
    assert not opened.recordings_panel.isVisible()
    press(opened, "F9")
    assert opened.recordings_panel.isVisible()


def test_nothing_is_written_beside_the_media_but_hidden_indexes(opened, media):
    assert opened.document.recording is not None
    visible = {path.name for path in media.iterdir() if not path.name.startswith(".")}
    project = {name for name in visible if name.startswith("two.evface")}
    assert visible - project == {"face.h5", "face.mp4", "other.h5"}
