import json

import numpy as np
import pytest

from evface.errors import RecordingError
from evface.jobs.spec import read_job, write_job
from evface.jobs.synchronisation import SyncJob, synchronise_recording
from evface.projects.project import Project
from evface.projects.recording import Recording
from evface.transfer.sync_finding import read_sync_finding
from evface.video.writer import write_video

N_FRAMES = 60
OFFSET_US = 200_000
_TRIGGER_CHANNEL = 6


def evt2_file(path, *, triggers_us):
    """Write a RAW file with an event every 5 ms from 1 s on, and a pulse of 8 ms at each time."""
    rows = [(t, 0, 1 << 28 | 5 << 11 | 6) for t in range(1_000_000, 4_000_000, 5_000)]
    for t in triggers_us:
        for after_us, value in ((0, 1), (8_000, 0)):
            rows.append((int(t) + after_us, 1, 10 << 28 | _TRIGGER_CHANNEL << 8 | value))
    words = []
    for t, _, word in sorted(rows):
        words += [8 << 28 | t >> 6, word | (t & 63) << 22]
    header = b"% evt 2.0\n% format EVT2;height=48;width=64\n% end\n"
    path.write_bytes(header + np.array(words, "<u4").tobytes())


@pytest.fixture
def triggered(tmp_path):
    """A recording with a trigger for each video frame; zero is the first event, at 1 s."""
    triggers_us = 1_000_000 + OFFSET_US + np.rint(np.arange(N_FRAMES) * 1e6 / 30)
    evt2_file(tmp_path / "e.raw", triggers_us=triggers_us)
    frames = [np.full((48, 64, 3), 90, np.uint8)] * N_FRAMES
    write_video(tmp_path / "v.mp4", frames, rate_hz=30)
    return tmp_path


def synchronise(folder, **settings):
    recording = Recording.from_files(folder / "e.raw", folder / "v.mp4")
    try:
        return synchronise_recording(recording, **settings)
    finally:
        recording.close()


@pytest.mark.parametrize("edge", ["rising", "falling", "middle"])
def test_triggers_are_taken_where_there_are_any(triggered, edge):
    finding = synchronise(triggered, trigger_edge=edge)
    after_us = {"rising": 0, "falling": 8_000, "middle": 4_000}[edge]
    assert finding.sync.method == "triggers"
    assert abs(finding.offset_us - OFFSET_US - after_us) < 100
    assert finding.quality == "good"


def test_marks_come_before_triggers_unless_told_otherwise(triggered):
    marks_us = ((100_000, 350_000),)
    assert synchronise(triggered, marks_us=marks_us).offset_us == 250_000
    assert synchronise(triggered, marks_us=marks_us, method="triggers").sync.method == "triggers"


def test_the_motion_alone_is_used_where_it_is_asked_for(triggered):
    with pytest.raises(RecordingError, match="nothing moves in the video"):
        synchronise(triggered, method="correlation")


def test_triggers_of_something_else_are_refused_where_they_are_asked_for(triggered):
    evt2_file(triggered / "e.raw", triggers_us=1_000_000 + np.arange(20) * 130_000)
    with pytest.raises(RecordingError):
        synchronise(triggered, method="triggers")


def test_the_job_writes_its_finding_and_only_reads_the_project(triggered):
    with Project.create(triggered / "p.evface") as project:
        entry = project.add_recording(triggered / "e.raw", triggered / "v.mp4")
    job = SyncJob(str(triggered / "p.evface"), entry.id, str(triggered / "found.npz"))
    write_job(triggered / "job.json", job)
    assert json.loads((triggered / "job.json").read_text())["kind"] == "sync"
    read = read_job(triggered / "job.json")
    assert read == job
    told = []
    assert read.run(lambda share, _: told.append(share)) == job.output
    assert abs(read_sync_finding(triggered / "found.npz").offset_us - OFFSET_US) < 100
    with Project.open(triggered / "p.evface") as project:
        assert project.recording(entry.id).sync == entry.sync
        assert not project.journal()
