"""The seek index of a RAW file: one pass over its words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from evface.events.formats import dat, evt2, evt3, evt21
from evface.events.formats.evt_state import (
    EVERY_WORD,
    LOOKAHEAD_WORDS,
    N_UNKNOWN,
    STATE_SIZE,
    TIME_HIGH,
    T,
    find_ignored,
    initial_state,
)

CHECKPOINT_WORDS = 1 << 14
_BLOCK_WORDS = 1 << 20
# Beyond any time, and yet safe to add to one.
_FOREVER_US = 1 << 60
# A stretch with more unknown words than this is not what the header says. Sound files have none,
# random bytes 31 % (EVT3) and 62 % (EVT2).
_MAX_UNKNOWN = 0.03


@dataclass(frozen=True)
class Encoding:
    """One of the encodings of RAW and DAT files, and its kernels.

    Parameters
    ----------
    name, title
        Its name in headers, and what users call a file with it.
    word
        What its words are.
    max_events_per_word
        How many events a word may hold.
    type_shift, time_kind, time_shift
        Where in a word its type lies, the type of those that state the time (`EVERY_WORD` where
        all do), and where in them it lies.
    n_high, n_step, n_jitter
        Length of the counter of the time, of steps that are not questioned, and of jitter.
    is_known : (16,) bool
        Which types there are.
    decode
        As `decode_evt3`.
    find_triggers
        As `find_triggers_evt3`; None where there are none.
    """

    name: str
    title: str
    word: np.dtype[Any]
    max_events_per_word: int
    type_shift: int
    time_kind: int
    time_shift: int
    n_high: int
    n_step: int
    n_jitter: int
    is_known: NDArray[np.bool_]
    decode: Callable[..., tuple[int, int]]
    find_triggers: Callable[..., int] | None


ENCODINGS = {
    encoding.name: encoding
    for encoding in (
        Encoding(
            name="EVT2",
            title="RAW EVT2",
            word=evt2.WORD,
            max_events_per_word=evt2.MAX_EVENTS_PER_WORD,
            type_shift=28,
            time_kind=TIME_HIGH,
            time_shift=0,
            n_high=evt2.N_HIGH,
            n_step=evt2.N_STEP,
            n_jitter=evt2.N_JITTER,
            is_known=evt2.IS_KNOWN,
            decode=evt2.decode_evt2,
            find_triggers=evt2.find_triggers_evt2,
        ),
        Encoding(
            name="EVT3",
            title="RAW EVT3",
            word=evt3.WORD,
            max_events_per_word=evt3.MAX_EVENTS_PER_WORD,
            type_shift=12,
            time_kind=TIME_HIGH,
            time_shift=0,
            n_high=evt3.N_HIGH,
            n_step=evt3.N_STEP,
            n_jitter=evt3.N_JITTER,
            is_known=evt3.IS_KNOWN,
            decode=evt3.decode_evt3,
            find_triggers=evt3.find_triggers_evt3,
        ),
        *(
            Encoding(
                name=name,
                title="RAW EVT2.1",
                word=evt21.WORD,
                max_events_per_word=evt21.MAX_EVENTS_PER_WORD,
                type_shift=shift + 28,
                time_kind=TIME_HIGH,
                time_shift=shift,
                n_high=evt2.N_HIGH,
                n_step=evt2.N_STEP,
                n_jitter=evt2.N_JITTER,
                is_known=evt2.IS_KNOWN,
                decode=decode,
                find_triggers=find_triggers,
            )
            for name, shift, decode, find_triggers in (
                ("EVT2.1", evt21.LITTLE, evt21.decode_evt21, evt21.find_triggers_evt21),
                (
                    "EVT2.1 legacy",
                    evt21.LEGACY,
                    evt21.decode_evt21_legacy,
                    evt21.find_triggers_evt21_legacy,
                ),
            )
        ),
        *(
            Encoding(
                name=name,
                title=name,
                word=dat.WORD,
                max_events_per_word=dat.MAX_EVENTS_PER_WORD,
                type_shift=60,
                time_kind=EVERY_WORD,
                time_shift=0,
                n_high=dat.N_HIGH,
                n_step=dat.N_STEP,
                n_jitter=dat.N_JITTER,
                is_known=is_known,
                decode=decode,
                find_triggers=None,
            )
            for name, is_known, decode in (
                ("DAT v1", dat.IS_KNOWN_V1, dat.decode_dat_v1),
                ("DAT v2", dat.IS_KNOWN_V2, dat.decode_dat_v2),
            )
        ),
    )
}
# Those that files without a header may have: their words tell them apart.
GUESSED = ("EVT2", "EVT3")


@dataclass(frozen=True, eq=False)
class RawIndex:
    """Where in a RAW file each moment lies.

    Parameters
    ----------
    states : (n, STATE_SIZE) int64
        The decoder's state at every `CHECKPOINT_WORDS`-th word.
    events_before : (n + 1,) int64
        Events before those words; the last entry is the number of events.
    ms, first_of_ms : (k,) int64
        The milliseconds since the first event that have events, and the first event in each.
    ignored : (m,) int64
        Words that state a time and are damage.
    totals : (4,) int64
        File time of the first event, time of the last one plus one since then, words read,
        words that are not read because the file is damaged from there on.
    """

    states: NDArray[np.int64]
    events_before: NDArray[np.int64]
    ms: NDArray[np.int64]
    first_of_ms: NDArray[np.int64]
    ignored: NDArray[np.int64]
    totals: NDArray[np.int64]

    @property
    def n_events(self) -> int:
        """Number of events."""
        return int(self.events_before[-1])

    @property
    def origin_us(self) -> int:
        """Time of the first event on the file's clock."""
        return int(self.totals[0])

    @property
    def duration_us(self) -> int:
        """Time of the last event plus one."""
        return int(self.totals[1])

    @property
    def n_words(self) -> int:
        """Words that are read."""
        return int(self.totals[2])

    @property
    def n_cut_words(self) -> int:
        """Words left out at the end because they are damaged."""
        return int(self.totals[3])

    @property
    def counters(self) -> NDArray[np.int64]:
        """The state after the last word, whose counters say what is wrong with the file."""
        return self.states[-1]

    def is_consistent(self) -> bool:
        """Whether the arrays fit one another; not whether they fit a file."""
        n = len(self.states) - 1
        return (
            n >= 0
            and self.states.shape[1] == STATE_SIZE
            and len(self.events_before) == n + 1
            and len(self.totals) == 4
            and n == -(-self.n_words // CHECKPOINT_WORDS)
            and len(self.ms) == len(self.first_of_ms)
            and all(bool(np.all(np.diff(a) >= 0)) for a in (self.events_before, self.ms))
            and bool(np.all(np.diff(self.states[:, T]) >= 0))
        )

    def to_arrays(self) -> dict[str, NDArray[np.int64]]:
        """Return what is kept in the file of the index."""
        return {field.name: getattr(self, field.name) for field in fields(self)}


INDEX_SHAPES = {
    "states": 2,
    "events_before": 1,
    "ms": 1,
    "first_of_ms": 1,
    "ignored": 1,
    "totals": 1,
}


def build_raw_index(
    read_words: Callable[[int, int], NDArray[Any]],
    n_words: int,
    encoding: Encoding,
    resolution: tuple[int, int],
    report: Callable[[float, str], None] | None = None,
) -> RawIndex:
    """Decode a RAW file once and note where each moment lies.

    Parameters
    ----------
    read_words
        Returns the words from a position to another.
    n_words
        Words in the file.
    encoding
        What they are.
    resolution
        Sensor ``(width, height)``, px. Events outside are counted and left out.
    report
        Told the progress, 0 to 1.

    Returns
    -------
    RawIndex
        Up to where the file is damaged to its end; with no word at all where it is damaged
        throughout, or is of another encoding.
    """
    n_points = -(-n_words // CHECKPOINT_WORDS)
    states = np.zeros((n_points + 1, STATE_SIZE), np.int64)
    events_before = np.zeros(n_points + 1, np.int64)
    states[0] = state = initial_state()
    state = state.copy()
    capacity = CHECKPOINT_WORDS * encoding.max_events_per_word + encoding.max_events_per_word
    t, x, y, p = allocate(capacity)
    found = np.empty(_BLOCK_WORDS, np.int64)
    block_ms, block_first = np.empty(_BLOCK_WORDS, np.int64), np.empty(_BLOCK_WORDS, np.int64)
    ignored: list[NDArray[np.int64]] = []
    table: list[NDArray[np.int64]] = []
    high, is_started, n_events, point = 0, False, 0, 0
    origin_us, last_us, next_edge_us = 0, -1, 0
    for begin in range(0, n_words, _BLOCK_WORDS):
        end = min(begin + _BLOCK_WORDS, n_words)
        if report:
            report(begin / n_words, "Indexing events")
        words = read_words(begin, min(end + LOOKAHEAD_WORDS, n_words))
        n_found, high, is_started = find_ignored(
            words,
            end - begin,
            encoding.type_shift,
            encoding.time_kind,
            encoding.time_shift,
            encoding.is_known,
            high,
            is_started,
            encoding.n_high,
            encoding.n_step,
            encoding.n_jitter,
            found,
        )
        ignored_here = begin + found[:n_found]
        ignored.append(ignored_here)
        for at in range(0, end - begin, CHECKPOINT_WORDS):
            piece = words[at : min(at + CHECKPOINT_WORDS, end - begin)]
            n, _ = encoding.decode(
                piece, begin + at, state, ignored_here, *resolution,
                0, -_FOREVER_US, _FOREVER_US, t, x, y, p, 0,
            )  # fmt: skip
            if n:
                if not n_events:
                    origin_us = next_edge_us = int(t[0])
                k, next_edge_us = _note_milliseconds(
                    t, n, n_events, origin_us, next_edge_us, block_ms, block_first
                )
                table.append(np.stack((block_ms[:k], block_first[:k])))
                last_us = int(t[n - 1])
            n_events += n
            point += 1
            states[point] = state
            events_before[point] = n_events
    sound = _sound_points(np.diff(states[:, N_UNKNOWN]), n_words)
    if sound < n_points:
        # Read again without the damaged end: its words must not reach the totals.
        cut = build_raw_index(read_words, sound * CHECKPOINT_WORDS, encoding, resolution)
        totals = cut.totals.copy()
        totals[3] = n_words - sound * CHECKPOINT_WORDS
        return RawIndex(**{**cut.to_arrays(), "totals": totals})
    joined = np.concatenate(table, axis=1) if table else np.empty((2, 0), np.int64)
    return RawIndex(
        states,
        events_before,
        joined[0],
        joined[1],
        np.concatenate(ignored) if ignored else np.empty(0, np.int64),
        np.array([origin_us, last_us - origin_us + 1, n_words, 0], np.int64),
    )


def allocate(
    n: int,
) -> tuple[NDArray[np.int64], NDArray[np.uint16], NDArray[np.uint16], NDArray[np.bool_]]:
    """Return room for the columns t, x, y, p of `n` events."""
    return (
        np.empty(n, np.int64),
        np.empty(n, np.uint16),
        np.empty(n, np.uint16),
        np.empty(n, np.bool_),
    )


def unknown_share(words: NDArray[Any], encoding: Encoding) -> float:
    """Return the share of words whose type `encoding` does not know, 0 to 1."""
    if not len(words):
        return 1.0
    kinds = (words >> encoding.type_shift) & 15
    return float(1.0 - encoding.is_known[kinds].mean())


def sample_extent(words: NDArray[Any], encoding: Encoding) -> tuple[int, int]:
    """Return the ``(width, height)`` that nearly all events of `words` need, px."""
    capacity = (len(words) + 1) * encoding.max_events_per_word
    t, x, y, p = allocate(capacity)
    n, _ = encoding.decode(
        words, 0, initial_state(), np.empty(0, np.int64), 1 << 14, 1 << 14,
        0, -_FOREVER_US, _FOREVER_US, t, x, y, p, 0,
    )  # fmt: skip
    if not n:
        return 1, 1
    # A few damaged words must not make the sensor larger.
    return int(np.quantile(x[:n], 0.999)) + 1, int(np.quantile(y[:n], 0.999)) + 1


def _sound_points(n_unknown: NDArray[np.int64], n_words: int) -> int:
    """Return the number of stretches up to where all that follow are damaged."""
    sizes = np.full(len(n_unknown), CHECKPOINT_WORDS)
    if len(sizes):
        sizes[-1] = n_words - CHECKPOINT_WORDS * (len(sizes) - 1)
    sound = np.flatnonzero(n_unknown <= _MAX_UNKNOWN * sizes)
    return int(sound[-1]) + 1 if len(sound) else 0


@njit(cache=True, nogil=True)
def _note_milliseconds(t, n, n_before, origin_us, next_edge_us, ms, first):  # type: ignore[no-untyped-def]
    """Note each millisecond that begins among `t`; return how many, and when the next begins."""
    k = 0
    for i in range(n):
        if t[i] >= next_edge_us:
            ms[k] = (t[i] - origin_us) // 1000
            first[k] = n_before + i
            next_edge_us = origin_us + (ms[k] + 1) * 1000
            k += 1
    return k, next_edge_us
