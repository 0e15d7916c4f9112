"""Many recordings processed at once, by processes of this machine or by a Dask cluster."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from evface.annotations.tracks import Track
from evface.errors import EvfaceError, ModelFileError, ProjectFileError, TeacherError
from evface.jobs.processing import ProcessJob
from evface.projects.entries import RecordingEntry
from evface.workers import spread, tell_share


@dataclass(frozen=True, eq=False)
class Processed:
    """What became of a recording.

    Parameters
    ----------
    tracks
        By role; empty if something was wrong.
    problem
        One line on what was; empty if nothing.
    is_common
        Whether every other recording would meet the same.
    """

    tracks: Mapping[str, Track] = field(default_factory=dict)
    problem: str = ""
    is_common: bool = False


def process_many(
    job: ProcessJob,
    entries: Sequence[RecordingEntry],
    *,
    n_processes: int = 0,
    scheduler: str = "",
    done: Callable[[RecordingEntry, Processed], None],
    report: Callable[[float, str], None] = lambda _fraction, _message: None,
) -> None:
    """Process recordings; a single one, or one process, without any other.

    Parameters
    ----------
    job
        How; which recording it names plays no part. The project is not touched.
    n_processes, scheduler
        As in `evface.workers.spread`. A cluster's workers must see the media under the same paths.
    done
        Told of each recording once, in this thread, as they come. What it raises ends the work.
    report
        Told the progress, 0 to 1. An exception that it raises ends the work.

    Raises
    ------
    EvfaceError
        If processes end again and again, there is no such cluster, or what is wrong would be wrong
        with every recording.
    """
    n = len(entries)
    n_done = 0

    def take(number: int, processed: Processed) -> None:
        nonlocal n_done
        n_done += 1
        if processed.is_common:
            raise EvfaceError(processed.problem)
        done(entries[number], processed)

    if not scheduler and (n == 1 or n_processes == 1):
        for number, entry in enumerate(entries):

            def tell(share: float, words: str, name: str = entry.name) -> None:
                report((n_done + share) / n, f"{name}: {words}")

            take(number, _process(job, entry, tell))
        return

    def look(n_begun: float) -> None:
        report((n_done + n_begun) / n, f"{n_done} of {n} recordings")

    spread(
        partial(_process_elsewhere, job),
        entries,
        n_processes=n_processes,
        scheduler=scheduler,
        done=take,
        look=look,
    )


def _process_elsewhere(job: ProcessJob, entry: RecordingEntry) -> Processed:
    return _process(job, entry, lambda share, _words: tell_share(share))


def _process(
    job: ProcessJob, entry: RecordingEntry, report: Callable[[float, str], None]
) -> Processed:
    try:
        return Processed(job.process(entry, report))
    except (EvfaceError, OSError) as error:
        is_common = isinstance(error, ModelFileError | ProjectFileError | TeacherError)
        return Processed(problem=str(error), is_common=is_common)
