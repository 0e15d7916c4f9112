"""Asks whether jobs may be stopped."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QMessageBox, QWidget

from evface_studio.jobs.queue import Job


def may_stop(jobs: Sequence[Job], window: QWidget) -> bool:
    """Ask whether the window may close although jobs are running."""
    titles = ", ".join(job.title for job in jobs)
    box = QMessageBox(window)
    box.setWindowTitle("Jobs are running")
    box.setText(f"Still running: {titles}.")
    box.setInformativeText("Closing the window stops them; what they did so far is lost.")
    stop = box.addButton("Stop and close", QMessageBox.ButtonRole.DestructiveRole)
    keep = box.addButton("Keep running", QMessageBox.ButtonRole.RejectRole)
    box.setDefaultButton(keep)
    box.setEscapeButton(keep)
    box.exec()
    return box.clickedButton() is stop
