import numpy as np
import pytest


def evt3_trigger(channel, value):
    return 10 << 12 | channel << 8 | value


def evt2_trigger(t_us, channel, value):
    return 10 << 28 | (t_us & 63) << 22 | channel << 8 | value


def test_evt3_triggers_have_the_time_stated_before_them(write_raw, opened):
    words = [8 << 12 | 2, 6 << 12 | 5, evt3_trigger(1, 1)]
    words += [6 << 12 | 100, 10, 2 << 12 | 1 << 11 | 7]  # one event at 2 * 4096 + 100
    words += [6 << 12 | 900, evt3_trigger(1, 0), 8 << 12 | 3, 6 << 12 | 5, evt3_trigger(0, 1)]
    triggers = opened(write_raw("EVT3", words)).triggers()
    assert triggers.times_us.tolist() == [-95, 800, 4096 - 95]
    assert triggers.channels.tolist() == [1, 1, 0]
    assert triggers.is_rising.tolist() == [True, False, True]


def test_evt2_triggers_carry_the_lower_part_of_their_time(write_raw, opened):
    words = [8 << 28 | 1, 1 << 28 | 3 << 22 | 5 << 11 | 6]  # one event at 64 + 3
    words += [evt2_trigger(64 + 40, 6, 1), 8 << 28 | 2, evt2_trigger(128 + 1, 6, 0)]
    triggers = opened(write_raw("EVT2", words)).triggers()
    assert triggers.times_us.tolist() == [37, 62]
    assert triggers.channels.tolist() == [6, 6]
    assert triggers.is_rising.tolist() == [True, False]


@pytest.mark.parametrize("encoding", ["EVT2", "EVT3"])
def test_a_file_may_have_none(encoding, write_raw, make_rows, opened):
    source = opened(write_raw(encoding, rows=make_rows(200, duration_us=10_000)))
    assert len(source.triggers()) == 0


def test_triggers_are_found_across_checkpoints_and_turns_of_the_counter(write_raw, opened):
    # Three turns of EVT3's counter of 2**24 us, a trigger every 50 ms and events between.
    words, expected = [], []
    origin = None
    for high in range(3 * 4096):
        words += [8 << 12 | high % 4096, 6 << 12 | 1, 10, 2 << 12 | 7, 6 << 12 | 2]
        origin = origin if origin is not None else 1
        if high % 12 == 0:
            words.append(evt3_trigger(2, high // 12 % 2))
            expected.append(high * 4096 + 2 - origin)
    triggers = opened(write_raw("EVT3", words)).triggers()
    np.testing.assert_array_equal(triggers.times_us, expected)
    assert triggers.is_rising[:4].tolist() == [False, True, False, True]


@pytest.mark.parametrize("encoding", ["EVT2", "EVT3"])
def test_a_kept_index_knows_where_they_are(encoding, write_raw, make_rows, opened):
    rows = make_rows(60_000, duration_us=2_000_000)
    path = write_raw(encoding, rows=rows)
    word, trigger = ("<u4", evt2_trigger(0, 3, 1)) if encoding == "EVT2" else ("<u2", 0xA301)
    data = path.read_bytes()
    n_header = data.index(b"% end\n") + 6
    words = np.frombuffer(data[n_header:], word)
    places = [70, len(words) // 2, len(words)]
    path.write_bytes(data[:n_header] + np.insert(words, places, trigger).astype(word).tobytes())
    first, again = (opened(path).triggers() for _ in range(2))
    assert len(first) == len(again) == 3
    np.testing.assert_array_equal(first.times_us, again.times_us)
    assert first.channels.tolist() == [3, 3, 3]
