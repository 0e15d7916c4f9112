from __future__ import annotations

import numpy as np
import pytest
from encoding_others import event_stream, rows_at_random
from fuzzing import assert_is_beginning, fuzz, mutations, open_damaged
from hypothesis import given
from hypothesis import strategies as st

from evface.errors import EventFileError

ROWS = rows_at_random(2000)


def check_rows(source, rows):
    events = source.read(0, source.duration_us)
    np.testing.assert_array_equal(events.t + source.origin_us, rows[:, 0])
    for column, name in ((1, "x"), (2, "y"), (3, "p")):
        np.testing.assert_array_equal(getattr(events, name), rows[:, column])


@pytest.mark.parametrize(("kind", "name"), [(1, "DVS"), (2, "ATIS")])
def test_what_was_encoded_is_read_back(kind, name, tmp_path, opened):
    path = tmp_path / "a.es"
    path.write_bytes(event_stream(ROWS, kind=kind))
    source = opened(path)
    assert (source.format, source.resolution) == (f"Event Stream 2.0.0 ({name})", (64, 48))
    check_rows(source, ROWS)
    told = ["40 exposure measurements of the ATIS are left out"] if kind == 2 else []
    assert list(source.warnings) == told


@pytest.mark.parametrize(("kind", "word"), [(0, "generic"), (4, "colour"), (9, "unknown")])
def test_other_kinds_are_told(kind, word, tmp_path, opened):
    path = tmp_path / "a.es"
    path.write_bytes(event_stream(ROWS, kind=kind))
    with pytest.raises(EventFileError, match=word):
        opened(path)


def test_other_versions_are_told(tmp_path, opened):
    path = tmp_path / "a.es"
    path.write_bytes(event_stream(ROWS, version=(1, 0, 0)))
    with pytest.raises(EventFileError, match=r"Event Stream 1\.0\.0"):
        opened(path)


def test_a_file_cut_within_an_event_is_read_up_to_it(tmp_path, opened):
    path = tmp_path / "a.es"
    path.write_bytes(event_stream(ROWS)[:-2])
    source = opened(path)
    check_rows(source, ROWS[:-1])
    assert source.findings.n_cut_bytes == 3
    assert source.findings.cut_at_us == source.duration_us


@pytest.mark.parametrize("at", range(5000, 5005))
def test_a_lost_byte_costs_its_neighbours_alone(at, tmp_path, opened):
    data = event_stream(ROWS)
    path = tmp_path / "a.es"
    path.write_bytes(data[:at] + data[at + 1 :])
    source = opened(path)
    assert source.n_events >= len(ROWS) - 4
    last = source.read(0, source.duration_us).to_structured()[-100:]
    np.testing.assert_array_equal(last["x"], ROWS[-100:, 1])
    np.testing.assert_array_equal(last["y"], ROWS[-100:, 2])


@pytest.mark.parametrize("kind", [1, 2])
def test_no_damage_does_harm(kind, tmp_path_factory):
    valid = event_stream(ROWS[:300], kind=kind)
    path = tmp_path_factory.mktemp("fuzz") / "a.es"
    whole = open_damaged(path, valid)

    @fuzz
    @given(data=st.data())
    def damaged(data):
        open_damaged(path, data.draw(mutations(valid)))

    @fuzz
    @given(n=st.integers(0, len(valid)))
    def cut(n):
        assert_is_beginning(open_damaged(path, valid[:n]), whole)

    damaged()
    cut()


def test_a_real_recording_agrees_with_faery(shared_data, opened):
    faery = pytest.importorskip("faery")
    path = shared_data("events/atis_1s.es")
    source = opened(path)
    theirs = faery.events_stream_from_file(path).to_array()
    assert source.n_events == 473_225
    check_rows(
        source, np.stack([theirs[name].astype(np.int64) for name in ("t", "x", "y", "on")], 1)
    )
