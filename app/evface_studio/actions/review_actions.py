"""Looking through what is doubtful, and deciding about it."""

from __future__ import annotations

from evface_studio.actions.action import HAS_PROJECT, SEPARATOR, ActionInfo, Condition, Menu, Scope
from evface_studio.docks import REVIEW

_HAS_ITEMS = Condition(lambda c: bool(c.review.known.listed), "Nothing is listed in the review.")
_HAS_CURRENT = Condition(lambda c: c.review.can_decide, "Go to an item of the review first.")

MENU: Menu = (
    "Revie&w",
    (
        ActionInfo(
            "review_panel",
            "&Review panel",
            lambda c: c.docks.toggle(REVIEW),
            ("F12",),
            "",
            is_checked=lambda c: c.docks.is_wanted(REVIEW),
            tip="what is doubtful in all recordings of the project, and why",
        ),
        ActionInfo(
            "look_again",
            "&Look through the project again",
            lambda c: c.review.known.look(),
            ("F5",),
            "refresh",
            HAS_PROJECT,
            tip="finds anew what is doubtful; the place in the queue is kept",
            scope=Scope.REVIEW,
        ),
        SEPARATOR,
        ActionInfo(
            "next_item",
            "&Next item",
            lambda c: c.review.go_on(1),
            ("Ctrl+Down",),
            "",
            _HAS_ITEMS,
            repeats=True,
            scope=Scope.REVIEW,
        ),
        ActionInfo(
            "previous_item",
            "&Previous item",
            lambda c: c.review.go_on(-1),
            ("Ctrl+Up",),
            "",
            _HAS_ITEMS,
            repeats=True,
            scope=Scope.REVIEW,
        ),
        SEPARATOR,
        ActionInfo(
            "accept_item",
            "&Accept",
            lambda c: c.review.accept(),
            ("W",),
            "success",
            _HAS_CURRENT,
            tip="it is right: verifies all landmarks of the frame, and goes on to the next item",
            scope=Scope.REVIEW,
        ),
        ActionInfo(
            "fix_item",
            "&Fix, or say that it is fixed",
            lambda c: c.review.fix(),
            ("R",),
            "",
            _HAS_CURRENT,
            tip="goes to the doubtful points; once they are corrected, marks the frame as fixed",
            scope=Scope.REVIEW,
        ),
        ActionInfo(
            "skip_item",
            "&Skip",
            lambda c: c.review.skip(),
            ("Q",),
            "",
            _HAS_CURRENT,
            tip="goes on to the next item without a judgement; this one is not asked again",
            scope=Scope.REVIEW,
        ),
        ActionInfo(
            "reopen_item",
            "Put &back into the queue",
            lambda c: c.review.reopen(),
            (),
            "",
            _HAS_CURRENT,
            tip="takes back your verdict about the item",
        ),
        SEPARATOR,
        ActionInfo(
            "zoom_to_item",
            "&Zoom to what is doubtful",
            lambda c: c.review.set_zooms(not c.review.zooms),
            (),
            "",
            is_checked=lambda c: c.review.zooms,
        ),
    ),
)
