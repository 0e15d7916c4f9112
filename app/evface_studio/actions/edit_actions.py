"""Taking back and doing again."""

from __future__ import annotations

from evface_studio.actions.action import ActionInfo, Condition, Menu

MENU: Menu = (
    "&Edit",
    (
        ActionInfo(
            "undo",
            "&Undo",
            lambda c: c.document.undo(),
            ("Ctrl+Z",),
            "undo",
            Condition(lambda c: bool(c.document.undo_label), "Nothing was changed yet."),
        ),
        ActionInfo(
            "redo",
            "&Redo",
            lambda c: c.document.redo(),
            ("Ctrl+Shift+Z", "Ctrl+Y"),
            "redo",
            Condition(lambda c: bool(c.document.redo_label), "Nothing was taken back."),
        ),
    ),
)
