"""What was found of the clocks of two cameras, and how far it can be trusted."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from evface.archives import Archive
from evface.geometry.clock import ClockSync

SyncQuality = Literal["good", "fair", "bad"]

_NO_TIMES = np.empty(0, np.int64)
_NO_VALUES = np.empty(0, np.float32)


@dataclass(frozen=True, eq=False, kw_only=True)
class SyncFinding:
    """A sync, its confidence, and what a person needs to judge both.

    Parameters
    ----------
    sync
        From the video's clock to the sensor's. Its ``residual_us`` is the standard error of the
        offset in the middle of the recording.
    confidence
        0 to 1.
    quality
        ``"good"`` can be used as it is, ``"fair"`` should be looked at, ``"bad"`` must not be used.
    problem
        What speaks against it, one line; empty where it is good.
    curve_offsets_us : (m,) int64
        Offsets that were compared, increasing; empty where none were, as with triggers.
    curve : (m,) float32, -1 to 1
        Correlation of the two signals at each.
    signal_times_us : (k,) int64
        Sensor times, by `sync`, half way between two video frames.
    video_signal, event_signal : (k,) float32
        Motion between the two frames as either camera saw it: zero mean, unit variance.
    window_times_us : (w,) int64
        Sensor times of the parts, triggers or marks that were also looked at one by one.
    window_residuals_us : (w,) float64
        How much later than `sync` says each of them lies.
    """

    sync: ClockSync
    confidence: float
    quality: SyncQuality
    problem: str = ""
    curve_offsets_us: NDArray[np.int64] = field(default_factory=_NO_TIMES.copy)
    curve: NDArray[np.float32] = field(default_factory=_NO_VALUES.copy)
    signal_times_us: NDArray[np.int64] = field(default_factory=_NO_TIMES.copy)
    video_signal: NDArray[np.float32] = field(default_factory=_NO_VALUES.copy)
    event_signal: NDArray[np.float32] = field(default_factory=_NO_VALUES.copy)
    window_times_us: NDArray[np.int64] = field(default_factory=_NO_TIMES.copy)
    window_residuals_us: NDArray[np.float64] = field(
        default_factory=lambda: np.empty(0, np.float64)
    )

    @property
    def offset_us(self) -> int:
        """Sensor time of the video's time zero."""
        return self.sync.offset_us

    @property
    def drift_ppm(self) -> float:
        """How much faster the sensor's clock runs."""
        return self.sync.drift_ppm

    @property
    def residual_us(self) -> float:
        """Standard error of the offset; NaN where it is unknown."""
        return self.sync.residual_us

    def describe(self) -> str:
        """Return one line for the user."""
        sync = self.sync
        residual = "unknown" if np.isnan(sync.residual_us) else f"{sync.residual_us / 1e3:.1f} ms"
        side = "before" if sync.offset_us < 0 else "after"
        line = (
            f"video begins {abs(sync.offset_us) / 1e3:.1f} ms {side} the first event, "
            f"drift {sync.drift_ppm:+.0f} ppm, residual {residual} "
            f"({sync.method}, {self.quality}, confidence {self.confidence:.2f})"
        )
        return f"{line}: {self.problem}" if self.problem else line


_ARRAYS = (
    "curve_offsets_us",
    "curve",
    "signal_times_us",
    "video_signal",
    "event_signal",
    "window_times_us",
    "window_residuals_us",
)
_FILE = Archive("evface sync", 1, "a whole finding", "find the sync again")


def write_sync_finding(path: Path, finding: SyncFinding) -> None:
    """Write a finding into a ``.npz`` file, all or nothing.

    Raises
    ------
    FileError
        If the file cannot be written; what was there before is still there then.
    """
    words = {
        "sync": asdict(finding.sync),
        "confidence": finding.confidence,
        "quality": finding.quality,
        "problem": finding.problem,
    }
    _FILE.write(path, words, {name: getattr(finding, name) for name in _ARRAYS})


def read_sync_finding(path: Path) -> SyncFinding:
    """Read what `write_sync_finding` wrote. Nothing in the file is executed.

    Raises
    ------
    FileError
        If the file is missing, damaged or something else.
    """
    with _FILE.reading(path) as (words, arrays):
        return SyncFinding(
            sync=ClockSync(**words["sync"]),
            confidence=float(words["confidence"]),
            quality=words["quality"],
            problem=words["problem"],
            **{name: arrays[name] for name in _ARRAYS},
        )
