"""Health as numbers, words, lists and dictionaries: for JSON."""

from __future__ import annotations

import math
from dataclasses import asdict, fields
from typing import Any

import numpy as np

from evface.events.findings import Findings
from evface.events.health.model import (
    Facts,
    Fault,
    Flicker,
    Gap,
    Gaps,
    Health,
    HotPixel,
    HotPixels,
    Lamp,
    Reason,
    Saturation,
    TriggerInput,
)


def to_plain(health: Health) -> dict[str, Any]:
    """Return what JSON can hold; what is not a number is None."""
    facts = {field.name: getattr(health.facts, field.name) for field in fields(Facts)}
    for name in ("gaps", "hot_pixels", "findings"):
        facts[name] = asdict(facts[name])
    for name in ("flicker", "triggers"):
        facts[name] = [asdict(one) for one in facts[name]]
    saturation = health.facts.saturation
    facts["saturation"] = None if saturation is None else asdict(saturation)
    plain: dict[str, Any] = _plain(
        {
            "lamp": health.lamp,
            "reasons": [asdict(reason) for reason in health.reasons],
            "notes": health.notes,
            "facts": facts,
        }
    )
    return plain


def from_plain(plain: dict[str, Any]) -> Health:
    """Return what `to_plain` was given.

    Raises
    ------
    TypeError, KeyError, ValueError
        If it is something else.
    """
    facts = dict(plain["facts"])
    gaps, hot = facts["gaps"], facts["hot_pixels"]
    gaps = Gaps(**{**gaps, "listed": tuple(Gap(**gap) for gap in gaps["listed"])})
    hot = HotPixels(**{**hot, "busiest": tuple(HotPixel(**one) for one in hot["busiest"])})
    saturation = facts["saturation"]
    on_share = facts["on_share"]
    facts.update(
        resolution=tuple(facts["resolution"]),
        rates_hz=np.array(facts["rates_hz"], np.float64),
        on_shares=np.array(facts["on_shares"], np.float64),
        on_share=math.nan if on_share is None else on_share,
        gaps=gaps,
        saturation=None if saturation is None else Saturation(**saturation),
        hot_pixels=hot,
        flicker=tuple(_flicker(one) for one in facts["flicker"]),
        triggers=tuple(_trigger_input(one) for one in facts["triggers"]),
        findings=Findings(**facts["findings"]),
    )
    reasons = (
        Reason(**{**one, "fault": Fault(one["fault"]), "lamp": Lamp(one["lamp"])})
        for one in plain["reasons"]
    )
    return Health(tuple(reasons), tuple(plain["notes"]), Facts(**facts))


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, np.ndarray):
        return _plain(value.tolist())
    if isinstance(value, tuple | list):
        return [_plain(one) for one in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def _flicker(plain: dict[str, Any]) -> Flicker:
    place_px, harmonics_hz = tuple(plain["place_px"]), tuple(plain["harmonics_hz"])
    return Flicker(**{**plain, "place_px": place_px, "harmonics_hz": harmonics_hz})


def _trigger_input(plain: dict[str, Any]) -> TriggerInput:
    periods = {
        name: math.nan if plain[name] is None else plain[name]
        for name in ("period_us", "frame_period_us")
    }
    return TriggerInput(**{**plain, **periods})
