from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evface.events.formats.raw_header import parse_raw_header


@pytest.mark.parametrize(
    ("text", "encoding", "resolution"),
    [
        ("% evt 3.0\n", "EVT3", None),
        ("% evt 2.0\n", "EVT2", None),
        ("% evt 2.1\n", "EVT2.1", None),
        ("% format EVT3;height=720;width=1280\n% end\n", "EVT3", (1280, 720)),
        ("% format EVT21;height=320;width=320\n% end\n", "EVT2.1", (320, 320)),
        ("% format EVT21;endianness=legacy;width=1280;height=720\n", "EVT2.1 legacy", (1280, 720)),
        ("% format EVT21;endianness=little\n", "EVT2.1 little", None),
        ("% evt 2.1\n% endianness legacy\n% format EVT21\n", "EVT2.1 legacy", None),
        ("% format EVT2\n% geometry 640x480\n", "EVT2", (640, 480)),
        ("% evt 3.0\n% format EVT3;height=480;width=640\n% geometry 1x2\n", "EVT3", (640, 480)),
        ("%evt 3.0\r\n%geometry 304x240\r\n", "EVT3", (304, 240)),
        ("% evt 2.0\n% plugin_name hal_plugin_gen3_fx3\n", "EVT2", (640, 480)),
        ("% evt 3.0\n% plugin_name hal_plugin_gen41_evk3\n", "EVT3", (1280, 720)),
        ("% plugin_name hal_plugin_imx636_evk4\n", "", (1280, 720)),
        ("% plugin_name hal_plugin_genx320\n", "", (320, 320)),
        ("% Width 304\n% Height 240\n", "", (304, 240)),
        ("% format EVT3;height=0;width=x\n", "EVT3", None),
        ("% Date 2024-01-01\n", "", None),
    ],
)
def test_headers_are_understood(text, encoding, resolution):
    header = parse_raw_header(text.encode() + b"\x00\x80\x25\x01")
    assert (header.encoding, header.resolution) == (encoding, resolution)
    assert header.n_bytes == len(text)


def test_words_that_begin_like_a_line_are_no_header():
    words = b"%\x20\x01\x80rest\n% evt 2.0\n"
    assert parse_raw_header(b"% evt 3.0\n" + words).n_bytes == len("% evt 3.0\n")
    assert parse_raw_header(b"% evt 3.0\n% end\n% evt 2.0\n").encoding == "EVT3"


def test_other_lines_are_kept_as_metadata():
    header = parse_raw_header(b"% serial_number 00000157\n% integrator_name Prophesee\n%\n")
    assert header.metadata == {"serial_number": "00000157", "integrator_name": "Prophesee"}


@given(st.binary(max_size=300))
def test_no_bytes_make_it_fail(data):
    assert 0 <= parse_raw_header(b"%" + data).n_bytes <= len(data) + 1


def test_two_bytes_behind_the_lines_tell_a_dat():
    for lines in (b"% Version 2\n% Width 304\n% Height 240\n", b"% Data file containing CD\n"):
        header = parse_raw_header(lines + b"\f\b" + bytes(8))
        assert header.encoding == "DAT v2"
        assert header.n_bytes == len(lines) + 2
    assert parse_raw_header(b"% Version 1\n\0\b").encoding == "DAT v1"
    assert parse_raw_header(b"% Version 2\n\x25\x20\x01\x80").encoding == ""
    assert parse_raw_header(b"% Version 2\n% evt 3.0\n\f\b").encoding == "EVT3"
