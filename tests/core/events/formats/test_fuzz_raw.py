from __future__ import annotations

import numpy as np
import pytest
from fuzzing import assert_is_beginning, fuzz, mutations, open_damaged
from hypothesis import given
from hypothesis import strategies as st

ENCODINGS = ("EVT2", "EVT2.1 little", "EVT2.1 legacy", "EVT3", "DAT v1", "DAT v2")


@pytest.fixture(scope="module", params=ENCODINGS)
def valid(request, tmp_path_factory, raw_bytes):
    """A small recording: its bytes, where its words begin, their size, its events, and a path."""
    rng = np.random.default_rng(0)
    t = np.cumsum(rng.integers(0, 30, 400))
    rows = [
        (int(t[k]), int(rng.integers(0, 60)), int(rng.integers(0, 48)), int(k % 3 == 0))
        for k in range(len(t))
    ]
    head, body, n_word_bytes = raw_bytes(request.param, rows, resolution=(64, 48))
    path = tmp_path_factory.mktemp("fuzz") / "events.raw"
    whole = open_damaged(path, head + body)
    assert len(whole) == len(rows)
    return head, body, n_word_bytes, whole, path


@fuzz
@given(data=st.data())
def test_no_damage_to_a_file_does_harm(valid, data):
    head, body, _, _, path = valid
    open_damaged(path, data.draw(mutations(head + body)))


@fuzz
@given(data=st.data())
def test_no_damage_behind_the_header_does_harm(valid, data):
    head, body, _, _, path = valid
    open_damaged(path, data.draw(mutations(head + body, n_head=len(head))))


@fuzz
@given(tail=st.binary(max_size=400))
def test_no_bytes_behind_a_header_do_harm(valid, tail):
    head, _, _, _, path = valid
    open_damaged(path, head + tail)


@fuzz
@given(data=st.data())
def test_a_file_that_was_cut_gives_all_before_the_cut(valid, data):
    head, body, n_word_bytes, whole, path = valid
    n = data.draw(st.integers(0, len(body)))
    found = open_damaged(path, head + body[:n])
    # A word has an event or states the time; an EVT3 event takes up to four of them.
    n_words = n // n_word_bytes
    assert_is_beginning(found, whole, n_at_least=min(len(whole), n_words // 8) if found else 0)
    if n == len(body):
        assert len(found) == len(whole)
