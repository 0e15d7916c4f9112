"""Files of N-MNIST and N-Caltech101: five bytes an event, no header.

References
----------
Orchard et al., "Converting Static Image Datasets to Spiking Neuromorphic Datasets Using
Saccades", Frontiers in Neuroscience 2015, and the data set's own reader: bytes are column, row,
then a bit for on and 23 bits of the time in us, big-endian; the row 240 is no event but says that
the counter went over by 2**13 us.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from scipy.ndimage import median_filter

from evface.events.decoding import Decoder, Piece

RESOLUTION = (304, 240)
_BYTES = 5
_OVERFLOW_ROW = 240
_OVERFLOW_US = 1 << 13
_COUNTER_US = 1 << 23
# The format has no mark of its own: what is larger, or whose times jump about, is something else.
_MAX_BYTES = 16 << 20
_MAX_BACKWARD = 0.02
_MAX_OUTSIDE = 0.02
_MEDIAN = 9


class NMnistDecoder(Decoder):
    """Decodes an N-MNIST ``.bin`` file, which is small, in one piece.

    Parameters
    ----------
    path
        The file. The sensor is taken to be the ATIS, 304 x 240.

    Raises
    ------
    EventFileError
        If the file does not look like one.
    """

    format = "N-MNIST"

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.resolution = RESOLUTION
        n_bytes = self.path.stat().st_size
        n_over = n_bytes % _BYTES
        is_named_so = self.path.suffix.lower() == ".bin"
        # Only the name tells a cut file from any other.
        is_cut_otherwise = n_over > 0 and not is_named_so
        if not _BYTES <= n_bytes <= _MAX_BYTES or is_cut_otherwise:
            raise self.fail(_UNKNOWN)
        self.n_cut_bytes = n_over

    def pieces(self) -> Iterator[Piece]:
        """Decode the file."""
        data = np.fromfile(self.path, np.uint8)
        columns = data[: len(data) - self.n_cut_bytes].reshape(-1, _BYTES).astype(np.int32)
        stated = (columns[:, 2] & 0x7F) << 16 | columns[:, 3] << 8 | columns[:, 4]
        is_overflow = columns[:, 1] == _OVERFLOW_ROW
        t = stated.astype(np.int64) + _OVERFLOW_US * np.cumsum(is_overflow)
        # A fall by half its range is the counter starting again, unless a few events alone have it.
        usual = median_filter(stated, _MEDIAN, mode="nearest")
        is_wrap = np.diff(usual, prepend=usual[:1]) < -_COUNTER_US // 2
        t += _COUNTER_US * np.cumsum(is_wrap)
        self.n_wraps = int(is_wrap.sum())
        kept = ~is_overflow
        n_outside = int(np.sum(columns[kept, 1] >= RESOLUTION[1]))
        n_outside += int(np.sum(columns[kept, 0] >= RESOLUTION[0]))
        n_backward = int(np.sum(np.diff(t[kept & (columns[:, 1] < RESOLUTION[1])]) < 0))
        if n_outside > _MAX_OUTSIDE * len(columns) or n_backward > _MAX_BACKWARD * len(columns):
            raise self.fail(_UNKNOWN)
        yield Piece(t[kept], columns[kept, 0], columns[kept, 1], columns[kept, 2] >= 0x80, 1.0)


_UNKNOWN = (
    "is not an event file that evface knows (RAW, DAT, HDF5, AEDAT, Event Stream, N-MNIST, "
    "NumPy or a table of text)"
)
