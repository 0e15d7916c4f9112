"""Tracks taken apart for storage, into plain arrays and a few words of JSON, and back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from evface.annotations.lazy_array import LazyArray
from evface.annotations.tracks import TRACK_TYPES, Camera, Source, SourceKind, Track

TrackType = TypeVar("TrackType", bound=Track)


def head_of(track: Track) -> dict[str, Any]:
    """Return all of a track but its arrays: kind, texts and source, ready for JSON."""
    source = track.source
    return {
        "kind": track.kind,
        "text": {name: str(getattr(track, name)) for name in track.text},
        "source": {
            "kind": str(source.kind),
            "name": source.name,
            "version": source.version,
            "settings": dict(source.settings),
        },
    }


def arrays_of(track: Track) -> dict[str, NDArray[Any]]:
    """Return a track's arrays by field, each contiguous and little-endian."""
    return {
        name: np.ascontiguousarray(getattr(track, name), np.dtype(dtype).newbyteorder("<"))
        for name, (dtype, _) in track.layout.items()
        if name not in track.unstated()
    }


def source_of(head: Mapping[str, Any]) -> Source:
    """Return the source that a head states.

    Raises
    ------
    ValueError
        If it states none that is known.
    """
    try:
        said = head["source"]
        return Source(
            SourceKind(said["kind"]),
            str(said["name"]),
            str(said["version"]),
            dict(said["settings"]),
        )
    except (KeyError, TypeError) as error:
        raise ValueError(f"the source of the track is not stated ({error})") from error


def build_track(head: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> Track:
    """Put a track together again.

    Parameters
    ----------
    head
        As given by `head_of`; not trusted.
    arrays
        As given by `arrays_of`; not trusted, and not copied. They are made read-only.

    Raises
    ------
    ValueError
        If the parts do not make a track.
    """
    try:
        track_type = TRACK_TYPES[head["kind"]]
        text: dict[str, Any] = {name: str(head["text"][name]) for name in track_type.text}
    except (KeyError, TypeError) as error:
        raise ValueError(f"not a track that this version knows ({error})") from error
    if "camera" in text:
        text["camera"] = Camera(text["camera"])
    missing = sorted(set(track_type.layout) - set(arrays) - set(track_type.optional))
    if missing:
        raise ValueError(f"the track lacks {', '.join(missing)}")
    fields = {name: arrays[name] for name in track_type.layout if name in arrays}
    for array in fields.values():
        array.setflags(write=False)
    return track_type(source=source_of(head), **fields, **text)


def read_whole(track: TrackType) -> TrackType:
    """Return a track whose arrays are all in memory; the same one if they are already."""
    lazy: dict[str, Any] = {
        name: np.asarray(getattr(track, name))
        for name in track.layout
        if isinstance(getattr(track, name), LazyArray)
    }
    for array in lazy.values():
        array.setflags(write=False)
    return replace(track, **lazy) if lazy else track
