import pytest

from evface.errors import DatasetError
from evface.training_sets.splitting import (
    count_classes,
    missing_classes,
    split_clips,
    split_clips_in_time,
)


def subjects_of(training_set, clips):
    return {training_set.index[index].subject for index in clips}


def test_no_subject_is_on_two_sides_and_all_clips_have_one(write_set, clip_of):
    training_set = write_set(*(clip_of(k, n=2, subject=f"s{k % 10}") for k in range(20)))
    split = split_clips(training_set, fractions=(0.6, 0.2, 0.2))
    parts = [subjects_of(training_set, clips) for clips in split.values()]
    assert [len(part) for part in parts] == [6, 2, 2]
    assert len(set.union(*parts)) == 10
    assert sorted(index for clips in split.values() for index in clips) == list(range(20))
    assert split == split_clips(training_set, fractions=(0.6, 0.2, 0.2))
    assert split != split_clips(training_set, fractions=(0.6, 0.2, 0.2), seed=1)


def test_of_three_subjects_each_split_has_one(three_subjects):
    assert {len(part) for part in split_clips(three_subjects).values()} == {1}


@pytest.mark.parametrize(("n", "words"), [(1, "has 1 subject;"), (2, "has 2 subjects;")])
def test_too_few_subjects_are_told(write_set, clip_of, n, words):
    training_set = write_set(*(clip_of(k, n=2, subject=f"s{k % n}") for k in range(4)))
    with pytest.raises(DatasetError, match=words):
        split_clips(training_set)


def test_a_published_split_is_kept_unless_asked_otherwise(write_set, clip_of):
    parts = ("test", "train", "validation")
    training_set = write_set(*(clip_of(k, n=2, split=parts[k]) for k in range(3)))
    assert split_clips(training_set) == {"train": [1], "validation": [2], "test": [0]}
    anew = {tuple(split_clips(training_set, seed=s, use_published=False)["test"]) for s in range(9)}
    assert len(anew) > 1


def test_validation_is_taken_from_training_where_none_was_published(write_set, clip_of):
    clips = [clip_of(k, n=2, split="test" if k < 2 else "train") for k in range(8)]
    training_set = write_set(*clips)
    split = split_clips(training_set)
    assert split["test"] == [0, 1]
    assert len(split["validation"]) == 1
    assert len(split["train"]) == 5
    single = write_set(*clips[:3], name="single.evset")
    with pytest.raises(DatasetError, match="a single subject to train on"):
        split_clips(single)


def test_a_subject_in_two_published_parts_is_told(write_set, clip_of):
    clips = [clip_of(k, n=2, split="train", subject=f"s{k % 3}") for k in range(5)]
    training_set = write_set(*clips, clip_of(5, n=2, split="test", subject="s1"))
    with pytest.raises(DatasetError, match="subject 's1' both in train and test"):
        split_clips(training_set)


def test_a_split_in_time_tests_what_came_last(write_set, clip_of):
    period = 33_333
    clips = [
        clip_of(k, n=4, subject="one", recording="r", start_us=k * 4 * period) for k in range(6)
    ]
    split = split_clips_in_time(write_set(*clips), fractions=(0.6, 0.2, 0.2))
    assert split == {"train": [0, 1, 2, 3], "validation": [4], "test": [5]}
    # Clips of eight moments, of which the last are the next clip's first.
    overlapping = [
        clip_of(k, n=8, subject="one", recording="r", start_us=k * 3 * period) for k in range(8)
    ]
    training_set = write_set(*overlapping, name="overlapping.evset")
    split = split_clips_in_time(training_set, fractions=(0.5, 0.25, 0.25))
    assert split == {"train": [0, 1], "validation": [3, 4], "test": [6, 7]}
    with pytest.raises(DatasetError, match="has 1 clip, too few"):
        split_clips_in_time(write_set(clip_of(0), name="one.evset"))


def test_classes_that_a_part_lacks_are_named(write_set, clip_of):
    training_set = write_set(clip_of(0), clip_of(1), clip_of(7), clip_of(3, au_class=-1))
    assert missing_classes(training_set, [0, 3]) == ("AU2", "AU12")
    assert missing_classes(training_set, [0, 1, 2]) == ()
    counts = count_classes(training_set, [0, 2, 3])
    assert (counts["AU1"], counts["AU2"], counts["AU12"], len(counts)) == (1, 0, 1, 24)
