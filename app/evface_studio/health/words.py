"""Lamps as people see them: a shape, a colour and a word each."""

from __future__ import annotations

from dataclasses import dataclass

from evface.events.health.model import Health, Lamp
from evface_studio.health.checking import Progress
from evface_studio.look.theme import Theme


@dataclass(frozen=True)
class LampLook:
    """How a lamp is shown.

    Parameters
    ----------
    shape
        One character; shapes differ, so that colours need not be told apart.
    title
        A word or two.
    """

    shape: str
    title: str


LOOKS = {
    Lamp.GOOD: LampLook("●", "Good"),
    Lamp.LOOK: LampLook("▲", "Have a look"),
    Lamp.BAD: LampLook("■", "Bad"),
}
_UNKNOWN = "○"


def lamp_colour(lamp: Lamp, theme: Theme) -> str:
    """Return the colour of a lamp."""
    return {Lamp.GOOD: theme.good, Lamp.LOOK: theme.warn, Lamp.BAD: theme.error}[lamp]


def shape_of(health: Health | None) -> str:
    """Return the shape of a lamp, hollow where nothing is known."""
    return _UNKNOWN if health is None else LOOKS[health.lamp].shape


def title_of(progress: Progress, health: Health | None) -> str:
    """Return what the lamp says, in a word or two."""
    if health is not None:
        return LOOKS[health.lamp].title
    return {
        Progress.NOTHING_OPEN: "Nothing open",
        Progress.INCOMPLETE: "Not complete yet",
        Progress.CHECKING: "Checking…",
        Progress.FAILED: "Cannot be checked",
    }.get(progress, "")


def line_of(health: Health) -> str:
    """Return what a lamp means for this recording, in a sentence."""
    n = len(health.reasons)
    if not n:
        return "Nothing was found that would disturb labels or training."
    n_bad = sum(reason.lamp is Lamp.BAD for reason in health.reasons)
    if not n_bad:
        return f"{_things(n)} to know before time is spent on it."
    more = f"; {_things(n - n_bad).lower()} more to know" if n > n_bad else ""
    return f"{_things(n_bad)} can make labels or training wrong{more}."


def _things(n: int) -> str:
    return "One thing" if n == 1 else f"{n} things"
