import numpy as np
import pytest

from evface.datasets.manifest import MANIFEST
from evface.datasets.samples import Clock
from evface.errors import DatasetError
from evface.landmarks.schemes import FIVE


def touch(folder, *names):
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"")


def test_a_line_is_a_recording(manifest):
    folder = manifest(
        "name, subject, split, label, events, video, video_start_us, registered, landmarks_events, "
        "scheme, clock",
        "first,anna,train,AU12,a/ev.raw,a/v.mp4,-250,yes,points.csv,five,events",
        "",
        "second,,,,a\\ev.raw",
    )
    touch(folder, "a/ev.raw", "a/v.mp4")
    rows = [
        "t_us,x0,y0,x1,y1,x2,y2,x3,y3,x4,y4",
        "40,1,2,3,4,5,6,7,8,9,10",
        "80,,,3,4,5,6,7,8,9,10",
    ]
    (folder / "points.csv").write_text("\n".join(rows))
    first, second = MANIFEST.iter_samples(folder)
    assert (first.subject, first.split, first.label) == ("anna", "train", "AU12")
    assert (first.events, first.video) == (folder / "a/ev.raw", folder / "a/v.mp4")
    assert (first.video_start_us, first.clock) == (-250, Clock.EVENTS)
    assert first.shares_pixels
    assert not first.counts_from_file
    track = first.read_tracks()["published_landmarks_events"]
    assert track.scheme == FIVE.name
    np.testing.assert_array_equal(track.times_us, [40, 80])
    np.testing.assert_array_equal(track.landmarks[0], np.arange(1, 11).reshape(5, 2))
    assert np.isnan(track.landmarks[1, 0]).all()
    assert track.valid.all()
    assert (second.name, second.subject, second.events) == ("second", "second", folder / "a/ev.raw")
    assert second.read_tracks() == {}


@pytest.mark.parametrize(
    ("said", "names", "times_us"),
    [
        ("us", ("f_100.png", "f_20.png"), [0, 80]),
        ("ms", ("1.png", "3.png"), [0, 2000]),
        ("25", ("f10.png", "f9.png"), [0, 40_000]),
        ("clock", ("a_10:00:01.000000.png", "b_10-00-00.500000.png"), [0, 500_000]),
    ],
)
def test_names_of_pictures_give_their_times(manifest, said, names, times_us):
    folder = manifest("name,video,frame_times", f"one,v,{said}")
    touch(folder, *(f"v/{name}" for name in names))
    (sample,) = MANIFEST.iter_samples(folder)
    assert [path.name for path in sample.video.paths] == list(
        names[::-1] if said != "ms" else names
    )
    np.testing.assert_array_equal(sample.video.times_us, times_us)
    assert sample.is_simulated


def test_pictures_without_times_cannot_be_simulated(manifest):
    folder = manifest("name,event_frames", "one,e")
    touch(folder, "e/1.png", "e/2.png")
    (sample,) = MANIFEST.iter_samples(folder)
    assert not sample.event_frames["frame"].is_timed
    assert not sample.is_simulated


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        (",ev.raw,,,", "line 2: has no name"),
        ("a,,,,", "line 2: names neither events nor video nor event_frames"),
        ("a,missing.raw,,,", "missing.raw: is missing; manifest.csv names it as events"),
        ("a,../ev.raw,,,", "'../ev.raw' leads out of"),
        ("a,/ev.raw,,,", "'/ev.raw' leads out of"),
        ("a,C:/ev.raw,,,", "'C:/ev.raw' leads out of"),
        ("a,link.raw,,,", "'link.raw' leads out of"),
        ("a,ev.raw,tests,,", "line 2: split is 'tests'; use train, validation, test or nothing"),
        ("a,,,v,fast", "line 2: frame_times is 'fast'; use clock, ns, us, ms, s or frames"),
        ("a,,,v,0", "line 2: frame_times is '0'"),
        ("a,,,empty,25", "empty: holds no pictures"),
    ],
)
def test_a_line_that_cannot_be_used_is_named(manifest, tmp_path, split_findings, line, problem):
    folder = manifest("name,events,split,video,frame_times", line)
    touch(folder, "ev.raw", "v/1.png")
    touch(tmp_path, "ev.raw")
    (folder / "empty").mkdir()
    (folder / "link.raw").symlink_to(tmp_path / "ev.raw")
    samples, missing = split_findings(MANIFEST, folder)
    assert not samples
    assert len(missing) == 1
    assert problem in missing[0]


def test_a_name_is_taken_once(manifest, split_findings):
    folder = manifest("name,events", "a,ev.raw", "a,ev.raw")
    touch(folder, "ev.raw")
    samples, missing = split_findings(MANIFEST, folder)
    assert len(samples) == 1
    assert "line 3: the name 'a' is there twice" in missing[0]


@pytest.mark.parametrize(
    ("header", "problem"),
    [("name,event", "has an unknown column 'event'"), ("events", "has no column 'name'")],
)
def test_unknown_columns_are_named(manifest, header, problem):
    with pytest.raises(DatasetError, match=problem):
        MANIFEST.find(manifest(header, "a"))


@pytest.mark.parametrize(
    ("rows", "problem"),
    [
        ("0,1,2,3", "line 1: expected a time and 4 numbers, got 3"),
        ("0,1,2,3,x", "line 1: could not convert"),
        ("99999999999999999999,1,2,3,4", "line 1: the time 1e+20 us is beyond any clock"),
        ("0,1,2,3,4\n0,1,2,3,4", "line 2: is not later than the one before"),
    ],
)
def test_damaged_labels_are_named(manifest, rows, problem):
    folder = manifest("name,events,boxes", "a,ev.raw,b.csv")
    touch(folder, "ev.raw")
    (folder / "b.csv").write_text(rows)
    (line,) = MANIFEST.find(folder).missing
    assert str(line).startswith(f"{folder / 'b.csv'}: {problem}")


def test_a_folder_without_manifest_says_so(tmp_path):
    with pytest.raises(DatasetError, match=r"manifest.csv: is missing; write one line"):
        next(MANIFEST.iter_samples(tmp_path))
    with pytest.raises(DatasetError, match="there is no such folder"):
        next(MANIFEST.iter_samples(tmp_path / "nowhere"))
