from __future__ import annotations

import os
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from evface.events.representations.lanes import borrowed, run_both


def test_both_are_run_and_waited_for():
    done = []
    run_both(lambda: done.append("first"), lambda: done.append("second"))
    assert sorted(done) == ["first", "second"]


def test_they_run_at_the_same_time():
    meet = threading.Barrier(2, timeout=10)
    run_both(meet.wait, meet.wait)


def test_many_callers_at_once_all_get_their_halves_done():
    def call(number):
        done = [0, 0]

        def mark(place):
            done[place] = number + 1

        run_both(lambda: mark(0), lambda: mark(1))
        return done

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(call, range(200))) == [[n + 1, n + 1] for n in range(200)]


def test_what_goes_wrong_on_either_thread_is_raised():
    for halves in ((lambda: 1 // 0, int), (int, lambda: 1 // 0)):
        with pytest.raises(ZeroDivisionError):
            run_both(*halves)


def test_lent_arrays_are_never_lent_twice_at_once():
    with borrowed((4, 3), np.uint8) as one, borrowed((4, 3), np.uint8) as other:
        assert not np.shares_memory(one, other)
        assert one.shape == other.shape == (4, 3)
        assert one.dtype == np.uint8


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_forked_child_starts_a_thread_of_its_own():
    run_both(int, int)
    child = os.fork()
    if not child:
        run_both(int, int)
        os._exit(7)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
