"""Every published data set becomes a training set, by the command that people use."""

import json

import pytest

from evface.cli.main import main
from evface.datasets.registry import DATASETS
from evface.training_sets.file import TrainingSet

from .conftest import write_events


@pytest.fixture
def wflw_v_pictures(celebv):
    (celebv / "ecelebv_gt_frame_max").rename(celebv / "labels")
    (celebv / "train_test_split.json").write_text(json.dumps({"test": ["abcde_0"]}))
    return celebv


@pytest.fixture
def of_ones_own(manifest):
    folder = manifest("name,subject,split,label,events", "first,anna,train,AU12,ev.raw")
    write_events(folder / "ev.raw", [0, 100_000])
    return folder


# Of each: its look-alike, whom its clips show and in which part they were published, and the
# scheme of its landmarks.
CASES = {
    "facemorphic": ("facemorphic", {("anna", "test")}, ""),
    "e-sie": ("esie", {("u1", "test")}, "five"),
    "e-celebv": ("celebv", {("abcde", "train")}, "wflw98"),
    "wflw": ("wflw", {("0--Parade/a b.jpg", "train"), ("1--Handshaking/c.jpg", "test")}, "wflw98"),
    "wflw-v": ("wflw_v", {("-3rDiJYQ6CQ", "test")}, "wflw98"),
    "wflw-v-pictures": ("wflw_v_pictures", {("abcde_0", "test")}, "wflw98"),
    "nefer": ("nefer", {("user_01", "train"), ("user_03", "validation")}, ""),
    "fes": ("fes", {("wild/03", "train")}, "five"),
    "manifest": ("of_ones_own", {("anna", "train")}, ""),
}


@pytest.mark.parametrize("name", DATASETS)
def test_every_data_set_becomes_a_training_set_with_its_published_split(name, request, tmp_path):
    fixture, people, scheme = CASES[name]
    out = tmp_path / "built" / "set.evset"
    out.parent.mkdir()
    source = str(request.getfixturevalue(fixture))
    # Emotions are no labels of ours.
    more = ("--unlabelled",) if name == "nefer" else ()
    words = ("dataset", "build", str(out), source, "--dataset", name, "--frames", "2", *more)
    assert main(list(words)) == 0
    with TrainingSet(out) as built:
        assert {(entry.subject, entry.split) for entry in built.index} == people
        assert built.about.scheme == scheme


def test_what_has_no_label_so_far_says_how_it_gets_some(nefer, tmp_path, capsys):
    out = tmp_path / "set.evset"
    assert main(["dataset", "build", str(out), str(nefer), "--dataset", "nefer"]) == 1
    err = capsys.readouterr().err
    assert err.startswith(f"error: {out}: would be empty: no clip has a label; its recordings are")
    assert f"evface process {out.with_suffix('.evface')}" in err
    assert not out.exists()
