"""Sampling of believable adults from MakeHuman's targets."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from evface.morphable.open_head.makehuman import BaseHead

# How far the features of one person stray from the average, per folder of targets; 1 is the
# target's full reach. Chosen by eye: above 0.25 faces turn into caricatures.
SPREAD = {
    "nose": 0.20,
    "mouth": 0.17,
    "eyes": 0.15,
    "cheek": 0.22,
    "chin": 0.17,
    "eyebrows": 0.17,
    "forehead": 0.15,
    "ears": 0.14,
    "head": 0.12,
    "neck": 0.08,
}
# MakeHuman's average lets the corners of the mouth hang.
BIAS = {"mouth-angles": 0.22}
ASYMMETRY = 0.05
# They move the head as a whole, belong to ages other than an adult's, or draw a type.
LEFT_OUT = re.compile(
    r"head-trans|head-angle|head-age|neck-trans|neck-height|scale-vert$"
    r"|nubian|pointed|trunk|breast|measure|neck-double"
)
_OPPOSITES = (
    ("decr", "incr"),
    ("down", "up"),
    ("in", "out"),
    ("concave", "convex"),
    ("backward", "forward"),
    ("compress", "uncompress"),
)
_HEAD_SHAPES = (
    "diamond",
    "invertedtriangular",
    "oval",
    "rectangular",
    "round",
    "square",
    "triangular",
)


@dataclass(frozen=True)
class _Feature:
    """One way in which a face varies: what to add below and above the average."""

    folder: str
    side: str
    below: str | None
    above: str


class IdentitySampler:
    """Draws neutral adult heads.

    Parameters
    ----------
    head
        The base mesh's head.
    targets
        The folder with MakeHuman's targets.
    """

    def __init__(self, head: BaseHead, targets: Path) -> None:
        self._head = head
        self._macro = {
            name: head.read_target(targets / "macrodetails" / f"{name}.target.gz")
            for name in _macro_names()
        }
        self._targets: dict[str, NDArray[np.float64]] = {}
        for folder in (*SPREAD, "asym"):
            for path in sorted((targets / folder).glob("*.target.gz")):
                name = path.name.removesuffix(".target.gz")
                if not LEFT_OUT.search(re.sub(r"-(decr|incr)$", "", name)):
                    offsets = head.read_target(path)
                    if np.abs(offsets).max() > 0.05:
                        self._targets[f"{folder}/{name}"] = offsets
        self._asymmetries = sorted(name for name in self._targets if name.startswith("asym/"))
        self._shapes = [f"head/head-{shape}" for shape in _HEAD_SHAPES]
        self._features = _pair_features(self._targets, skip={*self._asymmetries, *self._shapes})

    def draw(self, rng: np.random.Generator) -> NDArray[np.float64]:
        """Draw one head, (n_vertices, 3) float64, mm."""
        offsets = sum(
            weight * self._macro[name] for name, weight in _draw_macro_weights(rng).items()
        )
        shape = rng.choice(self._shapes)
        if shape in self._targets:
            offsets = offsets + rng.uniform(0.0, 0.35) * self._targets[shape]
        common: dict[tuple[str, str], float] = {}
        for name, feature in self._features.items():
            spread = SPREAD[feature.folder]
            key = (feature.folder, name.removeprefix(f"{feature.side}-"))
            middle = BIAS.get(name, 0.0)
            drawn = float(np.clip(rng.normal(middle, spread), -0.5, 0.5))
            value = common.setdefault(key, drawn)
            if feature.side:
                value += rng.normal(0.0, ASYMMETRY * 0.4)
            target = feature.above if value > 0 else feature.below
            if target is not None:
                offsets = offsets + abs(value) * self._targets[target]
        for name in self._asymmetries:
            offsets = offsets + max(0.0, rng.normal(0.0, ASYMMETRY)) * self._targets[name]
        return self._head.vertices + offsets


def _macro_names() -> list[str]:
    names = [
        f"{origin}-{sex}-{age}"
        for origin in ("african", "asian", "caucasian")
        for sex in ("female", "male")
        for age in ("young", "old")
    ]
    return names + [
        f"universal-{sex}-{age}-{muscle}muscle-{weight}weight"
        for sex in ("female", "male")
        for age in ("young", "old")
        for muscle in ("min", "average", "max")
        for weight in ("min", "average", "max")
    ]


def _draw_macro_weights(rng: np.random.Generator) -> dict[str, float]:
    """Draw origin, sex, age and build, as weights of the macro targets."""
    origin = dict(zip(("african", "asian", "caucasian"), rng.dirichlet([0.5] * 3), strict=True))
    male = float(rng.beta(0.5, 0.5))
    old = 0.75 * float(rng.beta(0.8, 1.4))
    muscle = _thirds(float(rng.uniform(0.25, 0.75)))
    weight = _thirds(float(rng.uniform(0.2, 0.75)))
    weights = {}
    for sex, by_sex in (("female", 1.0 - male), ("male", male)):
        for age, by_age in (("young", 1.0 - old), ("old", old)):
            for name, share in origin.items():
                weights[f"{name}-{sex}-{age}"] = by_sex * by_age * share
            for muscled, by_muscle in muscle.items():
                for weighing, by_weight in weight.items():
                    weights[f"universal-{sex}-{age}-{muscled}muscle-{weighing}weight"] = (
                        by_sex * by_age * by_muscle * by_weight
                    )
    return {name: value for name, value in weights.items() if value > 0}


def _thirds(value: float) -> dict[str, float]:
    """Spread a value from 0 to 1 over min, average and max."""
    return {
        "min": max(0.0, 1.0 - 2.0 * value),
        "average": 1.0 - abs(2.0 * value - 1.0),
        "max": max(0.0, 2.0 * value - 1.0),
    }


def _pair_features(
    targets: Mapping[str, NDArray[np.float64]], *, skip: set[str]
) -> dict[str, _Feature]:
    """Pair targets that are opposites; a target without one only adds."""
    features = {}
    for full in sorted(set(targets) - skip):
        folder, name = full.split("/", 1)
        side = name[0] if name[:2] in ("l-", "r-") else ""
        stem, _, ending = name.rpartition("-")
        for below, above in _OPPOSITES:
            if ending == above:
                opposite = f"{folder}/{stem}-{below}"
                features[stem] = _Feature(
                    folder, side, opposite if opposite in targets else None, full
                )
                break
            if ending == below:
                if f"{folder}/{stem}-{above}" not in targets:
                    features[stem] = _Feature(folder, side, full, full)
                break
        else:
            features[name] = _Feature(folder, side, None, full)
    return features
