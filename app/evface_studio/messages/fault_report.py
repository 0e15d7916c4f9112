"""What happens to errors that nobody expected: they are logged, and the user is told."""

from __future__ import annotations

import logging
import logging.handlers
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

from PySide6.QtCore import QMessageLogContext, QObject, QtMsgType, Signal, qInstallMessageHandler

_log = logging.getLogger("evface_studio")
_MAX_BYTES = 1 << 20

_QT_LEVELS = {
    QtMsgType.QtDebugMsg: logging.DEBUG,
    QtMsgType.QtInfoMsg: logging.INFO,
    QtMsgType.QtWarningMsg: logging.WARNING,
    QtMsgType.QtCriticalMsg: logging.ERROR,
    QtMsgType.QtFatalMsg: logging.CRITICAL,
}


class FaultReport(QObject):
    """Catches what no other code catches, in any thread. Nothing is lost: edits are on disk.

    Parameters
    ----------
    log_path
        Where the log is written; where that is impossible, on stderr alone.
    """

    # One line for the user.
    reported = Signal(str)

    def __init__(self, log_path: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._log_path = log_path
        self._handlers: list[logging.Handler] = []
        self._qt_handler: Callable[[QtMsgType, QMessageLogContext, str], object] | None = None

    def install(self) -> None:
        """Write the log, and take over the hooks of Python and Qt."""
        self._handlers = [logging.StreamHandler(sys.stderr)]
        try:
            self._log_path.parent.mkdir(parents=True, exist_ok=True)
            self._handlers.append(
                logging.handlers.RotatingFileHandler(
                    self._log_path, maxBytes=_MAX_BYTES, backupCount=1, encoding="utf-8"
                )
            )
        except OSError as error:
            _log.warning("no log file: %s", error)
        for handler in self._handlers:
            handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
            _log.addHandler(handler)
        # How late live pictures are, and the like, is for the file.
        self._handlers[0].setLevel(logging.WARNING)
        _log.setLevel(logging.INFO)
        _log.propagate = False
        sys.excepthook = self.catch
        threading.excepthook = self._catch_in_thread
        self._qt_handler = qInstallMessageHandler(_log_qt_message)

    def uninstall(self) -> None:
        """Give the hooks back, and close the log."""
        sys.excepthook = sys.__excepthook__
        threading.excepthook = threading.__excepthook__
        qInstallMessageHandler(self._qt_handler)
        for handler in self._handlers:
            _log.removeHandler(handler)
            handler.close()

    def catch(
        self,
        kind: type[BaseException],
        error: BaseException,
        traceback: TracebackType | None,
    ) -> None:
        """Log an error and tell the user."""
        if issubclass(kind, KeyboardInterrupt):
            sys.__excepthook__(kind, error, traceback)
            return
        _log.error("unexpected error", exc_info=(kind, error, traceback))
        self.reported.emit(
            f"Something went wrong inside evface ({kind.__name__}: {error}). Your labels are safe. "
            f"Details are in {self._log_path}"
        )

    def _catch_in_thread(self, caught: threading.ExceptHookArgs) -> None:
        if caught.exc_value is not None:
            self.catch(caught.exc_type, caught.exc_value, caught.exc_traceback)


def _log_qt_message(kind: QtMsgType, _context: QMessageLogContext, text: str) -> None:
    _log.log(_QT_LEVELS.get(kind, logging.WARNING), "Qt: %s", text)
