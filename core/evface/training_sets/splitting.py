"""Which clips train, validate and test: whole subjects, never clips of one on both sides."""

from __future__ import annotations

from collections import Counter

from evface.datasets.splits import FRACTIONS, LEAST_SUBJECTS, SPLITS, assign_splits
from evface.errors import DatasetError
from evface.training_sets.clips import AU_CLASSES, LEAD_US, PERIOD_US
from evface.training_sets.file import TrainingSet

# From the start of a clip to its first moment.
_LEAD_US = LEAD_US + PERIOD_US


def split_clips(
    training_set: TrainingSet,
    *,
    seed: int = 0,
    fractions: tuple[float, float, float] = FRACTIONS,
    use_published: bool = True,
) -> dict[str, list[int]]:
    """Part the clips of a set by subject.

    Parameters
    ----------
    fractions
        Shares of training, validation and test. Each gets a subject at least.
    use_published
        Keep the split that was published with all clips, if there is one. Where it has no
        validation subjects, some of those that train are taken.

    Returns
    -------
    dict[str, list[int]]
        Indices of clips for ``"train"``, ``"validation"`` and ``"test"``, none of them empty.

    Raises
    ------
    DatasetError
        If there are too few subjects, or the published split has one subject in two parts.
    """
    subjects = training_set.subjects
    if len(subjects) < LEAST_SUBJECTS:
        raise DatasetError(
            training_set.path,
            f"has {len(subjects)} subject{'s' if len(subjects) > 1 else ''}; training, validation "
            f"and test need {LEAST_SUBJECTS}, or what is tested would have been seen: add "
            "recordings of other people; or, to try things out, train with --set data.split=time",
        )
    published = _published(training_set) if use_published else None
    parts = published or _assigned(subjects, seed, fractions)
    if published is not None and "validation" not in parts.values():
        parts = _with_validation(training_set, parts, seed, fractions)
    split: dict[str, list[int]] = {name: [] for name in SPLITS}
    for index, entry in enumerate(training_set.index):
        split[parts[entry.subject]].append(index)
    return split


def split_clips_in_time(
    training_set: TrainingSet, *, fractions: tuple[float, float, float] = FRACTIONS
) -> dict[str, list[int]]:
    """Part the clips in order, not by people: for one person's recordings, to try things out.

    Within a recording what is tested is later than what was trained on; recordings follow one
    another by name. They are the same people, so the figures say nothing of others. Clips that
    share moments with a later part are left out.

    Parameters
    ----------
    fractions
        Shares of training, validation and test. Each gets a clip at least.

    Raises
    ------
    DatasetError
        If there are too few clips.
    """
    index = training_set.index
    ordered = sorted(range(len(index)), key=lambda i: (index[i].recording, index[i].start_us))
    n = len(ordered)
    n_test = max(1, round(fractions[2] * n))
    n_validation = max(1, round(fractions[1] * n))
    left = ordered
    later: dict[str, list[int]] = {}
    for name, n_wanted in (("test", n_test), ("validation", n_validation)):
        later[name] = left[-n_wanted:]
        starts_us: dict[str, int] = {}
        for i in later[name]:
            starts_us.setdefault(index[i].recording, index[i].start_us)
        left = [
            i
            for i in left[:-n_wanted]
            if index[i].recording not in starts_us
            or index[i].start_us + index[i].duration_us < starts_us[index[i].recording] + _LEAD_US
        ]
    split = {name: later.get(name, left) for name in SPLITS}
    if not all(split.values()):
        raise DatasetError(
            training_set.path,
            f"has {n} clip{'s' if n > 1 else ''}, too few to train, validate and test apart; add "
            "recordings, or cut shorter clips",
        )
    return split


def missing_classes(training_set: TrainingSet, clips: list[int]) -> tuple[str, ...]:
    """Return the action units that the set knows but none of these clips shows."""
    known = {entry.au_class for entry in training_set.index} - {-1}
    here = {training_set.index[index].au_class for index in clips}
    return tuple(AU_CLASSES[unit] for unit in sorted(known - here))


def count_classes(training_set: TrainingSet, clips: list[int]) -> dict[str, int]:
    """Return how many of these clips show each action unit, those that none shows included."""
    counts = Counter(training_set.index[index].au_class for index in clips)
    return {name: counts[unit] for unit, name in enumerate(AU_CLASSES)}


def _published(training_set: TrainingSet) -> dict[str, str] | None:
    """Return the part of each subject; None where not all clips have one, or tests are missing."""
    parts: dict[str, str] = {}
    for entry in training_set.index:
        if entry.split not in SPLITS:
            return None
        if parts.setdefault(entry.subject, entry.split) != entry.split:
            raise DatasetError(
                training_set.path,
                f"its split has subject {entry.subject!r} both in {parts[entry.subject]} and "
                f"{entry.split}; split it anew",
            )
    return parts if {"train", "test"} <= set(parts.values()) else None


def _assigned(
    subjects: tuple[str, ...], seed: int, fractions: tuple[float, float, float]
) -> dict[str, str]:
    parts = assign_splits(subjects, seed=seed, fractions=fractions)
    # Of a few subjects the shares round to none: whoever has most gives one.
    for name in SPLITS:
        if name not in parts.values():
            richest = Counter(parts.values()).most_common(1)[0][0]
            given = max(subject for subject, part in parts.items() if part == richest)
            parts[given] = name
    return parts


def _with_validation(
    training_set: TrainingSet,
    parts: dict[str, str],
    seed: int,
    fractions: tuple[float, float, float],
) -> dict[str, str]:
    training = sorted(subject for subject, part in parts.items() if part == "train")
    if len(training) < 2:
        raise DatasetError(
            training_set.path,
            "its split has a single subject to train on and none to validate; split it anew",
        )
    share = fractions[1] / (fractions[0] + fractions[1])
    chosen = assign_splits(training, seed=seed, fractions=(1 - share, share, 0.0))
    if "validation" not in chosen.values():
        chosen[training[-1]] = "validation"
    return parts | chosen
