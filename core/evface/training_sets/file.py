"""A training set: clips of many recordings in one HDF5 file."""

from __future__ import annotations

import hashlib
import json
import threading
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import h5py

# Brings the filters that events are packed with.
import hdf5plugin  # noqa: F401
import numpy as np

from evface.annotations.tracks import LandmarkState
from evface.errors import DatasetError
from evface.events.events import Events
from evface.geometry.transforms import PlanarTransform
from evface.training_sets.clips import LABEL_ARRAYS, Clip
from evface.training_sets.entries import (
    EVENT_ARRAYS,
    FORMAT,
    VERSION,
    About,
    ClipEntry,
    reason_of,
)
from evface.training_sets.pictures import decode_pictures

# What reading a damaged file raises.
_DAMAGE = (OSError, RuntimeError, KeyError, ValueError, TypeError, IndexError, AttributeError)


class TrainingSet:
    """A file that `evface.training_sets.writing.write_training_set` made, open for reading.

    Safe to use from several threads. Sent to another process, it opens the file anew there.

    Parameters
    ----------
    path
        The file.

    Raises
    ------
    DatasetError
        If it cannot be read, is something else, damaged, or of a newer version.
    """

    def __init__(self, path: Path) -> None:
        self.path = Path(path)
        self._lock = threading.Lock()
        self._file = self._open()
        try:
            self.index, self.about = self._read_index()
        except BaseException:
            self._file.close()
            raise

    def __len__(self) -> int:
        return len(self.index)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def __getstate__(self) -> dict[str, Any]:
        state = self.__dict__.copy()
        del state["_lock"], state["_file"]
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._lock = threading.Lock()
        self._file = self._open()

    @property
    def subjects(self) -> tuple[str, ...]:
        """Everyone who is seen, in alphabetical order."""
        return tuple(sorted({entry.subject for entry in self.index}))

    @property
    def content_hash(self) -> str:
        """Digest of all clips and of what holds for them: the same content, the same digest."""
        digest = hashlib.blake2b(digest_size=16)
        about = asdict(self.about)
        del about["made_with"], about["sources"]
        digest.update(json.dumps(about, sort_keys=True).encode())
        for entry in self.index:
            digest.update(entry.digest.encode())
        return digest.hexdigest()

    def count_states(self) -> dict[LandmarkState, int]:
        """Return how many landmarks there are of each state."""
        total = np.sum([entry.n_states for entry in self.index], axis=0)
        return {state: int(total[state]) for state in LandmarkState}

    def clip(
        self,
        index: int,
        *,
        rows: slice | None = None,
        with_events: bool = True,
        with_rgb: bool = True,
    ) -> Clip:
        """Read a clip.

        Parameters
        ----------
        rows
            Only these moments; all if None. The events are those of the whole clip.
        with_events
            Read the events as well; the clip has none if not.
        with_rgb
            Unpack the video's pictures as well, where there are any.

        Raises
        ------
        DatasetError
            If the clip is damaged; the message names it.
        """
        entry = self.index[index]
        try:
            return self._read_clip(index, rows or slice(None), with_events, with_rgb)
        except _DAMAGE as error:
            raise DatasetError(
                self.path,
                f"clip {index} ({entry.recording}) is damaged ({reason_of(error)}); "
                "make the training set again",
            ) from error

    def close(self) -> None:
        """Close the file. Reading afterwards is an error."""
        self._file.close()

    def _open(self) -> h5py.File:
        if not self.path.is_file():
            raise DatasetError(self.path, "is not there; name a training set")
        try:
            return h5py.File(self.path, "r")
        except OSError as error:
            what = "was cut short" if "truncated" in str(error) else "is no training set"
            raise DatasetError(self.path, f"{what}; make it again") from error

    def _read_index(self) -> tuple[tuple[ClipEntry, ...], About]:
        try:
            if self._file.attrs["format"] != FORMAT:
                raise ValueError("another format")
            if int(self._file.attrs["version"]) > VERSION:
                raise DatasetError(self.path, "was written by a newer evface; update evface")
            about = json.loads(self._file.attrs["about"])
            rows = json.loads(self._file["index"][()].tobytes())
            width, height = about.pop("resolution")
            known = About(
                **about | {"sources": tuple(about["sources"])}, resolution=(width, height)
            )
            index = tuple(
                # Filters are not told by sets that are older than they.
                ClipEntry(
                    **row
                    | {
                        "n_states": tuple(row["n_states"]),
                        "filters": tuple(row.get("filters", ())),
                    }
                )
                for row in rows
            )
            if not index or len(self._file["clips"]) != len(index):
                raise ValueError("clips are missing")
        except _DAMAGE as error:
            raise DatasetError(
                self.path, f"is no whole training set ({reason_of(error)}); make it again"
            ) from error
        return index, known

    def _read_clip(self, index: int, rows: slice, with_events: bool, with_rgb: bool) -> Clip:
        entry, about = self.index[index], self.about
        names = ["times_us", *LABEL_ARRAYS]
        names += EVENT_ARRAYS if with_events else ()
        names += ("rgb", "rgb_ends") if entry.has_rgb and with_rgb else ()
        names += ("event_from_rgb",) * entry.is_registered
        with self._lock:
            group = self._file[f"clips/{index:06}"]
            read = {name: group[name][()] for name in names}
        times_us = read["times_us"][rows]
        labels: dict[str, Any] = {
            name: read[name][rows].astype(dtype, copy=False) for name, dtype in LABEL_ARRAYS.items()
        }
        n = len(times_us)
        if not labels["coefficients"].shape[1]:
            labels["coefficients"] = np.full((n, about.n_model_coefficients), np.nan, np.float32)
        if not labels["landmarks"].shape[1]:
            labels["landmarks"] = np.full((n, about.n_landmarks, 2), np.nan, np.float32)
            labels["landmark_state"] = np.zeros((n, about.n_landmarks), np.uint8)
        events, rgb, event_from_rgb = Events.empty(), None, None
        if with_events:
            t, x, y, p = (read[name] for name in EVENT_ARRAYS)
            events = Events(t.astype(np.int64), x, y, p.view(np.bool_))
        if "rgb" in read:
            rgb = decode_pictures(read["rgb"], read["rgb_ends"], range(entry.n_frames)[rows])
        if entry.is_registered:
            event_from_rgb = PlanarTransform(read["event_from_rgb"])
        return Clip(
            recording=entry.recording,
            subject=entry.subject,
            start_us=entry.start_us,
            events=events,
            resolution=about.resolution,
            times_us=times_us,
            rgb=rgb,
            event_from_rgb=event_from_rgb,
            au_class=entry.au_class,
            model=about.model,
            scheme=about.scheme,
            condition=entry.condition,
            split=entry.split,
            filters=entry.filters,
            **labels,
        )
