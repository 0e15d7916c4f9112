"""Writes pictures small: 256 colours, no wider than a page."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from scipy.cluster.vq import kmeans2
from scipy.spatial import cKDTree

WIDEST = 960
N_EXACT = 128


def write(picture: QImage, target: Path) -> None:
    """Write a picture in 256 colours, no wider than a page."""
    if picture.width() > WIDEST:
        picture = picture.scaledToWidth(WIDEST, Qt.TransformationMode.SmoothTransformation)
    small = _in_few_colours(picture.convertToFormat(QImage.Format.Format_RGB32))
    target.parent.mkdir(exist_ok=True)
    small.save(str(target), "PNG", 0)


def _in_few_colours(picture: QImage) -> QImage:
    """Return a picture in 256 colours: those that are frequent exactly, the others nearly."""
    height, width = picture.height(), picture.width()
    stride = picture.bytesPerLine() // 4
    pixels = np.frombuffer(picture.constBits(), np.uint8).reshape(height, stride, 4)
    pixels = pixels[:, :width, 2::-1].reshape(-1, 3).astype(np.float64)
    colours, counts = np.unique(pixels, axis=0, return_counts=True)
    frequent = np.argsort(-counts)[:N_EXACT]
    palette = colours[frequent]
    rest = np.delete(colours, frequent, axis=0)
    if len(rest):
        n_more = min(256 - len(palette), len(rest))
        drawn = np.random.default_rng(0).choice(len(rest), min(len(rest), 6_000), replace=False)
        more, _ = kmeans2(rest[drawn], n_more, iter=12, minit="++", seed=1, missing="warn")
        palette = np.vstack([palette, more])
    palette = palette.round().clip(0, 255)
    _, nearest = cKDTree(palette).query(pixels)
    indices = np.zeros((height, -(-width // 4) * 4), np.uint8)
    indices[:, :width] = nearest.reshape(height, width)
    small = QImage(indices.data, width, height, indices.shape[1], QImage.Format.Format_Indexed8)
    small.setColorTable([0xFF000000 | int(r) << 16 | int(g) << 8 | int(b) for r, g, b in palette])
    return small.copy()
