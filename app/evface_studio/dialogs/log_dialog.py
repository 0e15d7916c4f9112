"""What a job wrote."""

from __future__ import annotations

from PySide6.QtCore import Slot
from PySide6.QtGui import QFontDatabase, QGuiApplication, QTextCursor
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from evface_studio.jobs.queue import Job
from evface_studio.look.icons import icon
from evface_studio.look.theme import GRID, Theme


class LogDialog(QDialog):
    """Shows a job's log, which may still grow."""

    def __init__(self, job: Job, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(f"Log: {job.title}")
        self.resize(90 * GRID, 56 * GRID)
        self._job = job
        self._text = QPlainTextEdit()
        self._text.setReadOnly(True)
        self._text.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self._text.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        copy = QPushButton("Copy all")
        copy.setIcon(icon("copy", theme))
        copy.clicked.connect(self._on_copy_clicked)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(copy)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(2 * GRID, 2 * GRID, 2 * GRID, 2 * GRID)
        layout.setSpacing(GRID)
        layout.addWidget(self._text)
        layout.addLayout(row)
        job.changed.connect(self._on_job_changed)
        self._on_job_changed()

    @property
    def text(self) -> str:
        """The log."""
        return self._text.toPlainText()

    @Slot()
    def _on_job_changed(self) -> None:
        if self._job.log != self.text:
            self._text.setPlainText(self._job.log)
            self._text.moveCursor(QTextCursor.MoveOperation.End)

    @Slot()
    def _on_copy_clicked(self) -> None:
        QGuiApplication.clipboard().setText(self.text)
