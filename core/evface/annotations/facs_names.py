"""The codes of FACS and what they are called."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

# Ekman, Friesen and Hager, "Facial Action Coding System: The Manual", 2002, and the codes of 1978
# that it dropped (41, 42, 44), which older data hold. By number.
FACS_NAMES: Mapping[int, str] = MappingProxyType(
    {
        1: "inner brow raiser",
        2: "outer brow raiser",
        4: "brow lowerer",
        5: "upper lid raiser",
        6: "cheek raiser",
        7: "lid tightener",
        8: "lips toward each other",
        9: "nose wrinkler",
        10: "upper lip raiser",
        11: "nasolabial deepener",
        12: "lip corner puller",
        13: "sharp lip puller",
        14: "dimpler",
        15: "lip corner depressor",
        16: "lower lip depressor",
        17: "chin raiser",
        18: "lip pucker",
        19: "tongue show",
        20: "lip stretcher",
        21: "neck tightener",
        22: "lip funneler",
        23: "lip tightener",
        24: "lip pressor",
        25: "lips part",
        26: "jaw drop",
        27: "mouth stretch",
        28: "lip suck",
        29: "jaw thrust",
        30: "jaw sideways",
        31: "jaw clencher",
        32: "lip bite",
        33: "cheek blow",
        34: "cheek puff",
        35: "cheek suck",
        36: "tongue bulge",
        37: "lip wipe",
        38: "nostril dilator",
        39: "nostril compressor",
        40: "sniff",
        41: "lid droop",
        42: "slit",
        43: "eyes closed",
        44: "squint",
        45: "blink",
        46: "wink",
        50: "speech",
        51: "head turn left",
        52: "head turn right",
        53: "head up",
        54: "head down",
        55: "head tilt left",
        56: "head tilt right",
        57: "head forward",
        58: "head back",
        61: "eyes turn left",
        62: "eyes turn right",
        63: "eyes up",
        64: "eyes down",
        65: "walleye",
        66: "cross-eye",
        80: "swallow",
        81: "chewing",
        82: "shoulder shrug",
        84: "head shake",
        85: "head nod",
        91: "flash",
        92: "partial flash",
        97: "shiver",
        98: "fast up-down look",
    }
)
# Movements of the head and of both eyes have no sides of their own.
WITHOUT_SIDES = frozenset({*range(51, 59), *range(61, 67), 84, 85})


def facs_name(unit: str) -> str:
    """Return what a unit such as ``"AU12"`` is called; empty where FACS has no such number."""
    return FACS_NAMES.get(int(unit.removeprefix("AU")), "")
