"""How a synthetic person looks, apart from the shape: skin, eyes, hair, clothes, light, room."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

Colour = tuple[float, float, float]

# Linear albedo of skin from the palest to the darkest, and how often each is drawn.
_SKIN: tuple[Colour, ...] = (
    (0.62, 0.425, 0.345),
    (0.54, 0.355, 0.275),
    (0.44, 0.275, 0.200),
    (0.325, 0.192, 0.133),
    (0.21, 0.118, 0.080),
    (0.122, 0.067, 0.047),
)
_HAIR: tuple[Colour, ...] = (
    (0.010, 0.008, 0.007),
    (0.028, 0.016, 0.010),
    (0.062, 0.032, 0.017),
    (0.13, 0.068, 0.032),
    (0.27, 0.165, 0.082),
    (0.21, 0.20, 0.19),
)
_IRIS: tuple[Colour, ...] = (
    (0.060, 0.026, 0.011),
    (0.11, 0.052, 0.020),
    (0.13, 0.105, 0.045),
    (0.075, 0.13, 0.18),
    (0.11, 0.14, 0.15),
)
_CLOTHES: tuple[Colour, ...] = (
    (0.020, 0.026, 0.042),
    (0.055, 0.058, 0.062),
    (0.16, 0.17, 0.18),
    (0.030, 0.052, 0.040),
    (0.11, 0.030, 0.034),
    (0.050, 0.085, 0.14),
    (0.46, 0.44, 0.40),
)
HAIR_STYLES = ("cropped", "short", "side_parted", "tied_back", "bob")


@dataclass(frozen=True)
class Light:
    """A light at infinity.

    Parameters
    ----------
    direction
        Towards it: x to the viewer's right, y up, z towards the viewer.
    colour
        Linear; a white surface facing it becomes this bright.
    breadth_deg
        How broad it is: broader light makes softer shadows.
    """

    direction: tuple[float, float, float]
    colour: Colour
    breadth_deg: float


@dataclass(frozen=True)
class Appearance:
    """How a synthetic person looks; colours are linear.

    Parameters
    ----------
    skin, lips, hair, iris, clothes, wall
        Albedo.
    ruddiness
        How red cheeks, nose and ears are, 0 to 1.
    freckles, stubble
        0 none to 1 much.
    brow_thickness_mm, brow_density
        Of the eyebrows; density 0 to 1.
    hair_style
        One of `HAIR_STYLES`.
    pupil_mm
        Diameter of the pupil.
    key, fill
        The two lights.
    sky, ground
        Light from above and from below, linear.
    seed
        Of everything that is drawn at random: pores, strands, the room.
    """

    skin: Colour
    lips: Colour
    hair: Colour
    iris: Colour
    clothes: Colour
    wall: Colour
    ruddiness: float
    freckles: float
    stubble: float
    brow_thickness_mm: float
    brow_density: float
    hair_style: str
    pupil_mm: float
    key: Light
    fill: Light
    sky: Colour
    ground: Colour
    seed: int

    @classmethod
    def draw(cls, seed: int) -> Appearance:
        """Draw the looks of one person in one room; the same seed gives the same."""
        rng = np.random.default_rng([seed, 1])
        place = float(rng.beta(0.9, 1.1)) * (len(_SKIN) - 1)
        skin = _between(_SKIN, place, float(rng.uniform(0.94, 1.06)))
        darkness = place / (len(_SKIN) - 1)
        # Dark skin goes with dark hair and eyes, mostly.
        n_hair = len(_HAIR) if darkness < 0.5 else 2
        n_iris = len(_IRIS) if darkness < 0.45 else 2
        hair_place = float(rng.uniform(0, n_hair - 1.001)) * (1.0 - 0.5 * darkness)
        iris = _IRIS[int(rng.integers(n_iris))]
        lip_red = float(rng.uniform(0.0, 1.0))
        lips = (
            skin[0] * (0.80 + 0.06 * lip_red),
            skin[1] * (0.56 - 0.10 * lip_red),
            skin[2] * (0.62 - 0.10 * lip_red),
        )
        style = HAIR_STYLES[int(rng.integers(len(HAIR_STYLES)))]
        azimuth = np.radians(float(rng.choice([-1.0, 1.0]) * rng.uniform(25.0, 55.0)))
        height = np.radians(float(rng.uniform(20.0, 42.0)))
        strength = float(rng.uniform(1.25, 1.6)) * (1.0 + 0.35 * darkness)
        warmth = float(rng.uniform(0.0, 1.0))
        ambient = float(rng.uniform(0.42, 0.58)) * (1.0 + 0.35 * darkness)
        return cls(
            skin=skin,
            lips=lips,
            hair=_between(_HAIR, hair_place, 1.0),
            iris=iris,
            clothes=_CLOTHES[int(rng.integers(len(_CLOTHES)))],
            wall=_wall(rng),
            ruddiness=float(rng.uniform(0.3, 0.9)),
            freckles=float(max(0.0, rng.uniform(-1.5, 0.8))) * (1.0 - darkness),
            stubble=float(max(0.0, rng.uniform(-1.2, 0.9))) if style in HAIR_STYLES[:3] else 0.0,
            brow_thickness_mm=float(rng.uniform(5.0, 8.0)),
            brow_density=float(rng.uniform(0.65, 0.95)),
            hair_style=style,
            pupil_mm=float(rng.uniform(3.2, 4.4)),
            key=Light(
                (
                    float(np.sin(azimuth) * np.cos(height)),
                    float(np.sin(height)),
                    float(np.cos(azimuth) * np.cos(height)),
                ),
                (strength, strength * (0.96 - 0.05 * warmth), strength * (0.93 - 0.13 * warmth)),
                14.0,
            ),
            fill=Light(
                (float(-np.sin(azimuth)), 0.15, 0.75),
                (0.28 * strength, 0.29 * strength, 0.31 * strength),
                30.0,
            ),
            sky=(ambient, ambient * 1.0, ambient * 1.03),
            ground=(0.55 * ambient, 0.50 * ambient, 0.45 * ambient),
            seed=seed,
        )


def _between(colours: tuple[Colour, ...], place: float, factor: float) -> Colour:
    """Return the colour at a place between two of a row, times a factor."""
    first = min(int(place), len(colours) - 2)
    share = place - first
    mixed = [
        ((1.0 - share) * a + share * b) * factor
        for a, b in zip(colours[first], colours[first + 1], strict=True)
    ]
    return mixed[0], mixed[1], mixed[2]


def _wall(rng: np.random.Generator) -> Colour:
    """Draw a muted wall: grey, warm or cool."""
    grey = float(rng.uniform(0.10, 0.32))
    tint = float(rng.uniform(-0.16, 0.16))
    return grey * (1.0 + tint), grey, grey * (1.0 - tint)
