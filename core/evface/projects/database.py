"""The SQLite file of a project: looked at before it is opened, written all or nothing."""

from __future__ import annotations

import functools
import itertools
import os
import secrets
import sqlite3
import stat
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock

from evface.errors import ProjectFileError
from evface.projects import schema

_BUSY_TIMEOUT_S = 10.0
_LOG_BYTES = 1 << 26
_HEADER_BYTES = 100
_RESTORE = "restore it from a copy"
_GONE = (
    "is not where it was opened: it was moved or deleted, or its drive was removed; "
    "nothing was changed; bring it back, or open it where it is now"
)
_LOG_GONE = (
    "its log, the file of the same name that ends in -wal, was deleted by another program; "
    "nothing was changed; close the project and open it again"
)


class Database:
    """One connection to a project's file, for all threads of a process.

    Parameters
    ----------
    path
        The file.
    read_only
        Refuse to write. Where the file or its folder cannot be written it is so anyway.

    Raises
    ------
    ProjectFileError
        If the file is not a whole project of a version that can be read. It and its folder are as
        they were then.
    """

    def __init__(self, path: Path, *, read_only: bool = False) -> None:
        self.path = path
        self._lock = threading.RLock()
        # Connections that only read: those that nobody uses now, and how many are used.
        self._readers: list[sqlite3.Connection] = []
        self._n_reading = 0
        self._is_closed = False
        self._readers_changed = threading.Condition()
        self._held = False
        if not _OPEN.has(path):
            _inspect(path)
        # Where it is, whatever becomes of links on the way there, and which file that is.
        self._place = path.resolve()
        self._identity = self._place.stat()
        is_writable = os.access(path, os.W_OK) and os.access(path.parent, os.W_OK)
        self.is_read_only = read_only or not is_writable
        if not is_writable and _has_content(_log_of(path)):
            raise ProjectFileError(
                path,
                "was not closed properly and cannot be tidied here, where nothing can be written; "
                f"copy it together with {_log_of(path).name} to another folder",
            )
        # Immutable: SQLite then makes no files beside this one, as it does even for reading. Where
        # nobody has the project open, it is proved whole that way before files are made.
        self._is_immutable = not is_writable
        if not is_writable:
            self._open("ro&immutable=1")
            self._hold()
            return
        if not _log_of(path).exists():
            self._open("ro&immutable=1")
            self._connection.close()
        self._open("rw")
        self._has_log = _log_of(path).exists()
        self._prepare()
        self._hold()

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Give the connection to one thread. Errors of SQLite become ProjectFileErrors."""
        with self._lock, self._explained():
            yield self._connection

    @contextmanager
    def reading_apart(self) -> Iterator[sqlite3.Connection]:
        """Give a connection to one thread that waits neither for writing nor for other reading.

        It sees what is on disk, not what a transaction has not finished.
        """
        with self._explained():
            reader = self._take_reader()
            try:
                yield reader
            finally:
                with self._readers_changed:
                    self._readers.append(reader)
                    self._n_reading -= 1
                    self._readers_changed.notify_all()

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Give the connection to one thread for one transaction, on disk when the block ends.

        Whatever is raised inside takes all of it back, and so does a file, or its log, that is not
        in its place any more: what is written then nobody would find.
        """
        if self.is_read_only:
            raise ProjectFileError(
                self.path, "is open for reading only; copy it to a folder that can be written"
            )
        with self._lock, self._explained():
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
                if self._is_gone():
                    raise ProjectFileError(self.path, _GONE)
                if self._has_log and not _log_of(self._place).exists():
                    raise ProjectFileError(self.path, _LOG_GONE)
                self._connection.execute("COMMIT")
            except BaseException:
                # SQLite has taken some failures back by itself already.
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise

    def close(self) -> None:
        """Close the file. Closing again does nothing; using it is an error."""
        with self._readers_changed, self._explained():
            self._is_closed = True
            self._readers_changed.wait_for(lambda: not self._n_reading)
            while self._readers:
                self._readers.pop().close()
        with self._lock, self._explained():
            self._connection.close()
            if self._held:
                self._held = False
                _OPEN.remove(self._identity)

    def _hold(self) -> None:
        _OPEN.add(self._identity)
        self._held = True

    def _take_reader(self) -> sqlite3.Connection:
        with self._readers_changed:
            if self._is_closed:
                raise sqlite3.ProgrammingError("Cannot operate on a closed database.")
            if self._readers:
                reader = self._readers.pop()
            else:
                mode = "ro&immutable=1" if self._is_immutable else "ro"
                reader = _connect(f"{self.path.resolve().as_uri()}?mode={mode}")
            self._n_reading += 1
            return reader

    def _open(self, mode: str) -> None:
        with self._explained():
            self._connection = _connect(f"{self.path.resolve().as_uri()}?mode={mode}")
            try:
                version = _pragma(self._connection, "user_version")
                # The header may be older than the log beside it, which is read only now.
                _check_identity(self.path, _pragma(self._connection, "application_id"), version)
                if self.is_read_only and version < len(schema.MIGRATIONS):
                    raise ProjectFileError(
                        self.path,
                        "was made by an older evface; open it once where it can be written",
                    )
                if _tables(self._connection) != _tables_of(schema.MIGRATIONS[:version]):
                    raise ProjectFileError(self.path, f"is damaged in its tables; {_RESTORE}")
            except BaseException:
                self._connection.close()
                raise

    def _prepare(self) -> None:
        with self._explained():
            try:
                if _pragma(self._connection, "user_version") < len(schema.MIGRATIONS):
                    self._migrate()
                if self.is_read_only:
                    self._connection.execute("PRAGMA query_only = ON")
            except BaseException:
                self._connection.close()
                raise

    def _migrate(self) -> None:
        with self.writing() as connection:
            # Asked again: another process may have been faster.
            version = _pragma(connection, "user_version")
            _run(connection, schema.MIGRATIONS[version:])
            connection.execute(f"PRAGMA user_version = {len(schema.MIGRATIONS)}")
        # The header, by which older versions know that they cannot read it, is on disk only now.
        self._connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            problem = _explain(error)
            if problem is None:
                raise
            problem = _GONE if self._is_gone() else problem
            raise ProjectFileError(self.path, problem) from error
        except UnicodeDecodeError as error:  # in a message of SQLite about what it found
            raise ProjectFileError(self.path, f"is damaged; {_RESTORE}") from error

    def _is_gone(self) -> bool:
        """Return whether the file is not where it was opened."""
        try:
            return not os.path.samestat(self._place.stat(), self._identity)
        except OSError:
            return True


class _OpenFiles:
    """The projects that this process has open.

    Closing a file drops all locks that the process has on it (POSIX), SQLite's among them: another
    process then takes the log away from under an open project. So what is open here already is read
    by SQLite alone, which knows of this.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: Counter[tuple[int, int]] = Counter()

    def has(self, path: Path) -> bool:
        """Return whether a project is open here, by whatever name."""
        try:
            said = path.stat()
        except OSError:
            return False
        with self._lock:
            return self._counts[said.st_dev, said.st_ino] > 0

    def add(self, file: os.stat_result) -> None:
        """Remember that it is open."""
        with self._lock:
            self._counts[file.st_dev, file.st_ino] += 1

    def remove(self, file: os.stat_result) -> None:
        """Forget it, once for each time that it was remembered."""
        with self._lock:
            self._counts[file.st_dev, file.st_ino] -= 1


_OPEN = _OpenFiles()


def create_database(path: Path) -> None:
    """Make an empty project. Nothing is there if it fails, or if the process is killed meanwhile.

    An empty file in its place is no project, and gives way to it.

    Raises
    ------
    ProjectFileError
        If the project exists, or the folder does not or cannot be written.
    """
    if _has_content(_log_of(path)):
        raise ProjectFileError(
            _log_of(path),
            f"holds changes of an earlier {path.name} that is gone; move it away, then try again",
        )
    # Nobody else who makes the same project has this name.
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        if _is_taken(path):
            raise FileExistsError
        temporary.touch(exist_ok=False)
        connection = _connect(f"{temporary.resolve().as_uri()}?mode=rw")
        try:
            connection.execute("PRAGMA journal_mode = WAL").fetchone()
            connection.execute("BEGIN IMMEDIATE")
            _run(connection, schema.MIGRATIONS)
            connection.execute(f"PRAGMA application_id = {schema.APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version = {len(schema.MIGRATIONS)}")
            connection.execute("COMMIT")
        finally:
            connection.close()
        _put_in_place(temporary, path)
    except FileExistsError as error:
        raise ProjectFileError(path, "exists already; choose another name, or open it") from error
    except FileNotFoundError as error:
        raise ProjectFileError(path, "its folder does not exist; make it first") from error
    except OSError as error:
        reason = error.strerror or error
        raise ProjectFileError(path, f"cannot be made ({reason}); choose another folder") from error
    except sqlite3.Error as error:
        raise ProjectFileError(path, f"cannot be made ({_explain(error) or error})") from error
    finally:
        for end in ("", "-wal", "-shm", "-journal"):
            with suppress(OSError):
                temporary.with_name(f"{temporary.name}{end}").unlink()


def _put_in_place(temporary: Path, path: Path) -> None:
    """Give a whole project its name; a FileExistsError where another has it."""
    try:
        # Never takes the place of another file; `create_database` removes the other name.
        os.link(temporary, path)
    except OSError:
        # Something has the name, or the drive knows no links: one after the other looks what it is.
        lock = path.with_name(f".{path.name}.making")
        with FileLock(lock, timeout=_BUSY_TIMEOUT_S):
            try:
                if _is_taken(path):
                    raise FileExistsError from None
                temporary.replace(path)
            finally:
                with suppress(OSError):
                    lock.unlink()


def _is_taken(path: Path) -> bool:
    """Return whether anything but an empty file is in a place."""
    try:
        found = path.lstat()
    except FileNotFoundError:
        return False
    return found.st_size > 0 or not stat.S_ISREG(found.st_mode)


def _connect(uri: str) -> sqlite3.Connection:
    connection = sqlite3.connect(
        uri, uri=True, timeout=_BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False
    )
    try:
        connection.execute("PRAGMA foreign_keys = ON")
        # Every transaction is on disk when it ends, also if the power fails then.
        connection.execute("PRAGMA synchronous = FULL")
        # A large edit does not leave a large log behind for as long as the project is open.
        connection.execute(f"PRAGMA journal_size_limit = {_LOG_BYTES}")
        # What a stranger's file defines is not run on our behalf.
        connection.execute("PRAGMA trusted_schema = OFF")
        connection.execute("PRAGMA cell_size_check = ON")
    except BaseException:
        connection.close()
        raise
    return connection


def _inspect(path: Path) -> None:
    """Refuse what is not a whole project, without SQLite, which might write while it looks."""
    try:
        if path.is_dir():
            raise ProjectFileError(path, "is a folder, not a project")
        size = path.stat().st_size
        with path.open("rb") as file:
            header = file.read(_HEADER_BYTES)
    except FileNotFoundError as error:
        raise ProjectFileError(
            path, "does not exist; make a project with evface project new"
        ) from error
    except OSError as error:
        raise ProjectFileError(path, f"cannot be read ({error.strerror})") from error
    if not header:
        raise ProjectFileError(path, f"is empty; {_RESTORE}, or make it anew")
    if not header.startswith(b"SQLite format 3\0"):
        raise ProjectFileError(path, "is not an evface project")
    if len(header) < _HEADER_BYTES:
        raise ProjectFileError(path, f"is cut short; {_RESTORE}")
    page_bytes = int.from_bytes(header[16:18])
    page_bytes = 65536 if page_bytes == 1 else page_bytes
    n_pages = int.from_bytes(header[28:32])
    _check_identity(path, int.from_bytes(header[68:72]), int.from_bytes(header[60:64]))
    # A log beside the file may hold its end, after a crash.
    if size < page_bytes * n_pages and not _has_content(_log_of(path)):
        raise ProjectFileError(path, f"is cut short; {_RESTORE}")


def _check_identity(path: Path, application_id: int, version: int) -> None:
    if application_id != schema.APPLICATION_ID:
        raise ProjectFileError(path, "is a database of another program, not an evface project")
    if version > len(schema.MIGRATIONS):
        raise ProjectFileError(
            path,
            f"was made by a newer evface (its version is {version}, this one reads up to "
            f"{len(schema.MIGRATIONS)}); update evface",
        )
    if version < 1:
        raise ProjectFileError(path, f"is damaged: it states no version; {_RESTORE}")


def _explain(error: sqlite3.Error) -> str | None:
    """Return the world's fault in words, None for a mistake of ours."""
    match getattr(error, "sqlite_errorcode", 0) & 0xFF:
        case sqlite3.SQLITE_FULL:
            return "the disk is full; nothing was changed; make room and try again"
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return (
                "is being changed by another program; nothing was changed; "
                "try again when that is done"
            )
        case sqlite3.SQLITE_READONLY | sqlite3.SQLITE_CANTOPEN | sqlite3.SQLITE_PERM:
            return "cannot be written; nothing was changed; check the folder's permissions"
        case sqlite3.SQLITE_IOERR:
            return (
                "cannot be read or written; nothing was changed; "
                "check whether the disk is full, gone or damaged"
            )
        case sqlite3.SQLITE_CORRUPT | sqlite3.SQLITE_NOTADB:
            return f"is damaged ({error}); {_RESTORE}"
    if str(error) == "unsupported file format":
        return f"is damaged in its header; {_RESTORE}"
    if str(error).startswith("Could not decode to UTF-8"):
        return f"is damaged (text that is none); {_RESTORE}"
    return None


def _run(connection: sqlite3.Connection, steps: tuple[tuple[str, ...], ...]) -> None:
    for statement in itertools.chain.from_iterable(steps):
        connection.execute(statement)


def _tables(connection: sqlite3.Connection) -> set[tuple[str, str]]:
    """Return what a database defines; SQLite's own tables aside."""
    rows = connection.execute(
        "SELECT name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
    )
    return {(name, sql) for name, sql in rows}


@functools.cache
def _tables_of(steps: tuple[tuple[str, ...], ...]) -> set[tuple[str, str]]:
    connection = sqlite3.connect(":memory:")
    try:
        _run(connection, steps)
        return _tables(connection)
    finally:
        connection.close()


def _pragma(connection: sqlite3.Connection, name: str) -> int:
    return int(connection.execute(f"PRAGMA {name}").fetchone()[0])


def _log_of(path: Path) -> Path:
    return path.with_name(f"{path.name}-wal")


def _has_content(path: Path) -> bool:
    try:
        return path.stat().st_size > 0
    except OSError:
        return False
