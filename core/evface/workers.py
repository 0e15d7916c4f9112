"""Work spread over processes of this machine, or over a Dask cluster; it survives their ends."""

from __future__ import annotations

import contextlib
import logging
import multiprocessing
import os
import re
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent import futures
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from importlib.metadata import version
from multiprocessing.synchronize import Event
from typing import Any, TypeVar

from evface.errors import EvfaceError

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")

_LOOK_EVERY_S = 0.5
# What was in work each time that a process ended is given up after so many.
_MOST_TRIES = 3
_ANSWERS_WITHIN = "10s"
# How libraries of linear algebra are told, before they are loaded, how many threads to use.
_THREAD_COUNTS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")

# In a process that works for another one: where it says how far each item is, whether it is to
# end, and which item it has.
_shares: Any = None
_told_to_stop: Event | None = None
_number = -1
# A worker of a cluster may have several threads; work need not be made for that.
_turn = threading.Lock()


def spread(
    work: Callable[[_Item], _Result],
    items: Sequence[_Item],
    *,
    n_processes: int = 0,
    scheduler: str = "",
    done: Callable[[int, _Result], None],
    look: Callable[[float], None] = lambda _n_begun: None,
) -> None:
    """Do work on items in other processes; those of a process that ends are done again elsewhere.

    An item may be done twice, so doing it again must come to the same.

    Parameters
    ----------
    work
        A function of a module. What it raises ends everything, so what may go wrong with the world
        is better returned. It may call `tell_share`.
    n_processes
        Of this machine; one a processor when 0.
    scheduler
        Address of a Dask cluster that works instead, for example ``"tcp://10.0.0.1:8786"``.
    done
        Told each result once, by the number of its item, in this thread, as they come.
    look
        Called twice a second, with what is done of all items that are in work, as `tell_share` has
        it; that of a cluster is not known. An exception that it raises ends the work.

    Raises
    ------
    EvfaceError
        If processes end again and again, or there is no such cluster.
    """
    left = dict(enumerate(items))
    if scheduler:
        with _cluster(scheduler) as executor:
            waiting = {
                executor.submit(_do_in_turn, work, item): number for number, item in left.items()
            }
            _gather(waiting, left, done, lambda: look(0.0))
        return
    n_processes = min(n_processes or os.cpu_count() or 1, len(items))
    n_tries = 0
    while left:
        n_before = len(left)
        try:
            with _processes(n_processes, len(items)) as (executor, shares):
                waiting = {
                    executor.submit(_do, work, number, item): number
                    for number, item in left.items()
                }
                # What is done counts no more as being in work.
                _gather(waiting, left, done, lambda: look(sum(shares[n] for n in left)))
        except BrokenProcessPool as error:
            n_tries = n_tries + 1 if len(left) == n_before else 1
            if n_tries == _MOST_TRIES:
                raise EvfaceError(
                    "processes that work were stopped again and again, perhaps for want of "
                    "memory; run the command again with fewer --jobs"
                ) from error


def tell_share(share: float) -> None:
    """Say how far the item is that this process has in work, 0 to 1.

    Raises
    ------
    EvfaceError
        If nobody wants it any more.
    """
    if _told_to_stop is not None and _told_to_stop.is_set():
        raise EvfaceError("stopped")
    if _shares is not None:
        _shares[_number] = share


@contextlib.contextmanager
def single_threaded_children() -> Iterator[None]:
    """Let processes that start within the block do their linear algebra in one thread each.

    More would be in each other's way, and sums taken in another order differ in the last digits,
    which events show.
    """
    before = {name: os.environ.get(name) for name in _THREAD_COUNTS}
    os.environ.update(dict.fromkeys(_THREAD_COUNTS, "1"))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def end_with_parent() -> None:
    """End this process when the one that started it is gone, however it went."""
    parent = multiprocessing.parent_process()

    def watch() -> None:
        if parent is not None:
            parent.join()
            os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def _gather(
    waiting: dict[Future[_Result], int],
    left: dict[int, Any],
    done: Callable[[int, _Result], None],
    look: Callable[[], None],
) -> None:
    """Tell results as they come, and take their items from those that are left."""
    while waiting:
        ready, _ = wait(waiting, timeout=_LOOK_EVERY_S, return_when=FIRST_COMPLETED)
        failed: BaseException | None = None
        for future in ready:
            number = waiting.pop(future)
            failed = future.exception() or failed
            if future.exception() is None:
                del left[number]
                done(number, future.result())
        if failed is not None:
            raise failed
        look()


def _begin(told_to_stop: Event, shares: Any) -> None:
    global _told_to_stop, _shares
    _told_to_stop, _shares = told_to_stop, shares
    # An interruption is meant for the process that began this one, which tells when to stop.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    end_with_parent()


def _do(work: Callable[[_Item], _Result], number: int, item: _Item) -> _Result:
    global _number
    _number = number
    return work(item)


def _do_in_turn(work: Callable[[_Item], _Result], item: _Item) -> _Result:
    """Do an item in a cluster's worker as a process of ours would: alone, in a single thread."""
    from threadpoolctl import threadpool_limits

    with _turn:
        # Libraries that are loaded already, and those that will be.
        threadpool_limits(limits=1)
        os.environ.update(dict.fromkeys(_THREAD_COUNTS, "1"))
        return work(item)


@contextlib.contextmanager
def _processes(n_processes: int, n_items: int) -> Iterator[tuple[Executor, Any]]:
    """Give processes of this machine, and what each item's share is told in."""
    # Spawned, because threads of this process would not survive a fork.
    context = multiprocessing.get_context("spawn")
    told_to_stop, shares = context.Event(), context.Array("d", n_items, lock=False)
    executor = ProcessPoolExecutor(
        n_processes, mp_context=context, initializer=_begin, initargs=(told_to_stop, shares)
    )
    try:
        with single_threaded_children():
            yield executor, shares
    finally:
        told_to_stop.set()
        executor.shutdown(cancel_futures=True)


@contextlib.contextmanager
def _cluster(scheduler: str) -> Iterator[Executor]:
    """Give a Dask cluster, whose workers have the same evface."""
    try:
        from distributed import CancelledError, Client
        from distributed.comm import CommClosedError
        from distributed.scheduler import KilledWorker
    except ImportError as error:
        raise EvfaceError(
            "--scheduler needs the extra 'cluster'; install it: pip install 'evface[cluster]'"
        ) from error
    if re.fullmatch(r"(\w+://)?\S+:\d+/?", scheduler) is None:
        raise EvfaceError(f"{scheduler}: is no address of a scheduler, such as tcp://10.0.0.1:8786")
    # What it logs as errors is raised as well.
    log = logging.getLogger("distributed")
    level = log.level
    log.setLevel(logging.CRITICAL)
    try:
        client = Client(scheduler, timeout=_ANSWERS_WITHIN, set_as_default=False)
    except (OSError, ValueError) as error:
        raise EvfaceError(
            f"{scheduler}: no Dask scheduler answers; check the address, or leave out --scheduler"
        ) from error
    with client, client.get_executor(pure=False) as executor:
        try:
            _check_workers(client, scheduler)
            yield executor
        except KilledWorker as error:
            raise EvfaceError(
                f"{scheduler}: workers were stopped again and again, perhaps for want of memory; "
                "give them more, and run the command again"
            ) from error
        except (CancelledError, futures.CancelledError, CommClosedError) as error:
            raise EvfaceError(
                f"{scheduler}: the Dask scheduler is gone; start it, and run the command again"
            ) from error
        finally:
            executor.shutdown(wait=False)
            log.setLevel(level)


def _check_workers(client: Any, scheduler: str) -> None:
    try:
        client.wait_for_workers(1, timeout=_ANSWERS_WITHIN)
        versions = set(client.run(_version).values())
    except TimeoutError as error:
        raise EvfaceError(
            f"{scheduler}: the scheduler has no workers; start some: dask worker {scheduler}"
        ) from error
    except ImportError as error:
        raise EvfaceError(
            f"{scheduler}: workers cannot import evface ({error}); install it there"
        ) from error
    if versions != {_version()}:
        raise EvfaceError(
            f"{scheduler}: workers have evface {', '.join(sorted(versions))}, this is "
            f"{_version()}; install the same everywhere"
        )


def _version() -> str:
    return version("evface")
