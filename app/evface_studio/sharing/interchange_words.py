"""What files of labels can hold, what an export wrote and an import would bring, in words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from evface_studio.sharing.words import counted
from evface_studio.wording import format_count

if TYPE_CHECKING:
    from evface.interchange.plan_file import ImportPreview, SaidFacts, TrackFacts
    from evface.jobs.exporting import ExportReport

_SIDECAR = "a sidecar"


@dataclass(frozen=True)
class FormatWords:
    """A format of labels as people know it.

    Parameters
    ----------
    name
        Short.
    purpose
        What it is for.
    lacks
        What it cannot hold, and where that goes.
    has_landmarks
        Whether it is about the landmarks of one picture.
    has_sidecar
        Whether a second file goes with it.
    """

    name: str
    purpose: str
    lacks: str
    has_landmarks: bool
    has_sidecar: bool


# By the names that `Format` has.
FORMATS = {
    "coco": FormatWords(
        "COCO keypoints",
        "For training landmark detectors.",
        "Holds landmarks only; states and annotators are in a field that other tools pass over.",
        has_landmarks=True,
        has_sidecar=False,
    ),
    "cvat": FormatWords(
        "CVAT for video",
        "For correcting landmarks in CVAT, with true keyframes.",
        f"Holds landmarks only; exact times, states and annotators go into {_SIDECAR}.",
        has_landmarks=True,
        has_sidecar=True,
    ),
    "elan": FormatWords(
        "ELAN",
        "For coding action units in ELAN, a tier for each.",
        f"Holds action units only, in milliseconds; exact times and apexes go into {_SIDECAR}.",
        has_landmarks=False,
        has_sidecar=True,
    ),
    "openface": FormatWords(
        "OpenFace table",
        "For statistics: landmarks, pose and action units, a row for each frame.",
        f"Holds no states, sides or annotators; those go into {_SIDECAR}.",
        has_landmarks=True,
        has_sidecar=True,
    ),
    "openface-exact": FormatWords(
        "OpenFace table, exact",
        "For programs that read OpenFace's own tables: every column, named as OpenFace does.",
        f"Holds no states, sides or annotators; those go into {_SIDECAR}.",
        has_landmarks=True,
        has_sidecar=True,
    ),
    "hdf5": FormatWords(
        "HDF5",
        "Everything of a recording, to the microsecond, for Python and MATLAB.",
        "Lacks nothing.",
        has_landmarks=False,
        has_sidecar=False,
    ),
    "npz": FormatWords(
        "NumPy archive",
        "Everything of a recording, to the microsecond, for NumPy.",
        "Lacks nothing.",
        has_landmarks=False,
        has_sidecar=False,
    ),
}
_NO_PERSON = (
    "Nothing comes in: the file does not say who made its landmarks, and as a machine's they are "
    "left out here. Say who made them under “Labels by”, or give them a track of their own."
)
_PICTURES = {"rgb": "the RGB picture", "events": "the events"}
# Core's advice speaks of the command line; here it is about fields and menus.
_ADVICE = (
    (re.compile(r"import it with --camera rgb"), "choose RGB as its picture"),
    (re.compile(r"import it with --camera events"), "choose Events as its picture"),
    (re.compile(r"say which by --face"), "say which by Face number"),
    (re.compile(r"(?:try|say) --first-frame (\d)"), r"choose \1 as its first frame"),
    (re.compile(r"say --rate-hz"), "say how many frames a second it has"),
    (re.compile(r"say --by( NAME)?"), "say who"),
    (re.compile(r"say --format"), "choose its format"),
    (re.compile(r"evface export --format hdf5 keeps them"), "HDF5 keeps them"),
    (
        re.compile(r"find what moved with evface project relink"),
        "look for it with Recording > Find missing files",
    ),
    (re.compile(r"; see evface project list"), ""),
    (
        re.compile(r"for the automatic frames too, say --all-keyframes"),
        "to see the automatic frames too, export with a keyframe on every frame",
    ),
)


def in_window_words(problem: str) -> str:
    """Return what core says of a problem, with advice for who sits at a window."""
    for pattern, words in _ADVICE:
        problem = pattern.sub(words, problem)
    return problem


def exported_in_words(form: str, report: ExportReport) -> str:
    """Return what was written: the file and its sidecar, or how many of them and where."""
    written = report.written
    name = FORMATS[form].name
    first = written[0]
    paths = [Path(file) for file in first.files]
    if len(written) == 1:
        words = f"Exported {first.recording} as {name}: {paths[0].name}"
        counts = ", ".join(
            counted(n, what.removesuffix("s")) for what, n in first.counts.items() if n
        )
        words += f" ({counts})." if counts else "."
        if len(paths) > 1:
            words += f" Keep {paths[1].name} beside it: it has what the format cannot hold."
    else:
        words = f"Exported {counted(len(written), 'recording')} as {name} into {paths[0].parent}."
        if len(paths) > 1:
            words += f" Keep each file's sidecar beside it ({paths[1].name}, …)."
    notes = list(dict.fromkeys(note for one in written for note in one.notes))
    return " ".join([words, *(f"{_sentence(in_window_words(note))}" for note in notes)])


def preview_in_words(preview: ImportPreview) -> list[str]:
    """Return what an import would bring, and what it would not: a line each."""
    lines = [_track_in_words(one) for one in preview.tracks]
    lines += [_said_in_words(one) for one in preview.said]
    if preview.is_left_out and not lines:
        lines.append(_NO_PERSON)
    elif not lines:
        lines.append("Nothing new: everything in this file is in the recording already.")
    if preview.there_already:
        tracks = "track" if len(preview.there_already) == 1 else "tracks"
        lines.append(f"There already: the {tracks} {', '.join(preview.there_already)}.")
    return lines + [_sentence(in_window_words(note)) for note in preview.notes]


def imported_in_words(name: str, preview: ImportPreview) -> str:
    """Return what an import brought, in one line."""
    parts = [f"track “{one.role}”" for one in preview.tracks]
    parts += [f"{_n_in_words(one)} by {one.author}" for one in preview.said]
    return f"Imported {name}: {', '.join(parts)}."


def _track_in_words(track: TrackFacts) -> str:
    frames = counted(track.n_frames, "frame")
    by = f"by {track.maker}, as the track “{track.role}”."
    match track.kind:
        case "landmarks":
            where = _PICTURES[track.camera]
            return f"{counted(track.n_parts, 'landmark')} on {frames} of {where}, {by}"
        case "action units":
            return f"{counted(track.n_parts, 'action unit')} on {frames}, {by}"
    return f"{frames} {by}"


def _said_in_words(said: SaidFacts) -> str:
    words = f"{_n_in_words(said)} by {said.author}"
    if said.what == "points":
        words += f", on {counted(said.n_frames, 'frame')} of “{said.role}”"
    return f"{words}."


def _n_in_words(said: SaidFacts) -> str:
    one, many = {
        "points": ("corrected point", "corrected points"),
        "segments": ("segment", "segments"),
        "classes": ("class of the recording", "classes of the recording"),
        "reviews": ("verdict of the review", "verdicts of the review"),
    }[said.what]
    return f"{format_count(said.n)} {one if said.n == 1 else many}"


def _sentence(text: str) -> str:
    text = text[:1].upper() + text[1:]
    return text if text.endswith((".", "…", "?")) else f"{text}."


def list_in_words(names: Sequence[str], most: int = 3) -> str:
    """Return names as a list that stays short: ``a, b, c and 4 more``."""
    if len(names) <= most:
        return ", ".join(names)
    return f"{', '.join(names[:most])} and {len(names) - most} more"
