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
    box.setInformativeText(what_is_lost(jobs))
    stop = box.addButton("Stop and close", QMessageBox.ButtonRole.DestructiveRole)
    keep = box.addButton("Keep running", QMessageBox.ButtonRole.RejectRole)
    box.setDefaultButton(keep)
    box.setEscapeButton(keep)
    box.exec()
    return box.clickedButton() is stop


def what_is_lost(jobs: Sequence[Job]) -> str:
    """Return what becomes of jobs that are stopped: trainings go on later, others begin anew."""
    words = "Closing the window stops them; "
    n_kept = sum(job.can_pause for job in jobs)
    if n_kept == 0:
        return words + "what they did so far is lost."
    kept = "what was trained is kept, and can be resumed from the models of the project"
    return words + kept + ("." if n_kept == len(jobs) else "; what else was done is lost.")
