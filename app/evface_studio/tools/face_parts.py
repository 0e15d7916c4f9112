"""The parts of a face that people move as one: brows, eyes, nose, mouth, jaw."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from evface.landmarks.schemes import SCHEMES, LandmarkScheme

# Regions that belong to a part of another name.
_PART_OF = {
    "nose_bridge": "nose",
    "nose_base": "nose",
    "outer_lips": "mouth",
    "inner_lips": "mouth",
    "right_pupil": "right_eye",
    "left_pupil": "left_eye",
}


def parts_of(scheme: LandmarkScheme) -> Mapping[str, tuple[int, ...]]:
    """Return the landmarks of each part, in their order; each landmark is in one part."""
    return _parts_of(scheme.name)


def part_of(scheme: LandmarkScheme, landmark: int) -> str:
    """Return the part that a landmark belongs to."""
    region = scheme.region_of(landmark)
    return _PART_OF.get(region, region)


def words_of(part: str) -> str:
    """Return what people call a part: ``"right eye"``."""
    return part.replace("_", " ")


@cache
def _parts_of(name: str) -> Mapping[str, tuple[int, ...]]:
    parts: dict[str, tuple[int, ...]] = {}
    for region, landmarks in SCHEMES[name].regions.items():
        part = _PART_OF.get(region, region)
        parts[part] = tuple(sorted((*parts.get(part, ()), *landmarks)))
    return MappingProxyType(parts)
