from __future__ import annotations

import numpy as np
import platformdirs
import pytest
from encoding_others import (
    aedat2,
    aedat4,
    aedat31,
    event_stream,
    events_buffer,
    frame_buffer,
    nmnist,
    rows_at_random,
)
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QPushButton

from evface.events import conversion
from evface_studio.opening import EVENT_SUFFIXES

ROWS = rows_at_random(1000)
IMAGE = np.full((48, 64), 99, np.uint8)


def npz(rows):
    return {name: rows[:, k] for k, name in enumerate("txyp")}


FILES = {
    "a.es": lambda path: path.write_bytes(event_stream(ROWS)),
    "a.aedat4": lambda path: path.write_bytes(
        aedat4([(0, events_buffer(ROWS)), (1, frame_buffer(9, 7, 11, IMAGE))])
    ),
    "a.aedat": lambda path: path.write_bytes(aedat2(ROWS)),
    "b.aedat": lambda path: path.write_bytes(aedat31(ROWS)),
    "a.bin": lambda path: path.write_bytes(nmnist(ROWS)),
    "a.npz": lambda path: np.savez(path, **npz(ROWS)),
    "a.npy": lambda path: np.save(path, ROWS),
    "a.csv": lambda path: path.write_text(
        "t,x,y,p\n" + "\n".join(",".join(map(str, row)) for row in ROWS.tolist())
    ),
}


def drop(window, *paths):
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    rest = (Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier(0))
    entered = QDragEnterEvent(QPointF(400, 300).toPoint(), *rest)
    QApplication.sendEvent(window, entered)
    assert entered.isAccepted()
    QApplication.sendEvent(window, QDropEvent(QPointF(400, 300), *rest))


@pytest.mark.parametrize("name", FILES)
def test_files_of_every_format_are_opened_by_dropping_them(name, qtbot, window, tmp_path):
    path = tmp_path / name
    FILES[name](path)
    with qtbot.waitSignal(window.document.tracks_changed, timeout=20_000):
        drop(window, path)
    recording = window.document.recording
    assert recording.events.n_events == len(ROWS)
    assert path.suffix in EVENT_SUFFIXES
    if name == "a.aedat4":
        assert recording.video.n_frames == 1
        qtbot.waitUntil(lambda: not window.workspace.rgb_pane.is_empty)


def test_a_conversion_is_told_and_can_be_cancelled(qtbot, window, tmp_path, monkeypatch):
    cache = tmp_path / "cache"
    monkeypatch.setattr(platformdirs, "user_cache_path", lambda *_, **__: cache)
    monkeypatch.setattr(conversion, "_SMALL_BYTES", 0)
    monkeypatch.setattr("evface_studio.work_progress._FIRST_S", 0.0)
    path = tmp_path / "a.es"
    FILES["a.es"](path)
    failures = []
    window.document.failed.connect(failures.append)
    button = next(b for b in window.status_bar.findChildren(QPushButton) if b.text() == "Cancel")
    assert not button.isVisible()
    with qtbot.waitSignal(window.document.progress_told, timeout=20_000) as told:
        drop(window, path)
    assert told.args[0].startswith("Converting a.es")
    assert button.isVisible()
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not window.document.is_busy, timeout=20_000)
    assert window.document.recording is None
    assert not button.isVisible()
    assert failures == []
    assert list((cache / "converted").iterdir()) == []
