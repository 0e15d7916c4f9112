"""The texture of a face: complexion, lips, brows, pores, painted on the mean shape."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from evface.landmarks.schemes import IBUG68
from evface.morphable.model import MorphableModel
from evface.simulation.appearance import Appearance
from evface.simulation.hair import scalp_cover
from evface.simulation.shading import N_TEXTURE
from evface.simulation.skin_map import Canvas, canvas_map, place_map, smooth_line, smooth_loop


def paint_skin(
    model: MorphableModel, appearance: Appearance, *, width: int = 1536
) -> NDArray[np.uint8]:
    """Paint the skin of one person.

    Parameters
    ----------
    model
        Its mean shape says where the features are.
    appearance
        Colours and amounts.
    width
        Of the texture, px; it is half as high.

    Returns
    -------
    (width / 2, width, N_TEXTURE) uint8
        Square root of the linear colour, half the gloss, and the slopes of the bumps around 128.
    """
    return _Painter(model, appearance, width).paint()


@dataclass(eq=False)
class _Layers:
    """What is being painted: colour, gloss and height, one value a texel."""

    colour: NDArray[np.float32]
    gloss: NDArray[np.float32]
    height_mm: NDArray[np.float32]


class _Painter:
    """Paints one texture."""

    def __init__(self, model: MorphableModel, appearance: Appearance, width: int) -> None:
        self._look = appearance
        self._rng = np.random.default_rng([appearance.seed, 2])
        self._size = (width // 2, width)
        self._points = model.mean_shape[model.landmarks].astype(np.float64)
        self._places = place_map(model, width)
        self._front = self._places[..., 2]
        self._canvas_map = canvas_map(self._places)

    def paint(self) -> NDArray[np.uint8]:
        shape = self._size
        layers = _Layers(
            np.empty((*shape, 3), np.float32),
            np.full(shape, 1.0, np.float32),
            np.zeros(shape, np.float32),
        )
        layers.colour[:] = self._look.skin
        self._add_complexion(layers)
        self._add_pores(layers)
        if self._look.stubble > 0:
            self._add_stubble(layers)
        self._add_lips(layers)
        self._add_lids(layers)
        self._add_brows(layers)
        self._add_scalp(layers)
        return self._encode(layers)

    def _noise(self, size_mm: float) -> NDArray[np.float32]:
        """Return smooth noise of the texture, about -1 to 1, with grains of `size_mm`."""
        height, width = self._size
        mm_per_px = 2.0 * math.pi * 100.0 / width
        step = max(size_mm / mm_per_px, 1.0)
        grid = self._rng.normal(
            size=(math.ceil(height / step) + 3, math.ceil(width / step) + 3)
        ).astype(np.float32)
        if step <= 1.0:
            return grid[:height, :width]
        enlarged = cv2.resize(grid, None, fx=step, fy=step, interpolation=cv2.INTER_CUBIC)
        return enlarged[:height, :width]

    def _near(
        self, centre: NDArray[np.floating], size_mm: tuple[float, float, float]
    ) -> NDArray[np.float32]:
        """Return a bell around a point of the mean shape, 0 to 1."""
        offset = (self._places - centre.astype(np.float32)) / np.array(size_mm, np.float32)
        return np.exp(-0.5 * (offset**2).sum(axis=-1))

    def _add_complexion(self, layers: _Layers) -> None:
        """Paint what is large: blood, shadows around the eyes, gloss on the ridges."""
        points, red = self._points, self._look.ruddiness
        layers.colour *= 1.0 + (0.035 * self._noise(38.0) + 0.03 * self._noise(9.0))[..., None]
        blush = np.zeros(self._size, np.float32)
        for side in (-1.0, 1.0):
            cheek = np.array([side * 43.0, points[29, 1] - 8.0, points[36, 2] - 8.0])
            blush += 0.75 * self._near(cheek, (17.0, 13.0, 25.0))
            ear = points[0 if side < 0 else 16] + [side * 8.0, -10.0, -15.0]
            blush += 0.7 * self._near(ear, (12.0, 26.0, 16.0))
        blush += 0.8 * self._near(points[30] - [0, 0, 4], (11.0, 9.0, 12.0))
        blush += 0.3 * self._near(points[8] + [0, 8, 0], (13.0, 9.0, 14.0))
        blush *= red * (1.0 + 0.25 * self._noise(5.0))
        _tint(layers.colour, np.clip(blush, 0, 1), (1.03, 0.80, 0.79))
        for eye in (range(36, 42), range(42, 48)):
            middle = points[list(eye)].mean(axis=0)
            _tint(layers.colour, 0.6 * self._near(middle, (17.0, 9.5, 30.0)), (0.86, 0.76, 0.76))
            under = middle - np.array([0.0, 11.0, 0.0])
            _tint(layers.colour, 0.35 * self._near(under, (14.0, 5.0, 20.0)), (0.88, 0.80, 0.84))
        for height, width in ((points[27, 1] + 42.0, 34.0), (points[27, 1] + 25.0, 22.0)):
            forehead = np.array([0.0, height, points[27, 2] + 2.0])
            layers.gloss += 0.45 * self._near(forehead, (width, 14.0, 25.0))
        layers.gloss += 0.7 * self._near(points[30], (8.0, 8.0, 10.0))
        layers.gloss += 0.5 * self._near(points[28], (5.0, 16.0, 12.0))
        for side in (-1.0, 1.0):
            bone = np.array([side * 46.0, points[29, 1] + 4.0, points[36, 2] - 3.0])
            layers.gloss += 0.35 * self._near(bone, (13.0, 8.0, 18.0))

    def _add_pores(self, layers: _Layers) -> None:
        """Paint fine bumps and spots."""
        fine, coarse = self._noise(0.8), self._noise(2.2)
        for eye in (range(36, 42), range(42, 48)):
            # The lids' skin is smooth; folded when the eye is open, it would show as streaks.
            lids = 0.85 * self._near(self._points[list(eye)].mean(axis=0), (13.0, 7.0, 30.0))
            fine, coarse = fine * (1.0 - lids), coarse * (1.0 - lids)
        layers.colour *= 1.0 + (0.010 * fine + 0.02 * coarse)[..., None]
        layers.height_mm += 0.010 * fine + 0.03 * coarse + 0.05 * self._noise(6.0)
        spots = np.clip(self._noise(1.6) - 2.1, 0.0, 1.0) + np.clip(self._noise(3.0) - 3.1, 0, 1)
        amount = np.clip(spots, 0, 1) * (0.25 + 0.75 * self._look.freckles)
        _tint(layers.colour, amount, (0.66, 0.52, 0.45))

    def _add_stubble(self, layers: _Layers) -> None:
        """Paint the shadow of a shaven beard."""
        points = self._points
        chin, mouth = points[8], points[[48, 54]].mean(axis=0)
        x, y = self._places[..., 0], self._places[..., 1]
        below = _ramp(y, mouth[1] + 22.0, mouth[1] + 4.0)
        cheek = _ramp(y - 0.5 * np.maximum(np.abs(x) - 22.0, 0.0), mouth[1] + 6.0, mouth[1] - 14.0)
        lip = self._near(points[33] - [0, 8, 0], (19.0, 5.0, 30.0))
        beard = np.maximum(cheek * below, lip) * _ramp(y, chin[1] - 38.0, chin[1] - 8.0)
        beard *= _ramp(self._front, -20.0, 35.0)
        beard *= np.clip(0.75 + 0.35 * self._noise(1.0), 0.0, 1.3) * 0.62 * self._look.stubble
        hair = np.sqrt(np.array(self._look.hair) * np.array(self._look.skin))
        _mix(layers.colour, np.clip(beard, 0, 0.85), tuple(hair))
        layers.gloss *= 1.0 - 0.4 * np.clip(beard, 0, 1)

    def _add_lips(self, layers: _Layers) -> None:
        """Paint lips with their fine folds."""
        outline = self._points[list(IBUG68.regions["outer_lips"])][:, :2]
        middle = outline.mean(axis=0)
        canvas = Canvas()
        canvas.fill(smooth_loop(middle + (outline - middle) * [1.03, 1.0]))
        mask = self._from_canvas(canvas.blurred(0.8)) * _ramp(self._front, 70.0, 80.0)
        folds = self._noise(0.7)
        folds = cv2.blur(folds, (1, 9))
        _mix(layers.colour, 0.85 * mask, self._look.lips)
        layers.colour *= 1.0 + (0.10 * mask * folds)[..., None]
        layers.gloss += 0.55 * mask
        layers.height_mm += 0.06 * mask * folds

    def _add_lids(self, layers: _Layers) -> None:
        """Paint the lashes' line along the lids, and the pink of their rims."""
        for eye, outward in (((36, 37, 38, 39, 40, 41), -1.0), ((45, 44, 43, 42, 47, 46), 1.0)):
            corner, *_ = points = self._points[list(eye)][:, :2]
            upper = smooth_line(np.array([corner, points[1], points[2], points[3]]))
            lower = smooth_line(np.array([corner, points[5], points[4], points[3]]))
            pink = Canvas()
            pink.fill(np.concatenate([upper, lower[::-1]]))
            _tint(layers.colour, 0.7 * self._from_canvas(pink.blurred(1.3)), (0.92, 0.60, 0.58))
            lashes = Canvas()
            lashes.draw(upper + np.array([0.0, 0.5]), 1.5)
            flick = corner + np.array([[0.0, 0.2], [outward * 2.2, 0.9]])
            lashes.draw(flick, 0.7)
            line = 0.85 * self._from_canvas(lashes.blurred(0.45))
            faint = Canvas()
            faint.draw(lower - [0.0, 0.5], 0.7)
            line = np.maximum(line, 0.32 * self._from_canvas(faint.blurred(0.5)))
            ink = tuple(0.35 * value for value in self._look.hair)
            _mix(layers.colour, line * _ramp(self._front, 40.0, 55.0), ink)
            layers.gloss *= 1.0 - 0.8 * line

    def _add_brows(self, layers: _Layers) -> None:
        """Paint brows of single hairs that follow the brow's run."""
        look, rng = self._look, self._rng
        canvas = Canvas()
        shadow = Canvas()
        for brow in (range(21, 16, -1), range(22, 27)):
            line = smooth_line(self._points[list(brow)][:, :2] - [0.0, 1.2])
            outward = 1.0 if line[-1, 0] > line[0, 0] else -1.0
            along = np.linspace(0.0, 1.0, len(line))
            # Full near the nose, thinning out to a point at the temple.
            half = (
                0.5
                * look.brow_thickness_mm
                * np.interp(along, [0, 0.12, 0.45, 0.75, 1.0], [0.72, 1.0, 0.95, 0.68, 0.2])
            )
            shadow.fill(
                np.concatenate(
                    [line + np.c_[0 * half, 0.7 * half], (line - np.c_[0 * half, 0.7 * half])[::-1]]
                )
            )
            for _ in range(int(430 * look.brow_density)):
                place = rng.uniform(0.0, 1.0) ** 0.92
                i = min(int(place * (len(line) - 1)), len(line) - 2)
                tangent = line[i + 1] - line[i]
                tangent /= np.linalg.norm(tangent)
                across = np.array([-tangent[1], tangent[0]]) * outward
                offset = float(np.clip(rng.normal(0.0, 0.42), -1.0, 1.0))
                root = line[i] + across * offset * half[i]
                # Upright at the nose, then along the brow; the upper hairs lean down.
                rise = np.interp(place, [0.0, 0.2, 0.5, 1.0], [1.1, 0.6, 0.22, -0.02])
                rise -= 0.35 * offset * place
                run = tangent + across * (rise + rng.normal(0.0, 0.12))
                run /= np.linalg.norm(run)
                length = rng.uniform(3.0, 5.6) * np.interp(place, [0, 0.2, 1], [0.75, 1.0, 0.75])
                canvas.draw(np.array([root, root + run * length]), 0.26, 0.8)
        hairs = np.clip(1.25 * self._from_canvas(canvas.blurred(0.16)), 0.0, 1.0)
        haze = 0.5 * look.brow_density * self._from_canvas(shadow.blurred(1.4))
        cover = np.maximum(hairs, haze) * _ramp(self._front, 20.0, 45.0)
        # Brows are a shade darker than fair hair.
        ink = tuple(min(value, 0.45 * value + 0.02) for value in look.hair)
        _mix(layers.colour, 0.92 * cover, ink)
        layers.gloss *= 1.0 - 0.75 * cover
        layers.height_mm += 0.12 * hairs

    def _add_scalp(self, layers: _Layers) -> None:
        """Paint the roots of the hair, so that no skin shines through."""
        cover = 0.96 * scalp_cover(
            self._places + 0.8 * self._noise(1.5)[..., None] - [0, 1.5, 0], 11.0
        )
        root = tuple(0.6 * value for value in self._look.hair)
        _mix(layers.colour, cover, root)
        layers.gloss *= 1.0 - 0.9 * cover

    def _from_canvas(self, canvas: NDArray[np.float32]) -> NDArray[np.float32]:
        """Carry a painting of the front over to the texture."""
        painted = cv2.remap(
            canvas, self._canvas_map, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT
        )
        return painted * (self._front > 0)

    def _encode(self, layers: _Layers) -> NDArray[np.uint8]:
        height, width = self._size
        texture = np.empty((height, width, N_TEXTURE), np.uint8)
        colour = np.sqrt(np.clip(layers.colour, 0.0, 1.0))
        texture[..., :3] = np.rint(255.0 * colour)
        texture[..., 3] = np.rint(np.clip(layers.gloss, 0.0, 2.0) * 127.5)
        # Slopes, mm per mm: texels are narrower towards the poles.
        mm_per_px = 2.0 * math.pi * 105.0 / width
        latitude = math.pi * (0.5 - (np.arange(height) + 0.5) / height)
        narrowing = np.maximum(np.cos(latitude), 0.2)[:, None]
        du = np.gradient(layers.height_mm, axis=1) / (mm_per_px * narrowing)
        dv = np.gradient(layers.height_mm, axis=0) / mm_per_px
        for channel, slope in ((4, du), (5, dv)):
            texture[..., channel] = np.rint(np.clip(128.0 + 127.5 * slope, 0, 255))
        return texture


def _ramp(value: NDArray[np.floating], low: float, high: float) -> NDArray[np.float32]:
    """Return 0 at `low` to 1 at `high`, smoothly."""
    place = np.clip((value - low) / (high - low), 0.0, 1.0)
    return (place * place * (3.0 - 2.0 * place)).astype(np.float32)


def _tint(
    colour: NDArray[np.float32], amount: NDArray[np.floating], factor: tuple[float, float, float]
) -> None:
    """Multiply colours by a factor where `amount` is 1."""
    colour *= 1.0 + amount[..., None] * (np.array(factor, np.float32) - 1.0)


def _mix(
    colour: NDArray[np.float32], amount: NDArray[np.floating], other: tuple[float, ...]
) -> None:
    """Replace colours where `amount` is 1."""
    share = amount[..., None].astype(np.float32)
    colour *= 1.0 - share
    colour += share * np.array(other, np.float32)
