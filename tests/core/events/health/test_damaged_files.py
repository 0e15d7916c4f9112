"""Damage to files is counted by their decoders and told by the health."""

import numpy as np
import pytest

from evface.events.health.checking import check_health
from evface.events.health.model import Fault, Lamp

SIZE = {"EVT2": 4, "EVT3": 2}


@pytest.fixture
def write_long(write_raw, make_rows):
    rows = make_rows(40_000, duration_us=600_000)
    return lambda encoding: write_raw(encoding, rows=rows)


@pytest.mark.parametrize("encoding", ["EVT2", "EVT3"])
def test_a_sound_file_is_good_and_has_nothing_to_count(encoding, write_long, opened):
    source = opened(write_long(encoding))
    health = check_health(source)
    assert health.lamp is Lamp.GOOD, health.reasons
    assert source.findings.n_damaged_words == source.findings.n_cut_bytes == 0


@pytest.mark.parametrize("encoding", ["EVT2", "EVT3"])
def test_a_file_that_was_cut_says_where(encoding, write_long, opened):
    path = write_long(encoding)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) * 3 // 5 // 4 * 4 + 1])
    source = opened(path)
    findings = source.findings
    assert 0 < findings.n_cut_bytes < SIZE[encoding]
    assert findings.cut_at_us == source.duration_us
    assert [reason.fault for reason in check_health(source).reasons] == [Fault.CUT]


@pytest.mark.parametrize("encoding", ["EVT2", "EVT3"])
@pytest.mark.parametrize("seed", range(3))
def test_flipped_bits_are_counted_and_told(encoding, seed, write_long, opened):
    path = write_long(encoding)
    data = bytearray(path.read_bytes())
    rng = np.random.default_rng(seed)
    for at in rng.integers(200, len(data), len(data) // 400):
        data[at] ^= 1 << int(rng.integers(8))
    path.write_bytes(data)
    source = opened(path)
    findings = source.findings
    assert findings.n_damaged_words + findings.n_outside > 0
    faults = {reason.fault for reason in check_health(source).reasons}
    assert faults & {Fault.DAMAGED, Fault.OUTSIDE}


def test_turns_of_the_counter_are_counted_and_no_fault(write_raw, opened):
    words = []
    for high in range(2 * 4096 + 100):
        words += [8 << 12 | high % 4096, 6 << 12 | 1, 10, 2 << 12 | high % 2 << 11 | 7]
    source = opened(write_raw("EVT3", words))
    assert source.findings.n_wraps == 2
    assert source.findings.n_restarts == 0
    faults = {reason.fault for reason in check_health(source).reasons}
    assert not faults & {Fault.RESTARTED, Fault.DAMAGED, Fault.JUMPED}


def test_a_clock_that_starts_again_is_told(write_raw, opened):
    words = []
    for high in (*range(1000, 1400), *range(400)):
        words += [8 << 12 | high, 6 << 12 | 1, 10, 2 << 12 | high % 2 << 11 | 7]
    source = opened(write_raw("EVT3", words))
    assert source.findings.n_restarts == 1
    assert Fault.RESTARTED in {reason.fault for reason in check_health(source).reasons}
