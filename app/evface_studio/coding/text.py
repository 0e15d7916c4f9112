"""What a typed code would do, said before it is done."""

from __future__ import annotations

from dataclasses import dataclass

from evface.annotations.segment_changes import coded, graded, with_presence, with_side
from evface.annotations.segments import Presence, Segment, Side
from evface.annotations.typed_codes import TypedCode, parse_codes
from evface_studio.wording import format_span, format_time


def describe(segment: Segment, *, is_suggestion: bool = False) -> str:
    """Return a segment in words: ``AU12 C left, 800 ms from 1.100 000 s, coded by Ann``."""
    presence = "" if segment.presence is Presence.PRESENT else segment.presence.replace("_", " ")
    level = "" if segment.intensity is None else segment.intensity.level
    side = "" if segment.side is Side.BOTH else str(segment.side)
    what = " ".join(filter(None, (segment.unit, presence, level, side)))
    when = f"{format_span(segment.duration_us)} from {format_time(segment.onset_us)}"
    how = "suggested" if is_suggestion else f"{segment.decision} by {segment.author or 'you'}"
    return f"{what}, {when}, {how}"


@dataclass(frozen=True)
class Typed:
    """A reading of what was typed so far.

    Parameters
    ----------
    words
        What it would do.
    problem
        Why it cannot be read; empty where it can, and where nothing was typed.
    was, changed
        The segment that it changes, and what to.
    added
        The segments that it adds.
    """

    words: str = ""
    problem: str = ""
    was: Segment | None = None
    changed: Segment | None = None
    added: tuple[Segment, ...] = ()

    @property
    def is_complete(self) -> bool:
        """Whether Enter does something."""
        return self.changed is not None or bool(self.added)


def read_typed(
    text: str,
    chosen: Segment | None,
    loop_us: tuple[int, int] | None,
    window_us: tuple[int, int],
) -> Typed:
    """Read what was typed.

    A code of the chosen segment's own action unit changes that segment. Any other code is laid
    where the chosen segment lies, else over the loop, else over the event window.
    """
    if not text.strip():
        return Typed()
    try:
        codes = parse_codes(text)
    except ValueError as error:
        return Typed(problem=str(error))
    said = " + ".join(map(str, codes))
    if chosen is not None and len(codes) == 1 and codes[0].unit == chosen.unit:
        return Typed(f"{said}, the chosen segment", was=chosen, changed=_as_typed(chosen, codes[0]))
    place, (onset_us, offset_us) = "the event window", window_us
    if chosen is not None:
        place, (onset_us, offset_us) = chosen.unit, (chosen.onset_us, chosen.offset_us)
    elif loop_us is not None:
        place, (onset_us, offset_us) = "the loop", loop_us
    length = format_span(offset_us - onset_us)
    return Typed(
        f"{said}, {length} from {format_time(onset_us)} as {place}",
        added=tuple(
            coded(
                code.unit,
                onset_us,
                offset_us,
                presence=code.presence,
                level=code.level,
                side=code.side,
                source="typed",
            )
            for code in codes
        ),
    )


def _as_typed(segment: Segment, code: TypedCode) -> Segment:
    return graded(with_side(with_presence(segment, code.presence), code.side), code.level)
