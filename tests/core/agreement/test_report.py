import csv
import io
import json
import math

import numpy as np
import pytest

from evface.agreement.action_units import CodingSettings
from evface.agreement.report import Coder, compare_coders
from evface.agreement.tables import (
    EDGE_COLUMNS,
    EVENT_COLUMNS,
    FRAME_COLUMNS,
    all_undefined,
    edge_cells,
    event_cells,
    frame_cells,
)
from evface.agreement.writing import report_to_json, write_report
from evface.annotations.coding_edits import SetSegments, SetVideoClass
from evface.annotations.edits import ReplaceTracks, SetSync
from evface.annotations.landmark_edits import MoveLandmarks, VerifyLandmarks
from evface.annotations.segments import Segment
from evface.annotations.tracks import Camera, LandmarkTrack, Source, SourceKind
from evface.events.events import Events
from evface.events.formats.hdf5_writer import write_events_hdf5
from evface.geometry.clock import ClockSync
from evface.projects.project import Project
from evface.video.writer import write_video

T_US = 40_000


@pytest.fixture(scope="module")
def media(tmp_path_factory):
    folder = tmp_path_factory.mktemp("media")
    t = np.arange(2000, dtype=np.int64) * 100
    zeros = np.zeros(len(t), np.uint16)
    events = Events(t, zeros, zeros, np.ones(len(t), bool))
    write_events_hdf5(folder / "ev.h5", [events], resolution=(64, 48))
    write_video(folder / "video.mp4", [np.zeros((48, 64, 3), np.uint8)] * 3, rate_hz=25)
    return folder


def faces():
    """Return a track whose inter-ocular distance is 100 px throughout."""
    landmarks = np.zeros((3, 68, 2), np.float32)
    landmarks[:, 45, 0] = 100
    return LandmarkTrack(
        times_us=np.array([0, T_US, 2 * T_US], np.int64),
        valid=np.ones(3, bool),
        source=Source(SourceKind.TEACHER, "tester"),
        landmarks=landmarks,
        confidence=np.ones(3, np.float32),
        state=np.zeros((3, 68), np.uint8),
        camera=Camera.RGB,
    )


@pytest.fixture
def make(media, tmp_path):
    """Return what makes a processed project with one recording."""
    made = []

    def run(name):
        project = Project.create(tmp_path / f"{name}.evface")
        made.append(project)
        entry = project.add_recording(media / "ev.h5", media / "video.mp4", name=name)
        project.apply(ReplaceTracks(entry.id, {"teacher": faces()}))
        return project, entry.id

    yield run
    for project in made:
        project.close()


def label(project, recording_id, author, *, x_px, onset_us, t_us=T_US):
    project.author = author
    project.apply(MoveLandmarks(recording_id, "teacher", t_us, {30: (x_px, 0.0)}))
    segment = Segment(f"{author}s", "AU12", onset_us, 100_000)
    project.apply(SetSegments(recording_id, {segment.id: segment}))
    project.apply(SetVideoClass(recording_id, "AU12"))


def nme_of(report, region="all"):
    (track,) = report.landmarks
    return next(one.nme for one in track.regions if one.region == region)


def test_two_annotators_of_one_project_are_compared(make):
    project, recording_id = make("one")
    label(project, recording_id, "anna", x_px=10.0, onset_us=0)
    label(project, recording_id, "ben", x_px=14.0, onset_us=20_000)
    project.apply(VerifyLandmarks(recording_id, "teacher", T_US, (31,)))
    report = compare_coders(Coder(project, "anna"), Coder(project, "ben"))
    assert (report.first, report.second) == ("anna", "ben")
    assert nme_of(report).value == pytest.approx(0.04)
    assert report.landmarks[0].eye_corners == ("right_eye_outer", "left_eye_outer")
    assert report.landmarks[0].regions[-1].n_second_only == 1
    assert report.units[0].events.onset_us.median == 20_000
    assert report.n_classes_agreed == 1
    assert report.video_class.reason == "both coded nothing but AU12"
    assert any("Nobody coded absence" in note for note in report.notes)


def test_two_projects_meet_by_their_media_and_on_the_clock_of_the_video(make):
    first, recording_id = make("one")
    second, other_id = make("two")
    label(first, recording_id, "anna", x_px=10.0, onset_us=0)
    # The same video frame lies elsewhere on the sensor's clock there.
    second.apply(SetSync(other_id, ClockSync(5_000)))
    label(second, other_id, "anna", x_px=15.0, onset_us=0, t_us=T_US + 5_000)
    report = compare_coders(Coder(first, "anna"), Coder(second, "anna"))
    assert nme_of(report).value == pytest.approx(0.05)
    assert report.recordings == ("one",)
    assert (report.first, report.second) == ("anna (one.evface)", "anna (two.evface)")


def test_the_rest_counts_as_absent_up_to_the_end_of_the_recording_if_asked(make):
    project, recording_id = make("one")
    label(project, recording_id, "anna", x_px=10.0, onset_us=50_000)
    label(project, recording_id, "ben", x_px=10.0, onset_us=50_000)
    settings = CodingSettings(is_uncoded_absent=True)
    report = compare_coders(Coder(project, "anna"), Coder(project, "ben"), settings=settings)
    assert report.units[0].frames.agreed.n == 10
    assert report.units[0].frames.kappa.value == pytest.approx(1.0)
    assert any("counts as absent" in line for line in report.methods)


def test_recordings_of_one_project_alone_are_left_out_and_counted(make, tmp_path):
    project, recording_id = make("one")
    label(project, recording_id, "anna", x_px=1.0, onset_us=0)
    with Project.create(tmp_path / "empty.evface") as empty:
        report = compare_coders(Coder(project, "anna"), Coder(empty, "ben"))
    assert report.recordings == ()
    assert report.n_not_compared == 1
    assert report.units == report.landmarks == ()


@pytest.fixture
def report(make):
    project, recording_id = make("one")
    label(project, recording_id, "anna", x_px=10.0, onset_us=0)
    label(project, recording_id, "ben", x_px=14.0, onset_us=20_000)
    return compare_coders(Coder(project, "anna"), Coder(project, "ben"))


def test_json_holds_no_nan_but_says_why(report):
    fields = json.loads(json.dumps(report_to_json(report), allow_nan=False))
    kappa = fields["units"][0]["frames"]["kappa"]
    assert kappa == {"value": None, "n": 8, "reason": "both coded nothing but present"}
    assert fields["methods"]


def test_csv_holds_every_figure(report, tmp_path):
    write_report(report, tmp_path / "report.csv")
    rows = list(csv.DictReader(io.StringIO((tmp_path / "report.csv").read_text("utf-8"))))
    nme = next(row for row in rows if row["figure"] == "NME" and row["what"] == "all")
    assert math.isclose(float(nme["value"]), 0.04)
    undefined = [row for row in rows if row["undefined as"]]
    assert undefined
    assert all(row["value"] == "" for row in undefined)


def test_html_says_everything_and_runs_nothing_from_names(make, tmp_path):
    project, recording_id = make("one")
    label(project, recording_id, "<script>", x_px=10.0, onset_us=0)
    label(project, recording_id, "ben", x_px=14.0, onset_us=20_000)
    report = compare_coders(Coder(project, "<script>"), Coder(project, "ben"))
    write_report(report, tmp_path / "report.html")
    text = (tmp_path / "report.html").read_text("utf-8")
    assert "<script>" not in text
    assert "&lt;script&gt;" in text
    for expected in ("4.00", "AU12", "ICC(2,1)", "Shrout and Fleiss", "right_eye_outer"):
        assert expected in text


def test_every_dash_is_explained(make):
    project, recording_id = make("one")
    label(project, recording_id, "anna", x_px=10.0, onset_us=0)
    project.author = "ben"
    project.apply(MoveLandmarks(recording_id, "teacher", T_US, {0: (1.0, 1.0)}))
    report = compare_coders(Coder(project, "anna"), Coder(project, "ben"))
    lines = "\n".join(all_undefined(report))
    regions = "teacher: NME of jaw, nose bridge, all undefined: no point that both placed"
    assert regions in lines
    columns = {FRAME_COLUMNS: frame_cells, EVENT_COLUMNS: event_cells, EDGE_COLUMNS: edge_cells}
    n_dashes = sum(cells(report.units[0]).count("–") for cells in columns.values())
    assert n_dashes > 10
    for figure in ("agreed", "κ of moments", "ICC of events", "side", "onset and offset"):
        assert figure in lines


def test_other_endings_are_refused(report, tmp_path):
    with pytest.raises(ValueError, match="must end in"):
        write_report(report, tmp_path / "report.txt")
