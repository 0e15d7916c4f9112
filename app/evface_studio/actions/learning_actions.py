"""Training networks and asking them."""

from __future__ import annotations

from evface.annotations.roles import PREDICTED_LANDMARKS
from evface_studio.actions.action import (
    HAS_PROJECT,
    SEPARATOR,
    ActionInfo,
    Condition,
    Menu,
    Scope,
)
from evface_studio.docks import MODELS

_HAS_MODEL = Condition(lambda c: c.model_work.can_measure, "Choose a trained model first.")
_HAS_MODELS = Condition(lambda c: bool(c.models.usable), "Train or import a model first.")
_CAN_PREDICT = Condition(
    lambda c: bool(c.document.listed) and not c.document.is_read_only,
    "Open a project with recordings that can be written first.",
)
_HAS_PREDICTION = Condition(
    lambda c: PREDICTED_LANDMARKS in c.document.tracks,
    "Predict the recording first, with a network of landmarks.",
)

MENU: Menu = (
    "Lear&ning",
    (
        ActionInfo(
            "train",
            "&Train…",
            lambda c: c.training.show_dialog(),
            ("Ctrl+T",),
            "curves",
            HAS_PROJECT,
            tip="a network on the labels of this project",
        ),
        ActionInfo(
            "models_panel",
            "&Models",
            lambda c: c.docks.toggle(MODELS),
            ("F4",),
            is_checked=lambda c: c.docks.is_wanted(MODELS),
            tip="networks that were trained on this project, and how good they are",
        ),
        SEPARATOR,
        ActionInfo(
            "measure_model",
            "Me&asure the chosen model",
            lambda c: c.model_work.measure_chosen(),
            (),
            "",
            _HAS_MODEL,
            tip="on people whom it never saw",
        ),
        ActionInfo(
            "compare_models",
            "&Compare two models…",
            lambda c: c.model_work.show_comparison(),
            (),
            "",
            _HAS_MODELS,
            tip="on the recording in view, or one model and the labels",
        ),
        SEPARATOR,
        ActionInfo(
            "predict",
            "&Predict this recording…",
            lambda c: c.predicting.show_dialog(asks_all=False),
            ("Ctrl+Return",),
            "predict",
            _CAN_PREDICT,
            tip="with trained networks: landmarks, action units, the face",
        ),
        ActionInfo(
            "predict_all",
            "Predict &all recordings…",
            lambda c: c.predicting.show_dialog(asks_all=True),
            ("Ctrl+Shift+Return",),
            "",
            _CAN_PREDICT,
        ),
        ActionInfo(
            "accept_prediction",
            "Acc&ept predicted landmarks in this frame",
            lambda c: c.landmarks.accept_prediction(),
            ("Shift+Return",),
            "",
            _HAS_PREDICTION,
            tip="the chosen ones, or all, become corrections: a keyframe",
            scope=Scope.PICTURES,
        ),
    ),
)
