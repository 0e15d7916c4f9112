"""Taking back and doing again."""

from __future__ import annotations

from evface_studio.actions.action import ActionInfo, Menu

MENU: Menu = (
    "&Edit",
    (
        ActionInfo(
            "undo",
            "&Undo",
            lambda c: c.document.undo(),
            ("Ctrl+Z",),
            "undo",
            lambda c: bool(c.document.undo_label),
        ),
        ActionInfo(
            "redo",
            "&Redo",
            lambda c: c.document.redo(),
            ("Ctrl+Shift+Z", "Ctrl+Y"),
            "redo",
            lambda c: bool(c.document.redo_label),
        ),
    ),
)
