"""Where each frame of a video lies and when it is shown, found without decoding."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from evface.errors import VideoFileError
from evface.video.containers import decode_packet, iter_packets, open_container

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.packet import Packet
    from av.video.stream import VideoStream

_US_PER_S = 1_000_000
# A header may state a length that is a little off; beyond this share of it the tail is missing.
_MISSING_TAIL = 0.03
# No video is as long as this (over 100 years), but a damaged file may say so.
_LONGEST_US = 2**52
# A frame that stays as long as this, and that many times longer than others, is remarkable.
_LONG_GAP_US = 10 * _US_PER_S
_LONG_GAP_STEPS = 100


@dataclass(frozen=True, eq=False)
class FrameIndex:
    """Presentation times of all frames and the points where decoding may begin.

    Parameters
    ----------
    pts : (n,) int64
        Presentation times in units of the stream, increasing; in a file without times the
        numbers 0 to n - 1.
    times_us : (n,) int64, us
        The same since the first frame.
    duration_us
        From the first frame to the end of the last one.
    keyframe_pts, keyframe_dts : (k,) int64
        Presentation and decoding times of the frames that need no other, increasing in ``pts``.
        Empty where decoding can only begin at the start of the file.
    has_times
        False where the file holds no times, so that frames are found by counting.
    is_cut
        True where the end of the file is missing, so that its last frames may be damaged.
    warnings
        What is wrong with the file, one line each.
    """

    pts: NDArray[np.int64]
    times_us: NDArray[np.int64]
    duration_us: int
    keyframe_pts: NDArray[np.int64]
    keyframe_dts: NDArray[np.int64]
    has_times: bool
    is_cut: bool
    warnings: tuple[str, ...]

    def keyframe_before(self, pts: int) -> int:
        """Return the number of the last keyframe shown at or before `pts`; -1 if there is none."""
        return int(np.searchsorted(self.keyframe_pts, pts, side="right")) - 1

    def up_to(self, last: int) -> FrameIndex:
        """Return the index of the frames up to and including `last`."""
        if last == len(self.pts) - 1:
            return self
        return replace(
            self,
            pts=self.pts[: last + 1],
            times_us=self.times_us[: last + 1],
            duration_us=int(self.times_us[last + 1]),
        )


class _Row(NamedTuple):
    pts: int | None
    dts: int | None
    duration: int
    is_key: bool
    is_corrupt: bool
    is_discard: bool


def index_video(path: Path) -> FrameIndex:
    """Read all packets of `path` once and return where its frames are.

    Raises
    ------
    VideoFileError
        If it is no video, or holds no frame that can be shown.
    """
    container, stream = open_container(path)
    with container:
        rows = [
            _Row(
                packet.pts,
                packet.dts,
                packet.duration or 0,
                packet.is_keyframe,
                packet.is_corrupt,
                packet.is_discard,
            )
            for packet in iter_packets(container, stream)
            if not _is_hidden(stream, packet)
        ]
        n_declared = stream.frames
        is_cut = 0 < len(rows) < n_declared
        while rows and rows[-1].is_corrupt:
            rows.pop()
            is_cut = True
        shown = [row for row in rows if not row.is_discard]
        if not shown:
            raise VideoFileError(path, "holds no frames; choose another video or copy it again")
        if stream.time_base is None or any(row.pts is None for row in shown):
            return _index_by_counting(path)
        return _index_of_rows(path, shown, container, stream, is_cut=is_cut)


def _is_hidden(stream: VideoStream, packet: Packet[VideoStream]) -> bool:
    """Say whether a packet only serves others: VP8 keeps such frames in packets of their own."""
    return stream.codec_context.name in ("vp8", "libvpx") and not bytes(packet)[0] & 0x10


def _index_of_rows(
    path: Path,
    rows: Sequence[_Row],
    container: InputContainer,
    stream: VideoStream,
    *,
    is_cut: bool,
) -> FrameIndex:
    warnings = []
    table = np.array(
        [(row.pts, row.pts if row.dts is None else row.dts, row.duration) for row in rows],
        np.int64,
    )
    is_key = np.array([row.is_key for row in rows])
    if is_key.any():
        # What precedes the first keyframe leans on frames that the file does not hold.
        begin = int(np.argmax(is_key))
        whole = (np.arange(len(table)) >= begin) & (table[:, 0] >= table[begin, 0])
        if not whole.all():
            n_lost = int((~whole).sum())
            warnings.append(f"{_frames(n_lost)} before the first whole one cannot be shown")
        table, is_key = table[whole], is_key[whole]
    unit = (stream.time_base or Fraction(1, _US_PER_S)) * _US_PER_S
    pts, first = np.unique(table[:, 0], return_index=True)
    if (int(pts[-1]) - int(pts[0])) * unit > _LONGEST_US:
        raise VideoFileError(path, "the times of its frames make no sense; convert it to MP4")
    times_us, distinct = np.unique(_scale(pts - pts[0], unit), return_index=True)
    pts, first = pts[distinct], first[distinct]
    if len(pts) < len(table):
        n_doubles = len(table) - len(pts)
        warnings.append(f"{_frames(n_doubles)} with the time of another one left out")
    warnings += _describe_gap(times_us)
    keyframes = table[first[is_key[first]]]
    last_us = int(_scale(table[first[-1:], 2], unit)[0]) or _typical_step_us(times_us, stream)
    duration_us = int(times_us[-1]) + last_us
    declared_us = _declared_duration_us(container, stream)
    is_cut = is_cut or declared_us * (1 - _MISSING_TAIL) > duration_us + last_us
    if is_cut:
        whole_s = f" of {declared_us / _US_PER_S:.2f} s" if declared_us > duration_us else ""
        warnings.append(
            f"breaks off after {duration_us / _US_PER_S:.2f} s{whole_s}; "
            "the frames up to there are kept"
        )
    return FrameIndex(
        pts=pts,
        times_us=times_us,
        duration_us=duration_us,
        keyframe_pts=keyframes[:, 0],
        keyframe_dts=keyframes[:, 1],
        has_times=True,
        is_cut=is_cut,
        warnings=tuple(warnings),
    )


def _index_by_counting(path: Path) -> FrameIndex:
    """Decode the whole file, which holds no times, and space its frames evenly."""
    container, stream = open_container(path)
    with container:
        n_frames = sum(
            len(decode_packet(stream, packet))
            for packet in (*iter_packets(container, stream), None)
        )
        if not n_frames:
            raise VideoFileError(path, "holds no frames; choose another video or copy it again")
        rate = stream.average_rate or stream.guessed_rate or Fraction(25)
    step = _US_PER_S / rate
    numbers = np.arange(n_frames + 1, dtype=np.int64)
    times_us = _scale(numbers, step)
    return FrameIndex(
        pts=numbers[:-1],
        times_us=times_us[:-1],
        duration_us=int(times_us[-1]),
        keyframe_pts=np.empty(0, np.int64),
        keyframe_dts=np.empty(0, np.int64),
        has_times=False,
        is_cut=False,
        warnings=(f"holds no times; its frames are taken as {float(rate):g} a second",),
    )


def _scale(values: NDArray[np.int64], unit: Fraction) -> NDArray[np.int64]:
    """Multiply by a fraction, exactly, and round to the nearest integer."""
    wide = values.astype(object) * unit.numerator * 2 + unit.denominator
    return np.asarray(wide // (2 * unit.denominator), np.int64)


def _describe_gap(times_us: NDArray[np.int64]) -> list[str]:
    steps_us = np.diff(times_us)
    if len(steps_us) < 2:
        return []
    longest = int(np.argmax(steps_us))
    gap_us = int(steps_us[longest])
    if gap_us < max(_LONG_GAP_US, _LONG_GAP_STEPS * float(np.median(steps_us))):
        return []
    return [f"the time jumps by {gap_us / _US_PER_S:.0f} s after frame {longest}"]


def _typical_step_us(times_us: NDArray[np.int64], stream: VideoStream) -> int:
    if len(times_us) > 1:
        return int(np.median(np.diff(times_us)))
    rate = stream.average_rate or stream.guessed_rate
    return round(_US_PER_S / rate) if rate else 0


def _declared_duration_us(container: InputContainer, stream: VideoStream) -> int:
    """Return the length of the picture stream that the header states, 0 if it states none."""
    if stream.duration and stream.time_base:
        return round(stream.duration * stream.time_base * _US_PER_S)
    # The container's length is that of its longest stream, so it tells only of a lone one.
    if container.duration and len(container.streams) == 1:
        return container.duration - max(container.start_time or 0, 0)
    return 0


def _frames(n: int) -> str:
    return f"{n} frame" if n == 1 else f"{n} frames"
