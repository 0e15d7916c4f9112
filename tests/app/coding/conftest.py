"""The window with a project open, its timeline ready to be coded on."""

import pytest
from PySide6.QtCore import QPoint, Qt

from evface.annotations.coding_edits import SetSegments
from evface.annotations.segments import Decision
from evface.projects.project import Project


@pytest.fixture
def opened(window, open_in, project_path, focus):
    open_in(window, project_path)
    window.coding.units.choose(["AU1", "AU12", "AU25"])
    focus(window, window.workspace.timeline.rows)
    return window


@pytest.fixture
def rows(opened):
    return opened.workspace.timeline.rows


@pytest.fixture
def settle(qtbot, opened):
    """Return a function that waits until what was asked for is on disk and shown."""

    def wait():
        qtbot.waitUntil(lambda: not opened.marking.marks)
        qtbot.waitUntil(
            lambda: not opened.document.is_busy and opened.workspace.timeline.is_idle,
            timeout=10_000,
        )

    return wait


@pytest.fixture
def stored(opened, settle):
    """Return a function that reads what the project holds, as another program would."""

    def read():
        settle()
        with Project.open(opened.document.project.path) as project:
            segments = project.segments(opened.document.recording_id)
        shown = opened.coding.segments
        assert dict(shown) == segments
        assert {
            one.id
            for row in opened.workspace.timeline.rows.rows
            for one in (*row.coded.segments, *row.others.segments)
        } == {
            one.id
            for one in segments.values()
            if one.decision is not Decision.REFUSED and one.unit in opened.coding.units.shown
        }
        return sorted(segments.values(), key=lambda one: (one.onset_us, one.unit))

    return read


@pytest.fixture
def code(opened, settle):
    """Return a function that puts segments there and chooses the last one."""

    def put(*segments):
        edit = SetSegments(opened.document.recording_id, {one.id: one for one in segments})
        opened.document.edit(edit)
        settle()
        opened.coding.choose(opened.coding.segments[segments[-1].id])
        return segments[-1]

    return put


@pytest.fixture
def at(rows):
    """Return a function that says where a moment of a row lies."""

    def place(unit, t_us):
        y = rows.top_of(unit) + rows.row_height // 2
        return QPoint(round(rows.scale.x_of(t_us)), y)

    return place


@pytest.fixture
def drag(qtbot, rows, move_pointer, at):
    def drag(unit, from_us, to_us, modifiers=Qt.KeyboardModifier.NoModifier, *, released=True):
        start, stop = at(unit, from_us), at(unit, to_us)
        move_pointer(rows, start)
        qtbot.mousePress(rows, Qt.MouseButton.LeftButton, modifiers, pos=start)
        for share in (0.3, 0.6, 1.0):
            move_pointer(rows, start + (stop - start) * share, Qt.MouseButton.LeftButton)
        if released:
            qtbot.mouseRelease(rows, Qt.MouseButton.LeftButton, modifiers, pos=stop)

    return drag
