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
_CAN_EXPORT = Condition(lambda c: c.interchange.can_export, "Open a project with recordings first.")
_CAN_IMPORT = Condition(
    lambda c: c.interchange.can_import,
    "Open a project with recordings first, one that is not open for reading only.",
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
        SEPARATOR,
        ActionInfo(
            "import_labels",
            "&Import labels…",
            lambda c: c.interchange.show_import(),
            ("Ctrl+I",),
            "",
            _CAN_IMPORT,
            tip="bring in labels of COCO, CVAT, ELAN, OpenFace, HDF5 or NPZ",
        ),
        ActionInfo(
            "export_labels",
            "E&xport labels…",
            lambda c: c.interchange.show_export(),
            ("Ctrl+E",),
            "",
            _CAN_EXPORT,
            tip="write labels for COCO, CVAT, ELAN, OpenFace, HDF5 or NPZ",
        ),
        SEPARATOR,
        ActionInfo("close", "&Close", lambda c: c.document.close(), ("Ctrl+W",), "", IS_OPEN),
        SEPARATOR,
        ActionInfo("quit", "&Quit", lambda c: c.quit(), ("Ctrl+Q",), "quit"),
    ),
)
