from __future__ import annotations

import contextlib
import sys

import numpy as np
import pytest
from encoding_others import rows_at_random
from fuzzing import assert_equal
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from evface.errors import EventFileError
from evface.events.events import Events
from evface.events.sources import open_events
from evface.events.writers import choose_format

NAMES = ("a.npz", "a.csv", "a.aedat4")


def to_events(rows):
    return Events(
        rows[:, 0].astype(np.int64), rows[:, 1].astype("u2"), rows[:, 2].astype("u2"),
        rows[:, 3] > 0,
    )  # fmt: skip


def write(path, batches, resolution=(346, 260)):
    with choose_format(path).open(path, resolution=resolution) as writer:
        for batch in batches:
            writer.append(batch)


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    seed=st.integers(0, 99),
    n=st.integers(1, 3000),
    first_us=st.integers(0, 2**50),
    n_parts=st.integers(1, 4),
)
def test_what_is_written_is_read_back(name, tmp_path, seed, n, first_us, n_parts):
    if name == "a.aedat4":
        pytest.importorskip("faery")
    rows = rows_at_random(n, seed=seed, resolution=(346, 260))
    rows[:, 0] += first_us
    path = tmp_path / name
    write(path, [to_events(part) for part in np.array_split(rows, n_parts)])
    with contextlib.closing(open_events(path)) as source:
        found = source.read(0, source.duration_us)
        absolute = Events(found.t + source.origin_us, found.x, found.y, found.p)
        assert_equal(absolute, to_events(rows))
        if name != "a.csv":
            assert source.resolution == (346, 260)
            assert source.warnings == ()
    assert [p.name for p in tmp_path.iterdir()] == [name]


@pytest.mark.parametrize("name", NAMES)
def test_an_error_leaves_nothing_behind(name, tmp_path):
    if name == "a.aedat4":
        pytest.importorskip("faery")
    events = to_events(rows_at_random(100))
    with pytest.raises(ValueError, match="must not decrease"):
        write(tmp_path / name, [events, events])
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(EventFileError, match="cannot be written"):
        write(tmp_path / "no folder" / name, [events])


def test_an_archive_is_numpy_s_own(tmp_path):
    rows = rows_at_random(500)
    write(tmp_path / "a.npz", [to_events(rows)], (64, 48))
    with np.load(tmp_path / "a.npz") as archive:
        np.testing.assert_array_equal(archive["t"], rows[:, 0])
        np.testing.assert_array_equal(archive["p"], rows[:, 3] > 0)
        assert archive["resolution"].tolist() == [64, 48]
        assert str(archive["time_unit"]) == "us"


def test_other_libraries_read_what_is_written(tmp_path):
    aedat, faery = pytest.importorskip("aedat"), pytest.importorskip("faery")
    rows = rows_at_random(40_000)
    path = tmp_path / "a.aedat4"
    write(path, [to_events(rows)], (64, 48))
    packets = [packet["events"] for packet in aedat.Decoder(path) if "events" in packet]
    for theirs in (np.concatenate(packets), faery.events_stream_from_file(path).to_array()):
        for column, name in enumerate(("t", "x", "y", "on")):
            np.testing.assert_array_equal(theirs[name], rows[:, column])


def test_without_faery_the_error_says_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "faery", None)
    with pytest.raises(EventFileError, match="pip install faery"):
        write(tmp_path / "a.aedat4", [])
