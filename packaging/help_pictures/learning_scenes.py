"""Pictures of learning; two small networks are trained for them."""

from __future__ import annotations

from driving import AT_US, SIZE, Studio, take_dialog
from PySide6.QtGui import QPixmap

from evface.annotations.roles import PREDICTED_LANDMARKS
from evface_studio.docks import MODELS
from evface_studio.learning.predicting import PredictionRequest
from evface_studio.learning.training import TrainingRequest

# Of the screenshot of learning.
SCREENSHOT = (1600, 1000)
TRAINING_MS = 1_800_000


def training(studio: Studio) -> QPixmap:
    """Take the dialog that trains networks."""
    studio.window.action("train").trigger()
    dialog = studio.window.training.dialog
    studio.wait(lambda: dialog.is_ready)
    studio.wait(lambda: "took here" in dialog.time_note.text())
    return take_dialog("TrainDialog")


def models(studio: Studio) -> QPixmap:
    """Take the panel of the networks, with the figures of one."""
    _train_networks(studio)
    window, panel = studio.window, studio.window.side_panels.models
    window.docks.set_wanted(MODELS, True)
    window.models.choose(next(run for run in window.models.runs if run.task == "landmarks"))
    studio.settle()
    panel.measure()
    studio.wait(lambda: window.models.evaluation is not None)
    window.notifications.dismiss_all()
    studio.settle()
    picture = window.docks.panels["Models"].grab()
    window.docks.set_wanted(MODELS, False)
    return picture


def predictions(studio: Studio) -> QPixmap:
    """Take a face with predicted landmarks beside those of the labels."""
    _predict(studio)
    window, pane = studio.window, studio.window.workspace.events_pane
    window.workspace.rgb_pane.hide()
    window.workspace.mesh_pane.hide()
    studio.settle()
    studio.enlarge(pane, *range(17, 68), room=0.25)
    studio.settle()
    picture = pane.grab()
    window.workspace.rgb_pane.show()
    window.workspace.mesh_pane.show()
    pane.picture.fit()
    _take_back_predictions(studio)
    return picture


def learning(studio: Studio) -> QPixmap:
    """Take the whole window: how the training went, beside what the networks say."""
    _predict(studio)
    window = studio.window
    window.resize(*SCREENSHOT)
    window.models.choose(next(run for run in window.models.runs if run.task == "landmarks"))
    window.docks.set_wanted(MODELS, True)
    window.side_panels.models.tabs.setCurrentWidget(window.side_panels.models.curves)
    studio.settle()
    picture = window.grab()
    window.docks.set_wanted(MODELS, False)
    window.resize(*SIZE)
    _take_back_predictions(studio)
    return picture


def _train_networks(studio: Studio) -> None:
    """Train a network of action units and one of landmarks, unless they are there."""
    window = studio.window
    for preset in ("au_quick", "kp_quick"):
        if not (window.training.folder / preset).exists():
            window.training.train(TrainingRequest(preset, preset, ("data.split=time",)))
    studio.wait(lambda: not window.jobs.unfinished, TRAINING_MS)
    studio.wait(lambda: len(window.models.usable) == 2)
    window.jobs.forget_finished()
    window.notifications.dismiss_all()


def _predict(studio: Studio) -> None:
    """Ask both networks about the recording shown."""
    _train_networks(studio)
    window = studio.window
    by_task = {run.task: str(run.checkpoint) for run in window.models.usable}
    request = PredictionRequest(by_task["landmarks"], by_task["action_units"])
    window.predicting.predict(request, [studio.document.recording_id])
    studio.wait(lambda: PREDICTED_LANDMARKS in studio.document.tracks)
    window.assistance.toast.hide()
    studio.go_to(AT_US)


def _take_back_predictions(studio: Studio) -> None:
    studio.document.undo()
    studio.wait(lambda: PREDICTED_LANDMARKS not in studio.document.tracks)
    studio.window.jobs.forget_finished()
    studio.settle()
