"""Decode any frame of a video exactly: enter at a keyframe, then go forward."""

from __future__ import annotations

from collections import OrderedDict, deque
from pathlib import Path
from typing import TYPE_CHECKING

import av
import numpy as np
from av.video.reformatter import VideoReformatter
from numpy.typing import NDArray

from evface.errors import VideoFileError
from evface.video.containers import decode_packet, iter_packets, open_container
from evface.video.index import FrameIndex

if TYPE_CHECKING:
    from collections.abc import Iterator

    from av.packet import Packet
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

# A jump ahead by no more than this many frames decodes on rather than seeking.
_STEP_ON = 12
# Codecs of which a packet is one frame, so that one may be skipped without harm to another. In
# AV1 and VP9 a packet may hold a hidden frame that a later one shows.
_SKIPPING_CODECS = frozenset({"h264", "hevc", "mpeg1video", "mpeg2video", "mpeg4"})
_START = -(2**62)


class FrameDecoder:
    """One decoder at work on one file. Not safe for several threads at once.

    Parameters
    ----------
    path
        The video.
    index
        Its frames.
    cache_bytes
        Memory for decoded frames that may be asked for again.
    """

    def __init__(self, path: Path, index: FrameIndex, *, cache_bytes: int) -> None:
        self._path = path
        self._index = index
        self._container, self._stream = open_container(path)
        self._packets: Iterator[Packet[VideoStream]] = iter_packets(self._container, self._stream)
        self._decoded: deque[VideoFrame] = deque()
        self._is_drained = False
        self._is_careful = False
        self._n_out = 0
        # The newest frame that came out, and its presentation time.
        self._newest: VideoFrame | None = None
        self._position = _START
        # Frames shown before the keyframe at which decoding began come out broken.
        self._begin = _START
        self._cache: OrderedDict[int, VideoFrame] = OrderedDict()
        self._cache_frames = 2
        self._cache_bytes = cache_bytes
        self._last_asked = -1
        self.damaged: set[int] = set()

    def close(self) -> None:
        """Release the file and the frames."""
        self._cache.clear()
        self._decoded.clear()
        self._container.close()

    def frame(self, index: int) -> VideoFrame:
        """Return frame `index`; where it is damaged the nearest that came out, noted in `damaged`.

        Raises
        ------
        VideoFileError
            If nothing near it can be decoded.
        """
        is_step_back = index < self._last_asked
        self._last_asked = index
        if index in self._cache:
            self._cache.move_to_end(index)
            return self._cache[index]
        if not self._can_go_forward(index):
            self._enter(self._index.keyframe_before(int(self._index.pts[index])))
        # Going back, the frames on the way will be asked for next.
        keep_from = max(index - self._cache_frames * 2 // 3 if is_step_back else index, 0)
        frame = self._advance(index, keep_from)
        if frame is None and not self._is_careful:
            # Several threads lose whole frames next to a damaged one, so go on with a single one.
            self._is_careful = True
            self._restart()
            self._enter(self._index.keyframe_before(int(self._index.pts[index])))
            frame = self._advance(index, keep_from)
        if frame is None:
            frame = self._newest or (self._decoded[0] if self._decoded else None)
            if frame is None:
                raise VideoFileError(
                    self._path, f"frame {index} cannot be decoded; copy or convert the video again"
                )
            self.damaged.add(index)
            self._cache[index] = frame
        return frame

    def last_whole_frame(self) -> int:
        """Return the number of the last frame that can be decoded; for a file that breaks off."""
        for index in range(len(self._index.pts) - 1, 0, -1):
            self.frame(index)
            if index not in self.damaged:
                break
            # Beyond the break: not a frame of this video.
            self.damaged.discard(index)
            del self._cache[index]
        return index if len(self._index.pts) > 1 else 0

    def _can_go_forward(self, index: int) -> bool:
        pts = int(self._index.pts[index])
        if pts <= self._position:
            return False
        if not len(self._index.keyframe_pts):
            return True
        if self._position == _START:
            # Nothing has come out: the file stands at its start or at the keyframe entered.
            here = int(np.searchsorted(self._index.pts, max(self._begin, self._index.pts[0])))
        else:
            here = int(np.searchsorted(self._index.pts, self._position))
        if index - here <= _STEP_ON:
            return True
        return self._index.keyframe_before(pts) == self._index.keyframe_before(
            int(self._index.pts[here])
        )

    def _enter(self, keyframe: int) -> None:
        """Stand at a keyframe, or at an earlier one where the file seeks badly, or at the start."""
        while keyframe > 0:
            pts = int(self._index.keyframe_pts[keyframe])
            dts = int(self._index.keyframe_dts[keyframe])
            if self._seek(min(pts, dts), pts):
                return
            keyframe -= 1
        self._restart()

    def _seek(self, timestamp: int, pts: int) -> bool:
        try:
            self._container.seek(timestamp, stream=self._stream)
        except av.FFmpegError:
            return False
        self._reset(iter_packets(self._container, self._stream))
        for packet in self._packets:
            if packet.pts == pts and packet.is_keyframe:
                self._packets = _chain(packet, self._packets)
                self._begin = pts
                return True
            if packet.dts is not None and packet.dts > pts:
                return False
        return False

    def _restart(self) -> None:
        self._container.close()
        self._container, self._stream = open_container(self._path)
        if self._is_careful:
            self._stream.thread_type = "NONE"
        self._reset(iter_packets(self._container, self._stream))

    def _reset(self, packets: Iterator[Packet[VideoStream]]) -> None:
        self._stream.codec_context.flush_buffers()
        self._packets = packets
        self._decoded.clear()
        self._is_drained = False
        self._n_out = 0
        self._newest = None
        self._position = self._begin = _START

    def _advance(self, index: int, keep_from: int) -> VideoFrame | None:
        """Decode forward to frame `index`, keeping the frames from `keep_from`; None if damaged."""
        target = int(self._index.pts[index])
        wanted = int(self._index.pts[keep_from])
        while True:
            while self._decoded:
                frame = self._decoded[0]
                pts = frame.pts if self._index.has_times else self._n_out
                if pts is None or pts < self._begin or pts <= self._position:
                    self._decoded.popleft()
                    continue
                if pts > target:
                    # The frame asked for never came. This one stays for its own turn.
                    return None
                self._decoded.popleft()
                self._position = pts
                self._n_out += 1
                self._newest = frame
                if pts >= wanted:
                    self._remember(pts, frame)
                if pts == target:
                    return frame
            if self._is_drained:
                return None
            self._decode_more(wanted)

    def _decode_more(self, wanted: int) -> None:
        packet = next(self._packets, None)
        self._is_drained = packet is None
        context = self._stream.codec_context
        if packet is not None and self._index.has_times and context.name in _SKIPPING_CODECS:
            # Frames that no other frame needs are not decoded unless they are wanted.
            is_wanted = packet.pts is None or packet.pts >= wanted
            context.skip_frame = "DEFAULT" if is_wanted else "NONREF"
        self._decoded.extend(decode_packet(self._stream, packet))

    def _remember(self, pts: int, frame: VideoFrame) -> None:
        if not self._cache:
            size = sum(plane.buffer_size for plane in frame.planes)
            self._cache_frames = max(2, self._cache_bytes // max(size, 1))
        index = int(np.searchsorted(self._index.pts, pts))
        if index < len(self._index.pts) and self._index.pts[index] == pts:
            self._cache[index] = frame
            self._cache.move_to_end(index)
        while len(self._cache) > self._cache_frames:
            self._cache.popitem(last=False)


def _chain(
    first: Packet[VideoStream], rest: Iterator[Packet[VideoStream]]
) -> Iterator[Packet[VideoStream]]:
    yield first
    yield from rest


class PictureConverter:
    """Turns decoded frames into upright RGB pictures of one size. Not for several threads at once.

    Parameters
    ----------
    size
        ``(width, height)`` of the frames as decoded; a frame of another size is scaled to it.
    turns
        Quarter turns counter-clockwise by which they are to be turned.
    """

    def __init__(self, size: tuple[int, int], turns: int) -> None:
        self._reformatter = VideoReformatter()
        self._size = size
        self._turns = turns

    @classmethod
    def for_frames_like(cls, first: VideoFrame) -> PictureConverter:
        """Return a converter for the video that begins with `first`."""
        return cls((first.width, first.height), round(first.rotation / 90) % 4)

    def another(self) -> PictureConverter:
        """Return an equal converter, for another thread."""
        return PictureConverter(self._size, self._turns)

    @property
    def resolution(self) -> tuple[int, int]:
        """``(width, height)`` of the pictures."""
        width, height = self._size
        return (height, width) if self._turns % 2 else (width, height)

    def to_rgb(self, frame: VideoFrame) -> NDArray[np.uint8]:
        """Return a picture, (height, width, 3) uint8 RGB, that the caller may change."""
        width, height = self._size
        turned = self._reformatter.reformat(frame, width, height, "rgb24", threads=1)
        pixels = np.asarray(turned.to_ndarray(), np.uint8)
        if turned is frame:
            # It was RGB already, so these are the decoder's own pixels.
            pixels = pixels.copy()
        return np.ascontiguousarray(np.rot90(pixels, self._turns)) if self._turns else pixels
