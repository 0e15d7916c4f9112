"""The seek index of a RAW file, and the encodings that such files may have."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evface.events.formats import dat, evt2, evt3, evt21
from evface.events.formats.evt_state import (
    EVERY_WORD,
    STATE_SIZE,
    TIME_HIGH,
    T,
    initial_state,
)

CHECKPOINT_WORDS = 1 << 14
# Beyond any time, and yet safe to add to one.
FOREVER_US = 1 << 60


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
                ("EVT2.1 little", evt21.LITTLE, evt21.decode_evt21, evt21.find_triggers_evt21),
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
    states : (n + 1, STATE_SIZE) int64
        The decoder's state at every `spacing`-th word, and after the last one.
    events_before, stops_us : (n + 1,) int64
        Events before those words, and the time of the last of them plus one since the first event.
    ms, first_of_ms : (k,) int64
        The milliseconds since the first event that have events, and the first event in each. In
        recordings of more than an hour, they may be the beginnings of longer steps.
    ignored : (m,) int64
        Words that state a time and are damage.
    triggered : (l,) int64
        Which stretches of `CHECKPOINT_WORDS` words hold triggers, counted from the first word.
    totals : (4,) int64
        File time of the first event, words read, words that are not read because the file is
        damaged from there on, and words from one checkpoint to the next.
    """

    states: NDArray[np.int64]
    events_before: NDArray[np.int64]
    stops_us: NDArray[np.int64]
    ms: NDArray[np.int64]
    first_of_ms: NDArray[np.int64]
    ignored: NDArray[np.int64]
    triggered: NDArray[np.int64]
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
        return int(self.stops_us[-1])

    @property
    def n_words(self) -> int:
        """Words that are read."""
        return int(self.totals[1])

    @property
    def n_cut_words(self) -> int:
        """Words left out at the end because they are damaged."""
        return int(self.totals[2])

    @property
    def spacing(self) -> int:
        """Words from one checkpoint to the next."""
        return int(self.totals[3])

    @property
    def counters(self) -> NDArray[np.int64]:
        """The state after the last word, whose counters say what is wrong with the file."""
        return self.states[-1]

    def is_consistent(self, n_words: int) -> bool:
        """Whether the arrays fit one another and a file of `n_words`; not whether they fit it."""
        n = len(self.states) - 1
        return (
            n >= 0
            and self.states.shape[1] == STATE_SIZE
            and len(self.events_before) == len(self.stops_us) == n + 1
            and len(self.totals) == 4
            and self.spacing >= CHECKPOINT_WORDS
            and self.n_words >= 0
            and self.n_words + self.n_cut_words == n_words
            and n == -(-self.n_words // self.spacing)
            and len(self.ms) == len(self.first_of_ms)
            and all(
                bool(np.all(np.diff(a) >= 0))
                for a in (
                    self.events_before,
                    self.stops_us,
                    self.ms,
                    self.first_of_ms,
                    self.triggered,
                )
            )
            and bool(np.all(np.diff(self.states[:, T]) >= 0))
            and bool(np.all((self.triggered >= 0) & (self.triggered < n_words)))
            and bool(np.all(self.triggered * CHECKPOINT_WORDS < self.n_words))
        )

    def cut_at(self, point: int) -> RawIndex:
        """Return the index of what lies before a checkpoint; what follows is left out."""
        n_events, n_words = int(self.events_before[point]), point * self.spacing
        n_steps = int(np.searchsorted(self.first_of_ms, n_events))
        n_ignored = int(np.searchsorted(self.ignored, n_words))
        n_cut = self.n_words - n_words
        return RawIndex(
            states=self.states[: point + 1],
            events_before=self.events_before[: point + 1],
            stops_us=self.stops_us[: point + 1],
            ms=self.ms[:n_steps],
            first_of_ms=self.first_of_ms[:n_steps],
            ignored=self.ignored[:n_ignored],
            triggered=self.triggered[self.triggered * CHECKPOINT_WORDS < n_words],
            totals=np.array([self.origin_us, n_words, n_cut, self.spacing], np.int64),
        )

    def to_arrays(self) -> dict[str, NDArray[np.int64]]:
        """Return what is kept in the file of the index."""
        return {field.name: getattr(self, field.name) for field in fields(self)}


INDEX_SHAPES = {
    "states": 2,
    "events_before": 1,
    "stops_us": 1,
    "ms": 1,
    "first_of_ms": 1,
    "ignored": 1,
    "triggered": 1,
    "totals": 1,
}


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
        0, -FOREVER_US, FOREVER_US, t, x, y, p, 0,
    )  # fmt: skip
    if not n:
        return 1, 1
    # A few damaged words must not make the sensor larger.
    return int(np.quantile(x[:n], 0.999)) + 1, int(np.quantile(y[:n], 0.999)) + 1
