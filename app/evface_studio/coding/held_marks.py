"""Action units that are marked by holding a key down while time runs."""

from __future__ import annotations

from dataclasses import dataclass

from evface.annotations.reaction import ReactionTime, without_reaction


@dataclass(frozen=True)
class Instant:
    """When a key went down or up.

    Parameters
    ----------
    t_us
        Time that was shown.
    velocity
        How fast it ran, negative backwards; 0 where it stood.
    """

    t_us: int
    velocity: float


def span_of(
    press: Instant, release: Instant, reaction: ReactionTime, *, stop_us: int
) -> tuple[int, int]:
    """Return onset and offset of what a key was held for.

    The reaction is taken off an end that was marked while time ran. Where time stood, the picture
    that was looked at counts, and nothing is taken off.

    Parameters
    ----------
    stop_us
        Where the recording ends.
    """
    # The reaction is taken off both ends at the first one's speed: what that is too much is added.
    too_much_us = round(reaction.delay_us * (press.velocity - release.velocity))
    return without_reaction(
        press.t_us,
        release.t_us + too_much_us,
        reaction,
        speed=press.velocity,
        stop_us=stop_us,
    )
