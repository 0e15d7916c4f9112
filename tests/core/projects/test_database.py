import errno
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from evface.annotations.edits import RenameRecording, ReplaceTracks
from evface.errors import ProjectFileError, RecordingError
from evface.projects import database, schema
from evface.projects.project import Project


@pytest.fixture
def closed(project, entry, landmark_track):
    """The path of a project that holds a track, closed, alone in its folder."""
    project.apply(ReplaceTracks(entry.id, {"transferred": landmark_track(range(500))}))
    project.close()
    folder = project.path.parent / "alone"
    folder.mkdir()
    return shutil.copy(project.path, folder / "p.evface")


def _patch(path, offset, data):
    content = bytearray(path.read_bytes())
    content[offset : offset + len(data)] = data
    path.write_bytes(content)


def _cut(path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def _replace_by_foreign_database(path):
    path.unlink()
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE recordings (id)")
    connection.close()


DAMAGES = {
    "cut short": (_cut, "is cut short"),
    "cut in the header": (lambda p: p.write_bytes(p.read_bytes()[:60]), "is cut short"),
    "empty": (lambda p: p.write_bytes(b""), "is empty"),
    "newer": (
        lambda p: _patch(p, 60, (99).to_bytes(4)),
        "was made by a newer evface .* update evface",
    ),
    "without a version": (lambda p: _patch(p, 60, bytes(4)), "states no version"),
    "text": (lambda p: p.write_text("hello " * 99), "is not an evface project"),
    "foreign": (_replace_by_foreign_database, "is a database of another program"),
    "first page overwritten": (lambda p: _patch(p, 100, b"\xaa" * 3000), "is damaged"),
}


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("read_only", [True, False])
def test_what_is_not_a_whole_project_is_refused_and_not_touched(
    closed, snapshot, damage, read_only
):
    do, message = DAMAGES[damage]
    do(closed)
    before = snapshot(closed.parent)
    with pytest.raises(ProjectFileError, match=message) as refusal:
        Project.open(closed, read_only=read_only)
    assert "\n" not in str(refusal.value)
    assert snapshot(closed.parent) == before


def test_a_folder_and_a_missing_file_are_refused(tmp_path):
    with pytest.raises(ProjectFileError, match="is a folder"):
        Project.open(tmp_path)
    with pytest.raises(ProjectFileError, match="does not exist; make a project with"):
        Project.open(tmp_path / "none.evface")
    assert list(tmp_path.iterdir()) == []


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_random_damage_is_a_project_error_or_does_no_harm(closed, tmp_path, data):
    damaged = tmp_path / "damaged.evface"
    content = bytearray(closed.read_bytes())
    for _ in range(data.draw(st.integers(1, 20))):
        content[data.draw(st.integers(0, len(content) - 1))] ^= data.draw(st.integers(1, 255))
    damaged.write_bytes(content)
    try:
        with Project.open(damaged) as opened:
            opened.check()
            for entry in opened.recordings():
                for role in opened.tracks(entry.id):
                    opened.read_track(entry.id, role)
            opened.journal()
    except (ProjectFileError, RecordingError) as error:
        assert str(error).startswith(str(damaged))  # noqa: PT017
    finally:
        for path in tmp_path.glob("damaged.evface*"):
            path.unlink()


def test_making_a_project_replaces_nothing(closed, snapshot):
    before = snapshot(closed.parent)
    with pytest.raises(ProjectFileError, match="exists already"):
        Project.create(closed)
    assert snapshot(closed.parent) == before


@pytest.fixture(params=["links", "no links"])
def drive(request, tmp_path, monkeypatch):
    """Return a folder on a drive that knows links between files, or none."""

    def refuse(*_):
        raise OSError(errno.EPERM, "Operation not permitted")

    if request.param == "no links":
        monkeypatch.setattr(database.os, "link", refuse)
    return tmp_path


def test_a_project_takes_the_place_of_an_empty_file(drive):
    path = drive / "p.evface"
    path.touch()
    Project.create(path).close()
    Project.open(path).close()
    with pytest.raises(ProjectFileError, match="exists already"):
        Project.create(path)
    assert list(drive.iterdir()) == [path]


@pytest.mark.parametrize("is_left", [False, True])
def test_one_of_many_who_make_the_same_project_makes_it(drive, is_left, monkeypatch):
    path, n = drive / "p.evface", 6
    if is_left:
        path.touch()
    # All have looked whether it is there before any of them puts it there.
    together = threading.Barrier(n)
    put_in_place = database._put_in_place

    def put_in_place_together(*given):
        together.wait(60.0)
        put_in_place(*given)

    monkeypatch.setattr(database, "_put_in_place", put_in_place_together)

    def make(_):
        try:
            database.create_database(path)
        except ProjectFileError as error:
            return error.problem.partition(";")[0]
        return "made"

    with ThreadPoolExecutor(n) as pool:
        said = sorted(pool.map(make, range(n)))
    assert said == ["exists already"] * (n - 1) + ["made"]
    assert list(drive.iterdir()) == [path]
    Project.open(path).close()


def test_a_process_that_is_killed_while_it_makes_a_project_leaves_none(tmp_path):
    path = tmp_path / "p.evface"
    code = (
        "import os, sys; from pathlib import Path; from evface.projects import database; "
        "database.os.link = lambda *_: os._exit(9); "
        "database.create_database(Path(sys.argv[1]))"
    )
    done = subprocess.run([sys.executable, "-c", code, str(path)], check=False)
    assert done.returncode == 9
    assert not path.exists()
    Project.create(path).close()


def test_a_link_that_leads_nowhere_is_not_replaced(tmp_path):
    path = tmp_path / "p.evface"
    path.symlink_to(tmp_path / "drive" / "p.evface")
    with pytest.raises(ProjectFileError, match="exists already"):
        Project.create(path)
    assert path.is_symlink()


def test_a_project_is_not_made_over_the_leavings_of_another(tmp_path):
    (tmp_path / "p.evface-wal").write_bytes(b"changes")
    with pytest.raises(ProjectFileError, match="move it away"):
        Project.create(tmp_path / "p.evface")
    assert [path.name for path in tmp_path.iterdir()] == ["p.evface-wal"]


def test_a_project_is_not_made_in_a_folder_that_is_not_there(tmp_path):
    with pytest.raises(ProjectFileError, match="its folder does not exist"):
        Project.create(tmp_path / "none" / "p.evface")


def test_the_file_says_what_it_is_and_syncs_to_disk(project):
    with sqlite3.connect(project.path) as connection:
        assert connection.execute("PRAGMA application_id").fetchone()[0] == schema.APPLICATION_ID
        assert connection.execute("PRAGMA user_version").fetchone()[0] == len(schema.MIGRATIONS)
        assert connection.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
    connection.close()
    with project._database.reading() as connection:
        assert connection.execute("PRAGMA synchronous").fetchone()[0] == 2  # FULL


def test_a_closed_project_is_one_file(closed):
    with Project.open(closed) as opened:
        opened.apply(RenameRecording(opened.recordings()[0].id, "other"))
    assert list(closed.parent.iterdir()) == [closed]


def test_in_a_folder_that_cannot_be_written_a_project_opens_read_only(
    closed, snapshot, monkeypatch
):
    before = snapshot(closed.parent)
    monkeypatch.setattr(
        database.os, "access", lambda path, mode: mode != os.W_OK or path != closed.parent
    )
    with Project.open(closed) as opened:
        assert opened.is_read_only
        (entry,) = opened.recordings()
        assert len(opened.read_track(entry.id, "transferred")) == 500
        assert snapshot(closed.parent) == before  # nor are there files while it is open
        with pytest.raises(ProjectFileError, match="open for reading only"):
            opened.apply(RenameRecording(entry.id, "new"))
    assert snapshot(closed.parent) == before
    closed.with_name("p.evface-wal").write_bytes(b"left by a crash")
    with pytest.raises(ProjectFileError, match="was not closed properly"):
        Project.open(closed)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="needs another user")
def test_a_user_who_may_not_write_can_read(closed, snapshot):
    code = (
        # What Python imports only when it is needed may lie where that user cannot look.
        "import os, sys, urllib.parse\n"
        "from pathlib import Path; from evface.projects.project import Project\n"
        "os.setuid(65534)\n"
        "with Project.open(Path(sys.argv[1])) as p: print(p.is_read_only, len(p.recordings()))"
    )
    # Not below pytest's own folder, which others may not enter.
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        path = Path(shutil.copy(closed, folder))
        before = snapshot(folder)
        done = subprocess.run(
            [sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=False
        )
        assert done.stdout.split() == ["True", "1"], done.stderr
        assert snapshot(folder) == before


def test_a_full_disk_changes_nothing(project, entry, landmark_track):
    project.apply(ReplaceTracks(entry.id, {"transferred": landmark_track()}))
    with project._database.reading() as connection:
        n_pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {n_pages}")
    with pytest.raises(ProjectFileError, match="the disk is full; nothing was changed"):
        project.apply(ReplaceTracks(entry.id, {"transferred": landmark_track(range(9000))}))
    assert len(project.read_track(entry.id, "transferred")) == 3
    assert project.check() == []
    assert len(project.journal()) == 1


@pytest.mark.skipif(os.name != "posix", reason="needs a limit on file sizes")
def test_a_file_that_may_not_grow_changes_nothing(closed):
    code = """
import resource, signal, sys
from pathlib import Path
import numpy as np
from evface.annotations.edits import ReplaceTracks
from evface.annotations.tracks import ActionUnitTrack, Source, SourceKind
from evface.errors import ProjectFileError
from evface.projects.project import Project
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
track = ActionUnitTrack(
    times_us=np.arange(90_000), valid=np.ones(90_000, bool), source=Source(SourceKind.FIT, "f"),
    intensity=np.ones((90_000, 4), np.float32), names="a,b,c,d",
)
with Project.open(Path(sys.argv[1])) as project:
    recording_id = project.recordings()[0].id
    resource.setrlimit(resource.RLIMIT_FSIZE, (900_000, 900_000))
    try:
        project.apply(ReplaceTracks(recording_id, {"action_units": track}))
    except ProjectFileError as error:
        print(error)
"""
    done = subprocess.run(
        [sys.executable, "-c", code, str(closed)], capture_output=True, text=True, check=True
    )
    assert "nothing was changed" in done.stdout
    with Project.open(closed) as opened:
        (entry,) = opened.recordings()
        assert list(opened.tracks(entry.id)) == ["transferred"]
        assert not [p for p in opened.check() if not p.subject]


def test_a_project_survives_a_process_that_dies_in_the_middle_of_an_edit(closed):
    code = """
import os, sys
from pathlib import Path
from evface.annotations.edits import RenameRecording
from evface.projects.project import Project
project = Project.open(Path(sys.argv[1]))
recording_id = project.recordings()[0].id
project.apply(RenameRecording(recording_id, "on disk"))
class Dies:
    label = "dies"
    def apply(self, store):
        store.set_name(recording_id, "half done")
        os._exit(9)
project.apply(Dies())
"""
    done = subprocess.run([sys.executable, "-c", code, str(closed)], check=False)
    assert done.returncode == 9
    with Project.open(closed) as opened:
        assert opened.recordings()[0].name == "on disk"


def test_a_project_that_another_program_writes_says_so(project, entry, monkeypatch):
    monkeypatch.setattr(database, "_BUSY_TIMEOUT_S", 0.05)
    with Project.open(project.path) as other, project._database.writing():
        assert other.recordings()[0].name == "ev"  # reading goes on
        with pytest.raises(ProjectFileError, match="is being changed by another program"):
            other.apply(RenameRecording(entry.id, "new"))


@pytest.fixture
def next_version(monkeypatch):
    step = (
        "ALTER TABLE recordings ADD COLUMN note TEXT NOT NULL DEFAULT 'none'",
        "UPDATE recordings SET note = name",
    )
    monkeypatch.setattr(schema, "MIGRATIONS", (*schema.MIGRATIONS, step))
    return len(schema.MIGRATIONS)


def test_an_older_project_becomes_today_s_with_all_that_it_holds(closed, next_version):
    with Project.open(closed) as opened:
        with opened._database.reading() as connection:
            assert connection.execute("PRAGMA user_version").fetchone()[0] == next_version
            assert connection.execute("SELECT note FROM recordings").fetchall() == [("ev",)]
        # Older versions, which look at the header alone, see at once that it is newer.
        assert int.from_bytes(closed.read_bytes()[60:64]) == next_version
        (journal_entry,) = opened.journal()
        assert journal_entry.label == "Replace tracks"
    with Project.open(closed) as again:
        assert again.recordings()[0].name == "ev"


def test_a_migration_that_fails_leaves_the_older_project(closed, monkeypatch):
    with monkeypatch.context() as patch:
        steps = ("UPDATE recordings SET name = 'lost'", "UPDATE no_such_table SET name = 'lost'")
        patch.setattr(schema, "MIGRATIONS", (*schema.MIGRATIONS, steps))
        with pytest.raises(sqlite3.OperationalError, match="no_such_table"):
            Project.open(closed)
    with Project.open(closed) as opened:
        assert opened.recordings()[0].name == "ev"


def test_an_older_project_is_not_changed_where_only_reading_is_asked(closed, snapshot, request):
    request.getfixturevalue("next_version")
    before = snapshot(closed.parent)
    with pytest.raises(ProjectFileError, match="was made by an older evface"):
        Project.open(closed, read_only=True)
    assert snapshot(closed.parent) == before


def _make_version_1(path, registration_text):
    """Make a project as the first version did, with a recording and a journal."""
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA journal_mode = WAL")
    for statement in schema.MIGRATIONS[0]:
        connection.execute(statement)
    sync = '{"offset_us": 5, "drift_ppm": 0.0, "method": "assumed", "residual_us": null}'
    connection.execute(
        "INSERT INTO recordings VALUES ('ID', 1, 'old', ?, ?, '2025')", (sync, registration_text)
    )
    connection.execute(
        "INSERT INTO media VALUES ('ID', 'events', NULL, '/nowhere/ev.h5', 1, 'none')"
    )
    edit = (
        '{"kind": "Together", "label": "t", "edits": [{"kind": "SetTransform", "label": "s", '
        '"recording_id": "ID", "event_from_rgb": [[2, 0, 3], [0, 2, 4], [0, 0, 1]]}]}'
    )
    connection.execute("INSERT INTO journal VALUES (1, '2025', 'a', 't', ?, ?)", (edit, edit))
    connection.execute(f"PRAGMA application_id = {schema.APPLICATION_ID}")
    connection.execute("PRAGMA user_version = 1")
    connection.commit()
    connection.close()


def test_a_project_of_version_1_keeps_its_plane_and_its_journal(tmp_path):
    path = tmp_path / "old.evface"
    _make_version_1(path, "[[2.0, 0.0, 3.0], [0.0, 2.0, 4.0], [0.0, 0.0, 1.0]]")
    with Project.open(path) as opened:
        (entry,) = opened.recordings()
        (done,) = opened.journal()
    assert entry.event_from_rgb.planar.matrix.tolist() == [[2, 0, 3], [0, 2, 4], [0, 0, 1]]
    assert entry.event_from_rgb.cameras is None
    assert entry.event_from_rgb.quality == "assumed"
    (setting,) = done.edit.edits
    assert setting.event_from_rgb.maps_like(entry.event_from_rgb)
    assert entry.sync.offset_us == 5


def test_a_damaged_plane_of_version_1_is_said_and_not_replaced(tmp_path):
    path = tmp_path / "old.evface"
    _make_version_1(path, "[[2.0, 0.0")
    with Project.open(path) as opened, pytest.raises(ProjectFileError, match="event_from_rgb"):
        opened.recordings()


def test_a_project_of_version_1_keeps_what_people_corrected(tmp_path):
    path = tmp_path / "old.evface"
    _make_version_1(path, "[[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]")
    moved = (
        '{"kind": "MoveLandmark", "label": "Move landmark", "recording_id": "ID", '
        '"role": "box_events", "t_us": 7, "landmark": 1, "xy_px": [3.5, 4.5]}'
    )
    taken_back = (
        '{"kind": "SetCorrections", "label": "Move landmark", "recording_id": "ID", '
        '"role": "box_events", "t_us": 7, "corrections": [[1, null]]}'
    )
    with sqlite3.connect(path) as connection:
        connection.execute(
            "INSERT INTO corrections VALUES "
            "('ID', 'box_events', 'events', 'box', 1, 7, 3.5, 4.5, 2, 'a', '2025', 'person')"
        )
        connection.execute(
            "INSERT INTO journal VALUES (2, '2025', 'a', 'Move landmark', ?, ?)",
            (moved, taken_back),
        )
    connection.close()
    with Project.open(path) as opened:
        opened.author = "a"
        frame = opened.labelled("ID", "box_events").frame_at(7)
        assert frame.landmarks[1].tolist() == [3.5, 4.5]
        said = frame.corrections[1]
        assert (said.author, said.made_at, said.is_occluded) == ("a", "2025", False)
        assert opened.history().undo_label == "Move landmark"
        opened.undo()
        assert not opened.labelled("ID", "box_events").frame_at(7).corrections
        opened.redo()
        assert opened.labelled("ID", "box_events").frame_at(7).corrections[1].xy_px == (3.5, 4.5)


def test_looking_at_an_open_project_again_leaves_its_locks(closed):
    # Else the other process would think that nobody has it open, and take the log away.
    other = (
        "import sys; from evface.projects.project import Project; Project.open(sys.argv[1]).close()"
    )
    with Project.open(closed) as opened:
        (entry,) = opened.recordings()
        opened.apply(RenameRecording(entry.id, "one"))
        Project.open(closed, read_only=True).close()
        (closed.parent / "link.evface").symlink_to(closed)
        Project.open(closed.parent / "link.evface").close()
        subprocess.run([sys.executable, "-c", other, str(closed)], check=True)
        assert closed.with_name(f"{closed.name}-wal").exists()
        opened.apply(RenameRecording(entry.id, "two"))
    with Project.open(closed) as opened:
        assert [entry.name for entry in opened.recordings()] == ["two"]


def test_reading_apart_waits_for_no_other_reading(project, entry, landmark_track):
    project.apply(ReplaceTracks(entry.id, {"transferred": landmark_track()}))
    database = project._database
    with database.reading_apart() as one, database.reading_apart() as other:
        assert one is not other
        for connection in (one, other):
            assert connection.execute("SELECT count(*) FROM tracks").fetchone() == (1,)
    with database.reading_apart() as again:
        assert again in (one, other)
    project.close()
    assert [path.name for path in project.path.parent.glob("p.evface*")] == ["p.evface"]
    with pytest.raises(sqlite3.ProgrammingError, match="closed"), database.reading_apart():
        pass
