"""Opens the formats that are decoded from their beginning: AEDAT, Event Stream, tables and so on.

None of them has an index, so a moment can only be found by decoding what is before it. A small file
is decoded at once and held in memory: that takes a fraction of a second, and the decoders are our
own, read pieces of bounded size and stop when told to. A larger one is decoded once in a process
of its own into evface's HDF5 in the user's cache, and read from there. That process can be ended
whatever it does: when the caller wants no more, when it gets no further, when it takes too much
memory. A copy in the cache is used only for the very file that it was made of; it can be deleted at
any time.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import multiprocessing
import os
import signal
from collections.abc import Callable
from dataclasses import asdict
from multiprocessing.connection import Connection
from pathlib import Path

import h5py
import numpy as np
import platformdirs
import psutil

from evface.errors import EventFileError
from evface.events.content import Content
from evface.events.decoded_source import (
    ConvertedSource,
    Decoded,
    DecodedSource,
    MemorySource,
    sum_up,
)
from evface.events.decoding import Decoder, FrameIndex, gather
from evface.events.events import Events
from evface.events.findings import Findings
from evface.events.formats.hdf5_source import Hdf5Source
from evface.events.formats.hdf5_writer import Hdf5EventWriter
from evface.events.index import FileIdentity
from evface.events.intake import MAX_SIDE, Intake
from evface.events.triggers import Triggers
from evface.workers import end_with_parent

Report = Callable[[float, str], None]

# Larger files are converted: bytes, and events held in memory at 13 bytes each.
_SMALL_BYTES = 32 << 20
_SMALL_EVENTS = 1 << 22
# A process that decodes is ended where it gets no further for so long, or takes so much memory.
_STALLED_S = 60.0
_MOST_BYTES = 1500 << 20
_LOOK_EVERY_S = 0.1
# The oldest copies are deleted where all of them together take up more.
_CACHE_BYTES = 64 << 30
_VERSION = 2


def open_decoded(
    path: Path, content: Content, *, columns: str = "", report: Report | None = None
) -> DecodedSource:
    """Open a file of one of the formats that are decoded from their beginning.

    Parameters
    ----------
    path
        The file.
    content
        What it holds, by `identify`.
    columns
        For tables: what its columns are, such as ``"t,x,y,p"``; told by content where empty.
    report
        Told the progress. An exception that it raises ends the decoding.

    Returns
    -------
    DecodedSource
        To be closed by the caller.

    Raises
    ------
    EventFileError
        If the file holds no events that can be read.
    """
    report = report or _ignore
    try:
        identity = FileIdentity.of(path)
    except OSError as error:
        raise EventFileError(
            path, f"cannot be read ({error.strerror or 'unknown'}); check its permissions"
        ) from error
    words = f"{_VERSION} {identity.n_bytes} {identity.modified_ns} {identity.digest} {columns}"
    copy = _place_of(path, columns)
    converted = _open_copy(path, copy, words)
    if converted is not None:
        return converted
    # Damage to HDF5 can crash its library, which then must not be in this process.
    if identity.n_bytes <= _SMALL_BYTES and content is not Content.HDF5:
        try:
            held = _decode_small(make_decoder(path, content, columns), report)
        except OSError as error:
            raise EventFileError(
                path, f"cannot be read ({error.strerror or 'unknown'}); check the disk"
            ) from error
        if held is not None:
            return held
    try:
        copy.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise EventFileError(
            copy, f"cannot be written ({error.strerror or 'unknown'}); check the cache folder"
        ) from error
    _convert_apart(path, content, columns, words, copy, report)
    converted = _open_copy(path, copy, words)
    if converted is None:
        raise EventFileError(path, "changed while it was converted; open it again")
    _delete_oldest(copy)
    return converted


def make_decoder(path: Path, content: Content, columns: str = "") -> Decoder:
    """Return the decoder of a file, its head read.

    Raises
    ------
    EventFileError
        If there is none for it.
    """
    # Each is imported only where it is needed: some bring libraries, some are compiled.
    if content is Content.AEDAT4:
        from evface.events.formats.aedat4 import Aedat4Decoder

        return Aedat4Decoder(path)
    if content is Content.AEDAT:
        from evface.events.formats.aedat import make_aedat_decoder

        return make_aedat_decoder(path)
    if content is Content.EVENT_STREAM:
        from evface.events.formats.event_stream import EventStreamDecoder

        return EventStreamDecoder(path)
    if content is Content.HDF5:
        from evface.events.formats.plain_hdf5 import PlainHdf5Decoder

        return PlainHdf5Decoder(path, columns)
    if content in (Content.NUMPY, Content.ZIP):
        from evface.events.formats.numpy_table import NumpyDecoder

        return NumpyDecoder(path, columns)
    if content is Content.TEXT:
        from evface.events.formats.text_table import TextDecoder

        return TextDecoder(path, columns)
    from evface.events.formats.nmnist import NMnistDecoder

    return NMnistDecoder(path)


def _decode_small(decoder: Decoder, report: Report) -> MemorySource | None:
    """Decode a file into memory; None where it holds more events than are to be held."""
    intake, batches = Intake(decoder.resolution), []
    message = f"Decoding {decoder.path.name}"
    for piece in gather(decoder.pieces()):
        report(piece.fraction, message)
        batches.append(intake.take(piece))
        if intake.n_events > _SMALL_EVENTS:
            return None
        if intake.is_full:
            break
    batches.append(intake.finish())
    decoded = sum_up(decoder, intake)
    events = Events.concatenate(batches)
    events = Events(events.t - decoded.origin_us, events.x, events.y, events.p)
    return MemorySource(decoder.path, decoded, events)


def _convert_apart(
    path: Path, content: Content, columns: str, words: str, copy: Path, report: Report
) -> None:
    """Convert in a process of its own, which is gone when this returns, however it ends."""
    # Spawned, because threads of this process would not survive a fork.
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe(duplex=False)
    part = copy.with_name(f".{copy.name}.{os.getpid()}.{os.urandom(4).hex()}")
    process = context.Process(
        target=_convert, args=(there, path, content, columns, words, part), daemon=True
    )
    message = f"Converting {path.name}"
    try:
        process.start()
        there.close()
        fraction, waited_s = 0.0, 0.0
        while True:
            report(fraction, message)
            if here.poll(_LOOK_EVERY_S):
                said = _receive(here)
                if said is None:
                    process.join()
                    raise EventFileError(
                        path,
                        f"could not be decoded (its decoder ended, {process.exitcode}); "
                        "it may be damaged",
                    )
                if isinstance(said, str):
                    if said:
                        raise EventFileError(path, said)
                    break
                fraction, waited_s = said, 0.0
                continue
            waited_s += _LOOK_EVERY_S
            _check(path, process.pid, waited_s)
        process.join()
        part.replace(copy)
    except OSError as error:
        raise EventFileError(
            copy, f"cannot be written ({error.strerror or 'unknown'}); check the cache folder"
        ) from error
    finally:
        if process.pid is not None:
            process.kill()
            process.join()
        here.close()
        for left in copy.parent.glob(f"*{part.name}*"):
            with contextlib.suppress(OSError):
                left.unlink()


def _receive(connection: Connection) -> float | str | None:
    try:
        said: float | str = connection.recv()
    except (EOFError, OSError):
        return None
    return said


def _check(path: Path, pid: int | None, waited_s: float) -> None:
    if waited_s > _STALLED_S:
        raise EventFileError(
            path, f"could not be decoded: no progress for {_STALLED_S:.0f} s; it may be damaged"
        )
    with contextlib.suppress(psutil.Error):
        if psutil.Process(pid).memory_info().rss > _MOST_BYTES:
            raise EventFileError(
                path, "could not be decoded: it takes too much memory; it may be damaged"
            )


def _convert(
    connection: Connection, path: Path, content: Content, columns: str, words: str, part: Path
) -> None:
    """Convert a file; tells fractions, then why it failed or nothing. Runs in its own process."""
    # An interruption is meant for the process that began this one, which ends it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    end_with_parent()
    try:
        decoder = make_decoder(path, content, columns)
        intake = Intake(decoder.resolution)
        with Hdf5EventWriter(part, resolution=decoder.resolution or (MAX_SIDE, MAX_SIDE)) as writer:
            for piece in gather(decoder.pieces()):
                writer.append(intake.take(piece))
                connection.send(piece.fraction)
                if intake.is_full:
                    break
            writer.append(intake.finish())
            decoded = sum_up(decoder, intake)
        _write_decoded(part, decoded, words)
    except EventFileError as error:
        is_own = error.path == part
        connection.send(f"its copy in the cache {error.problem}" if is_own else error.problem)
    except OSError as error:
        connection.send(f"cannot be read ({error.strerror or 'unknown'}); check the disk")
    else:
        connection.send("")


def _place_of(path: Path, columns: str) -> Path:
    key = hashlib.sha256(os.fsencode(path.absolute()) + columns.encode()).hexdigest()[:24]
    return platformdirs.user_cache_path("evface", appauthor=False) / "converted" / f"{key}.h5"


def _write_decoded(copy: Path, decoded: Decoded, words: str) -> None:
    about = {
        "format": decoded.format,
        "metadata": decoded.metadata,
        "warnings": decoded.warnings,
        "findings": asdict(decoded.findings),
    }
    with h5py.File(copy, "r+") as file:
        file.attrs["width"], file.attrs["height"] = decoded.resolution
        group = file.create_group("decoded")
        group.attrs["identity"] = words
        group["about"] = np.frombuffer(json.dumps(about).encode(), np.uint8)
        triggers = decoded.triggers
        group["triggers/times_us"] = triggers.times_us
        group["triggers/channels"] = triggers.channels
        group["triggers/is_rising"] = triggers.is_rising
        if decoded.frames is not None:
            group["frames/times_us"] = decoded.frames.times_us
            group["frames/places"] = decoded.frames.places
            group["frames"].attrs["resolution"] = decoded.frames.resolution


def _open_copy(path: Path, copy: Path, words: str) -> ConvertedSource | None:
    """Open what a file was converted to; None where there is none that fits."""
    if not copy.is_file():
        return None
    try:
        with h5py.File(copy, "r") as file:
            group = file["decoded"]
            if group.attrs["identity"] != words:
                return None
            about = json.loads(group["about"][()].tobytes())
            triggers = group["triggers"]
            frames = None
            if "frames" in group:
                width, height = (int(side) for side in group["frames"].attrs["resolution"])
                frames = FrameIndex(
                    group["frames/times_us"][()], group["frames/places"][()], (width, height)
                )
            decoded = Decoded(
                about["format"],
                (int(file.attrs["width"]), int(file.attrs["height"])),
                int(file["t_offset"][()]),
                about["metadata"],
                tuple(about["warnings"]),
                Findings(**about["findings"]),
                Triggers(
                    triggers["times_us"][()], triggers["channels"][()], triggers["is_rising"][()]
                ),
                frames,
            )
        os.utime(copy)
        return ConvertedSource(path, decoded, Hdf5Source(copy))
    # Whatever is wrong with a copy, the remedy is a new one.
    except (OSError, KeyError, TypeError, ValueError, RuntimeError, EventFileError):
        return None


def _delete_oldest(kept: Path) -> None:
    """Delete the copies that were not used for longest where all take up too much."""
    with contextlib.suppress(OSError):
        copies = sorted(kept.parent.glob("*.h5"), key=lambda copy: copy.stat().st_mtime)
        n_bytes = sum(copy.stat().st_size for copy in copies)
        for copy in copies:
            if n_bytes <= _CACHE_BYTES:
                break
            if copy != kept:
                n_bytes -= copy.stat().st_size
                copy.unlink()


def _ignore(_fraction: float, _message: str) -> None:
    pass
