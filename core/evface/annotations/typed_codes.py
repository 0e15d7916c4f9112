"""Action units as FACS coders type them: ``12cl`` is AU12, level C, on the left.

========================  =====================================================================
``12``                    AU12 present, not graded; also ``012``, ``AU12``
``12c``                   the level, ``a`` to ``e``
``12cl`` ``12l`` ``l12c``  the side, the subject's own: ``l`` left, ``r`` right; before or after
``12cb``                  both sides, which is meant anyway; after a level only, as ``12b`` is B
``12-`` ``-12``           absent
``12n`` ``12nl``          not visible
``6c+12d``                several at once, joined by plus, comma or blank
========================  =====================================================================

Capitals count as small letters.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from evface.annotations.facs_names import FACS_NAMES, WITHOUT_SIDES
from evface.annotations.segments import LEVELS, Presence, Side

_CODE = re.compile(
    r"(?P<absent_before>-)?(?P<side_before>[lr])?(?:au)?0*(?P<number>[0-9]{1,3})(?P<rest>[a-z-]*)"
)
_SIDES = {"l": Side.LEFT, "r": Side.RIGHT}
_EXAMPLE = "type a number, a level a to e, a side l or r, such as 12cl"


@dataclass(frozen=True)
class TypedCode:
    """What a coder typed about one action unit.

    Parameters
    ----------
    unit
        FACS name, ``"AU12"``.
    level
        A to E; None where it was not graded.
    """

    unit: str
    presence: Presence = Presence.PRESENT
    level: str | None = None
    side: Side = Side.BOTH

    def __str__(self) -> str:
        """Return it in words, for what is typed to be seen before it is entered."""
        words = [self.unit]
        if self.presence is Presence.PRESENT:
            words += [self.level] if self.level is not None else []
        else:
            words.append(self.presence.replace("_", " "))
        if self.side is not Side.BOTH:
            words.append(self.side)
        return " ".join(words)


def parse_code(text: str) -> TypedCode:
    """Read one code.

    Raises
    ------
    ValueError
        If it is none; the text says why, for the user.
    """
    typed = text.strip().lower()
    found = _CODE.fullmatch(typed)
    if found is None:
        raise ValueError(f"'{text.strip()}' is not a code: {_EXAMPLE}" if typed else _EXAMPLE)
    number, rest = int(found["number"]), found["rest"]
    if number not in FACS_NAMES:
        raise ValueError(f"AU{number} does not exist")
    sides = {found["side_before"]} - {None}
    is_absent, is_unseen, level = found["absent_before"] is not None, False, None
    for place, letter in enumerate(rest):
        if letter == "b" and level is not None:
            sides.add("b")
        elif letter.upper() in LEVELS and letter != "-":
            if level is not None:
                raise ValueError(f"AU{number} has one level, not {level} and {letter.upper()}")
            level = letter.upper()
        elif letter in _SIDES:
            sides.add(letter)
        elif letter == "-" and not is_absent:
            is_absent = True
        elif letter == "n" and not is_unseen:
            is_unseen = True
        else:
            raise ValueError(f"'{rest[place:]}' means nothing after AU{number}: {_EXAMPLE}")
    if len(sides) > 1:
        raise ValueError(f"AU{number} is on the left, on the right or on both sides, not all of it")
    side = _SIDES.get(sides.pop(), Side.BOTH) if sides else Side.BOTH
    if side is not Side.BOTH and number in WITHOUT_SIDES:
        raise ValueError(f"AU{number} ({FACS_NAMES[number]}) has no sides")
    if is_absent and is_unseen:
        raise ValueError(f"AU{number} cannot be both absent and not visible")
    if level is not None and (is_absent or is_unseen):
        raise ValueError(f"AU{number} has no level where it is absent or not visible")
    presence = Presence.ABSENT if is_absent else Presence.PRESENT
    return TypedCode(f"AU{number}", Presence.NOT_VISIBLE if is_unseen else presence, level, side)


def parse_codes(text: str) -> tuple[TypedCode, ...]:
    """Read one code or several.

    Raises
    ------
    ValueError
        If one of them is none, if there is none, or if an action unit comes twice on one side.
    """
    codes = tuple(parse_code(part) for part in re.split(r"[+,;\s]+", text.strip()))
    seen: dict[str, Side] = {}
    for code in codes:
        before = seen.get(code.unit)
        if before is not None and (Side.BOTH in (before, code.side) or before is code.side):
            raise ValueError(f"{code.unit} is there twice")
        seen[code.unit] = code.side
    return codes
