"""The filters of a project's recordings, in old projects, damaged ones and snapshots."""

import sqlite3

import pytest

from evface.annotations.edits import SetFilters
from evface.errors import ProjectFileError
from evface.events.filters.flicker import Flicker
from evface.events.filters.hot_pixels import HotPixels
from evface.projects.project import Project
from evface.projects.snapshots import write_snapshot

FILTERS = (HotPixels(pixels=((3, 4),)), Flicker(mains_hz=60, is_on=False))


def run(path, *statements):
    connection = sqlite3.connect(path)
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    connection.close()


def test_projects_from_before_filters_open_without_any_and_take_some(project, entry):
    path = project.path
    project.close()
    run(path, "ALTER TABLE recordings DROP COLUMN filters", "PRAGMA user_version = 3")
    with Project.open(path) as opened:
        assert opened.recording(entry.id).filters == ()
        assert opened.check() == []
        opened.apply(SetFilters(entry.id, FILTERS))
    with Project.open(path) as opened:
        assert opened.recording(entry.id).filters == FILTERS
        assert opened.history().undo_label == "Set filters"
        opened.undo()
        assert opened.recording(entry.id).filters == ()
        opened.redo()
        assert opened.recording(entry.id).filters == FILTERS
        assert opened.check() == []


def test_a_snapshot_knows_the_filters(project, entry):
    project.apply(SetFilters(entry.id, FILTERS))
    with Project.open(write_snapshot(project.path, "evening").path) as snapshot:
        assert snapshot.recordings()[0].filters == FILTERS
        assert snapshot.check() == []


@pytest.mark.parametrize("said", ["[{}]", "{", "null", '[{"filter": "sharpen", "is_on": true}]'])
def test_damaged_filters_are_an_error_that_names_the_project(project, entry, said):
    path = project.path
    project.close()
    run(path, f"UPDATE recordings SET filters = '{said}'")
    with Project.open(path) as opened:
        with pytest.raises(ProjectFileError, match="damaged at the filters of a recording"):
            opened.recording(entry.id)
        assert opened.check()
