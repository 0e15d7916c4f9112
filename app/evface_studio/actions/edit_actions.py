"""Taking back and doing again."""

from __future__ import annotations

from evface_studio.actions.action import ActionInfo, Condition, Menu

_CAN_UNDO = Condition(
    lambda c: bool(c.document.undo_label) and not c.document.is_read_only,
    "There is nothing that can be taken back.",
)
_CAN_REDO = Condition(
    lambda c: bool(c.document.redo_label) and not c.document.is_read_only,
    "There is nothing that can be made again.",
)

MENU: Menu = (
    "&Edit",
    (
        ActionInfo(
            "undo",
            "&Undo",
            lambda c: c.document.undo(),
            ("Ctrl+Z",),
            "undo",
            _CAN_UNDO,
        ),
        ActionInfo(
            "redo",
            "&Redo",
            lambda c: c.document.redo(),
            ("Ctrl+Shift+Z", "Ctrl+Y"),
            "redo",
            _CAN_REDO,
        ),
    ),
)
