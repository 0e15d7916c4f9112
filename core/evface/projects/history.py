"""What can be taken back and made again, worked out of the journal, also after a restart."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
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

    An author undoes only what that author did. An edit of something that is not the author's own,
    such as the tracks of a machine or another's labels, cannot be taken back after someone else
    changed anything: that might take what they did away.
    """

    def __init__(self) -> None:
        self._last_id = 0
        self._made: dict[str, list[Step]] = {}
        self._taken_back: dict[str, list[Step]] = {}
        # By author: their last entry.
        self._last: dict[str, int] = {}

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
            self._last[author] = entry_id
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
        others = [entry for name, entry in self._last.items() if name != author]
        if steps[-1].is_shared and max(others, default=0) > steps[-1].id:
            return None
        return steps[-1]


def is_shared(edit: Edit, inverse: Edit, author: str) -> bool:
    """Return whether an edit changes what is not the author's own.

    Parameters
    ----------
    inverse
        What it returned: says whose segments were replaced or removed.
    author
        Who made it.
    """
    return any(
        not isinstance(part, _OWN) or bool(_authors_of(part) - {author, ""})
        for part in (*_parts(edit), *_parts(inverse))
    )


def _parts(edit: Edit) -> Iterator[Edit]:
    if isinstance(edit, Together):
        for part in edit.edits:
            yield from _parts(part)
    else:
        yield edit


def _authors_of(edit: Edit) -> set[str]:
    """Return whose labels an edit names; empty for those of whoever makes it."""
    if isinstance(edit, SetSegments):
        return {segment.author for segment in edit.segments.values() if segment is not None}
    return {getattr(edit, "author", "")}
