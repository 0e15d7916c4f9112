"""Processing recordings and aligning their two cameras."""

from __future__ import annotations

from evface_studio.actions.action import (
    HAS_PROJECT,
    IS_OPEN,
    SEPARATOR,
    ActionInfo,
    Condition,
    Menu,
)

_HAS_BOTH = Condition(
    lambda c: c.alignment.can_change, "Open a project with events and a video first."
)
_HAS_FACE = Condition(
    lambda c: c.alignment.can_find_registration, "Process the recording first, to find its face."
)
_CAN_PROCESS = Condition(
    lambda c: IS_OPEN(c) and not c.document.is_read_only, "Open what can be written first."
)
_CAN_ADD = Condition(
    lambda c: HAS_PROJECT(c) and not c.document.is_read_only,
    "Open a project that can be written first.",
)

MENU: Menu = (
    "&Recording",
    (
        ActionInfo(
            "process", "&Process", lambda c: c.process(), ("Ctrl+R",), "process", _CAN_PROCESS
        ),
        ActionInfo(
            "process_all",
            "Process &all",
            lambda c: c.process_all(),
            ("Ctrl+Shift+R",),
            "",
            _CAN_ADD,
        ),
        SEPARATOR,
        ActionInfo(
            "find_sync",
            "Find the &clock of the video",
            lambda c: c.find_sync(),
            (),
            "",
            _HAS_BOTH,
        ),
        ActionInfo(
            "find_registration",
            "Find how the pictures &lie",
            lambda c: c.find_registration(),
            (),
            "",
            _HAS_FACE,
        ),
        ActionInfo(
            "mark_frame",
            "&Mark this video frame",
            lambda c: c.mark_frame(),
            ("M",),
            "",
            _HAS_BOTH,
            tip="a blink or a flash, to align the clocks by",
        ),
        ActionInfo(
            "mark_events",
            "Mark this &event window",
            lambda c: c.mark_events(),
            ("Shift+M",),
            "",
            _HAS_BOTH,
            tip="the same blink or flash",
        ),
        SEPARATOR,
        ActionInfo(
            "add_recording",
            "A&dd recording…",
            lambda c: c.add_recording(),
            (),
            "add",
            _CAN_ADD,
        ),
        ActionInfo(
            "relink", "&Find missing files…", lambda c: c.relink(), (), "relink", HAS_PROJECT
        ),
    ),
)
