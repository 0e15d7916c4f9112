"""Writing training sets."""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

import h5py
import hdf5plugin
import numpy as np
from numpy.typing import NDArray

from evface.errors import DatasetError, EmptySetError
from evface.files import replacing
from evface.training_sets.clips import LABEL_ARRAYS, Clip
from evface.training_sets.entries import (
    EVENT_ARRAYS,
    FORMAT,
    VERSION,
    About,
    ClipEntry,
    reason_of,
)
from evface.training_sets.pictures import encode_pictures


def write_training_set(
    path: Path,
    clips: Iterable[Clip],
    *,
    sources: Sequence[str] = (),
    label_filter: Mapping[str, str | int | float | bool] | None = None,
    report: Callable[[int], None] = lambda _n_clips: None,
) -> int:
    """Write clips one after another, all or nothing; memory holds a single one.

    Parameters
    ----------
    path
        Replaced where it exists.
    clips
        Of one sensor resolution, one morphable model and one landmark scheme. Those without
        coefficients or landmarks go with any.
    sources
        Where they were taken from, one line each, for people.
    label_filter
        Which labels were taken, for people.
    report
        Told the number of clips after each. An exception that it raises ends the work.

    Returns
    -------
    int
        Number of clips.

    Raises
    ------
    EmptySetError
        If there are no clips.
    DatasetError
        If they do not go together.
    FileError
        If the file cannot be written; what was there before is still there then.
    """
    path = Path(path)
    entries: list[ClipEntry] = []
    shared = _Shared(path)
    with replacing(path) as temporary, _writable(temporary) as (file, disk):
        for clip in clips:
            shared.take(clip)
            entries.append(_write_clip(file.create_group(f"clips/{len(entries):06}"), clip))
            disk.check()
            report(len(entries))
        if not entries:
            raise EmptySetError(
                path, "would be empty: nothing was found to learn from; see what the source holds"
            )
        about = shared.about(tuple(sources), dict(label_filter or {}))
        file.attrs["format"], file.attrs["version"] = FORMAT, VERSION
        file.attrs["about"] = json.dumps(asdict(about))
        rows = json.dumps([asdict(entry) for entry in entries]).encode()
        file.create_dataset("index", data=np.frombuffer(rows, np.uint8), **_packed(len(rows)))
    return len(entries)


class _Shared:
    """Checks that clips go together, and gathers what holds for all."""

    def __init__(self, path: Path) -> None:
        self._path = path
        # What was found, and in which recording first.
        self._found: dict[str, tuple[object, str]] = {}

    def take(self, clip: Clip) -> None:
        self._agree("resolution", "x".join(map(str, clip.resolution)), clip)
        if clip.coefficients.shape[1]:
            self._agree("model", f"{clip.model} of {clip.coefficients.shape[1]}", clip)
        if clip.landmarks.shape[1]:
            self._agree("landmark scheme", f"{clip.scheme} of {clip.landmarks.shape[1]}", clip)

    def about(
        self, sources: tuple[str, ...], label_filter: dict[str, str | int | float | bool]
    ) -> About:
        width, height = str(self._found["resolution"][0]).split("x")
        model, n_coefficients = self._counted("model")
        scheme, n_landmarks = self._counted("landmark scheme")
        return About(
            resolution=(int(width), int(height)),
            model=model,
            n_model_coefficients=n_coefficients,
            scheme=scheme,
            n_landmarks=n_landmarks,
            sources=sources,
            label_filter=label_filter,
            made_with=version("evface"),
        )

    def _agree(self, what: str, value: str, clip: Clip) -> None:
        known, first = self._found.setdefault(what, (value, clip.recording))
        if known != value:
            raise DatasetError(
                self._path,
                f"{clip.recording} has another {what} ({value}) than {first} ({known}); "
                "make a set of each",
            )

    def _counted(self, what: str) -> tuple[str, int]:
        name, _, n = str(self._found.get(what, (" of 0",))[0]).rpartition(" of ")
        return name, int(n)


class _Disk:
    """A file as HDF5 wants it, that takes everything and remembers what could not be kept.

    HDF5 tries again to write what it could not, and complains whenever something of it is let go.
    """

    def __init__(self, file: io.FileIO) -> None:
        self._file = file
        self._failure: OSError | None = None

    def write(self, content: memoryview) -> int:
        left = memoryview(content)
        n = len(left)
        try:
            while len(left) and self._failure is None:
                left = left[self._file.write(left) :]
        except OSError as error:
            self._failure = error
        return n

    def read(self, n: int) -> bytes:
        return self._file.read(n) or b""

    def seek(self, offset: int, whence: int = 0) -> int:
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()

    def truncate(self, size: int) -> int:
        return self._file.truncate(size)

    def flush(self) -> None:
        self._file.flush()

    def check(self) -> None:
        """Raise what went wrong, if anything did."""
        if self._failure is not None:
            raise self._failure


@contextlib.contextmanager
def _writable(path: Path) -> Iterator[tuple[h5py.File, _Disk]]:
    """Open an HDF5 file to write; what h5py raises becomes an OSError that says why."""
    with io.FileIO(path, "w+") as plain:
        disk = _Disk(plain)
        try:
            with h5py.File(disk, "w") as file:
                yield file, disk
        except (OSError, RuntimeError) as error:
            disk.check()
            number = getattr(error, "errno", None)
            raise OSError(number, os.strerror(number) if number else reason_of(error)) from error
        disk.check()


def _write_clip(group: h5py.Group, clip: Clip) -> ClipEntry:
    events = clip.events
    if len(events) and not 0 <= events.t[0] <= events.t[-1] < 2**32:
        raise ValueError(f"{clip.recording}: events must begin at the start of the clip")
    for name in LABEL_ARRAYS:
        if bool(np.isinf(getattr(clip, name)).any()):
            raise ValueError(f"{clip.recording}: {name} must be finite, or NaN where unknown")
    arrays: dict[str, NDArray[Any]] = {
        name: getattr(events, name).astype(dtype) for name, dtype in EVENT_ARRAYS.items()
    }
    arrays["times_us"] = clip.times_us
    for name, dtype in LABEL_ARRAYS.items():
        arrays[name] = getattr(clip, name).astype(dtype, copy=False)
    if clip.rgb is not None:
        arrays["rgb"], arrays["rgb_ends"] = encode_pictures(clip.rgb)
    if clip.event_from_rgb is not None:
        arrays["event_from_rgb"] = clip.event_from_rgb.matrix
    digest = hashlib.blake2b(digest_size=16)
    for name, array in sorted(arrays.items()):
        group.create_dataset(name, data=array, **_packed(array.size, array.shape))
        digest.update(f"{name} {array.shape} {array.dtype}".encode())
        digest.update(np.ascontiguousarray(array).data)
    words = (clip.recording, clip.subject, clip.condition, clip.split, clip.au_class, clip.start_us)
    digest.update(json.dumps(words).encode())
    seen = np.all(np.isfinite(clip.landmarks), axis=2)
    states = np.bincount(clip.landmark_state[seen], minlength=4)
    return ClipEntry(
        recording=clip.recording,
        subject=clip.subject,
        condition=clip.condition,
        split=clip.split,
        au_class=clip.au_class,
        start_us=clip.start_us,
        duration_us=int(clip.times_us[-1]) if len(clip) else 0,
        n_events=len(events),
        n_frames=len(clip),
        n_states=(int(states[0]), int(states[1]), int(states[2]), int(states[3])),
        n_coefficients=_count_rows(clip.coefficients),
        n_intensities=_count_rows(clip.intensity),
        n_landmarks=int(np.any(seen, axis=1).sum()),
        has_rgb=clip.rgb is not None,
        is_registered=clip.event_from_rgb is not None,
        digest=digest.hexdigest(),
        filters=clip.filters,
    )


def _count_rows(values: NDArray[np.float32]) -> int:
    return int(np.any(np.isfinite(values), axis=1).sum())


def _packed(size: int, shape: tuple[int, ...] = ()) -> dict[str, Any]:
    """Return how an array is kept: one chunk, packed, with a checksum."""
    if not size:
        return {}
    return {
        "chunks": shape or (size,),
        "fletcher32": True,
        **hdf5plugin.Bitshuffle(cname="lz4"),
    }
