"""Who can take back what."""

import pytest

from evface.annotations.coding_edits import SetSegments, SetVideoClass
from evface.annotations.edits import Place, RenameRecording, Together
from evface.annotations.segments import Segment
from evface.projects.history import History
from evface.projects.project import Project


@pytest.fixture
def by(project, entry):
    """Make, undo and redo edits as different people."""

    class People:
        def own(self, author, unit):
            return self._as(author, lambda: project.apply(SetVideoClass(entry.id, unit)))

        def shared(self, author, name):
            edit = Together((RenameRecording(entry.id, name),), f"Rename to {name}")
            return self._as(author, lambda: project.apply(edit))

        def undo(self, author):
            return self._as(author, project.undo)

        def redo(self, author):
            return self._as(author, project.redo)

        def history(self, author):
            return self._as(author, project.history)

        def classes(self):
            return project.video_classes(entry.id)

        def name(self):
            return project.recording(entry.id).name

        def _as(self, author, do):
            project.author = author
            return do()

    return People()


def test_people_take_back_only_their_own_labels(by):
    by.own("ann", "AU1")
    by.own("ben", "AU2")
    by.own("ann", "AU4")
    assert by.undo("ben") is not None
    assert by.classes() == {"ann": "AU4"}
    assert by.undo("ben") is None
    by.undo("ann")
    assert by.classes() == {"ann": "AU1"}
    by.redo("ben")
    by.redo("ann")
    assert by.classes() == {"ann": "AU4", "ben": "AU2"}


def test_what_someone_else_changed_since_is_not_undone_by_the_way(by):
    first = by.name()
    by.shared("ann", "a")
    by.shared("ben", "b")
    # Taking back ann's name now would take ben's away.
    assert by.history("ann") == History("", "")
    assert by.undo("ann") is None
    assert by.name() == "b"
    by.undo("ben")
    assert by.name() == "a"
    assert by.history("ben") == History("", "Rename to b")
    assert by.name() != first


def test_what_someone_did_to_labels_given_to_them_is_not_undone_by_the_giver(project, entry):
    theirs = Segment("a", "AU12", 0, 9, author="ann", made_at="2026-01-01")
    project.author = "cleo"
    project.apply(SetSegments(entry.id, {"a": theirs}, "Import labels"))
    project.author = "ann"
    project.apply(SetSegments(entry.id, {"a": Segment("a", "AU12", 0, 20)}))
    project.author = "cleo"
    assert project.undo() is None
    assert project.segments(entry.id)["a"].offset_us == 20
    # Nor is what they are not the author of theirs to take away by removing it.
    project.apply(SetSegments(entry.id, {"a": None}))
    project.author = "ann"
    project.apply(SetVideoClass(entry.id, "AU1"))
    project.author = "cleo"
    assert project.undo() is None


def test_labels_can_be_taken_back_whatever_happened_to_tracks_since(by):
    by.own("ann", "AU1")
    by.shared("ben", "b")
    assert by.undo("ann") is not None
    assert by.classes() == {}


def test_another_edit_ends_what_could_be_made_again(by):
    by.own("ann", "AU1")
    by.undo("ann")
    by.own("ann", "AU2")
    assert by.redo("ann") is None
    assert by.classes() == {"ann": "AU2"}


def test_two_windows_on_one_project_agree_on_what_was_done(by, project):
    by.own("ann", "AU1")
    with Project.open(project.path) as other:
        other.author = "ann"
        other.undo()
    assert by.classes() == {}
    assert by.history("ann").redo_label == "Set the recording's class"
    by.redo("ann")
    assert by.classes() == {"ann": "AU1"}


def test_an_edit_that_cannot_be_taken_back_any_more_stays_to_be_taken_back(
    by, project, monkeypatch
):
    by.own("ann", "AU1")

    def fail(*_):
        raise OSError("no")

    with monkeypatch.context() as patch:
        patch.setattr("evface.projects.project.encode_edit", fail)
        with pytest.raises(OSError, match="no"):
            by.undo("ann")
    assert by.classes() == {"ann": "AU1"}
    assert by.undo("ann") is not None
    assert by.classes() == {}
    assert project.history().undo_label == ""


def test_taking_back_a_drawn_segment_goes_to_where_it_was(project, entry):
    path = project.path
    project.apply(SetSegments(entry.id, {"a": Segment("a", "AU12", 300_000, 400_000)}))
    there = Place(entry.id, 300_000, None, "AU12")
    assert project.undo() == there
    assert project.redo() == there
    project.close()
    with Project.open(path) as opened:
        assert opened.undo() == there
