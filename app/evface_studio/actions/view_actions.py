"""What is drawn, how large, and which panels are there."""

from __future__ import annotations

from collections.abc import Callable

from evface.annotations.roles import PREDICTED_FACE
from evface_studio.actions.action import (
    HAS_RECORDING,
    SEPARATOR,
    ActionInfo,
    Condition,
    Menu,
    Scope,
    Submenu,
)
from evface_studio.actions.commands import Commands
from evface_studio.docks import ALIGNMENT, FILTERS, HEALTH, RECORDINGS
from evface_studio.look.text_size import TEXT_PERCENTS
from evface_studio.view_state import Comparison, LabelSource, Layer

_HAS_VIDEO = Condition(
    lambda c: c.alignment.registration is not None, "Open a recording with a video first."
)


def _layer(layer: Layer, text: str, shortcut: str) -> ActionInfo:
    return ActionInfo(
        f"show_{layer}",
        text,
        lambda commands: commands.toggle_layer(layer),
        (shortcut,),
        is_checked=lambda commands: commands.view_state.shows(layer),
    )


def _comparison(comparison: Comparison, text: str, shortcut: str) -> ActionInfo:
    return ActionInfo(
        comparison.value,
        text,
        lambda commands: commands.toggle_comparison(comparison),
        (shortcut,),
        "",
        _HAS_VIDEO,
        lambda commands: commands.view_state.comparison is comparison,
    )


def _picture(
    key: str, text: str, handler: Callable[[Commands], None], *shortcuts: str
) -> ActionInfo:
    return ActionInfo(
        key, text, handler, shortcuts, "", HAS_RECORDING, repeats=True, scope=Scope.PICTURES
    )


def _look(side: str, words: str, right: int, down: int) -> ActionInfo:
    return ActionInfo(
        f"look_{side}",
        words,
        lambda c: c.pictures.move(right, down),
        (f"Ctrl+Shift+{side.capitalize()}",),
        "",
        HAS_RECORDING,
        repeats=True,
        tip="turns the mesh",
        scope=Scope.PICTURES,
    )


def _text_percent(percent: int) -> ActionInfo:
    return ActionInfo(
        f"text_{percent}",
        f"{percent} %",
        lambda commands: commands.settings.set_text_percent(percent),
        is_checked=lambda commands: commands.settings.text_percent == percent,
    )


MENU: Menu = (
    "&View",
    (
        _layer(Layer.LANDMARKS, "&Landmarks", "Ctrl+1"),
        _layer(Layer.BOX, "Face &box", "Ctrl+2"),
        _layer(Layer.MESH, "&Mesh", "Ctrl+3"),
        _layer(Layer.TRUTH, "Known &truth", "Ctrl+4"),
        _layer(Layer.PREDICTIONS, "&Predictions", "Ctrl+9"),
        ActionInfo(
            "colour_mesh",
            "&Colour the mesh by movement",
            lambda c: c.view_state.set_colours_mesh(not c.view_state.colours_mesh),
            ("Ctrl+Alt+3",),
            is_checked=lambda c: c.view_state.colours_mesh,
            tip="by how far each point of the skin lies from the neutral face",
        ),
        ActionInfo(
            "predicted_mesh",
            "Mesh: the predicted &face",
            lambda c: c.view_state.toggle_mesh_source(),
            ("Ctrl+Shift+3",),
            "",
            Condition(
                lambda c: PREDICTED_FACE in c.document.tracks,
                "Predict the recording first, with a network that tells coefficients.",
            ),
            lambda c: c.view_state.mesh_source is LabelSource.PREDICTIONS,
        ),
        SEPARATOR,
        _comparison(Comparison.SWIPE, "S&wipe the video over the events", "Ctrl+5"),
        _comparison(Comparison.BLEND, "Bl&end the video and the events", "Ctrl+6"),
        SEPARATOR,
        ActionInfo(
            "link_zoom",
            "&Zoom both pictures together",
            lambda c: c.view_state.set_links_zoom(not c.view_state.links_zoom),
            ("Ctrl+L",),
            "link",
            is_checked=lambda c: c.view_state.links_zoom,
        ),
        _picture("picture_larger", "Picture: &larger", lambda c: c.pictures.zoom(1), "+", "="),
        _picture("picture_smaller", "Picture: s&maller", lambda c: c.pictures.zoom(-1), "-"),
        _picture("picture_whole", "Picture: all of it", lambda c: c.pictures.show_all(), "0"),
        Submenu(
            "Move the &picture",
            (
                _look("right", "To the &right", 1, 0),
                _look("left", "To the &left", -1, 0),
                _look("down", "&Down", 0, 1),
                _look("up", "&Up", 0, -1),
            ),
        ),
        SEPARATOR,
        ActionInfo(
            "zoom_in",
            "Timeline: show &less, larger",
            lambda c: c.parts.zoom_timeline(0.6),
            ("Ctrl++", "Ctrl+="),
            "plus",
            HAS_RECORDING,
            repeats=True,
        ),
        ActionInfo(
            "zoom_out",
            "Timeline: show m&ore",
            lambda c: c.parts.zoom_timeline(1 / 0.6),
            ("Ctrl+-",),
            "minus",
            HAS_RECORDING,
            repeats=True,
        ),
        ActionInfo(
            "zoom_fit",
            "Timeline: show &all",
            lambda c: c.parts.fit_timeline(),
            ("Ctrl+0",),
            "fit",
            HAS_RECORDING,
        ),
        SEPARATOR,
        ActionInfo(
            "side_panel",
            "&Recordings and jobs",
            lambda c: c.docks.toggle(RECORDINGS),
            ("F9",),
            is_checked=lambda c: c.docks.is_wanted(RECORDINGS),
        ),
        ActionInfo(
            "alignment",
            "&Alignment and landmark",
            lambda c: c.docks.toggle(ALIGNMENT),
            ("F8",),
            is_checked=lambda c: c.docks.is_wanted(ALIGNMENT),
        ),
        ActionInfo(
            "health",
            "&Health of the recording",
            lambda c: c.docks.toggle(HEALTH),
            ("Ctrl+H",),
            is_checked=lambda c: c.docks.is_wanted(HEALTH),
            tip="drops, gaps, hot pixels, flicker and damage, before time is spent on it",
        ),
        ActionInfo(
            "filters",
            "F&ilters of the events",
            lambda c: c.docks.toggle(FILTERS),
            ("F3",),
            is_checked=lambda c: c.docks.is_wanted(FILTERS),
            tip="what is left out of the recording: noise, hot pixels, flicker and more",
        ),
        Submenu(
            "Te&xt size",
            (
                *(_text_percent(percent) for percent in TEXT_PERCENTS),
                ActionInfo(
                    "larger_text",
                    "&Larger",
                    lambda c: c.step_text_size(1),
                    ("Ctrl+Alt++", "Ctrl+Alt+="),
                    is_enabled=lambda c: c.settings.text_percent < TEXT_PERCENTS[-1],
                ),
                ActionInfo(
                    "smaller_text",
                    "&Smaller",
                    lambda c: c.step_text_size(-1),
                    ("Ctrl+Alt+-",),
                    is_enabled=lambda c: c.settings.text_percent > TEXT_PERCENTS[0],
                ),
            ),
        ),
        ActionInfo(
            "dark_theme",
            "&Dark theme",
            lambda c: c.toggle_theme(),
            (),
            is_checked=lambda c: c.settings.theme.is_dark,
        ),
        SEPARATOR,
        ActionInfo(
            "next_part",
            "&Keyboard to the next part",
            lambda c: c.places.go_on(1),
            ("F6",),
            tip="pictures, controls, timeline, panels",
        ),
        ActionInfo(
            "previous_part",
            "Keyboard to the &previous part",
            lambda c: c.places.go_on(-1),
            ("Shift+F6",),
        ),
        ActionInfo(
            "next_control",
            "Keyboard to the next control",
            lambda c: c.places.go_to_control(True),
            ("Ctrl+Tab",),
            tip="as Tab, but out of a picture too",
        ),
        ActionInfo(
            "previous_control",
            "Keyboard to the previous control",
            lambda c: c.places.go_to_control(False),
            ("Ctrl+Shift+Tab",),
        ),
        SEPARATOR,
        ActionInfo(
            "full_screen",
            "&Full screen",
            lambda c: c.toggle_full_screen(),
            ("F11",),
            is_checked=lambda c: c.is_full_screen(),
        ),
    ),
)
