"""What is said of a recording as a whole: who is seen in it, what it shows, which labels count."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from evface.annotations.roles import ACTION_UNITS, FACE, LANDMARK_ROLES
from evface.annotations.segments import Segment
from evface.annotations.tracks import Camera, Source, SourceKind
from evface.datasets.labels import ACTION_UNITS as PUBLISHED_UNITS
from evface.errors import FileError
from evface.projects.entries import RecordingEntry
from evface.simulation.truth import read_truth
from evface.training_sets.clips import AU_CLASSES
from evface.training_sets.coded_units import shown_unit

# The track of each kind of label, the first one that a recording has.
LABEL_ROLES: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "machine": {
        "face": (FACE,),
        "units": (ACTION_UNITS, PUBLISHED_UNITS),
        "landmarks": LANDMARK_ROLES[Camera.EVENTS],
    },
    "truth": {
        "face": ("truth_face",),
        "units": ("truth_action_units",),
        "landmarks": ("truth_landmarks",),
    },
}
_UNIT = re.compile(r"(?<![A-Za-z0-9])AU_?([1-9][0-9]?)(?![0-9])")


@dataclass(frozen=True)
class Subjects:
    """Who is seen in a recording.

    The first of these that says: `names`; the published labels; the truth beside the events of a
    synthetic recording; `pattern`; else the whole project is taken for one person.

    Parameters
    ----------
    names
        By name of the recording.
    pattern
        Regular expression searched in the recording's name. Its first group is the subject, or the
        whole match without groups; empty for none.
    default
        Of recordings that nothing is said of.

    Raises
    ------
    ValueError
        If the pattern is no regular expression.
    """

    names: Mapping[str, str]
    pattern: str = ""
    default: str = ""

    def __post_init__(self) -> None:
        try:
            re.compile(self.pattern)
        except re.error as error:
            raise ValueError(f"pattern is no regular expression: {error}") from error

    def find(self, name: str, said: str) -> str:
        """Return the subject of a recording, of whom published labels or a truth say `said`."""
        if name in self.names:
            return self.names[name]
        found = re.search(self.pattern, name) if self.pattern and not said else None
        if found is not None:
            return (found[1] if found.re.groups else found[0]) or self.default
        return said or self.default


def subject_name(number: int) -> str:
    """Return what a synthetic person is called."""
    return f"s{number:03}"


def said_by(sources: Iterable[Source]) -> dict[str, str]:
    """Return subject, split and label as published, or as drawn where a truth says so."""
    said: dict[str, str] = {}
    for source in sources:
        for key in ("subject", "split", "label"):
            value = source.settings.get(key)
            if not value and value != 0:
                continue
            is_number = source.kind is SourceKind.TRUTH and key == "subject"
            said[key] = subject_name(int(value)) if is_number else str(value)
    return said


def said_by_truth(entry: RecordingEntry) -> dict[str, str]:
    """Return subject, split, label and condition from the truth beside a synthetic recording."""
    path = entry.events.path.with_name("truth.h5")
    if not path.is_file():
        return {}
    try:
        truth = read_truth(path)
    except FileError:
        # Some other program's file of that name.
        return {}
    return {
        "subject": subject_name(truth.subject),
        "split": truth.split,
        "label": truth.label,
        "condition": truth.condition,
    }


def find_class(
    name: str, said: Mapping[str, str], by_people: set[str], segments: Iterable[Segment]
) -> int:
    """Return what a whole recording shows: as people say, as published, by its name, as coded.

    Parameters
    ----------
    name
        Of the recording.
    said
        As `said_by` and `said_by_truth` return it.
    by_people
        What people say that it shows.

    Returns
    -------
    int
        Place in `AU_CLASSES`; -1 where nobody says, or people differ.
    """
    if by_people:
        first = next(iter(by_people)) if len(by_people) == 1 else ""
        return AU_CLASSES.index(first) if first in AU_CLASSES else -1
    published = said.get("label", "")
    if published:
        return AU_CLASSES.index(published) if published in AU_CLASSES else -1
    named = {f"AU{number}" for number in _UNIT.findall(name)} & set(AU_CLASSES)
    if len(named) == 1:
        return AU_CLASSES.index(named.pop())
    return shown_unit(tuple(segments))
