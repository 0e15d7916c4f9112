"""Sets of synthetic recordings: made by several processes or a cluster, and taken up again.

A set is a folder::

    synth.json                     its settings and recordings
    clips/NAME/video.mp4, events.h5, truth.h5
    index.html, gallery/           pictures of some of them
"""

from __future__ import annotations

import contextlib
import json
import math
import multiprocessing
import os
import shutil
import time
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_EXCEPTION, Executor, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from importlib.metadata import version
from itertools import groupby
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Any

from evface.errors import EvfaceError, FileError
from evface.simulation.drawing import end_with_parent, single_threaded_children
from evface.simulation.protocols import Clip, SetSettings, plan_clips
from evface.simulation.recordings import SyntheticRecording, make_recording

MANIFEST = "synth.json"
CLIPS = "clips"
_FORMAT = "evface synthetic set"
_VERSION = 1
# Recordings of one person that a process makes in one go at most: a new person takes seconds to
# prepare.
_BATCH = 6
_LOOK_EVERY_S = 0.5


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
        If a process that works was stopped from outside, or there is no such cluster.
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

    tell()
    if missing:
        with _workers(n_processes, scheduler) as (executor, n_workers):
            place = str(out.resolve())
            size = min(_BATCH, math.ceil(len(missing) / n_workers))
            batches = _batches(missing, size)
            _await({executor.submit(make_clips, place, batch) for batch in batches}, tell)
    tell()
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
    """Make some recordings, in whichever process this runs.

    Returns
    -------
    str
        What went wrong with the world, in one line; empty when nothing did.
    """

    def stop_if_told(_fraction: float, _message: str) -> None:
        if _told_to_stop is not None and _told_to_stop.is_set():
            raise EvfaceError("stopped")

    try:
        for clip in clips:
            make_clip(Path(out), clip, report=stop_if_told)
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


def _await(waiting: set[Future[str]], tell: Callable[[], None]) -> None:
    """Wait for all batches; the first failure ends the work."""
    while waiting:
        done, waiting = wait(waiting, timeout=_LOOK_EVERY_S, return_when=FIRST_EXCEPTION)
        for future in done:
            if problem := future.result():
                raise EvfaceError(problem)
        tell()


# In a process of the pool: set when the work is to end.
_told_to_stop: Event | None = None


def _begin(told_to_stop: Event) -> None:
    global _told_to_stop
    _told_to_stop = told_to_stop
    end_with_parent()


@contextlib.contextmanager
def _workers(n_processes: int, scheduler: str) -> Iterator[tuple[Executor, int]]:
    """Give what runs the batches, processes of this machine or a Dask cluster, and how many do."""
    if scheduler:
        with _cluster(scheduler) as cluster:
            yield cluster
        return
    # Spawned, because threads of this process would not survive a fork.
    context = multiprocessing.get_context("spawn")
    told_to_stop = context.Event()
    n_processes = n_processes or os.cpu_count() or 1
    executor = ProcessPoolExecutor(
        n_processes,
        mp_context=context,
        initializer=_begin,
        initargs=(told_to_stop,),
    )
    try:
        with single_threaded_children():
            yield executor, n_processes
    except BrokenProcessPool as error:
        raise EvfaceError(
            "a process that draws was stopped, perhaps for want of memory; "
            "run the command again with fewer --jobs: it goes on where it stopped"
        ) from error
    finally:
        told_to_stop.set()
        executor.shutdown(cancel_futures=True)


@contextlib.contextmanager
def _cluster(scheduler: str) -> Iterator[tuple[Executor, int]]:
    try:
        from distributed import Client
    except ImportError as error:
        raise EvfaceError(
            "--scheduler needs the extra 'cluster'; install it: pip install 'evface[cluster]'"
        ) from error
    try:
        client = Client(scheduler, timeout="10s")
    except (OSError, ValueError) as error:
        raise EvfaceError(
            f"{scheduler}: no Dask scheduler answers; check the address, or leave out --scheduler"
        ) from error
    with client, client.get_executor(pure=False) as executor:
        try:
            yield executor, max(1, sum(client.nthreads().values()))
        finally:
            executor.shutdown(wait=False)
