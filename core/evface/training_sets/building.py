"""Building a training set of whatever the user has: projects, synthetic sets, data sets."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from evface.datasets.adding import add_dataset, recording_name
from evface.datasets.dataset import Dataset
from evface.datasets.registry import DATASETS
from evface.errors import (
    DatasetError,
    EmptySetError,
    EventFileError,
    RecordingError,
    VideoFileError,
)
from evface.projects.project import Project
from evface.simulation.recording_set import read_manifest
from evface.training_sets.clips import Clip
from evface.training_sets.cutting import Cutting
from evface.training_sets.from_datasets import has_pictures_only, iter_picture_clips
from evface.training_sets.from_projects import LabelChoice, iter_project_clips
from evface.training_sets.from_synth import is_synthetic_set, iter_synthetic_clips
from evface.training_sets.recording_facts import Subjects
from evface.training_sets.writing import write_training_set

# What spoils a single recording and no other.
_SPOILS_ONE = (RecordingError, EventFileError, VideoFileError)


@dataclass(frozen=True)
class SetPlan:
    """What a training set is made of, and how.

    Parameters
    ----------
    sources
        Projects, folders of synthetic sets, and folders of the data set `dataset`.
    dataset
        Name of a data set, see `evface.datasets.registry`; empty for none. Its recordings become
        a project beside the training set, which can be processed and corrected, and made a set of
        again.
    recordings
        Of projects, by name or id; all if empty.
    conditions
        Of synthetic sets, such as ``"good_light"``; all if empty.
    subject_names, subject_pattern
        As in `Subjects`: pairs of recording and subject, and a regular expression.
    """

    sources: tuple[Path, ...]
    dataset: str = ""
    recordings: tuple[str, ...] = ()
    conditions: tuple[str, ...] = ()
    subject_names: tuple[tuple[str, str], ...] = ()
    subject_pattern: str = ""
    cutting: Cutting = field(default_factory=Cutting)
    choice: LabelChoice = field(default_factory=LabelChoice)


@dataclass(frozen=True)
class Built:
    """What became of it: the number of clips, and one line for each recording left out."""

    n_clips: int
    problems: tuple[str, ...]


def build_training_set(
    out: Path,
    plan: SetPlan,
    *,
    report: Callable[[float, str], None] = lambda _fraction, _message: None,
) -> Built:
    """Build a training set, all or nothing; recordings that cannot be read are left out and told.

    Parameters
    ----------
    out
        Replaced where it exists.
    report
        Told the progress, 0 to 1. An exception that it raises ends the work.

    Raises
    ------
    DatasetError
        If nothing is found to learn from, or clips do not go together.
    FileError
        If a source cannot be read at all, or `out` cannot be written.
    """
    problems: list[str] = []
    label_filter = plan.choice.to_json() | {
        f"cut_{name}": value for name, value in asdict(plan.cutting).items()
    }
    if not plan.dataset and all(source.is_dir() for source in plan.sources):
        # Synthetic sets alone, of which only the truth is known.
        label_filter["labels"] = "truth"

    def clips() -> Iterator[Clip]:
        for number, source in enumerate(plan.sources):
            begun, share = number / len(plan.sources), 1 / len(plan.sources)

            def tell(part: float, words: str, begun: float = begun, share: float = share) -> None:
                report(min(begun + share * part, 1.0), words)

            yield from _clips(source, out, plan, problems.append, tell)

    try:
        n_clips = write_training_set(
            out, clips(), sources=[str(one) for one in plan.sources], label_filter=label_filter
        )
    except EmptySetError as error:
        # What is empty because all recordings were left out is better told by the first of them.
        if problems:
            first = f"first of what was left out: {problems[0]}"
            raise EmptySetError(out, f"{error.problem}; {first}") from error
        made = Path(out).with_suffix(".evface")
        if plan.dataset and made.is_file():
            raise EmptySetError(
                out,
                "would be empty: no clip has a label; its recordings are in a project: label "
                f"them with evface process {made}, and run this again",
            ) from error
        raise
    report(1.0, f"{n_clips} clips")
    return Built(n_clips, tuple(problems))


def _clips(
    source: Path,
    out: Path,
    plan: SetPlan,
    skipped: Callable[[str], None],
    tell: Callable[[float, str], None],
) -> Iterator[Clip]:
    if plan.dataset:
        yield from _dataset_clips(_dataset(plan.dataset), source, out, plan, skipped, tell)
    elif source.is_dir():
        if not is_synthetic_set(source):
            raise DatasetError(
                source, "is no folder of evface synth; for a data set, say which with --dataset"
            )
        yield from _synthetic_clips(source, plan, tell)
    else:
        with Project.open(source, read_only=True) as project:
            yield from _project_clips(project, plan, skipped, tell)


def _project_clips(
    project: Project,
    plan: SetPlan,
    skipped: Callable[[str], None],
    tell: Callable[[float, str], None],
    published: Mapping[str, Mapping[str, str]] | None = None,
) -> Iterator[Clip]:
    subjects = Subjects(dict(plan.subject_names), plan.subject_pattern, project.path.stem)
    entries = [project.find_recording(name) for name in plan.recordings] or project.recordings()
    for number, entry in enumerate(entries):
        tell(number / len(entries), entry.name)
        try:
            yield from iter_project_clips(
                project,
                recordings=[entry],
                cutting=plan.cutting,
                choice=plan.choice,
                subjects=subjects,
                published=published,
            )
        except _SPOILS_ONE as error:
            skipped(str(error))


def _synthetic_clips(
    source: Path, plan: SetPlan, tell: Callable[[float, str], None]
) -> Iterator[Clip]:
    places = {listed["name"]: k for k, listed in enumerate(read_manifest(source)["clips"])}
    for clip in iter_synthetic_clips(source, cutting=plan.cutting, conditions=plan.conditions):
        tell(places[clip.recording] / len(places), clip.recording)
        yield clip


def _dataset_clips(
    dataset: Dataset,
    source: Path,
    out: Path,
    plan: SetPlan,
    skipped: Callable[[str], None],
    tell: Callable[[float, str], None],
) -> Iterator[Clip]:
    if has_pictures_only(dataset, source):
        yield from iter_picture_clips(dataset, source, cutting=plan.cutting, skipped=skipped)
        return
    path = Path(out).with_suffix(".evface")
    with Project.open(path) if path.is_file() else Project.create(path) as project:
        added = add_dataset(project, dataset, source, report=lambda f, m: tell(f / 2, m))
        for problem in added.errors:
            skipped(problem)
        published = {
            recording_name(dataset.name, sample): {
                "subject": sample.subject,
                "split": sample.split,
                "label": sample.label,
            }
            for sample in dataset.iter_samples(source)
        }
        yield from _project_clips(
            project, plan, skipped, lambda f, m: tell((1 + f) / 2, m), published
        )


def _dataset(name: str) -> Dataset:
    if name not in DATASETS:
        raise ValueError(f"dataset must be one of {', '.join(DATASETS)}, got {name!r}")
    return DATASETS[name]
