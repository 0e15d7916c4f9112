"""What an entry of a menu is, where its keys work, and when it can be used."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from evface_studio.actions.commands import Commands

Check = Callable[[Commands], bool]


class Scope(StrEnum):
    """Where the keys of an action work.

    Those of the window always do. The pictures and the timeline take turns: the one that was
    clicked, or reached by the keyboard, last is the active one. Those of the review queue work
    while its panel is open.
    """

    WINDOW = "window"
    PICTURES = "pictures"
    TIMELINE = "timeline"
    REVIEW = "review"

    def meets(self, other: Scope) -> bool:
        """Return whether keys of both can work at the same moment."""
        return {self, other} != {Scope.PICTURES, Scope.TIMELINE}


@dataclass(frozen=True)
class Condition:
    """A check that can say what is missing.

    Parameters
    ----------
    holds
        The check.
    otherwise
        What to do where it fails, a short sentence.
    """

    holds: Check
    otherwise: str

    def __call__(self, commands: Commands) -> bool:
        """Return whether it holds now."""
        return self.holds(commands)


def always(_commands: Commands) -> bool:
    """Return True."""
    return True


HAS_RECORDING = Condition(lambda c: c.document.recording is not None, "Open a recording first.")
HAS_PROJECT = Condition(lambda c: c.document.project is not None, "Open a project first.")
IS_OPEN = Condition(lambda c: HAS_RECORDING(c) or HAS_PROJECT(c), "Open a recording first.")


@dataclass(frozen=True)
class ActionInfo:
    """One entry of a menu.

    Parameters
    ----------
    key
        Its name for programs.
    text
        Its name for people; ``&`` marks the letter that Alt chooses.
    handler
        What it does.
    shortcuts
        Keys, in the form that Qt reads; people may choose others.
    icon
        Name of a drawing.
    is_enabled
        Whether it can be used now; a `Condition` also says why not.
    is_checked
        For an entry that is on or off: whether it is on.
    repeats
        Whether holding the keys down does it again and again.
    tip
        Said of it in the list of keys and in the status bar, where the text is not enough.
    scope
        Where its keys work. The entry of the menu always does.
    removes
        Whether it takes something away that a person made. Such an action is never given a single
        key that is pressed by mistake while typing or playing.
    """

    key: str
    text: str
    handler: Callable[[Commands], None]
    shortcuts: tuple[str, ...] = ()
    icon: str = ""
    is_enabled: Check = always
    is_checked: Check | None = None
    repeats: bool = False
    tip: str = ""
    scope: Scope = Scope.WINDOW
    removes: bool = False

    @property
    def name(self) -> str:
        """Its name for people, without marks."""
        return self.text.replace("&", "").rstrip("…")


# A line between two groups of entries.
SEPARATOR = None
# Where the window puts the list of recent files.
RECENT = "recent"


@dataclass(frozen=True)
class Submenu:
    """Entries of one kind behind one entry of a menu."""

    text: str
    actions: tuple[ActionInfo, ...]


Entry = ActionInfo | Submenu | str | None
# A title and the entries beneath it.
Menu = tuple[str, tuple[Entry, ...]]
