"""Opening, saving as a project, closing."""

from __future__ import annotations

from evface_studio.actions.action import (
    HAS_PROJECT,
    HAS_RECORDING,
    IS_OPEN,
    RECENT,
    SEPARATOR,
    ActionInfo,
    Condition,
    Menu,
)

_IS_LONE = Condition(
    lambda c: HAS_RECORDING(c) and not HAS_PROJECT(c),
    "Only a recording that is in no project can be saved as one.",
)


MENU: Menu = (
    "&File",
    (
        ActionInfo("open", "&Open…", lambda c: c.open(), ("Ctrl+O",), "open"),
        RECENT,
        ActionInfo("demo", "Try the &demo", lambda c: c.run_demo(), icon="demo"),
        SEPARATOR,
        ActionInfo(
            "save_as_project",
            "&Save as project…",
            lambda c: c.save_as_project(),
            ("Ctrl+Shift+S",),
            "save",
            _IS_LONE,
        ),
        ActionInfo("close", "&Close", lambda c: c.document.close(), ("Ctrl+W",), "", IS_OPEN),
        SEPARATOR,
        ActionInfo("quit", "&Quit", lambda c: c.quit(), ("Ctrl+Q",), "quit"),
    ),
)
