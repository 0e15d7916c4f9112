"""Hair as thousands of flat strands that grow from the scalp."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from evface.morphable.model import MorphableModel
from evface.morphable.topology import vertex_normals
from evface.simulation.appearance import Appearance
from evface.simulation.raster import Visibility, rasterise

# The hairline of the mean shape: longitude from the middle of the forehead, degrees, and height
# in the model's axes, mm.
_HAIRLINE = np.array(
    [
        (0, 91), (14, 92), (28, 91), (40, 82), (48, 64), (54, 40), (60, 12), (66, -12), (72, -10),
        (78, 22), (90, 27), (104, 24), (114, -4), (124, -42), (140, -66), (160, -76), (180, -78),
    ],
    np.float64,
)  # fmt: skip
# The ears stick out of the hair: their box in the mean shape, |x|, y and z, mm.
_EAR = ((71.0, 200.0), (-52.0, 24.0), (-40.0, 34.0))
_CROWN = np.array([0.0, 112.0, -38.0])


@dataclass(frozen=True)
class _Style:
    """How hair grows.

    Parameters
    ----------
    n_strands, n_segments
        How many, and of how many pieces.
    width_mm
        Of a strand at its root.
    top_mm, side_mm
        Length on top of the head and at its sides and back.
    lift
        How steeply it leaves the scalp, 0 to 1.
    rise_mm
        How far the outermost strands stand off the scalp.
    slack_mm
        How far single strands may stray beyond that.
    fall
        How much it hangs, 0 to 1.
    curl
        How much single strands stray.
    """

    n_strands: int
    n_segments: int
    width_mm: float
    top_mm: float
    side_mm: float
    lift: float
    rise_mm: float
    slack_mm: float
    fall: float
    curl: float


_STYLES = {
    "cropped": _Style(7000, 2, 1.4, 10.0, 6.5, 0.45, 4.0, 1.0, 0.0, 0.22),
    "short": _Style(4000, 5, 1.9, 34.0, 13.0, 0.40, 9.0, 0.8, 0.05, 0.18),
    "side_parted": _Style(2600, 8, 2.2, 78.0, 22.0, 0.45, 14.0, 1.5, 0.10, 0.12),
    "tied_back": _Style(4200, 7, 1.5, 150.0, 120.0, 0.10, 4.0, 0.6, 0.0, 0.05),
    "bob": _Style(1500, 11, 3.2, 225.0, 190.0, 0.25, 13.0, 1.5, 0.85, 0.06),
}


@dataclass(frozen=True, eq=False)
class Hair:
    """Strands in the head's axes: lines that are drawn as ribbons turned to the viewer.

    Parameters
    ----------
    points : (n_points, 3) float32, mm
        Strand after strand, from root to tip.
    tangents, normals : (n_points, 3) float32
        Along the strand, and away from the head.
    half_width_mm : (n_points,) float32
    shade : (n_points,) float32
        Albedo relative to the hair's colour: strands differ, and what lies below is darker.
    triangles : (n_triangles, 3) int32
        Of the ribbons, whose vertices are left and right edge of each point in turn.
    """

    points: NDArray[np.float32]
    tangents: NDArray[np.float32]
    normals: NDArray[np.float32]
    half_width_mm: NDArray[np.float32]
    shade: NDArray[np.float32]
    triangles: NDArray[np.int32]

    def ribbons(self) -> NDArray[np.float32]:
        """Return the ribbons' vertices laid flat on the head, (2 n_points, 3) float32, mm."""
        across = np.cross(self.tangents, self.normals)
        aside = across * self.half_width_mm[:, None]
        edges = np.stack([self.points - aside, self.points + aside], axis=1)
        return np.ascontiguousarray(edges.reshape(-1, 3), np.float32)


def scalp_cover(points_mm: NDArray[np.floating], softness_mm: float = 6.0) -> NDArray[np.float32]:
    """Return how densely hair grows at places of the mean shape, (...) float32, 0 to 1."""
    x, y, z = (np.asarray(points_mm[..., axis], np.float64) for axis in range(3))
    longitude = np.degrees(np.abs(np.arctan2(x, z)))
    line = np.interp(longitude, _HAIRLINE[:, 0], _HAIRLINE[:, 1])
    cover = np.clip((y - line) / softness_mm + 0.5, 0.0, 1.0)
    (x0, x1), (y0, y1), (z0, z1) = _EAR
    is_ear = (np.abs(x) > x0) & (np.abs(x) < x1) & (y > y0) & (y < y1) & (z > z0) & (z < z1)
    return np.where(is_ear, 0.0, cover * cover * (3.0 - 2.0 * cover)).astype(np.float32)


def grow_hair(
    model: MorphableModel,
    neutral: NDArray[np.floating],
    appearance: Appearance,
    *,
    coarseness: int = 1,
) -> Hair:
    """Grow hair in the person's style.

    Parameters
    ----------
    model
        Its mean shape says where the scalp is.
    neutral : (n_vertices, 3) float, mm
        The person's neutral face.
    appearance
        Gives style and seed.
    coarseness
        So many times fewer strands, broader and of fewer pieces, for small pictures.
    """
    style = _STYLES[appearance.hair_style]
    style = replace(
        style,
        n_strands=math.ceil(style.n_strands / coarseness),
        n_segments=max(2, math.ceil(style.n_segments / coarseness)),
        width_mm=style.width_mm * coarseness,
    )
    rng = np.random.default_rng([appearance.seed, 5])
    skin = model.triangles[model.regions == model.region_names.index("skin")]
    roots, normals, places = _plant(model, np.asarray(neutral, np.float64), skin, style, rng)
    flow = _Flow(appearance.hair_style, _CROWN, float(rng.choice([-1.0, 1.0])))
    level = rng.uniform(0.0, 1.0, len(roots))
    on_top = np.clip((places[:, 1] - 62.0) / 34.0, 0.0, 1.0)
    length = style.side_mm + (style.top_mm - style.side_mm) * on_top
    length = length * rng.uniform(0.82, 1.06, len(roots))
    if appearance.hair_style == "tied_back":
        # As far as the knot.
        length = np.minimum(length, np.linalg.norm(roots - flow.knot, axis=1) * 1.1 + 6.0)
        # Before the ears it would be drawn across them.
        length = np.where((places[:, 1] < 34.0) & (places[:, 2] > 0.0), 7.0, length)
    ball = _HeadBall(np.asarray(neutral, np.float64), skin)
    points = np.empty((len(roots), style.n_segments + 1, 3))
    points[:, 0] = roots - 0.6 * normals
    heading = style.lift * normals + (1.0 - style.lift) * flow.at(roots, normals, places)
    heading += style.curl * rng.normal(size=heading.shape)
    heading = _unit(heading)
    step = (length / style.n_segments)[:, None]
    stray = rng.normal(size=heading.shape)
    for i in range(style.n_segments):
        share = (i + 1) / style.n_segments
        points[:, i + 1] = points[:, i] + step * heading
        height = 1.0 + style.rise_mm * (0.25 + 0.75 * level) * (1.0 - (1.0 - share) ** 2)
        points[:, i + 1] = ball.around(points[:, i + 1], height, style.slack_mm, style.fall)
        heading = _unit(points[:, i + 1] - points[:, i])
        away = ball.away(points[:, i + 1])
        pull = flow.at(points[:, i + 1], away, points[:, i + 1])
        stray = 0.6 * stray + 0.8 * rng.normal(size=heading.shape)
        hang = style.fall * min(1.0, 1.6 * share)
        heading = _unit(
            0.55 * heading + (0.55 - 0.4 * hang) * pull + [0.0, -0.6 * hang, 0.0]
            + style.curl * stray
        )  # fmt: skip
    return _weave(points, style, level, ball, rng)


class _Flow:
    """The direction in which hair is combed at each place, tangent to the head."""

    def __init__(self, style: str, crown: NDArray[np.float64], side: float) -> None:
        self._style, self._crown, self._side = style, crown, side
        self.knot = np.array([0.0, 35.0, -112.0])

    def at(
        self,
        points: NDArray[np.float64],
        normals: NDArray[np.float64],
        places: NDArray[np.float64],
    ) -> NDArray[np.float64]:
        """Return unit vectors, (n, 3)."""
        away = points - self._crown
        on_top = np.clip((places[:, 1] - 50.0) / 45.0, 0.0, 1.0)[:, None]
        if self._style == "tied_back":
            run = self.knot - points
        elif self._style == "side_parted":
            part = 26.0 * self._side + self._waver(points)
            sideways = np.where(points[:, 0] * self._side > part * self._side, 1.0, -1.0)
            run = np.stack(
                [sideways * self._side, np.full(len(points), -0.15), np.full(len(points), -0.28)],
                axis=1,
            )
            run = on_top * run + (1.0 - on_top) * np.array([0.0, -1.0, -0.45])
        elif self._style == "bob":
            part = 8.0 * self._side + self._waver(points)
            sideways = np.where(points[:, 0] > part, 1.0, -1.0)
            run = np.stack(
                [sideways, np.full(len(points), -0.35), np.full(len(points), -0.30)], axis=1
            )
            run = on_top * run + (1.0 - on_top) * np.array([0.0, -1.0, -0.10])
        else:
            # In a whorl from the crown, forwards on top.
            turn = np.cross(away, [0.0, 1.0, 0.0]) * 0.35 * self._side
            run = _unit(away) + _unit(turn + 1e-9) * 0.3
            run = run + on_top * np.array([0.35 * self._side, 0.0, 0.35])
        run = run - (run * normals).sum(axis=1, keepdims=True) * normals
        return _unit(run)

    def _waver(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return how far the parting strays at each place, mm: no parting is drawn by ruler."""
        return 2.2 * np.sin(points[:, 2] * 0.23) + 1.6 * np.sin(points[:, 2] * 0.61 + 1.0)


class _HeadBall:
    """How far the head reaches in each direction, so that hair stays outside of it."""

    _CENTRE = np.array([0.0, 10.0, 0.0])
    _WIDTH = 256

    def __init__(self, neutral: NDArray[np.float64], skin: NDArray[np.int32]) -> None:
        offset = neutral - self._CENTRE
        radius = np.linalg.norm(offset, axis=1)
        flat = np.column_stack([self._places(offset), -radius]).astype(np.float32)
        # The ears would dent the hair over them.
        spread = np.ptp(flat[skin, 0], axis=1)
        seen = Visibility.empty((self._WIDTH, self._WIDTH // 2))
        seen.clear()
        rasterise(flat, np.ascontiguousarray(skin[spread < self._WIDTH / 2]), seen)
        reach = -seen.depth
        reach[~np.isfinite(reach)] = 85.0
        self._reach = np.minimum(_blurred(reach, 2.0), 135.0)

    def _places(self, offset: NDArray[np.float64]) -> NDArray[np.float64]:
        per_radian = self._WIDTH / (2.0 * math.pi)
        longitude = np.arctan2(offset[:, 0], offset[:, 2]) + math.pi
        latitude = math.pi / 2 - np.arctan2(offset[:, 1], np.hypot(offset[:, 0], offset[:, 2]))
        return np.column_stack([longitude, latitude]) * per_radian

    def around(
        self,
        points: NDArray[np.float64],
        height_mm: NDArray[np.float64],
        slack_mm: float,
        fall: float,
    ) -> NDArray[np.float64]:
        """Return the points at least `height_mm` above the head, and little more.

        What hangs is free below the ears and kept out of the face.
        """
        offset = points - self._CENTRE
        radius = np.linalg.norm(offset, axis=1)
        places = np.rint(self._places(offset)).astype(np.int64)
        rows = np.clip(places[:, 1], 0, self._WIDTH // 2 - 1)
        least = self._reach[rows, places[:, 0] % self._WIDTH] + height_mm
        hangs = (points[:, 1] < 15.0) & (fall > 0.5)
        most = np.where(hangs, np.inf, least + slack_mm)
        kept = self._CENTRE + offset * (np.clip(radius, least, most) / radius)[:, None]
        if fall > 0.5:
            low = np.clip((72.0 - kept[:, 1]) / 40.0, 0.0, 1.0)
            side = np.where(kept[:, 0] >= 0, 1.0, -1.0)
            aside = (62.0 + 0.35 * np.maximum(kept[:, 2] - 40.0, 0.0)) * low
            is_over_face = (kept[:, 2] > 20.0) & (np.abs(kept[:, 0]) < aside)
            kept[:, 0] = np.where(is_over_face, side * aside, kept[:, 0])
            kept[:, 2] = np.where(low > 0, np.minimum(kept[:, 2], 78.0 - 22.0 * low), kept[:, 2])
        return kept

    def away(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return unit vectors away from the head."""
        return _unit((points - self._CENTRE) * [1.0, 0.8, 1.0])


def _plant(
    model: MorphableModel,
    neutral: NDArray[np.float64],
    skin: NDArray[np.int32],
    style: _Style,
    rng: np.random.Generator,
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Draw roots on the scalp: their place, the normal there, and their place on the mean shape."""
    mean = model.mean_shape.astype(np.float64)
    corners = mean[skin]
    sides = corners[:, 1:] - corners[:, :1]
    area = 0.5 * np.linalg.norm(np.cross(sides[:, 0], sides[:, 1]), axis=1)
    # Denser on top, where strands run apart from the crown and the parting.
    on_top = np.clip((corners[:, :, 1].mean(axis=1) - 60.0) / 40.0, 0.0, 1.0)
    weight = area * scalp_cover(corners.mean(axis=1), 16.0) * (1.0 + on_top)
    chosen = rng.choice(len(skin), 2 * style.n_strands, p=weight / weight.sum())
    share = rng.dirichlet([1.0, 1.0, 1.0], len(chosen))[..., None]
    places = (share * corners[chosen]).sum(axis=1)
    kept = rng.uniform(size=len(places)) < scalp_cover(places, 9.0)
    kept &= np.cumsum(kept) <= style.n_strands
    chosen, share, places = chosen[kept], share[kept], places[kept]
    normals = vertex_normals(neutral, model.triangles)[skin[chosen]]
    roots = (share * neutral[skin[chosen]]).sum(axis=1)
    return roots, _unit((share * normals).sum(axis=1)), places


def _weave(
    points: NDArray[np.float64],
    style: _Style,
    level: NDArray[np.float64],
    ball: _HeadBall,
    rng: np.random.Generator,
) -> Hair:
    """Give lines their width, shade and triangles."""
    n_strands, n_points, _ = points.shape
    tangents = _unit(np.gradient(points, axis=1).reshape(-1, 3))
    flat = points.reshape(-1, 3)
    across = _unit(np.cross(tangents, ball.away(flat)))
    normals = np.cross(across, tangents)
    along = np.tile(np.linspace(0.0, 1.0, n_points), n_strands)
    length = np.linalg.norm(np.diff(points, axis=1), axis=2).sum(axis=1)
    # Short strands would be broader than long.
    width = style.width_mm * rng.uniform(0.6, 1.25, n_strands) * np.clip(length / 18.0, 0.4, 1.0)
    width = np.repeat(width, n_points)
    strand, place = np.mgrid[:n_strands, : n_points - 1]
    a = 2 * (strand * n_points + place)
    corners = np.stack([a, a + 1, a + 2, a + 1, a + 3, a + 2], axis=-1)
    tone = np.repeat(rng.lognormal(0.0, 0.15, n_strands), n_points)
    depth = np.repeat(level, n_points)
    shade = tone * (0.6 + 0.4 * depth) * (0.65 + 0.35 * np.minimum(1.0, 2.2 * along))
    return Hair(
        flat.astype(np.float32),
        tangents.astype(np.float32),
        normals.astype(np.float32),
        (0.5 * width * (1.0 - 0.8 * along**3)).astype(np.float32),
        shade.astype(np.float32),
        corners.reshape(-1, 3).astype(np.int32),
    )


def _unit(vectors: NDArray[np.floating]) -> NDArray[np.float64]:
    length = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.asarray(vectors / np.maximum(length, 1e-9), np.float64)


def _blurred(values: NDArray[np.float32], size: float) -> NDArray[np.float64]:
    from scipy.ndimage import gaussian_filter

    return np.asarray(gaussian_filter(values.astype(np.float64), size, mode=("nearest", "wrap")))
