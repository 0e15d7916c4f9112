"""What a filter is: a few named parameters, and what chooses events by them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import Field, dataclass, field, fields
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from evface.events.events import Events

# Told events in their order, batch by batch, says which of them stay, (n,) bool.
Selector = Callable[[Events], NDArray[np.bool_]]

_SAID = "said"


@dataclass(frozen=True)
class Said:
    """What people are told of a parameter.

    Parameters
    ----------
    words
        What it is, short.
    unit
        Empty for what has none.
    least, most
        Both allowed.
    choices
        Allowed values and what they are called; empty for numbers.
    """

    words: str
    unit: str = ""
    least: float = 0.0
    most: float = 0.0
    choices: tuple[tuple[Any, str], ...] = ()


def parameter(default: Any, said: Said) -> Any:
    """Return a dataclass field of a filter that people set."""
    return field(default=default, metadata={_SAID: said})


@dataclass(frozen=True, kw_only=True)
class Filter(ABC):
    """Chooses which events of a recording stay.

    What a filter says of an event depends on the events of the last `lookback_us` alone, never on
    where reading began or how the events were cut into batches.

    Parameters
    ----------
    is_on
        Whether it has any effect.

    Raises
    ------
    ValueError
        If a parameter is of the wrong kind or out of its bounds.
    """

    # As commands and files call it; as people do; and what it does, one sentence.
    name: ClassVar[str]
    title: ClassVar[str]
    summary: ClassVar[str]

    is_on: bool = True

    def __post_init__(self) -> None:
        for one, said in self.parameters():
            _check(one.name, getattr(self, one.name), said)

    @classmethod
    def parameters(cls) -> list[tuple[Field[Any], Said]]:
        """Return what people can set, in order."""
        return [(one, one.metadata[_SAID]) for one in fields(cls) if _SAID in one.metadata]

    @property
    def lookback_us(self) -> int:
        """How far back events matter for what becomes of an event."""
        return 0

    @abstractmethod
    def selector(self, resolution: tuple[int, int], /) -> Selector:
        """Return what chooses events of a sensor ``(width, height)``; it has seen none yet."""


def _check(name: str, value: Any, said: Said) -> None:
    if said.choices:
        known = [choice for choice, _ in said.choices]
        if value not in known:
            raise ValueError(f"{name} must be one of {', '.join(map(str, known))}, got {value!r}")
    elif isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"{name} must be a number, got {value!r}")
    elif not said.least <= value <= said.most:
        raise ValueError(f"{name} must be {said.least:g} to {said.most:g}, got {value:g}")
