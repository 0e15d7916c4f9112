"""Encodes RGB frames as H.264 into an open container."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

import av
import numpy as np
from av.container import OutputContainer
from av.video.reformatter import ColorPrimaries, ColorRange, Colorspace, ColorTrc
from numpy.typing import NDArray

# Constant quality of x264; 18 is taken as visually lossless.
_QUALITY = "18"


class FrameEncoder:
    """Adds frames to a container as its only video.

    Parameters
    ----------
    container
        Open for writing, and not begun.
    size
        ``(height, width)`` of all frames. What is odd is made even by repeating the last column
        or row.
    rate
        Frames a second; a hint only where times are stated in shorter ticks.
    tick
        Unit of the frames' times, s.
    keyframe_every
        Frames from one entry point to the next.
    options
        Of x264, beside its constant quality.
    """

    def __init__(
        self,
        container: OutputContainer,
        size: tuple[int, int],
        *,
        rate: Fraction,
        tick: Fraction,
        keyframe_every: int,
        options: Mapping[str, str],
    ) -> None:
        height, width = size
        self.size = size
        self._container, self._tick = container, tick
        self._stream = container.add_stream("libx264", rate=rate)
        self._stream.width, self._stream.height = width + width % 2, height + height % 2
        self._stream.pix_fmt = "yuv420p"
        self._stream.gop_size = keyframe_every
        self._stream.options = {"crf": _QUALITY, **options}
        # Said outright, since players guess the colours of a silent file by its size.
        context = self._stream.codec_context
        context.time_base = tick
        context.colorspace = Colorspace.ITU709
        context.color_range = ColorRange.MPEG
        context.color_primaries = ColorPrimaries.BT709
        context.color_trc = ColorTrc.BT709

    def add(self, picture: NDArray[np.uint8], time: int) -> None:
        """Add a frame, (height, width, 3) uint8 RGB, shown from `time` on, in ticks."""
        height, width = self.size
        if height % 2 or width % 2:
            picture = np.pad(picture, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge")
        frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="rgb24")
        # In one thread: to wake more for each frame takes longer than a small one.
        frame = frame.reformat(
            format="yuv420p",
            dst_colorspace=Colorspace.ITU709,
            dst_color_range=ColorRange.MPEG,
            threads=1,
        )
        frame.pts = time
        frame.time_base = self._tick
        self._container.mux(self._stream.encode(frame))

    def finish(self) -> None:
        """Write the frames that the encoder still holds."""
        self._container.mux(self._stream.encode(None))
