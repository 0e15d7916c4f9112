from dataclasses import replace

import numpy as np
import pytest

from evface.annotations.edits import ReplaceTracks
from evface.annotations.tracks import LandmarkState, Source, SourceKind
from evface.errors import DatasetError
from evface.events.events import Events
from evface.events.formats.hdf5_writer import write_events_hdf5
from evface.projects.project import Project
from evface.simulation.truth import read_truth, truth_tracks
from evface.training_sets.building import SetPlan, build_training_set
from evface.training_sets.cutting import Cutting
from evface.training_sets.file import TrainingSet
from evface.training_sets.from_projects import LabelChoice


@pytest.fixture
def project(tmp_path, recording_of):
    path = tmp_path / "p.evface"
    with Project.create(path) as made:
        for number, name in enumerate(("ann AU1", "bob AU2")):
            folder = recording_of(tmp_path / "media" / name, number, "AU12")
            tracks = truth_tracks(read_truth(folder / "truth.h5"))
            (folder / "truth.h5").unlink()
            entry = made.add_recording(folder / "events.h5", folder / "video.mp4", name=name)
            fitted = {
                role: replace(tracks[made_of], source=Source(SourceKind.FIT, "test"))
                for role, made_of in (("face", "truth_face"), ("transferred", "truth_landmarks"))
            }
            made.apply(ReplaceTracks(entry.id, fitted, "Process"))
    return path


def test_projects_and_synthetic_sets_go_into_one_file(project, synthetic_set, tmp_path):
    out, told = tmp_path / "all.evset", []
    plan = SetPlan((project, synthetic_set), subject_pattern=r"^\w+")
    built = build_training_set(out, plan, report=lambda f, words: told.append((f, words)))
    assert (built.n_clips, built.problems) == (8, ())
    fractions = [fraction for fraction, _ in told]
    assert fractions == sorted(fractions)
    assert told[0] == (0.0, "ann AU1")
    assert told[-1] == (1.0, "8 clips")
    with TrainingSet(out) as training_set:
        assert training_set.subjects == ("ann", "bob", "s000", "s001", "s002")
        assert training_set.about.sources == (str(project), str(synthetic_set))
        assert training_set.about.label_filter["least_state"] == "auto"
        assert training_set.about.label_filter["cut_n_frames"] == 50


def test_the_choice_of_labels_is_told_in_the_file(project, tmp_path):
    plan = SetPlan(
        (project,),
        recordings=("bob AU2",),
        subject_names=(("bob AU2", "Robert"),),
        choice=LabelChoice(least_state=LandmarkState.VERIFIED, author="anna"),
        cutting=Cutting(with_rgb=False),
    )
    assert build_training_set(tmp_path / "a.evset", plan).n_clips == 1
    with TrainingSet(tmp_path / "a.evset") as training_set:
        said = training_set.about.label_filter
        assert (said["least_state"], said["author"]) == ("verified", "anna")
        assert training_set.subjects == ("Robert",)
        assert training_set.index[0].n_landmarks == 0
        assert training_set.index[0].n_coefficients == 5


def test_clips_that_do_not_go_together_are_not_told_as_none(project, tmp_path):
    (tmp_path / "media" / "ann AU1" / "events.h5").unlink()
    t = np.arange(0, 200_000, 100, dtype=np.int64)
    place = np.zeros(len(t), np.uint16)
    events = Events(t, place, place, np.ones(len(t), bool))
    write_events_hdf5(tmp_path / "other.h5", [events], resolution=(8, 8))
    with Project.open(project) as opened:
        opened.add_recording(tmp_path / "other.h5", name="other")
    plan = SetPlan((project,), choice=LabelChoice(only_labelled=False))
    with pytest.raises(DatasetError, match="other has another resolution") as raised:
        build_training_set(tmp_path / "a.evset", plan)
    assert "left out" not in str(raised.value)


def test_a_recording_that_cannot_be_read_is_left_out_and_told(project, tmp_path):
    (tmp_path / "media" / "ann AU1" / "events.h5").unlink()
    built = build_training_set(tmp_path / "a.evset", SetPlan((project,)))
    assert built.n_clips == 1
    (problem,) = built.problems
    assert problem.startswith("ann AU1: ")
    (tmp_path / "media" / "bob AU2" / "events.h5").write_bytes(b"damaged")
    with pytest.raises(DatasetError, match="first of what was left out: ann AU1"):
        build_training_set(tmp_path / "b.evset", SetPlan((project,)))
    assert not (tmp_path / "b.evset").exists()


def test_folders_that_are_nothing_known_are_told(tmp_path):
    with pytest.raises(DatasetError, match="no folder of evface synth"):
        build_training_set(tmp_path / "a.evset", SetPlan((tmp_path,)))
    with pytest.raises(ValueError, match="dataset must be one of"):
        build_training_set(tmp_path / "a.evset", SetPlan((tmp_path,), dataset="nothing"))


def test_a_data_set_s_recordings_become_a_project_beside_the_set(tmp_path, recording_of):
    mine = tmp_path / "mine"
    recording_of(mine, 0, "AU12")
    (mine / "truth.h5").unlink()
    boxes = "\n".join(f"{t},10,10,30,30" for t in range(0, 160_000, 20_000))
    (mine / "boxes.csv").write_text(boxes)
    (mine / "manifest.csv").write_text(
        "name,subject,split,label,events,boxes_events\nfirst,anna,train,AU12,events.h5,boxes.csv\n"
    )
    out = tmp_path / "a.evset"
    for _ in range(2):
        assert build_training_set(out, SetPlan((mine,), dataset="manifest")).n_clips == 1
    with TrainingSet(out) as training_set:
        entry = training_set.index[0]
        assert (entry.subject, entry.split, entry.au_class) == ("anna", "train", 7)
    with Project.open(tmp_path / "a.evface", read_only=True) as project:
        assert len(project.recordings()) == 1


def test_what_raises_from_the_report_ends_the_work(project, tmp_path):
    def stop(fraction, _words):
        if fraction > 0:
            raise DatasetError("x", "stopped")

    with pytest.raises(DatasetError, match="stopped"):
        build_training_set(tmp_path / "a.evset", SetPlan((project,)), report=stop)
    assert np.array([not path.name.startswith("a") for path in tmp_path.iterdir()]).all()
