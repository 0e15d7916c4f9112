"""A project that two people labelled, and one of somebody else's."""

import sqlite3
from contextlib import closing
from dataclasses import replace

import pytest

from evface.annotations.coding_edits import SetSegments, SetVideoClass
from evface.annotations.landmark_edits import MoveLandmarks
from evface.annotations.segments import Presence, Segment
from evface.projects.project import Project

T_US = 33_333


def label(project, recording_id, author, *, x=10.0, onset_us=100_000):
    project.author = author
    project.apply(MoveLandmarks(recording_id, "teacher", T_US, {30: (x, 5.0), 31: (x, 9.0)}))
    parts = (
        Segment(f"{author}-absent", "AU12", 0, onset_us, presence=Presence.ABSENT),
        Segment(f"{author}-smile", "AU12", onset_us, 400_000),
    )
    project.apply(SetSegments(recording_id, {part.id: part for part in parts}))
    project.apply(SetVideoClass(recording_id, "AU12"))


@pytest.fixture
def labelled_path(project_path):
    """Return a project that anna and ben labelled."""
    with Project.open(project_path) as project:
        recording_id = project.recordings()[0].id
        label(project, recording_id, "anna")
        label(project, recording_id, "ben", x=13.0, onset_us=120_000)
    return project_path


@pytest.fixture
def other_path(labelled_path):
    """Return a copy of it in which anna worked on, and carla, too."""
    path = labelled_path.with_name("other.evface")
    with closing(sqlite3.connect(labelled_path)) as source, closing(sqlite3.connect(path)) as copy:
        source.backup(copy)
    with Project.open(path) as project:
        recording_id = project.recordings()[0].id
        project.author = "anna"
        project.apply(MoveLandmarks(recording_id, "teacher", T_US, {30: (50.0, 50.0)}))
        smile = project.segments(recording_id)["anna-smile"]
        later = replace(smile, onset_us=200_000, made_at="")
        project.apply(SetSegments(recording_id, {smile.id: later}))
        label(project, recording_id, "carla")
    return path


@pytest.fixture
def opened(window, open_in, labelled_path):
    """Return the window with that project, as anna."""
    window.document.set_annotator("anna")
    open_in(window, labelled_path)
    return window


@pytest.fixture
def trigger(qtbot):
    """Return what chooses an entry of the menus and returns the dialog that it opens."""

    def run(window, key):
        action = window.action(key)
        assert action.isEnabled()
        action.trigger()
        qtbot.waitUntil(lambda: window.sharing.dialog is not None)
        dialog = window.sharing.dialog
        qtbot.waitUntil(dialog.isVisible)
        return dialog

    return run
