"""Annotators of a project and what they agree on, other projects, and other days."""

from __future__ import annotations

from evface_studio.actions.action import (
    HAS_PROJECT,
    SEPARATOR,
    ActionInfo,
    Condition,
    Menu,
)

_CAN_MERGE = Condition(
    lambda c: c.sharing.merging.is_allowed, "Open a project first that can be changed."
)

MENU: Menu = (
    "Pro&ject",
    (
        ActionInfo(
            "annotator",
            "&Annotator…",
            lambda c: c.sharing.show_annotator(),
            tip="under whose name labels are kept, and who labelled how much",
        ),
        ActionInfo(
            "code_blind",
            "Code &blind",
            lambda c: c.sharing.toggle_blind(),
            is_checked=lambda c: c.document.is_blind,
            tip="hide the labels of other annotators",
        ),
        SEPARATOR,
        ActionInfo(
            "agreement",
            "A&greement…",
            lambda c: c.sharing.show_agreement(),
            (),
            "",
            HAS_PROJECT,
            tip="compare two annotators: NME, kappa, ICC",
        ),
        SEPARATOR,
        ActionInfo(
            "merge",
            "&Merge another project…",
            lambda c: c.sharing.show_merge(),
            (),
            "",
            _CAN_MERGE,
            tip="bring another annotator's labels into this project",
        ),
        ActionInfo(
            "snapshots",
            "&Snapshots…",
            lambda c: c.sharing.show_snapshots(),
            (),
            "",
            HAS_PROJECT,
            tip="keep all labels as they are now, and bring them back",
        ),
    ),
)
