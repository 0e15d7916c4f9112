"""Disks that are full, drives that are taken away, and power that fails: nothing acknowledged is
lost, and what cannot be done says so."""

import os
import random
import shutil
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest

from evface.annotations.edits import ReplaceTracks, Together
from evface.annotations.landmark_edits import MoveLandmarks, VerifyLandmarks
from evface.errors import ProjectFileError
from evface.projects.project import Project

needs_mounts = pytest.mark.skipif(
    sys.platform != "linux" or os.geteuid() != 0, reason="needs root on Linux, to mount"
)


@contextmanager
def _mounted(place: Path, *arguments: str):
    place.mkdir(exist_ok=True)
    done = subprocess.run(
        ["mount", *arguments, str(place)], capture_output=True, text=True, check=False
    )
    if done.returncode:
        pytest.skip(f"nothing can be mounted here: {done.stderr.strip()}")
    try:
        yield place
    finally:
        subprocess.run(["umount", "-l", str(place)], capture_output=True, check=False)


def _make(folder, media, landmark_track):
    project = Project.create(folder / "p.evface")
    project.author = "anna"
    entry = project.add_recording(media / "ev.h5")
    project.apply(ReplaceTracks(entry.id, {"transferred": landmark_track()}))
    return project, entry.id


def _move(recording_id, number):
    return MoveLandmarks(recording_id, "transferred", 40_000, {number % 68: (float(number), 1.0)})


def _said(project):
    (entry,) = project.recordings()
    return sorted(map(repr, project.labelled(entry.id, "transferred").corrections))


def _fill(folder: Path) -> Path:
    filler = folder / "filler"
    with filler.open("wb", buffering=0) as file:
        for size in (1 << 16, 1 << 10, 1):
            try:
                while True:
                    file.write(b"\0" * size)
            except OSError:
                continue
    return filler


@needs_mounts
def test_on_a_full_disk_edits_are_refused_until_there_is_room(tmp_path, media, landmark_track):
    with _mounted(tmp_path / "small", "-t", "tmpfs", "-o", "size=3m", "none") as folder:
        project, recording_id = _make(folder, media, landmark_track)
        filler = _fill(folder)
        refused, n_made = [], 0
        for number in range(200):
            said = _said(project)
            try:
                project.apply(_move(recording_id, number))
                n_made += 1
            except ProjectFileError as error:
                refused.append(str(error))
                assert _said(project) == said
        # The log has some room left from before; then there is none.
        assert refused
        assert set(refused) == {
            f"{project.path}: the disk is full; nothing was changed; make room and try again"
        }
        assert project.count_edits() == 1 + n_made
        filler.unlink()
        project.apply(_move(recording_id, 999))
        said = _said(project)
        project.close()
        with Project.open(project.path) as again:
            assert _said(again) == said
            assert again.count_edits() == 2 + n_made
            assert not [problem for problem in again.check() if "edit" in problem.text]


@needs_mounts
def test_a_bulk_edit_that_fills_the_disk_leaves_nothing_behind(tmp_path, media, landmark_track):
    with _mounted(tmp_path / "small", "-t", "tmpfs", "-o", "size=2m", "none") as folder:
        project, recording_id = _make(folder, media, landmark_track)
        project.apply(_move(recording_id, 5))
        said = _said(project)
        verify_all = [
            VerifyLandmarks(recording_id, "transferred", t_us, tuple(range(68)))
            for t_us in range(0, 80_000, 400)
        ]
        with pytest.raises(ProjectFileError, match="the disk is full; nothing was changed"):
            project.apply(Together(tuple(verify_all), "Verify all"))
        assert _said(project) == said
        assert project.undo() is not None
        project.redo()
        with Project.open(project.path, read_only=True) as again:
            assert len(_said(again)) == len(said)
            assert again.check() == []
        project.close()


@needs_mounts
def test_when_its_drive_is_taken_away_a_project_says_so_and_keeps_what_was_done(
    tmp_path, media, landmark_track
):
    drive = tmp_path / "drive"
    drive.mkdir()
    with _mounted(tmp_path / "plugged_in", "--bind", str(drive)) as folder:
        project, recording_id = _make(folder, media, landmark_track)
        project.apply(_move(recording_id, 5))
        said = _said(project)
        subprocess.run(["umount", "-l", str(folder)], check=True)
        with pytest.raises(ProjectFileError, match="its drive was removed; nothing was changed"):
            project.apply(_move(recording_id, 6))
        assert _said(project) == said
        with Project.open(drive / "p.evface") as again:
            assert _said(again) == said
        project.close()


@pytest.mark.skipif(sys.platform == "win32", reason="open files cannot be moved there")
def test_a_folder_that_was_moved_is_said_and_can_be_brought_back(tmp_path, media, landmark_track):
    folder = tmp_path / "here"
    folder.mkdir()
    project, recording_id = _make(folder, media, landmark_track)
    project.apply(_move(recording_id, 5))
    said = _said(project)
    folder.rename(tmp_path / "there")
    with pytest.raises(ProjectFileError, match="is not where it was opened"):
        project.apply(_move(recording_id, 6))
    with pytest.raises(ProjectFileError, match="is not where it was opened"):
        project.undo()
    assert _said(project) == said
    with Project.open(tmp_path / "there" / "p.evface", read_only=True) as elsewhere:
        assert _said(elsewhere) == said
    (tmp_path / "there").rename(folder)
    project.apply(_move(recording_id, 7))
    assert len(_said(project)) == 2
    project.close()
    with Project.open(folder / "p.evface") as again:
        assert len(_said(again)) == 2


@pytest.mark.skipif(sys.platform == "win32", reason="open files cannot be replaced there")
def test_nothing_is_written_to_a_file_that_another_one_replaced(tmp_path, media, landmark_track):
    project, recording_id = _make(tmp_path, media, landmark_track)
    project.path.rename(tmp_path / "old.evface")
    shutil.copy(tmp_path / "old.evface", project.path)
    with pytest.raises(ProjectFileError, match="is not where it was opened"):
        project.apply(_move(recording_id, 6))
    project.close()


@pytest.mark.skipif(sys.platform == "win32", reason="open files cannot be deleted there")
def test_a_deleted_log_is_said_and_closing_saves_what_was_in_it(tmp_path, media, landmark_track):
    project, recording_id = _make(tmp_path, media, landmark_track)
    project.apply(_move(recording_id, 5))
    said = _said(project)
    (tmp_path / "p.evface-wal").unlink()
    with pytest.raises(ProjectFileError, match="its log"):
        project.apply(_move(recording_id, 6))
    project.close()
    with Project.open(project.path) as again:
        assert _said(again) == said
        again.apply(_move(recording_id, 6))


def test_whenever_the_power_fails_the_project_is_as_before_or_after_the_edit(
    tmp_path, media, landmark_track
):
    project, recording_id = _make(tmp_path, media, landmark_track)
    chance = random.Random(1)
    log = tmp_path / "p.evface-wal"
    after = tmp_path / "after"
    for number in range(12):
        before = _said(project)
        old = log.read_bytes()
        project.apply(
            Together(
                tuple(_move(recording_id, chance.randrange(999)) for _ in range(20)), "Several"
            )
            if number % 3 == 0
            else _move(recording_id, number)
        )
        new = log.read_bytes()
        # Of what was being written, some pages reached the disk.
        changed = {i for i in range(0, len(new), 512) if new[i : i + 512] != old[i : i + 512]}
        reached = set(chance.sample(sorted(changed), chance.randrange(len(changed) + 1)))
        torn = b"".join(
            new[i : i + 512] if i in reached or i not in changed else old[i : i + 512].ljust(512)
            for i in range(0, len(new), 512)
        )
        for content in (torn, new):
            shutil.rmtree(after, ignore_errors=True)
            after.mkdir()
            shutil.copy(project.path, after)
            (after / log.name).write_bytes(content)
            with Project.open(after / "p.evface") as again:
                assert _said(again) in (
                    [_said(project)] if content == new else [before, _said(project)]
                )
                assert not [problem for problem in again.check() if not problem.subject]
                again.apply(_move(recording_id, 3))
    project.close()
