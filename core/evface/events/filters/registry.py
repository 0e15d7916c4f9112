"""The filters by name, usual chains of them, and filters as text."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields
from typing import Any

from evface.events.filters.activity import Neighbours, Refractory
from evface.events.filters.filter import Filter
from evface.events.filters.flicker import Flicker
from evface.events.filters.hot_pixels import HotPixels
from evface.events.filters.regions import Polarity, Region
from evface.events.filters.thinning import RateCap, Thinning

# In the order in which they are best applied: what is cheap and sure first.
FILTERS: dict[str, type[Filter]] = {
    one.name: one
    for one in (Region, HotPixels, Polarity, Flicker, Neighbours, Refractory, RateCap, Thinning)
}

PRESETS: dict[str, tuple[Filter, ...]] = {
    "Indoor light, 50 Hz": (Flicker(mains_hz=50),),
    "Indoor light, 60 Hz": (Flicker(mains_hz=60),),
    "Noisy sensor": (HotPixels(), Neighbours(), Refractory(period_us=500)),
}


def filters_to_json(filters: Iterable[Filter]) -> list[dict[str, Any]]:
    """Return filters ready for JSON."""
    return [
        {"filter": one.name} | {field.name: getattr(one, field.name) for field in fields(one)}
        for one in filters
    ]


def filters_from_json(said: Any) -> tuple[Filter, ...]:
    """Return the filters that `filters_to_json` gave.

    Raises
    ------
    ValueError
        If it is not a list of filters that this version knows.
    """
    if not isinstance(said, list):
        raise ValueError(f"filters must be a list, got {said!r}")
    return tuple(map(_filter_from_json, said))


def filter_to_text(one: Filter) -> str:
    """Return a filter as `parse_filter` reads it, whether it is on or off."""
    values = [f"{field.name}={_text(getattr(one, field.name))}" for field, _ in one.parameters()]
    if isinstance(one, HotPixels):
        values.append("pixels=" + "+".join(f"{x}/{y}" for x, y in one.pixels))
    return f"{one.name}:{','.join(values)}"


def parse_filter(text: str) -> Filter:
    """Return the filter that ``NAME`` or ``NAME:key=value,key=value`` stands for.

    The pixels of `HotPixels` are ``pixels=X/Y+X/Y``.

    Raises
    ------
    ValueError
        If there is no such filter or parameter, or a value is not allowed.
    """
    name, _, rest = text.partition(":")
    kind = _kind(name.strip())
    values: dict[str, Any] = {}
    for item in filter(None, map(str.strip, rest.split(","))):
        key, equals, value = item.partition("=")
        if not equals:
            raise ValueError(f"{item!r} is not of the form key=value")
        values[key.strip()] = _value(kind, key.strip(), value.strip())
    return kind(**values)


def _text(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _filter_from_json(said: Any) -> Filter:
    if not isinstance(said, dict):
        raise ValueError(f"a filter must be an object, got {said!r}")
    values = dict(said)
    kind = _kind(values.pop("filter", None))
    unknown = values.keys() - {field.name for field in fields(kind)}
    if unknown:
        raise ValueError(f"{kind.name} has no {', '.join(sorted(unknown))}")
    if type(values.get("is_on", True)) is not bool:
        raise ValueError(f"is_on must be true or false, got {values['is_on']!r}")
    if "pixels" in values:
        try:
            values["pixels"] = tuple((x, y) for x, y in values["pixels"])
        except (TypeError, ValueError) as error:
            raise ValueError("pixels must be a list of [x, y]") from error
    return kind(**values)


def _kind(name: object) -> type[Filter]:
    if not isinstance(name, str) or name not in FILTERS:
        raise ValueError(f"no filter {name!r}; there are {', '.join(FILTERS)}")
    return FILTERS[name]


def _value(kind: type[Filter], key: str, text: str) -> Any:
    if key == "pixels" and kind is HotPixels:
        try:
            pixels = [pixel.split("/") for pixel in text.split("+")] if text else []
            return tuple((int(x), int(y)) for x, y in pixels)
        except ValueError as error:
            raise ValueError(f"pixels must be as 12/40+100/3, got {text!r}") from error
    defaults = {field.name: field.default for field, _ in kind.parameters()}
    if key not in defaults:
        known = ", ".join([*defaults, *(["pixels"] if kind is HotPixels else [])])
        raise ValueError(f"{kind.name} has no {key!r}; it has {known}")
    if isinstance(defaults[key], str):
        return text
    number: type[int] | type[float] = int if isinstance(defaults[key], int) else float
    try:
        return number(text)
    except ValueError as error:
        raise ValueError(f"{key} must be a number, got {text!r}") from error
