import json
import shutil

import pytest

import evface.simulation.protocols as protocols
import evface.simulation.recording_set as recording_set
from evface.errors import EvfaceError, FileError
from evface.simulation.gallery import write_gallery
from evface.simulation.protocols import SetSettings, plan_clips
from evface.simulation.recording_set import make_clip, make_clips, make_set, read_manifest
from evface.simulation.truth import read_truth

SMALL = SetSettings(
    "keypoints",
    n_subjects=1,
    clips_per_subject=2,
    resolution=(64, 48),
    condition="good_light",
    texture_width=256,
)
NAMES = [clip.name for clip in plan_clips(SMALL)]


@pytest.fixture(scope="module", autouse=True)
def short_clips():
    """Make recordings of a fifth of a second."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(protocols, "_CLIP_US", 200_000)
        yield


def work_here(patch):
    def spread(work, items, *, done, look, **_where):
        for number, item in enumerate(items):
            done(number, work(item))
            look(0.0)

    patch.setattr(recording_set, "spread", spread)


@pytest.fixture
def here(monkeypatch):
    work_here(monkeypatch)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    out = tmp_path_factory.mktemp("set")
    with pytest.MonkeyPatch.context() as patch:
        work_here(patch)
        summary = make_set(out, SMALL)
    assert (summary.n_clips, summary.n_made) == (2, 2)
    return out


@pytest.fixture
def copy(made, tmp_path):
    shutil.copytree(made, tmp_path / "set")
    return tmp_path / "set"


def files(out):
    return {
        str(path.relative_to(out)): path.read_bytes()
        for path in (out / "clips").rglob("*")
        if path.is_file()
    }


def test_a_set_has_a_folder_a_recording_and_a_list_of_them(made):
    manifest = read_manifest(made)
    assert [clip["name"] for clip in manifest["clips"]] == NAMES
    assert manifest["settings"]["protocol"] == "keypoints"
    for clip in manifest["clips"]:
        folder = made / "clips" / clip["name"]
        assert {path.name for path in folder.iterdir()} == {"video.mp4", "events.h5", "truth.h5"}
        truth = read_truth(folder / "truth.h5")
        assert (truth.label, truth.split, truth.subject) == (clip["label"], clip["split"], 0)


@pytest.mark.usefixtures("here")
def test_what_was_lost_is_made_again_and_is_the_same(made, copy):
    before = files(made)
    truth = copy / "clips" / NAMES[0] / "truth.h5"
    truth.unlink()
    (truth.parent / ".events.h5.123.part").write_bytes(b"half")
    told = []
    summary = make_set(copy, SMALL, report=lambda share, words: told.append((share, words)))
    assert (summary.n_clips, summary.n_made) == (2, 1)
    assert files(copy) == before
    assert told[0] == (0.5, "1 of 2 recordings")
    assert told[-1][0] == 1.0
    assert "2 of 2 recordings" in told[-1][1]


@pytest.mark.usefixtures("here")
def test_a_whole_set_is_left_as_it_is(copy):
    assert make_set(copy, SMALL).n_made == 0


def test_one_recording_can_be_made_without_a_set(made, tmp_path):
    clip = plan_clips(SMALL)[0]
    again = make_clip(tmp_path, clip)
    assert again.truth_path.read_bytes() == (made / "clips" / NAMES[0] / "truth.h5").read_bytes()


def test_a_folder_of_another_set_is_not_touched(copy):
    before = files(copy)
    other = SetSettings(n_subjects=1, labels=("AU1",))
    with pytest.raises(FileError, match="other settings"):
        make_set(copy, other)
    assert files(copy) == before


def test_what_another_process_cannot_write_ends_the_work(copy):
    shutil.rmtree(copy / "clips")
    (copy / "clips").write_text("a file is in the way")
    with pytest.raises(OSError, match="clips"):
        make_set(copy, SMALL, n_processes=1)


def test_a_worker_says_what_is_wrong_in_words(tmp_path, monkeypatch):
    def fail(*_arguments, **_settings):
        raise FileError("video.mp4", "cannot be written; make room there")

    monkeypatch.setattr(recording_set, "make_recording", fail)
    clips = plan_clips(SMALL)
    assert make_clips(str(tmp_path), clips) == "video.mp4: cannot be written; make room there"


@pytest.mark.parametrize("words", ["", "{}", '{"format": "evface synthetic set", "version": 1}'])
def test_a_damaged_list_gives_one_clear_error(tmp_path, words):
    (tmp_path / "synth.json").write_text(words)
    with pytest.raises(FileError, match=r"synth\.json: is not the list"):
        read_manifest(tmp_path)


def test_a_list_of_a_newer_version_asks_for_an_update(copy):
    path = copy / "synth.json"
    manifest = json.loads(path.read_text())
    path.write_text(json.dumps(manifest | {"version": 99}))
    with pytest.raises(FileError, match="update evface"):
        read_manifest(copy)


def test_what_is_whole_is_not_made_twice(made, copy):
    truth = copy / "clips" / NAMES[0] / "truth.h5"
    other = copy / "clips" / NAMES[1] / "truth.h5"
    other.unlink()
    before = truth.stat().st_mtime_ns
    assert make_clips(str(copy), plan_clips(SMALL)) == ""
    assert truth.stat().st_mtime_ns == before
    assert files(copy) == files(made)


def test_what_was_made_out_of_sight_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr(recording_set, "spread", lambda *_arguments, **_where: None)
    with pytest.raises(EvfaceError, match="is not there; workers must see this folder"):
        make_set(tmp_path / "set", SMALL)


def test_the_gallery_shows_people_and_classes(copy):
    page = write_gallery(copy)
    text = page.read_text(encoding="utf-8")
    pictures = sorted(path.name for path in (copy / "gallery").iterdir())
    assert pictures == [f"{name}.jpg" for name in NAMES]
    for name in NAMES:
        assert f'src="gallery/{name}.jpg"' in text
    assert "good light" in text


def test_a_gallery_of_half_a_set_names_what_is_missing(copy):
    (copy / "clips" / NAMES[1] / "truth.h5").unlink()
    with pytest.raises(FileError, match=NAMES[1]):
        write_gallery(copy)
