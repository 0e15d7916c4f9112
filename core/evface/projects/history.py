"""What can be taken back and made again, worked out of the journal, also after a restart."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from enum import StrEnum

from evface.annotations.coding_edits import SetSegments, SetVideoClass
from evface.annotations.edits import Edit, Together
from evface.annotations.landmark_edits import (
    MoveLandmarks,
    OccludeLandmarks,
    SetCorrections,
    VerifyLandmarks,
)
from evface.annotations.reviews import SetReview

# What these change belongs to one author, and no other author's edit can be in its way.
_OWN = (
    SetSegments,
    SetVideoClass,
    MoveLandmarks,
    OccludeLandmarks,
    SetCorrections,
    VerifyLandmarks,
    SetReview,
)


class Action(StrEnum):
    """How an entry of the journal came about."""

    EDIT = "edit"
    UNDO = "undo"
    REDO = "redo"


@dataclass(frozen=True)
class History:
    """What would be taken back, or made again, next.

    Parameters
    ----------
    undo_label, redo_label
        Names of the edits; empty where there is none.
    """

    undo_label: str = ""
    redo_label: str = ""


@dataclass(frozen=True)
class Step:
    """An entry of the journal that can be taken back or made again."""

    id: int
    label: str
    is_shared: bool


class UndoStacks:
    """Each author's edits: those made, and those taken back.

    An author undoes only what that author did. An edit of something shared, such as the tracks of a
    machine, cannot be taken back after another author changed something shared.
    """

    def __init__(self) -> None:
        self._last_id = 0
        self._made: dict[str, list[Step]] = {}
        self._taken_back: dict[str, list[Step]] = {}
        # By author: the last entry of theirs that changed something shared.
        self._last_shared: dict[str, int] = {}

    def catch_up(self, connection: sqlite3.Connection) -> None:
        """Learn of the entries that were written since."""
        rows = connection.execute(
            "SELECT id, author, label, action, is_shared FROM journal WHERE id > ? ORDER BY id",
            (self._last_id,),
        )
        for entry_id, author, label, action, is_shared in rows:
            self._last_id = entry_id
            made = self._made.setdefault(author, [])
            taken_back = self._taken_back.setdefault(author, [])
            step = Step(entry_id, label, bool(is_shared))
            if step.is_shared:
                self._last_shared[author] = entry_id
            if action == Action.UNDO:
                if made:
                    taken_back.append(made.pop())
            elif action == Action.REDO:
                # Its inverse is the one that was found when it was made again.
                if taken_back:
                    taken_back.pop()
                made.append(step)
            else:
                made.append(step)
                taken_back.clear()

    def next_undo(self, author: str) -> Step | None:
        """Return the author's last edit, None where there is none that can be taken back."""
        return self._allowed(self._made.get(author), author)

    def next_redo(self, author: str) -> Step | None:
        """Return the edit that the author took back last, None where there is none."""
        return self._allowed(self._taken_back.get(author), author)

    def history(self, author: str) -> History:
        """Return both by name."""
        undo, redo = self.next_undo(author), self.next_redo(author)
        return History(undo.label if undo else "", redo.label if redo else "")

    def _allowed(self, steps: list[Step] | None, author: str) -> Step | None:
        if not steps:
            return None
        others = [entry for name, entry in self._last_shared.items() if name != author]
        if steps[-1].is_shared and max(others, default=0) > steps[-1].id:
            return None
        return steps[-1]


def is_shared(edit: Edit) -> bool:
    """Return whether an edit changes what belongs to nobody in particular."""
    if isinstance(edit, Together):
        return any(is_shared(part) for part in edit.edits)
    return not isinstance(edit, _OWN)
