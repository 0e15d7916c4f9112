"""Makes the panels that come with the workspace: their plots take as long to import."""

from __future__ import annotations

from typing import TYPE_CHECKING

from evface_studio.docks import ALIGNMENT, CODING, FILTERS, HEALTH, MODELS, REVIEW
from evface_studio.learning.clip_places import ClipPlaces
from evface_studio.learning.predicting import PredictionRequest
from evface_studio.look.theme import Theme
from evface_studio.panels.alignment_panel import AlignmentPanel
from evface_studio.panels.coding_panel import CodingPanel
from evface_studio.panels.filters_panel import FiltersPanel
from evface_studio.panels.health_panel import HealthPanel
from evface_studio.panels.models_panel import ModelsPanel
from evface_studio.panels.review_panel import ReviewPanel

if TYPE_CHECKING:
    from evface.training.runs import Run
    from evface_studio.main_window import MainWindow
    from evface_studio.workspace import Workspace


class SidePanels:
    """The panels in their docks, wired to the workspace and to what they show."""

    def __init__(self, window: MainWindow, workspace: Workspace, theme: Theme) -> None:
        self.alignment = _make_alignment(window, workspace, theme)
        self.coding = _make_coding(window, theme)
        self.review = _make_review(window, workspace, theme)
        self.models = _make_models(window, theme)
        self.health = _make_health(window, workspace, theme)
        self.filters = _make_filters(window, workspace, theme)

    def set_theme(self, theme: Theme) -> None:
        """Take other colours."""
        for panel in (
            self.alignment,
            self.coding,
            self.review,
            self.models,
            self.health,
            self.filters,
        ):
            panel.set_theme(theme)

    def close_threads(self) -> None:
        """End the threads of the panels."""
        self.models.close_threads()


def _make_alignment(window: MainWindow, workspace: Workspace, theme: Theme) -> AlignmentPanel:
    """Return the panel that says how the two cameras fit together, in its dock."""
    panel = AlignmentPanel(window.alignment, window.document, window.view_state, theme)
    panel.clock.frame_mark_asked.connect(window.commands.mark_frame)
    panel.clock.events_mark_asked.connect(window.commands.mark_events)
    window.docks.add(ALIGNMENT, panel)
    events_pane = workspace.events_pane
    panel.space.map_changed.connect(events_pane.errors.set_map)
    panel.space.tried_changed.connect(events_pane.try_registration)
    return panel


def _make_coding(window: MainWindow, theme: Theme) -> CodingPanel:
    """Return the panel that shows the chosen segment in full, in its dock."""
    panel = CodingPanel(window.coding, window.marking, window.document, window.view_state, theme)
    panel.calibrate_asked.connect(window.commands.show_reaction)
    window.docks.add(CODING, panel)
    return panel


def _make_review(window: MainWindow, workspace: Workspace, theme: Theme) -> ReviewPanel:
    """Return the panel that lists what is doubtful, in its dock."""
    panel = ReviewPanel(window.review, theme)
    panel.asked.connect(lambda key: window.action(key).trigger())
    window.review.part_asked.connect(workspace.show_part)
    window.review.keyboard_asked.connect(workspace.give_keyboard)
    keymap = window.keymap

    def tell_keys() -> None:
        panel.set_keys({one.key: keymap.words(one) for one in keymap.actions})

    keymap.changed.connect(tell_keys)
    tell_keys()
    window.docks.add(REVIEW, panel)
    return panel


def _make_filters(window: MainWindow, workspace: Workspace, theme: Theme) -> FiltersPanel:
    """Return the panel of the filters that the events pass, in its dock."""
    panel = FiltersPanel(window.filtering, theme)
    window.document.about_to_move_on.connect(panel.settle)
    workspace.events_pane.show_left_out_of(window.filtering)
    window.docks.add(FILTERS, panel)
    return panel


def _make_health(window: MainWindow, workspace: Workspace, theme: Theme) -> HealthPanel:
    """Return the panel that says how good the recording is, in its dock."""
    panel = HealthPanel(window.health, window.view_state, theme)
    panel.sought.connect(window.playback.seek)
    window.health.triggers_changed.connect(workspace.timeline.set_triggers)
    workspace.timeline.set_triggers(window.health.triggers)
    window.docks.add(HEALTH, panel)
    return panel


def _make_models(window: MainWindow, theme: Theme) -> ModelsPanel:
    """Return the panel of the trained networks, in its dock."""
    clips = ClipPlaces(window.document, window.view_state, window)
    panel = ModelsPanel(window.models, window.model_work, clips, window.training, theme)
    panel.train_asked.connect(window.training.show_dialog)
    panel.compare_asked.connect(window.model_work.show_comparison)

    def predict(run: Run) -> None:
        recording_id = window.document.recording_id
        if recording_id is not None:
            path = str(run.checkpoint)
            is_of_points = run.task == "landmarks"
            request = PredictionRequest(path if is_of_points else "", "" if is_of_points else path)
            window.predicting.predict(request, [recording_id])

    panel.predict_asked.connect(predict)
    window.docks.add(MODELS, panel)
    return panel
