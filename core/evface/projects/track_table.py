"""Tracks in a project's tables: arrays named by their content, in pieces of bounded size."""

from __future__ import annotations

import hashlib
import json
import math
import sqlite3
from collections.abc import Callable, MutableMapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evface.annotations.edits import StoredTrack
from evface.annotations.lazy_array import LazyArray
from evface.annotations.track_parts import arrays_of, build_track, head_of
from evface.annotations.tracks import ActionUnitTrack, FaceTrack, LandmarkTrack, Track

# Small enough that a few rows of a long track are read without the rest of it.
_PIECE_BYTES = 1 << 20
# Arrays of tracks that have one row a frame and are looked up frame by frame are read when they
# are asked for, if they are larger than this.
_LAZY_BYTES = 1 << 22
_LAZY_KINDS = frozenset({LandmarkTrack.kind, FaceTrack.kind, ActionUnitTrack.kind})
_WHOLE_ARRAYS = frozenset({"times_us", "valid"})

# Reads bytes ``[start, stop)`` of the array of that name, from any thread.
ReadBytes = Callable[[str, int, int], bytes]


def keep_track(connection: sqlite3.Connection, track: Track) -> StoredTrack:
    """Put a track's arrays into the tables, those that are not there yet, and name it."""
    digests = {name: _keep_array(connection, array) for name, array in arrays_of(track).items()}
    manifest = head_of(track) | {"n": len(track), "arrays": digests}
    return StoredTrack(json.dumps(manifest, sort_keys=True))


def read_track(connection: sqlite3.Connection, stored: StoredTrack) -> Track:
    """Read a track that was kept.

    Raises
    ------
    ValueError
        If it is damaged, or of a kind that this version does not know.
    """
    manifest = manifest_of(stored)
    try:
        digests = manifest["arrays"].items()
    except (KeyError, AttributeError) as error:
        raise ValueError("it names no arrays") from error
    return build_track(manifest, {name: _read_array(connection, d) for name, d in digests})


def read_track_lazily(
    connection: sqlite3.Connection,
    stored: StoredTrack,
    read_bytes: ReadBytes,
    arrays_in_use: MutableMapping[str, NDArray[Any]],
) -> Track:
    """Read a track that was kept; the rows of its large arrays only when they are asked for.

    Parameters
    ----------
    arrays_in_use
        Arrays of other tracks by digest, as several have the same times; those read are added.

    Raises
    ------
    ValueError
        As for `read_track`.
    """
    manifest = manifest_of(stored)
    try:
        kind, digests = manifest["kind"], manifest["arrays"].items()
    except (KeyError, AttributeError) as error:
        raise ValueError("it names no arrays") from error
    arrays = {}
    for name, digest in digests:
        dtype, shape = _layout_of(connection, digest)
        is_large = dtype.itemsize * math.prod(shape) > _LAZY_BYTES
        if kind not in _LAZY_KINDS or name in _WHOLE_ARRAYS or not is_large:
            known = arrays_in_use.get(digest)
            arrays[name] = _read_array(connection, digest) if known is None else known
            arrays_in_use[digest] = arrays[name]
        elif not _is_whole(connection, digest):
            raise ValueError("parts of its values are missing")
        else:
            arrays[name] = _lazy_array(digest, dtype, shape, read_bytes)
    return build_track(manifest, arrays)


def read_piece_bytes(
    connection: sqlite3.Connection, digest: str, start: int, stop: int
) -> bytes | None:
    """Return bytes ``[start, stop)`` of an array; None where the array is not there."""
    row = connection.execute(
        "SELECT length(data) FROM array_pieces WHERE digest = ? AND piece = 0", (digest,)
    ).fetchone()
    if row is None:
        return None
    # All pieces but the last are equally long.
    first, last = start // row[0], (stop - 1) // row[0]
    parts: list[bytes] = []
    for number, piece_id in connection.execute(
        "SELECT piece, id FROM array_pieces WHERE digest = ? AND piece BETWEEN ? AND ? "
        "ORDER BY piece",
        (digest, first, last),
    ).fetchall():
        with connection.blobopen("array_pieces", "data", piece_id, readonly=True) as blob:
            begin = max(start - number * row[0], 0)
            parts.append(bytes(blob[begin : min(stop - number * row[0], len(blob))]))
    return b"".join(parts)


def manifest_of(stored: StoredTrack) -> dict[str, Any]:
    """Return what a stored track says of itself; raises ValueError where it says nothing."""
    manifest = json.loads(stored.manifest)
    if not isinstance(manifest, dict):
        raise ValueError("it does not say what it is")
    return manifest


def array_shape(connection: sqlite3.Connection, stored: StoredTrack, name: str) -> tuple[int, ...]:
    """Return the shape of one of a stored track's arrays, without reading it."""
    return _layout_of(connection, manifest_of(stored)["arrays"][name])[1]


def missing_arrays(connection: sqlite3.Connection, stored: StoredTrack) -> list[str]:
    """Return the names of arrays whose bytes are not all there, without reading them."""
    digests = manifest_of(stored).get("arrays", {})
    return [name for name, digest in digests.items() if not _is_whole(connection, digest)]


def _keep_array(connection: sqlite3.Connection, array: NDArray[Any]) -> str:
    shape = json.dumps(array.shape)
    data = array.reshape(-1).view(np.uint8).data
    digest = hashlib.blake2b(f"{array.dtype.str} {shape} ".encode(), digest_size=20)
    digest.update(data)
    name = digest.hexdigest()
    if connection.execute("SELECT 1 FROM arrays WHERE digest = ?", (name,)).fetchone():
        return name
    connection.execute("INSERT INTO arrays VALUES (?, ?, ?)", (name, array.dtype.str, shape))
    for piece, start in enumerate(range(0, len(data), _PIECE_BYTES)):
        connection.execute(
            "INSERT INTO array_pieces (digest, piece, data) VALUES (?, ?, ?)",
            (name, piece, data[start : start + _PIECE_BYTES]),
        )
    return name


def _read_array(connection: sqlite3.Connection, digest: str) -> NDArray[Any]:
    dtype, shape = _layout_of(connection, digest)
    n_bytes = dtype.itemsize * math.prod(shape)
    if not _is_whole(connection, digest):
        raise ValueError("parts of its values are missing")
    data = np.empty(n_bytes, np.uint8)
    at = 0
    for (piece,) in connection.execute(
        "SELECT data FROM array_pieces WHERE digest = ? ORDER BY piece", (digest,)
    ):
        data[at : at + len(piece)] = np.frombuffer(piece, np.uint8)
        at += len(piece)
    return data.view(dtype).reshape(shape)


def _lazy_array(
    digest: str, dtype: np.dtype[Any], shape: tuple[int, ...], read_bytes: ReadBytes
) -> NDArray[Any]:
    row_bytes = dtype.itemsize * math.prod(shape[1:])

    def read_rows(start: int, stop: int) -> NDArray[Any]:
        data = read_bytes(digest, start * row_bytes, stop * row_bytes)
        return np.frombuffer(data, dtype).reshape(stop - start, *shape[1:])

    return LazyArray(dtype, shape, read_rows).as_array()


def _is_whole(connection: sqlite3.Connection, digest: str) -> bool:
    dtype, shape = _layout_of(connection, digest)
    (n_bytes,) = connection.execute(
        "SELECT coalesce(sum(length(data)), 0) FROM array_pieces WHERE digest = ?", (digest,)
    ).fetchone()
    return bool(n_bytes == dtype.itemsize * math.prod(shape))


def _layout_of(
    connection: sqlite3.Connection, digest: str
) -> tuple[np.dtype[Any], tuple[int, ...]]:
    row = connection.execute(
        "SELECT dtype, shape FROM arrays WHERE digest = ?", (digest,)
    ).fetchone()
    if row is None:
        raise ValueError("parts of its values are missing")
    try:
        dtype, shape = np.dtype(row[0]), tuple(int(length) for length in json.loads(row[1]))
    except TypeError as error:
        raise ValueError(f"its values are of an unknown type ({error})") from error
    if dtype.kind not in "biuf" or min(shape, default=0) < 0:
        raise ValueError(f"its values are of an unknown type ({dtype} {shape})")
    return dtype, shape
