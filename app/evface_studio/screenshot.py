"""Saves a picture of the window once everything in it is there."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal, Slot
from PySide6.QtWidgets import QApplication, QWidget

from evface_studio.main_window import MainWindow

_LOOK_EVERY_MS = 40
# How often in a row everything must be there: the last pictures still have to be painted.
_N_COMPLETE = 3
_PATIENCE_MS = 120_000


class PictureTaking(QObject):
    """Looks again and again whether a window has everything in it, until a picture is saved.

    Parameters
    ----------
    path
        Where the picture goes; its ending says the format.
    """

    # Empty when the picture was saved, else what went wrong: one line.
    finished = Signal(str)

    def __init__(self, path: Path, parent: QObject | None) -> None:
        super().__init__(parent)
        self._path = path
        self._n_complete = 0
        self._timer = QTimer(self)
        self._timer.setInterval(_LOOK_EVERY_MS)
        self._timer.timeout.connect(self._on_look)
        self._timer.start()

    @Slot()
    def _on_look(self) -> None:
        raise NotImplementedError

    @Slot(str)
    def _end(self, problem: str) -> None:
        if self._timer.isActive():
            self._timer.stop()
            self.finished.emit(problem)


class Screenshot(PictureTaking):
    """Waits for the first complete picture of what is being opened, and saves it.

    Parameters
    ----------
    path
        Where the picture goes; its ending says the format.
    at_us
        The moment to show; None for the one that comes up.
    """

    def __init__(
        self, window: MainWindow, path: Path, at_us: int | None, parent: QObject | None = None
    ) -> None:
        super().__init__(path, parent)
        self._window = window
        self._at_us = at_us
        self._waited_ms = 0
        window.document.failed.connect(self._end)
        window.launcher.failed.connect(self._end)

    @Slot()
    def _on_look(self) -> None:
        window = self._window
        if window.jobs.unfinished or window.document.is_busy:
            return  # However long that takes: it ends by itself, well or badly.
        self._waited_ms += _LOOK_EVERY_MS
        if self._waited_ms > _PATIENCE_MS:
            self._end("the pictures did not arrive within two minutes; see the log")
            return
        if window.workspace is None or not window.workspace.is_complete:
            self._n_complete = 0
            return
        if self._at_us is not None:
            window.view_state.set_time_us(self._at_us)
            self._at_us = None
            self._n_complete = 0
            return
        self._n_complete += 1
        if self._n_complete >= _N_COMPLETE:
            self._end(save_picture(self._window, self._path))


def save_picture(window: QWidget, path: Path) -> str:
    """Save a picture of a window; return what went wrong in one line, or nothing."""
    # Wherever the pointer happens to be, nothing lights up under it.
    for widget in window.findChildren(QWidget):
        if widget.underMouse():
            widget.setAttribute(Qt.WidgetAttribute.WA_UnderMouse, False)
            QApplication.sendEvent(widget, QEvent(QEvent.Type.HoverLeave))
    is_saved = window.grab().save(str(path))
    return "" if is_saved else f"{path}: cannot be written; choose another place"
