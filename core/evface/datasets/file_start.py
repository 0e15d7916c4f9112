"""How long after the beginning of its file a recording's first event comes.

evface's clock is zero at the first event. Other tools count from the first time stamp of a RAW
file, which comes before it, and labels made with them count so too.
"""

from __future__ import annotations

import numpy as np

from evface.errors import EventFileError
from evface.events.formats.raw_header import read_raw_header
from evface.events.sources import EventSource

# Sensors send a time stamp every few words; one that is not here is nowhere.
_HEAD_BYTES = 1 << 16
_TIME_HIGH = 8


def first_event_delay_us(source: EventSource) -> int:
    """Return the time from the beginning of an event file to its first event.

    That is from the first time stamp of a RAW file, and from time zero in other formats.

    Parameters
    ----------
    source
        Open; its file is read anew.

    Raises
    ------
    EventFileError
        If the file cannot be read.
    """
    # Bits of a word, of the part below its kind, and microseconds of a step of that part.
    layouts = {"RAW EVT2": (32, 28, 6), "RAW EVT3": (16, 12, 12)}
    if source.format not in layouts:
        return source.origin_us
    n_bits, n_payload, shift = layouts[source.format]
    try:
        with source.path.open("rb") as file:
            file.seek(read_raw_header(source.path).n_bytes)
            head = file.read(_HEAD_BYTES)
    except OSError as error:
        raise EventFileError(source.path, f"cannot be read ({error.strerror})") from error
    n_bytes = n_bits // 8
    words = np.frombuffer(head[: len(head) // n_bytes * n_bytes], f"<u{n_bytes}").astype(np.int64)
    stamps = words[words >> n_payload == _TIME_HIGH]
    if not len(stamps):
        return 0
    first_us = int(stamps[0] & ((1 << n_payload) - 1)) << shift
    # Time stamps begin anew after a while.
    return (source.origin_us - first_us) % (1 << (n_payload + shift))
