"""Order, shares and beginning in the middle."""

import itertools
import threading

import numpy as np
import pytest

from evface.training.batches import Batches
from evface.training.optimisers import rate_at
from evface.training.settings import OptimiserConfig, ScheduleConfig


class Numbers:
    def __init__(self, n):
        self._n = n
        self.threads = set()

    def __len__(self):
        return self._n

    def item(self, epoch, position):
        self.threads.add(threading.get_ident())
        return {"what": np.array([epoch, position])}


def rows(batches, epoch=0, **options):
    return [batch["what"].tolist() for batch in batches.epoch(epoch, **options)]


@pytest.mark.parametrize("n_loaders", [1, 3])
def test_an_epoch_has_everything_once_in_an_order_of_its_own(n_loaders):
    batches = Batches(Numbers(12), 4, shuffles=True, seed=3, n_loaders=n_loaders)
    first = rows(batches)
    assert sorted(position for batch in first for _, position in batch) == list(range(12))
    assert rows(batches) == first
    assert [[p for _, p in b] for b in rows(batches, 1)] != [[p for _, p in b] for b in first]
    assert rows(Batches(Numbers(12), 4, shuffles=True, seed=4)) != first


def test_it_begins_in_the_middle_as_if_it_had_come_there():
    batches = Batches(Numbers(12), 4, shuffles=True)
    assert rows(batches, 5, first=1) == rows(batches, 5)[1:]


def test_several_processes_share_each_batch():
    whole = rows(Batches(Numbers(8), 4, shuffles=True))
    parts = [rows(Batches(Numbers(8), 4, shuffles=True, rank=k, n_ranks=2)) for k in range(2)]
    for all_, one, other in zip(whole, *parts, strict=True):
        assert sorted(all_) == sorted(one + other)
        assert len(one) == len(other) == 2


def test_only_training_leaves_out_what_does_not_fill_a_batch():
    assert len(rows(Batches(Numbers(10), 4, shuffles=True))) == 2
    assert [len(batch) for batch in rows(Batches(Numbers(10), 4, shuffles=False))] == [4, 4, 2]
    assert [len(batch) for batch in rows(Batches(Numbers(3), 4, shuffles=True))] == [3]


def test_leaving_early_leaves_no_thread_behind():
    before = threading.active_count()
    epoch = Batches(Numbers(100), 1, shuffles=False, n_loaders=2).epoch(0)
    next(epoch)
    epoch.close()
    assert threading.active_count() == before


def test_an_item_that_cannot_be_made_is_told_where_it_is_wanted():
    class Bad(Numbers):
        def item(self, epoch, position):  # noqa: ARG002
            raise ValueError("clip 3 is damaged")

    with pytest.raises(ValueError, match="clip 3 is damaged"):
        rows(Batches(Bad(4), 2, shuffles=False))


def test_schedules():
    optimiser = OptimiserConfig(rate=1.0)

    def rates(**schedule):
        config = ScheduleConfig(**schedule)
        return [rate_at(step, 100, optimiser, config) for step in range(100)]

    assert set(rates(name="constant")) == {1.0}
    steps = rates(name="steps", milestones=(0.6, 0.7), factor=0.1)
    assert [steps[k] for k in (0, 59, 60, 69, 70, 99)] == pytest.approx(
        [1, 1, 0.1, 0.1, 0.01, 0.01]
    )
    cosine = rates(name="cosine", warmup=0.2)
    assert cosine[0] == pytest.approx(1 / 20)
    assert max(cosine) == cosine[20] == 1.0
    assert cosine[60] == pytest.approx(0.5)
    assert cosine[99] < 0.001
    assert all(a <= b for a, b in itertools.pairwise(cosine[:21]))
