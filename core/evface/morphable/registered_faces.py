"""Folders of registered meshes: neutral and expressive faces of many people, in one topology."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from evface.errors import ModelFileError
from evface.morphable.alignment import align_rigidly, align_to_mean
from evface.morphable.meshes import SUFFIXES, Mesh, read_mesh

MM_PER_UNIT = {"mm": 1.0, "cm": 10.0, "m": 1000.0}
# A head without shoulders is about this high; a factor of three either way is still one.
_HEAD_MM = 280.0


@dataclass(frozen=True)
class SubjectMeshes:
    """The files of one person.

    Parameters
    ----------
    name
    neutral
        At least one; their mean is the neutral face.
    expressive
        Any number, in the order of time.
    """

    name: str
    neutral: tuple[Path, ...]
    expressive: tuple[Path, ...]


@dataclass(frozen=True, eq=False)
class RegisteredFaces:
    """Faces of several people in one topology, aligned.

    Parameters
    ----------
    triangles : (n_triangles, 3) int32
    subjects
        Names.
    neutral : (n_subjects, n_vertices, 3) float64, mm
        Aligned to their mean, without scaling.
    offsets : (n_expressive, n_vertices, 3) float32, mm
        Expressive less neutral of the same person, in the mean's axes.
    subject_of : (n_expressive,) int64
    """

    triangles: NDArray[np.int32]
    subjects: tuple[str, ...]
    neutral: NDArray[np.float64]
    offsets: NDArray[np.float32]
    subject_of: NDArray[np.int64]


def find_subjects(folder: Path) -> list[SubjectMeshes]:
    """Find whose meshes lie in a folder.

    Two layouts are known. VOCASET: ``templates/SUBJECT.ply`` are the neutral faces, and
    ``SUBJECT/SENTENCE/*.ply``, in the same folder or one below, the expressive ones. D3DFACS:
    ``SUBJECT/SEQUENCE/*.ply``; files or sequences with ``neutral`` in their name are neutral, and
    where there are none, the first mesh of every sequence is, as recordings begin at rest.

    Raises
    ------
    ModelFileError
        If there are no meshes, or no neutral one of a person.
    """
    if not folder.is_dir():
        raise ModelFileError(folder, "is no folder; give one with a folder of meshes a person")
    for templates in (folder / "templates", folder.parent / "templates"):
        neutral = {path.stem: path for path in _meshes_in(templates)}
        if neutral:
            return _with_templates(folder, templates, neutral)
    subjects = []
    for place in sorted(path for path in folder.iterdir() if path.is_dir()):
        meshes = _meshes_below(place)
        if meshes:
            subjects.append(_subject_of(place, meshes))
    if not subjects:
        raise ModelFileError(folder, "holds no meshes; give a folder with a folder a person")
    return subjects


def read_registered(
    folders: Sequence[Path],
    *,
    unit: str | None = None,
    every: int = 1,
    most: int = 2000,
    report: Callable[[float, str], None] = lambda _fraction, _message: None,
) -> RegisteredFaces:
    """Read and align the faces of all people in some folders.

    Parameters
    ----------
    folders
        As for `find_subjects`.
    unit
        Of the meshes, a key of `MM_PER_UNIT`; told by the size of the head when None.
    every
        Take each so-manieth expressive mesh of a person.
    most
        No more expressive meshes than this are kept, evenly over all of them.
    report
        Told how far it is, 0 to 1, and what is being done.

    Returns
    -------
    RegisteredFaces

    Raises
    ------
    ModelFileError
        If a mesh is damaged, has NaN or another topology, there are fewer than three people, or
        one is there twice.
    """
    if every < 1 or most < 1:
        raise ValueError(f"every and most must be at least 1, got {every} and {most}")
    subjects = [subject for folder in folders for subject in find_subjects(folder)]
    if len(subjects) < 3:
        raise ModelFileError(
            folders[0],
            f"holds the faces of {len(subjects)}; a model needs at least three people, two to "
            "learn from and one to test with",
        )
    names = [subject.name for subject in subjects]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        # One person must not be learnt from and tested with.
        raise ModelFileError(
            folders[-1],
            f"has a person {twice}, and so has another folder; give each once, or rename one",
        )
    chosen = [(i, p) for i, s in enumerate(subjects) for p in s.expressive[::every]]
    if len(chosen) > most:
        chosen = [chosen[i] for i in np.linspace(0, len(chosen) - 1, most).astype(int)]
    reader = _Reader(unit)
    neutral = []
    n_files = sum(len(s.neutral) for s in subjects) + len(chosen)
    for i, subject in enumerate(subjects):
        report(i / n_files, f"Reading {subject.name}")
        shapes = [reader.read(path) for path in subject.neutral]
        neutral.append(np.mean([align_rigidly(s, shapes[0]) for s in shapes], axis=0))
    aligned = align_to_mean(np.array(neutral))
    offsets = np.empty((len(chosen), *aligned.shape[1:]), np.float32)
    for row, (subject_number, path) in enumerate(chosen):
        report((n_files - len(chosen) + row) / n_files, f"Reading {path.name}")
        still = aligned[subject_number]
        offsets[row] = align_rigidly(reader.read(path), still) - still
    return RegisteredFaces(
        triangles=reader.triangles,
        subjects=tuple(subject.name for subject in subjects),
        neutral=aligned,
        offsets=offsets,
        subject_of=np.array([i for i, _ in chosen], np.int64),
    )


class _Reader:
    """Reads meshes in millimetres, all of one topology and one unit."""

    def __init__(self, unit: str | None) -> None:
        self._scale = None if unit is None else MM_PER_UNIT[unit]
        self._first: Mesh | None = None
        self._path = Path()

    @property
    def triangles(self) -> NDArray[np.int32]:
        """Of all meshes; empty before the first."""
        return np.empty((0, 3), np.int32) if self._first is None else self._first.triangles

    def read(self, path: Path) -> NDArray[np.float64]:
        mesh = read_mesh(path)
        if self._first is None:
            self._first, self._path = mesh, path
            if not len(mesh.triangles):
                raise ModelFileError(path, "has no faces; give meshes with their topology")
        if len(mesh.vertices) != len(self._first.vertices):
            raise ModelFileError(
                path,
                f"has {len(mesh.vertices)} vertices, but {self._path} has "
                f"{len(self._first.vertices)}; all meshes must have one topology",
            )
        if not np.array_equal(mesh.triangles, self._first.triangles):
            raise ModelFileError(
                path, f"joins its vertices otherwise than {self._path}; it is another topology"
            )
        if self._scale is None:
            self._scale = _scale_of(mesh.vertices, path)
        return mesh.vertices * self._scale


def _scale_of(vertices: NDArray[np.float64], path: Path) -> float:
    height = float(np.ptp(vertices[:, 1]))
    for scale in MM_PER_UNIT.values():
        if 1 / 3 < height * scale / _HEAD_MM < 3:
            return scale
    raise ModelFileError(path, f"is {height:g} high, which no unit makes a head; state the unit")


def _with_templates(folder: Path, templates: Path, neutral: dict[str, Path]) -> list[SubjectMeshes]:
    """Return the people whose neutral faces are given, in VOCASET's layout."""
    found = {}
    for name in sorted(neutral):
        # The same faces may lie there twice, raw and cleaned: the first place counts.
        places = [folder / name, *sorted(folder.glob(f"*/{name}"))]
        found[name] = next((place for place in places if _meshes_below(place)), None)
    for container in {place.parent for place in found.values() if place is not None}:
        for other in sorted(container.iterdir()):
            if other.name not in neutral and other != templates and _meshes_below(other):
                raise ModelFileError(
                    other, f"has no neutral mesh in {templates}; put it there, or move this away"
                )
    return [
        SubjectMeshes(name, (neutral[name],), tuple(_meshes_below(place) if place else ()))
        for name, place in found.items()
    ]


def _subject_of(place: Path, meshes: list[Path]) -> SubjectMeshes:
    neutral = [mesh for mesh in meshes if "neutral" in f"{mesh.relative_to(place)}".lower()]
    if not neutral:
        sequences = {mesh.parent: mesh for mesh in reversed(meshes) if mesh.parent != place}
        neutral = [mesh for mesh in meshes if mesh in set(sequences.values())]
    if not neutral:
        raise ModelFileError(
            place, "has no neutral mesh; put `neutral` into the name of one, or use sequences"
        )
    expressive = [mesh for mesh in meshes if mesh not in set(neutral)]
    return SubjectMeshes(place.name, tuple(neutral), tuple(expressive))


def _meshes_in(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    return sorted(filter(_is_mesh, folder.iterdir()), key=_in_time)


def _meshes_below(folder: Path) -> list[Path]:
    return sorted(filter(_is_mesh, folder.rglob("*")), key=_in_time)


def _is_mesh(path: Path) -> bool:
    # Archives made on a Mac bring a `._` file along with every file.
    return path.suffix.lower() in SUFFIXES and not path.name.startswith(".")


def _in_time(path: Path) -> list[tuple[int, str]]:
    """Sort frame 10 after frame 9."""
    parts = re.split(r"(\d+)", f"{path.parent}/{path.stem}")
    return [(int(part), "") if part.isdigit() else (-1, part) for part in parts]
