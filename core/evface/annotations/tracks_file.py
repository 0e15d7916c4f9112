"""Tracks in a file of their own: one .npz of plain arrays, the result of a job."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from evface.annotations.track_parts import arrays_of, build_track, head_of
from evface.annotations.tracks import Track
from evface.errors import FileError
from evface.files import ARCHIVE_DAMAGES, replacing

_FORMAT = "evface tracks"
_VERSION = 1


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
    words = json.dumps({"format": _FORMAT, "version": _VERSION, "tracks": heads})
    entries = {"head": np.frombuffer(words.encode(), np.uint8)}
    # Roles are numbered: a name with a slash or a quote would not survive as a member's name.
    for number, track in enumerate(tracks.values()):
        entries |= {f"{number}.{name}": array for name, array in arrays_of(track).items()}
    with replacing(path) as temporary, temporary.open("wb") as file:
        np.savez(file, allow_pickle=False, **entries)


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
    try:
        # Opened here: numpy leaves the file open where it turns out to be damaged.
        with path.open("rb") as file, np.load(file, allow_pickle=False) as entries:
            words = json.loads(entries["head"].tobytes())
            if words["format"] != _FORMAT:
                raise ValueError("another format")
            if words["version"] > _VERSION:
                raise FileError(path, "was written by a newer evface; update evface")
            return {
                role: build_track(
                    head,
                    {
                        name.split(".", 1)[1]: entries[name]
                        for name in entries.files
                        if name.startswith(f"{number}.")
                    },
                )
                for number, (role, head) in enumerate(words["tracks"].items())
            }
    except OSError as error:
        raise FileError(path, f"cannot be read ({error.strerror or error})") from error
    except ARCHIVE_DAMAGES as error:
        reason = str(error).partition("\n")[0]
        raise FileError(path, f"is not a whole file of tracks ({reason}); make it again") from error
