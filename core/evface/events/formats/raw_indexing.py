"""Keeps the index of a RAW file up to date, in a thread where nobody waits for it."""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from evface.errors import EventFileError
from evface.events.formats.raw_index import INDEX_SHAPES, RawIndex
from evface.events.formats.raw_index_builder import RawIndexBuilder
from evface.events.index import FileIdentity, read_index, write_index

# So much is indexed at once even where nobody waits: most files are whole by then.
_AT_ONCE_S = 0.05
_PUBLISHED_EVERY_S = 0.2
# How often a file is looked at for whether it has grown.
_LOOKED_AT_EVERY_S = 0.2
# A file that was not written to for so long is not being recorded.
_QUIET_S = 2.0


class RawIndexing:
    """The index of a RAW file as far as it has come.

    Parameters
    ----------
    path, n_header_bytes, n_word_bytes
        The file, and how its words lie in it.
    parameters
        What the index depends on, in words.
    make_builder
        Begins an index.
    """

    def __init__(
        self,
        path: Path,
        n_header_bytes: int,
        n_word_bytes: int,
        parameters: str,
        make_builder: Callable[[], RawIndexBuilder],
    ) -> None:
        self._path, self._parameters = path, parameters
        self._n_header_bytes, self._n_word_bytes = n_header_bytes, n_word_bytes
        self._make_builder = make_builder
        self._builder = make_builder()
        self._index = self._builder.index()
        self._n_words = self._n_covered = self._n_over_bytes = 0
        self._is_complete = False
        self._problem = ""
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def index(self) -> RawIndex:
        """The index now. It never changes; there will be another one."""
        return self._index

    @property
    def is_complete(self) -> bool:
        """Whether all of the file is in it, and the file does not grow."""
        return self._is_complete

    @property
    def share(self) -> float:
        """How much of the file as it is now is in the index, 0 to 1."""
        return min(self._n_covered / max(self._n_words, 1), 1.0)

    @property
    def n_over_bytes(self) -> int:
        """Bytes of a word cut off at the end; 0 where it may still be completed."""
        return self._n_over_bytes if self._is_complete else 0

    @property
    def problem(self) -> str:
        """Why the index will not be completed: one line for the user; empty where it will."""
        return self._problem

    def build(self, report: Callable[[float, str], None] | None = None) -> None:
        """Index all of the file as it is now, or take the index that is kept of it."""
        if not self._take_kept():
            goes_on = True
            while goes_on:
                if report:
                    report(self._builder.n_words / max(self._n_words, 1), "Indexing events")
                goes_on = self._builder.advance(self._n_words)
            self._cover_all()
            self._keep()
        self._is_complete = True

    def begin(self) -> None:
        """Index what takes no time, at least until there are events or the file ends."""
        if self._take_kept():
            self._is_complete = True
            return
        began_s = time.monotonic()
        while self._builder.advance(self._n_words):
            if self._builder.n_events and time.monotonic() - began_s > _AT_ONCE_S:
                self._publish(self._builder.index(), self._builder.n_words)
                return
        self._cover_all()
        self._end_where_quiet()

    def follow(self) -> None:
        """Index the rest in a thread, and then what is added to the file, until it is closed."""
        self._thread = threading.Thread(target=self._run, name="indexing", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End the thread."""
        self._ended.set()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        try:
            while not self._ended.is_set():
                self._go_on()
        except EventFileError as error:
            self._problem = f"only the first part is shown: it {error.problem}"
            self._is_complete = True

    def _go_on(self) -> None:
        """Index what there is and is not covered; where there is nothing, wait for some."""
        try:
            n_words = self._count_words()
        except EventFileError:
            if not self._is_complete:
                raise
            # A drive that is gone may come back; whoever reads meanwhile is told.
            n_words = self._n_words
        if n_words < self._n_words:
            raise EventFileError(self._path, "became shorter while it was open; open it again")
        self._n_words = n_words
        if n_words == self._n_covered:
            if not self._is_complete:
                self._end_where_quiet()
            self._ended.wait(_LOOKED_AT_EVERY_S)
            return
        self._is_complete = False
        published_s = time.monotonic()
        while self._builder.advance(n_words):
            if self._ended.is_set():
                return
            # After a kept index, the file is read again up to where it ended.
            is_news = self._builder.n_words > self._n_covered
            if is_news and time.monotonic() - published_s > _PUBLISHED_EVERY_S:
                self._publish(self._builder.index(), self._builder.n_words)
                published_s = time.monotonic()
        self._cover_all()

    def _cover_all(self) -> None:
        self._publish(self._builder.index(self._n_words), self._n_words)

    def _publish(self, index: RawIndex, n_covered: int) -> None:
        self._index, self._n_covered = index, n_covered

    def _take_kept(self) -> bool:
        """Take the index that is kept of the file, if it fits."""
        identity = self._identity()
        self._n_words = self._words_in(identity.n_bytes)
        arrays = read_index(self._path, identity, self._parameters, INDEX_SHAPES)
        index = None if arrays is None else RawIndex(**arrays)
        if index is None or not index.is_consistent(self._n_words):
            return False
        self._publish(index, self._n_words)
        return True

    def _end_where_quiet(self) -> None:
        """Keep the index and call it complete where the file is not being written to."""
        # A clock of another machine may be ahead.
        if abs(time.time() - self._status().st_mtime) > _QUIET_S:
            self._keep()
            self._is_complete = True

    def _keep(self) -> None:
        identity = self._identity()
        if self._index.n_events and self._words_in(identity.n_bytes) == self._n_covered:
            write_index(self._path, identity, self._parameters, self._index.to_arrays())

    def _count_words(self) -> int:
        return self._words_in(self._status().st_size)

    def _words_in(self, n_bytes: int) -> int:
        n_words, self._n_over_bytes = divmod(
            max(n_bytes - self._n_header_bytes, 0), self._n_word_bytes
        )
        return n_words

    def _identity(self) -> FileIdentity:
        with self._unreadable():
            return FileIdentity.of(self._path)

    def _status(self) -> os.stat_result:
        with self._unreadable():
            return self._path.stat()

    @contextlib.contextmanager
    def _unreadable(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            reason = error.strerror or "unknown"
            raise EventFileError(
                self._path, f"cannot be read ({reason}); check the disk"
            ) from error
