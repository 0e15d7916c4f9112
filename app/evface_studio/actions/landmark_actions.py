"""Choosing, moving and judging landmarks and boxes."""

from __future__ import annotations

from evface_studio.actions.action import (
    SEPARATOR,
    ActionInfo,
    Condition,
    Menu,
    Scope,
    Submenu,
)
from evface_studio.view_state import Layer, PointerTool

# Parts of a pixel of the picture.
_LITTLE_PX, _MORE_PX = 0.25, 1.0

_HAS_LANDMARKS = Condition(
    lambda c: c.landmarks.has_landmarks, "Process the recording first, to find its landmarks."
)
_HAS_SELECTED = Condition(
    lambda c: _HAS_LANDMARKS(c) and bool(c.landmarks.selected), "Click on a landmark first."
)
_HAS_RECORDING = Condition(lambda c: c.document.recording is not None, "Open a recording first.")
_CAN_LET_GO = Condition(
    lambda c: bool(c.view_state.selected_landmarks) or c.view_state.tool is not PointerTool.SELECT,
    "Nothing is chosen.",
)


def _nudge(
    key: str, text: str, keys: str, x_px: float, y_px: float, *, is_more: bool = False
) -> ActionInfo:
    step_px = _MORE_PX if is_more else _LITTLE_PX
    return ActionInfo(
        key,
        text,
        lambda c: c.landmarks.nudge(x_px * step_px, y_px * step_px),
        (keys,),
        "",
        _HAS_SELECTED,
        repeats=True,
        tip=f"by {step_px:g} px; nudges that follow one another are one step to undo",
        scope=Scope.PICTURES,
    )


_SELECTING = (
    ActionInfo(
        "next_landmark",
        "&Next landmark",
        lambda c: c.landmarks.select_next(1),
        ("Tab",),
        "",
        _HAS_SELECTED,
        repeats=True,
        scope=Scope.PICTURES,
    ),
    ActionInfo(
        "previous_landmark",
        "&Previous landmark",
        lambda c: c.landmarks.select_next(-1),
        ("Shift+Tab",),
        "",
        _HAS_SELECTED,
        repeats=True,
        scope=Scope.PICTURES,
    ),
    ActionInfo(
        "select_part",
        "Choose the &whole part",
        lambda c: c.landmarks.select_part(),
        ("A",),
        "",
        _HAS_SELECTED,
        tip="the eye, brow, nose, mouth or jaw that the chosen landmarks belong to",
        scope=Scope.PICTURES,
    ),
    ActionInfo(
        "select_all_landmarks",
        "Choose &all landmarks",
        lambda c: c.landmarks.select_all(),
        ("Ctrl+A",),
        "",
        _HAS_LANDMARKS,
        scope=Scope.PICTURES,
    ),
    ActionInfo(
        "let_go",
        "Let &go",
        lambda c: c.landmarks.let_go(),
        ("Escape",),
        "",
        _CAN_LET_GO,
        tip="of the tool, then of the chosen landmarks; in mid-drag it puts everything back",
        scope=Scope.PICTURES,
    ),
)

_MOVING = (
    ActionInfo(
        "place_landmark",
        "&Place the chosen landmark",
        lambda c: c.view_state.toggle_tool(PointerTool.PLACE),
        ("P",),
        "",
        Condition(
            lambda c: _HAS_LANDMARKS(c) and c.view_state.chosen_landmark is not None,
            "Click on a landmark first.",
        ),
        lambda c: c.view_state.tool is PointerTool.PLACE,
        tip="a click says where it is; on the events it is a pair to align by, too",
    ),
    Submenu(
        "&Nudge",
        (
            _nudge("nudge_left", "Left", "Alt+Left", -1, 0),
            _nudge("nudge_right", "Right", "Alt+Right", 1, 0),
            _nudge("nudge_up", "Up", "Alt+Up", 0, -1),
            _nudge("nudge_down", "Down", "Alt+Down", 0, 1),
            _nudge("nudge_left_more", "Left, more", "Alt+Shift+Left", -1, 0, is_more=True),
            _nudge("nudge_right_more", "Right, more", "Alt+Shift+Right", 1, 0, is_more=True),
            _nudge("nudge_up_more", "Up, more", "Alt+Shift+Up", 0, -1, is_more=True),
            _nudge("nudge_down_more", "Down, more", "Alt+Shift+Down", 0, 1, is_more=True),
        ),
    ),
)

_JUDGING = (
    ActionInfo(
        "verify_landmarks",
        "&Verify",
        lambda c: c.landmarks.verify(),
        ("V",),
        "success",
        _HAS_LANDMARKS,
        tip="the chosen landmarks are right; all where none is chosen",
        scope=Scope.PICTURES,
    ),
    ActionInfo(
        "verify_frame",
        "Verify the whole &frame",
        lambda c: c.landmarks.verify_frame(),
        ("Shift+V",),
        "",
        _HAS_LANDMARKS,
        scope=Scope.PICTURES,
    ),
    ActionInfo(
        "occlude_landmarks",
        "&Hide, or show again",
        lambda c: c.landmarks.occlude(),
        ("H",),
        "",
        _HAS_SELECTED,
        tip="something hides the chosen landmarks; their places are guesses",
        scope=Scope.PICTURES,
    ),
    ActionInfo(
        "forget_corrections",
        "F&orget corrections",
        lambda c: c.landmarks.forget(),
        ("Delete", "Ctrl+Backspace"),
        "",
        _HAS_SELECTED,
        tip="of the chosen landmarks: what the machine says counts again",
        scope=Scope.PICTURES,
        removes=True,
    ),
    ActionInfo(
        "forget_frame",
        "Forget all corrections of this frame",
        lambda c: c.landmarks.forget_frame(),
        ("Ctrl+Shift+Backspace",),
        "",
        _HAS_LANDMARKS,
        scope=Scope.PICTURES,
        removes=True,
    ),
)

_KEYFRAMES = (
    ActionInfo(
        "previous_keyframe",
        "Previous &keyframe",
        lambda c: c.landmarks.go_to_keyframe("previous"),
        ("D",),
        "",
        _HAS_LANDMARKS,
        repeats=True,
        scope=Scope.PICTURES,
    ),
    ActionInfo(
        "next_keyframe",
        "Next k&eyframe",
        lambda c: c.landmarks.go_to_keyframe("next"),
        ("F",),
        "",
        _HAS_LANDMARKS,
        repeats=True,
        scope=Scope.PICTURES,
    ),
    ActionInfo(
        "make_keyframe",
        "&Make a keyframe",
        lambda c: c.landmarks.keep(),
        ("Shift+K",),
        "",
        _HAS_LANDMARKS,
        tip="the chosen landmarks, or all, stay where they are shown",
        scope=Scope.PICTURES,
    ),
    ActionInfo(
        "copy_previous",
        "Copy f&rom the previous keyframe",
        lambda c: c.landmarks.copy_from("previous"),
        ("Shift+D",),
        "copy",
        _HAS_LANDMARKS,
        tip="corrections go along with the face",
        scope=Scope.PICTURES,
    ),
    ActionInfo(
        "copy_next",
        "Copy from the ne&xt keyframe",
        lambda c: c.landmarks.copy_from("next"),
        ("Shift+F",),
        "",
        _HAS_LANDMARKS,
        tip="corrections go along with the face",
        scope=Scope.PICTURES,
    ),
    ActionInfo(
        "track_on",
        "&Track on from here",
        lambda c: c.landmarks.propagate("next"),
        ("T",),
        "",
        _HAS_LANDMARKS,
        tip="corrected landmarks follow the events, as long as they can be trusted",
        scope=Scope.PICTURES,
    ),
    ActionInfo(
        "track_back",
        "Track &back from here",
        lambda c: c.landmarks.propagate("previous"),
        ("Shift+T",),
        "",
        _HAS_LANDMARKS,
        tip="corrected landmarks follow the events, as long as they can be trusted",
        scope=Scope.PICTURES,
    ),
    ActionInfo(
        "track_for",
        "How far to track…",
        lambda c: c.ask_track_for(),
        (),
        "",
        _HAS_LANDMARKS,
    ),
    ActionInfo(
        "interpolate",
        "&Carry corrections between keyframes",
        lambda c: c.landmarks.set_interpolating(not c.landmarks.is_interpolating),
        (),
        "",
        _HAS_LANDMARKS,
        lambda c: c.landmarks.is_interpolating,
        tip="the automatic landmarks between two keyframes are shifted as both were corrected",
    ),
    ActionInfo(
        "longest_gap",
        "&Longest gap between keyframes…",
        lambda c: c.ask_longest_gap(),
        (),
        "",
        _HAS_LANDMARKS,
        tip="corrections farther apart are not carried from one to the other",
    ),
)

_BOX = (
    ActionInfo(
        "draw_box",
        "Draw the face's &box",
        lambda c: c.view_state.toggle_tool(PointerTool.BOX),
        ("B",),
        "",
        _HAS_RECORDING,
        lambda c: c.view_state.tool is PointerTool.BOX,
        tip="then drag from corner to corner; the sides can be dragged at any time",
        scope=Scope.PICTURES,
    ),
    ActionInfo(
        "reset_box",
        "Put the box around the landmarks aga&in",
        lambda c: c.landmarks.reset_box(),
        (),
        "",
        _HAS_LANDMARKS,
    ),
)


def _show_as(key: str, text: str, scheme: str) -> ActionInfo:
    return ActionInfo(
        key,
        text,
        lambda c: c.view_state.set_shown_scheme(scheme),
        (),
        "",
        _HAS_LANDMARKS,
        lambda c: c.view_state.shown_scheme == scheme,
        tip="landmarks of a finer scheme; they can be changed in their own alone",
    )


_CHECKING = (
    Submenu(
        "Show &as",
        (
            _show_as("show_own_scheme", "Their own scheme", ""),
            _show_as("show_as_68", "68 points (iBUG)", "ibug68"),
            _show_as("show_as_5", "5 points", "five"),
        ),
    ),
    ActionInfo(
        "loupe",
        "Loupe",
        lambda c: c.view_state.set_shows_loupe(not c.view_state.shows_loupe),
        ("Z",),
        "",
        _HAS_RECORDING,
        lambda c: c.view_state.shows_loupe,
        tip="enlarges the chosen landmark on both pictures; while dragging it always does",
        scope=Scope.PICTURES,
    ),
    ActionInfo(
        "show_mirror",
        "Mirror check",
        lambda c: c.toggle_layer(Layer.MIRROR),
        ("Ctrl+7",),
        "",
        _HAS_LANDMARKS,
        lambda c: c.view_state.shows(Layer.MIRROR),
        tip="lays the mirrored face over the face, and joins landmarks that changed sides",
    ),
    ActionInfo(
        "swap_sides",
        "S&wap landmarks that changed sides",
        lambda c: c.landmarks.swap_sides(),
        (),
        "",
        _HAS_LANDMARKS,
        tip="the chosen ones; all where none of these changed sides",
    ),
)

MENU: Menu = (
    "&Landmarks",
    (
        *_SELECTING,
        SEPARATOR,
        *_MOVING,
        SEPARATOR,
        *_JUDGING,
        SEPARATOR,
        *_KEYFRAMES,
        SEPARATOR,
        *_BOX,
        SEPARATOR,
        *_CHECKING,
    ),
)
