"""The window with a project that two people labelled."""

import pytest

from evface.annotations.coding_edits import SetSegments
from evface.annotations.landmark_edits import MoveLandmarks
from evface.annotations.segments import Segment
from evface.projects.project import Project

T_US = 33_333


@pytest.fixture
def labelled_path(face_project):
    """Return a project that Ana and Ben labelled."""
    with Project.open(face_project) as project:
        recording_id = project.recordings()[0].id
        for author, x in (("Ana", 40.0), ("Ben", 44.0)):
            project.author = author
            project.apply(MoveLandmarks(recording_id, "teacher", T_US, {30: (x, 5.0)}))
            segment = Segment(author, "AU12", 100_000, 300_000)
            project.apply(SetSegments(recording_id, {author: segment}))
    return face_project


@pytest.fixture
def opened(window, open_in, labelled_path):
    """Return the window with that project, as Cleo."""
    window.document.set_annotator("Cleo")
    open_in(window, labelled_path)
    return window


@pytest.fixture
def dialog_of(qtbot):
    """Return what chooses an entry of the menus and returns the dialog that it opens."""

    def run(window, key):
        action = window.action(key)
        assert action.isEnabled()
        action.trigger()
        qtbot.waitUntil(lambda: window.interchange.dialog is not None)
        qtbot.waitUntil(window.interchange.dialog.isVisible)
        return window.interchange.dialog

    return run
