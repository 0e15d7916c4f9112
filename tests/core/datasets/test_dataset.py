from pathlib import Path

import pytest

from evface.datasets.dataset import Dataset, Missing
from evface.datasets.samples import Sample
from evface.errors import DatasetError


def damaged():
    raise DatasetError("labels.txt", "is damaged")


def sample(name, subject="anna", split="", label="", **parts):
    parts = {"events": Path("ev.raw"), "read_tracks": dict} | parts
    return Sample(name=name, subject=subject, split=split, label=label, **parts)


def dataset(*found):
    words = dict.fromkeys(("title", "reference", "obtain", "layout", "labels", "assumed"), "x")
    return Dataset(name="tests", **words, scan=lambda _folder: iter(found))


def test_samples_are_counted_by_subject_split_label_and_kind(tmp_path):
    findings = dataset(
        sample("a", split="train", label="AU1"),
        sample("b", split="test", label="AU1", events=None, is_simulated=True),
        Missing(tmp_path / "c", "is missing; copy it"),
        sample("d", "berta", split="test", events=None),
    ).find(tmp_path)
    assert (findings.n_samples, findings.n_subjects) == (3, 2)
    assert (findings.n_with_events, findings.n_simulated, findings.n_pictures) == (1, 1, 1)
    assert findings.splits == {"train": 1, "test": 2}
    assert findings.labels == {"AU1": 2, "": 1}
    assert [str(line) for line in findings.missing] == [f"{tmp_path / 'c'}: is missing; copy it"]


def test_a_sample_with_damaged_labels_is_not_counted(tmp_path):
    findings = dataset(sample("a", read_tracks=damaged), sample("b")).find(tmp_path)
    assert findings.n_samples == 1
    assert [str(line) for line in findings.missing] == ["labels.txt: is damaged"]


def test_going_through_samples_reads_no_labels(tmp_path):
    found = dataset(sample("a", read_tracks=damaged), Missing(tmp_path, "x"), sample("b"))
    assert [s.name for s in found.iter_samples(tmp_path)] == ["a", "b"]


def test_nothing_found_is_an_error_that_says_what_is_missed_first(tmp_path):
    with pytest.raises(DatasetError, match="a: is missing; copy it; see evface dataset"):
        list(dataset(Missing(tmp_path / "a", "is missing; copy it")).iter_samples(tmp_path))
