import threading

import pytest

from evface_studio.newest import NewestWins


@pytest.fixture
def make_worker(qtbot):
    del qtbot
    workers = []

    def make(work, **callbacks):
        results, errors = [], []
        worker = NewestWins(
            "test",
            work,
            lambda request, result: results.append((request, result)),
            lambda request, error: errors.append((request, error)),
            **callbacks,
        )
        workers.append(worker)
        return worker, results, errors

    yield make
    for worker in workers:
        worker.close()


def test_requests_overtaken_by_newer_ones_are_never_worked_on(make_worker, qtbot):
    started, may_go_on = threading.Event(), threading.Event()

    def work(request):
        started.set()
        may_go_on.wait(5)
        return request * 10

    worker, results, _ = make_worker(work)
    worker.ask(1)
    assert started.wait(5)
    for request in range(2, 100):
        worker.ask(request)
    may_go_on.set()
    qtbot.waitUntil(lambda: worker.is_idle)
    assert [request for request, _ in results if 1 < request < 99] == []
    assert results[-1] == (99, 990)


def test_a_slow_gui_gets_the_newest_result_alone(make_worker, qtbot):
    done = threading.Semaphore(0)
    worker, results, _ = make_worker(lambda request: request, idle=lambda _: done.release())
    for request in range(3):
        worker.ask(request)
        assert done.acquire(timeout=5)  # the GUI's thread is held here, so nothing is fetched
    qtbot.waitUntil(lambda: worker.is_idle)
    assert results == [(2, 2)]


def test_work_is_done_outside_the_guis_thread(make_worker, qtbot):
    worker, results, _ = make_worker(lambda _: threading.current_thread())
    worker.ask(0)
    qtbot.waitUntil(lambda: bool(results))
    assert results[0][1] is not threading.main_thread()


def test_an_error_is_reported_and_the_next_request_still_works(make_worker, qtbot):
    worker, results, errors = make_worker(lambda request: 1 // request)
    worker.ask(0)
    qtbot.waitUntil(lambda: bool(errors))
    assert isinstance(errors[0][1], ZeroDivisionError)
    worker.ask(1)
    qtbot.waitUntil(lambda: results == [(1, 1)])


def test_forgetting_drops_what_has_not_been_fetched(make_worker, qtbot):
    done = threading.Event()
    worker, results, _ = make_worker(lambda request: request, idle=lambda _: done.set())
    worker.ask(1)
    assert done.wait(5)
    worker.forget()
    worker.ask(2)
    qtbot.waitUntil(lambda: bool(results))
    assert results == [(2, 2)]


def test_closing_ends_the_thread_and_frees_what_is_its_own(make_worker):
    freed_in = []
    worker, _, _ = make_worker(
        lambda request: request, finish=lambda: freed_in.append(threading.current_thread().name)
    )
    worker.close()
    worker.close()
    assert freed_in == ["test"]


def test_what_takes_long_is_prepared_once_before_anything_is_asked_for(make_worker, qtbot):
    done = []
    worker, results, _ = make_worker(
        lambda request: done.append(request) or request, prepare=lambda: done.append("prepared")
    )
    qtbot.waitUntil(lambda: done == ["prepared"])
    for request in (1, 2):
        worker.ask(request)
        qtbot.waitUntil(lambda request=request: bool(results) and results[-1][0] == request)
    assert done == ["prepared", 1, 2]
