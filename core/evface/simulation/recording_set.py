"""Sets of synthetic recordings: made by several processes or a cluster, and taken up again.

A set is a folder::

    synth.json                     its settings and recordings
    clips/NAME/video.mp4, events.h5, truth.h5
    index.html, gallery/           pictures of some of them
"""

from __future__ import annotations

import json
import math
import os
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from itertools import groupby
from pathlib import Path
from typing import Any

from evface.errors import EvfaceError, FileError
from evface.simulation.protocols import Clip, SetSettings, plan_clips
from evface.simulation.recordings import SyntheticRecording, make_recording
from evface.workers import spread, tell_share

MANIFEST = "synth.json"
CLIPS = "clips"
_FORMAT = "evface synthetic set"
_VERSION = 1
# Recordings of one person that a process makes in one go at most: a new person takes seconds to
# prepare.
_BATCH = 6
# How many of a cluster's workers there may be, who come and go.
_OF_A_CLUSTER = 16


@dataclass(frozen=True)
class SetSummary:
    """What making a set came to.

    Parameters
    ----------
    n_clips
        Of the set.
    n_made
        Made now; the others were there before.
    seconds
        What that took.
    """

    n_clips: int
    n_made: int
    seconds: float


def make_set(
    out: Path,
    settings: SetSettings,
    *,
    n_processes: int = 0,
    scheduler: str = "",
    report: Callable[[float, str], None] = lambda _fraction, _message: None,
) -> SetSummary:
    """Make a set of recordings, or what is still missing of it.

    Parameters
    ----------
    out
        Folder of the set. Recordings that are whole are kept: those whose truth is there.
    settings
        What it consists of. The same settings give the same files.
    n_processes
        How many work; one a processor when 0.
    scheduler
        Address of a Dask cluster that works instead, for example ``"tcp://10.0.0.1:8786"``. Its
        workers must see `out` under the same path.
    report
        Told the progress, 0 to 1. An exception that it raises ends the work; what is whole stays.

    Raises
    ------
    FileError
        If `out` holds another set or cannot be written.
    EvfaceError
        If processes that work end again and again, or there is no such cluster, or it writes
        elsewhere.
    """
    clips = plan_clips(settings)
    _claim(out, settings, clips)
    missing = [clip for clip in clips if not _is_whole(out, clip)]
    began_s = time.monotonic()

    def tell() -> None:
        n_left = sum(not _is_whole(out, clip) for clip in missing)
        n_done = len(missing) - n_left
        rate = 60.0 * n_done / max(time.monotonic() - began_s, 1e-3)
        words = f"{len(clips) - n_left} of {len(clips)} recordings"
        report(1.0 - n_left / len(clips), f"{words}, {rate:.1f} a minute" if n_done else words)

    def check(_number: int, problem: str) -> None:
        if problem:
            raise EvfaceError(problem)

    tell()
    if missing:
        n_workers = _OF_A_CLUSTER if scheduler else n_processes or os.cpu_count() or 1
        spread(
            partial(make_clips, str(out.resolve())),
            list(_batches(missing, min(_BATCH, math.ceil(len(missing) / n_workers)))),
            n_processes=n_processes,
            scheduler=scheduler,
            done=check,
            look=lambda _n_begun: tell(),
        )
    tell()
    lost = [clip.name for clip in missing if not _is_whole(out, clip)]
    if lost:
        raise EvfaceError(
            f"{out}: {lost[0]} was made, but is not there; workers must see this folder under the "
            "same path"
        )
    return SetSummary(len(clips), len(missing), time.monotonic() - began_s)


def make_clip(
    out: Path,
    clip: Clip,
    *,
    report: Callable[[float, str], None] = lambda _fraction, _message: None,
) -> SyntheticRecording:
    """Make one recording of a set in this process.

    Half of one, left behind by a process that was killed, is made anew.

    Raises
    ------
    FileError
        If a file cannot be written.

    Examples
    --------
    One small recording, without a set::

        settings = SetSettings(labels=("AU12",), resolution=(320, 240))
        made = make_clip(Path("some/folder"), plan_clips(settings)[0])
        truth = read_truth(made.truth_path)
    """
    folder = clip_folder(out, clip.name)
    if folder.exists():
        shutil.rmtree(folder)
    return make_recording(folder, clip.plan(), report=report)


def make_clips(out: str, clips: list[Clip]) -> str:
    """Make some recordings, in whichever process this runs; those that are whole are kept.

    Returns
    -------
    str
        What went wrong with the world, in one line; empty when nothing did.
    """
    try:
        for clip in clips:
            # Whoever had these before may have been ended with some of them made.
            if not _is_whole(Path(out), clip):
                make_clip(Path(out), clip, report=lambda share, _words: tell_share(share))
    except EvfaceError as error:
        return str(error)
    return ""


def clip_folder(out: Path, name: str) -> Path:
    """Return the folder of a recording in a set."""
    return out / CLIPS / name


def read_manifest(out: Path) -> dict[str, Any]:
    """Read what a set consists of.

    Returns
    -------
    dict
        ``settings`` and ``clips``, a list of ``name``, ``subject``, ``split`` and ``label``.

    Raises
    ------
    FileError
        If there is no manifest, or it is not one of ours.
    """
    path = out / MANIFEST
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
        if manifest["format"] != _FORMAT:
            raise ValueError("another format")
        if manifest["version"] > _VERSION:
            raise FileError(path, "was written by a newer evface; update evface")
        if not {"name", "subject", "split", "label"} <= set(manifest["clips"][0]):
            raise ValueError("recordings without a name")
    except OSError as error:
        raise FileError(path, f"cannot be read ({error.strerror or error})") from error
    except (ValueError, KeyError, TypeError, IndexError) as error:
        raise FileError(path, "is not the list of a synthetic set; make the set again") from error
    return dict(manifest)


def _claim(out: Path, settings: SetSettings, clips: list[Clip]) -> None:
    """Write the manifest, or check that the one there is the same."""
    path = out / MANIFEST
    manifest = {
        "format": _FORMAT,
        "version": _VERSION,
        "evface": version("evface"),
        "settings": settings.to_json(),
        "clips": [
            {
                "name": clip.name,
                "subject": clip.subject,
                "split": clip.split,
                "label": clip.label,
            }
            for clip in clips
        ],
    }
    if path.exists():
        if read_manifest(out)["settings"] != manifest["settings"]:
            raise FileError(
                path, "is of a set with other settings; use those, or name another folder"
            )
        return
    temporary = path.with_name(f".{path.name}.part")
    try:
        out.mkdir(parents=True, exist_ok=True)
        temporary.write_text(json.dumps(manifest, indent=1), encoding="utf-8")
        temporary.replace(path)
    except OSError as error:
        raise FileError(
            path, f"cannot be written ({error.strerror}); check the folder and the free space"
        ) from error


def _is_whole(out: Path, clip: Clip) -> bool:
    return SyntheticRecording.within(clip_folder(out, clip.name)).truth_path.is_file()


def _batches(clips: list[Clip], size: int) -> Iterator[list[Clip]]:
    """Part recordings into batches of one person each, of at most so many."""
    for _, own in groupby(clips, key=lambda clip: clip.subject):
        of_one = list(own)
        for first in range(0, len(of_one), size):
            yield of_one[first : first + size]
