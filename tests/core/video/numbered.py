"""Videos whose pictures spell their own number, so that a wrong frame is found out."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

N_BITS = 8
BAR = 8
WIDTH, HEIGHT = N_BITS * BAR, 48


def numbered_picture(number: int) -> np.ndarray:
    """A bar per binary digit, the highest on the left; a dark band marks the top."""
    bits = [(number >> (N_BITS - 1 - bit)) & 1 for bit in range(N_BITS)]
    row = np.repeat(np.array(bits, np.uint8) * 180 + 40, BAR)
    picture = np.repeat(row[None], HEIGHT, axis=0)
    picture[: HEIGHT // 4] = 0
    return np.repeat(picture[..., None], 3, axis=-1)


def number_of(picture: np.ndarray) -> int:
    bars = picture[HEIGHT // 2 : HEIGHT - 8].mean(axis=(0, 2)).reshape(N_BITS, BAR)[:, 2:-2]
    assert picture[:4].mean() < 40
    return int("".join("1" if bar > 128 else "0" for bar in bars.mean(axis=1)), 2)


def write_numbered(
    path: Path,
    n: int = 60,
    *,
    codec: str = "libx264",
    pixel_format: str = "yuv420p",
    times_ms: Sequence[int] | None = None,
    options: dict[str, str] | None = None,
    rotation: int = 0,
    with_sound: bool = False,
    container_options: dict[str, str] | None = None,
) -> Path:
    """Write `n` numbered pictures, 40 ms apart unless `times_ms` says when each is shown."""
    unit = Fraction(1, 25) if times_ms is None else Fraction(1, 1000)
    with av.open(str(path), "w", container_options=container_options or {}) as container:
        stream = container.add_stream(codec, rate=25, options=options or {})
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, pixel_format
        stream.time_base = stream.codec_context.time_base = unit
        if rotation:
            stream.set_display_rotation(rotation)
        sound = container.add_stream("aac", rate=8000, layout="mono") if with_sound else None
        for number in range(n):
            frame = av.VideoFrame.from_ndarray(numbered_picture(number), format="rgb24")
            frame = frame.reformat(format=pixel_format)
            frame.pts = number if times_ms is None else times_ms[number]
            frame.time_base = unit
            for packet in stream.encode(frame):
                container.mux(packet)
        for packet in stream.encode(None):
            container.mux(packet)
        if sound is not None:
            for number in range(n):
                silence = av.AudioFrame.from_ndarray(
                    np.zeros((1, 320), np.float32), format="fltp", layout="mono"
                )
                silence.sample_rate, silence.pts = 8000, number * 320
                for packet in sound.encode(silence):
                    container.mux(packet)
            for packet in sound.encode(None):
                container.mux(packet)
    return path
