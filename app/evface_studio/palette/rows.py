"""What the palette lists for what was typed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from evface_studio.actions.action import ActionInfo, Scope
from evface_studio.actions.keymap import Keymap
from evface_studio.actions.table import menu_of
from evface_studio.palette.moments import Moment
from evface_studio.palette.search import match

# A run from the palette counts for this much, the newest for twice as much.
_RECENT = 0.4


@dataclass(frozen=True)
class Row:
    """One line of the palette.

    Parameters
    ----------
    text
        What it does.
    group
        Where it belongs: the title of a menu.
    keys
        Its keys as people read them.
    problem
        Why it cannot be used now; empty where it can.
    is_on
        For what is on or off: whether it is on.
    letters
        Places in `text` of the letters that were typed.
    action, t_us
        What to run, or where to go.
    """

    text: str
    group: str
    keys: str = ""
    problem: str = ""
    is_on: bool = False
    letters: tuple[int, ...] = ()
    action: str = ""
    t_us: int | None = None

    @property
    def spoken(self) -> str:
        """The whole line for those who hear it."""
        parts = (self.text, self.group, self.keys, "on" if self.is_on else "", self.problem)
        return ", ".join(part for part in parts if part)


def action_rows(
    query: str,
    keymap: Keymap,
    recent: Sequence[str],
    name_of: Callable[[ActionInfo], str],
    why_not: Callable[[ActionInfo], str],
    is_on: Callable[[ActionInfo], bool],
) -> list[Row]:
    """Return the actions that fit what was typed, best first.

    Parameters
    ----------
    query
        What was typed. Where it is empty all actions are returned, those used last first.
    recent
        Keys of actions used last, newest first.
    name_of
        Returns what an action is called now.
    why_not
        Says why an action cannot be used now, empty where it can.
    is_on
        Whether an action that is on or off is on.
    """
    ranked = []
    for place, action in enumerate(keymap.actions):
        menu = menu_of(action)
        name = name_of(action)
        found = match(query, name, f"{menu} {action.tip}")
        if found is None:
            continue
        use = 0.0
        if action.key in recent:
            use = _RECENT * (2 - recent.index(action.key) / len(recent))
        problem = why_not(action)
        row = Row(
            name,
            menu,
            keymap.words(action),
            problem,
            is_on(action),
            found.letters,
            action.key,
        )
        length = len(name) if query.strip() else 0
        ranked.append((-found.score - use, bool(problem), length, place, row))
    # Among those that fit alike: what can be used, then what says least that was not asked for.
    return [row for *_, row in sorted(ranked, key=lambda entry: entry[:4])]


def moment_rows(moments: Sequence[Moment]) -> list[Row]:
    """Return the lines that go to moments."""
    return [
        Row(moment.words, "Go to", problem=moment.problem, t_us=moment.t_us) for moment in moments
    ]


def scope_words(scope: Scope) -> str:
    """Return where keys work, in a few words."""
    return {
        Scope.WINDOW: "everywhere",
        Scope.PICTURES: "in the pictures",
        Scope.TIMELINE: "in the timeline",
        Scope.REVIEW: "while reviewing",
    }[scope]
