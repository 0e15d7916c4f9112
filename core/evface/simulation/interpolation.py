"""Frames between frames: so many that nothing jumps, moved along the optical flow."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

# The motion that must stay below a pixel a step is that of the fastest share of the pixels that
# move at all; single wild vectors do not count.
_FASTEST_SHARE = 0.995
_STILL_PX = 0.1
_MAX_STEPS = 32
# Where the flow there and the flow back disagree by more than this, it is not followed.
_DISAGREEMENT_PX = 1.0
# A change of brightness that no flow explains is passed through in steps of about this size.
_MAX_LOG_STEP = 0.4


@dataclass(frozen=True, eq=False)
class Motion:
    """How one frame becomes the next.

    Parameters
    ----------
    flow : (height, width, 2) float32, px
        From the first frame to the second; zero where it cannot be trusted.
    n_steps
        In how many steps nothing moves by more than about a pixel.
    """

    flow: NDArray[np.float32]
    n_steps: int


def estimate_motion(before: NDArray[np.uint8], after: NDArray[np.uint8]) -> Motion:
    """Estimate the optical flow between two gray frames, (height, width) uint8."""
    there, back = _flow(before, after), _flow(after, before)
    height, width = before.shape
    x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    returned = cv2.remap(
        back,
        x + there[..., 0],
        y + there[..., 1],
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )
    disagreement = np.linalg.norm(there + returned, axis=-1)
    length = np.linalg.norm(there, axis=-1)
    trust = (disagreement < _DISAGREEMENT_PX + 0.05 * length).astype(np.float32)
    # Soft edges: a hard switch between following and blending would itself make events.
    trust = cv2.GaussianBlur(trust, (0, 0), 2.0)
    flow = there * trust[..., None]
    moving = length[length > _STILL_PX]
    fastest_px = float(np.quantile(moving, _FASTEST_SHARE)) if len(moving) else 0.0
    return Motion(flow, int(np.clip(math.ceil(fastest_px), 1, _MAX_STEPS)))


def iter_between(
    before: NDArray[np.float32], after: NDArray[np.float32], motion: Motion
) -> Iterator[tuple[float, NDArray[np.float32]]]:
    """Yield the frames from just after `before` up to and including `after`.

    Both frames are moved along the flow towards the instant and mixed. Linear luminance is mixed,
    as light adds up.

    Yields
    ------
    share : float
        Where the instant lies, above 0 up to 1.
    luminance : (height, width) float32
    """
    height, width = before.shape
    x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    flow_x, flow_y = motion.flow[..., 0], motion.flow[..., 1]
    for step in range(1, motion.n_steps):
        share = np.float32(step / motion.n_steps)
        from_before, from_after = (
            cv2.remap(
                frame,
                x + by * flow_x,
                y + by * flow_y,
                cv2.INTER_LINEAR,
                borderMode=cv2.BORDER_REPLICATE,
            )
            for frame, by in ((before, -share), (after, 1 - share))
        )
        yield float(share), cv2.addWeighted(from_before, 1 - share, from_after, share, 0.0)
    yield 1.0, after


@cache
def _estimator() -> cv2.DISOpticalFlow:
    return cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_FAST)


def _flow(before: NDArray[np.uint8], after: NDArray[np.uint8]) -> NDArray[np.float32]:
    flow: NDArray[np.float32] = _estimator().calc(before, after, None)
    return flow
