"""Tracks in a file of their own: one .npz of plain arrays, the result of a job."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from evface.annotations.track_parts import arrays_of, build_track, head_of
from evface.annotations.tracks import Track
from evface.archives import Archive

_FILE = Archive("evface tracks", 1, "a whole file of tracks", "make it again")


def write_tracks(path: Path, tracks: Mapping[str, Track]) -> None:
    """Write tracks into a file, all or nothing.

    Parameters
    ----------
    path
        Replaced where it exists.
    tracks
        By role, e.g. ``"teacher"``.

    Raises
    ------
    FileError
        If the file cannot be written; what was there before is still there then.
    """
    heads = {role: head_of(track) for role, track in tracks.items()}
    arrays: dict[str, NDArray[Any]] = {}
    # Roles are numbered: a name with a slash or a quote would not survive as a member's name.
    for number, track in enumerate(tracks.values()):
        arrays |= {f"{number}.{name}": array for name, array in arrays_of(track).items()}
    _FILE.write(path, {"tracks": heads}, arrays)


def read_tracks(path: Path) -> dict[str, Track]:
    """Read what `write_tracks` wrote. Nothing in the file is executed.

    Returns
    -------
    dict[str, Track]
        By role, in the order of writing.

    Raises
    ------
    FileError
        If the file is missing, damaged or something else.
    """
    with _FILE.reading(path) as (words, arrays):
        return {
            role: build_track(
                head,
                {
                    name.split(".", 1)[1]: arrays[name]
                    for name in arrays
                    if name.startswith(f"{number}.")
                },
            )
            for number, (role, head) in enumerate(words["tracks"].items())
        }
