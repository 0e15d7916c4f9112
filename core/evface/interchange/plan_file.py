"""A planned import in files: what it would bring, in figures, and the edit that brings it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from evface.annotations.coding_edits import SetSegments, SetVideoClass
from evface.annotations.edits import Edit, ReplaceTracks, StoredTrack, Together
from evface.annotations.edits_json import decode_edit, encode_edit
from evface.annotations.landmark_edits import SetCorrections
from evface.annotations.reviews import SetReview
from evface.annotations.tracks import ActionUnitTrack, LandmarkTrack, Track
from evface.annotations.tracks_file import read_tracks, write_tracks
from evface.errors import FileError, RecordingError
from evface.files import replacing
from evface.interchange.importing import ImportPlan
from evface.interchange.labels import ImportedLabels
from evface.projects.project import Project

_T = TypeVar("_T")


@dataclass(frozen=True)
class TrackFacts:
    """A track that would come in.

    Parameters
    ----------
    role
        That it gets.
    kind
        ``"landmarks"``, ``"action units"`` or ``"other"``.
    n_frames
        In which it says something.
    n_parts
        Landmarks, or action units, of a frame.
    camera
        Of landmarks: ``"rgb"`` or ``"events"``; else empty.
    maker
        What made it.
    """

    role: str
    kind: str
    n_frames: int
    n_parts: int
    camera: str
    maker: str


@dataclass(frozen=True)
class SaidFacts:
    """What one person said that would come in.

    Parameters
    ----------
    what
        ``"points"``, ``"segments"``, ``"classes"`` or ``"reviews"``.
    author
        Whose words.
    role
        Of points: the track that they lie on; else empty.
    n
        How many.
    n_frames
        Of points: on how many frames; else 0.
    """

    what: str
    author: str
    role: str
    n: int
    n_frames: int = 0


@dataclass(frozen=True)
class ImportPreview:
    """What an import would bring.

    Parameters
    ----------
    form
        The file's format.
    tracks, said
        Only what is new.
    there_already
        Roles of the file's tracks that the recording has just so.
    notes
        What is left alone or left out: one line each, for the user.
    is_left_out
        Whether the file has tracks alone, and they are left out.
    """

    form: str
    tracks: tuple[TrackFacts, ...]
    said: tuple[SaidFacts, ...]
    there_already: tuple[str, ...]
    notes: tuple[str, ...]
    is_left_out: bool = False

    @property
    def is_empty(self) -> bool:
        """Whether nothing would come in."""
        return not self.tracks and not self.said


def preview_of(
    form: str, plan: ImportPlan, imported: ImportedLabels, author: str, *, leaves_tracks: bool
) -> ImportPreview:
    """Return what a plan would bring.

    Parameters
    ----------
    imported
        What the file says.
    author
        Who imports: edits without a name are theirs.
    leaves_tracks
        Whether the file's own tracks are left out.
    """
    has_words = any(imported.corrections.values()) or imported.segments
    edits = () if plan.edit is None else plan.edit.edits
    tracks = [
        _facts(role, track)
        for edit in edits
        if isinstance(edit, ReplaceTracks)
        for role, track in edit.tracks.items()
        if track is not None and not isinstance(track, StoredTrack)
    ]
    said: Counter[tuple[str, str, str]] = Counter()
    frames: Counter[tuple[str, str, str]] = Counter()
    for edit in edits:
        match edit:
            case SetCorrections():
                key = ("points", edit.author or author, edit.role)
                said[key] += len(edit.corrections)
                frames[key] += 1
            case SetSegments():
                said.update(
                    ("segments", one.author or author, "")
                    for one in edit.segments.values()
                    if one is not None
                )
            case SetVideoClass():
                said["classes", edit.author or author, ""] += 1
            case SetReview():
                said["reviews", edit.author or author, ""] += 1
    new = {one.role for one in tracks}
    return ImportPreview(
        form,
        tuple(tracks),
        tuple(
            SaidFacts(what, who, role, n, frames[what, who, role])
            for (what, who, role), n in said.items()
        ),
        () if leaves_tracks else tuple(role for role in plan.roles if role not in new),
        plan.notes,
        leaves_tracks and not has_words,
    )


def write_plan(path: Path, preview: ImportPreview, edit: Together | None) -> None:
    """Write a plan, and the tracks that it brings into a file of the same name and ``.npz``.

    Raises
    ------
    FileError
        If they cannot be written.
    """
    tracks: dict[str, Track] = {}

    def keep(track: Track | StoredTrack) -> StoredTrack:
        if isinstance(track, StoredTrack):
            return track
        name = str(len(tracks))
        tracks[name] = track
        return StoredTrack(name)

    parts = () if edit is None else edit.edits
    label = "" if edit is None else edit.label
    lines = [json.dumps({"label": label, **asdict(preview)}, allow_nan=False)]
    lines += [encode_edit(part, keep) for part in parts]
    write_tracks(_beside(path), tracks)
    with replacing(path) as temporary:
        temporary.write_text("\n".join(lines), "utf-8")


def read_preview(path: Path) -> ImportPreview:
    """Read what a plan would bring.

    Raises
    ------
    FileError
        If the file is missing or is something else.
    """

    def read() -> ImportPreview:
        with path.open(encoding="utf-8") as file:
            said: dict[str, Any] = json.loads(file.readline())
        return ImportPreview(
            str(said["form"]),
            tuple(TrackFacts(**one) for one in said["tracks"]),
            tuple(SaidFacts(**one) for one in said["said"]),
            tuple(map(str, said["there_already"])),
            tuple(map(str, said["notes"])),
            bool(said["is_left_out"]),
        )

    return _explained(path, read)


def read_plan(path: Path, project: Project) -> Together:
    """Read the edit of a plan for the project that it was made for.

    Raises
    ------
    FileError
        If the files are missing or are something else.
    RecordingError
        If the recording got a track since then whose place a track of the file would take.
    """

    def read() -> Together:
        tracks = read_tracks(_beside(path))
        # Line by line: a long text read at once would hold up the window.
        with path.open(encoding="utf-8") as file:
            label = str(json.loads(file.readline())["label"])
            return Together(tuple(_with_tracks(decode_edit(line), tracks) for line in file), label)

    edit = _explained(path, read)
    for part in edit.edits:
        if isinstance(part, ReplaceTracks):
            taken = part.tracks.keys() & project.tracks(part.recording_id).keys()
            if taken:
                raise RecordingError(
                    f"{edit.label}: the recording got a track {min(taken)!r} meanwhile; nothing "
                    "was changed; import the file again"
                )
    return edit


def _with_tracks(edit: Edit, tracks: Mapping[str, Track]) -> Edit:
    if not isinstance(edit, ReplaceTracks):
        return edit
    return replace(
        edit,
        tracks={
            role: tracks[track.manifest] if isinstance(track, StoredTrack) else track
            for role, track in edit.tracks.items()
        },
    )


def _facts(role: str, track: Track) -> TrackFacts:
    n_frames = int(np.count_nonzero(np.asarray(track.valid)))
    maker = track.source.name
    match track:
        case LandmarkTrack():
            n_points = track.state.shape[1]
            return TrackFacts(role, "landmarks", n_frames, n_points, str(track.camera), maker)
        case ActionUnitTrack():
            n_units = len(track.name_list())
            return TrackFacts(role, "action units", n_frames, n_units, "", maker)
        case _:
            return TrackFacts(role, "other", n_frames, 0, "", maker)


def _beside(path: Path) -> Path:
    return path.with_name(f"{path.name}.npz")


def _explained(path: Path, read: Callable[[], _T]) -> _T:
    try:
        return read()
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise FileError(path, f"is not the plan of an import ({error})") from error
