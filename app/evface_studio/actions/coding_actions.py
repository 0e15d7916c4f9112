"""Coding action units on the timeline."""

from __future__ import annotations

from evface.annotations.segments import LEVELS, Presence, Side
from evface_studio.actions.action import (
    HAS_PROJECT,
    HAS_RECORDING,
    SEPARATOR,
    ActionInfo,
    Condition,
    Menu,
    Scope,
    Submenu,
)
from evface_studio.coding.unit_choice import RowFilter
from evface_studio.docks import CODING

_LITTLE_US, _MORE_US = 1_000, 10_000

_CAN_CODE = Condition(lambda c: c.coding.can_edit, "Open a project that can be written first.")
_HAS_CHOSEN = Condition(
    lambda c: c.coding.can_edit and c.coding.chosen is not None,
    "Choose a segment first: click it, or go to one with Page down.",
)
_HAS_SUGGESTIONS = Condition(
    lambda c: c.coding.can_edit and bool(c.coding.suggested), "Nothing is suggested."
)
_CAN_DECIDE = Condition(lambda c: _HAS_SUGGESTIONS(c) or _HAS_CHOSEN(c), "Nothing is suggested.")
_CAN_LET_GO = Condition(
    lambda c: c.coding.chosen is not None or c.playback.loop_us is not None, "Nothing is chosen."
)


def _level(level: str) -> ActionInfo:
    words = {"A": "a trace", "B": "slight", "C": "marked", "D": "severe", "E": "the most"}[level]
    return ActionInfo(
        f"level_{level.lower()}",
        f"&{level}, {words}",
        lambda c: c.coding.set_level(level),
        (level,),
        "",
        _HAS_CHOSEN,
        scope=Scope.TIMELINE,
    )


def _side(side: Side, text: str, keys: str) -> ActionInfo:
    return ActionInfo(
        f"side_{side}",
        text,
        lambda c: c.coding.set_side(side),
        (keys,),
        "",
        _HAS_CHOSEN,
        lambda c: c.coding.chosen is not None and c.coding.chosen.side is side,
        tip="the subject's own side",
        scope=Scope.TIMELINE,
    )


def _presence(presence: Presence, text: str, keys: str) -> ActionInfo:
    return ActionInfo(
        f"presence_{presence}",
        text,
        lambda c: c.coding.set_presence(presence),
        (keys,),
        "",
        _HAS_CHOSEN,
        lambda c: c.coding.chosen is not None and c.coding.chosen.presence is presence,
        scope=Scope.TIMELINE,
    )


def _nudge(key: str, text: str, keys: str, by_us: int) -> ActionInfo:
    return ActionInfo(
        key,
        text,
        lambda c: c.coding.nudge(by_us),
        (keys,),
        "",
        _HAS_CHOSEN,
        repeats=True,
        tip="the edge nearest to the cursor",
        scope=Scope.TIMELINE,
    )


def _nudge_frame(key: str, text: str, keys: str, n_frames: int) -> ActionInfo:
    return ActionInfo(
        key,
        text,
        lambda c: c.coding.nudge_frames(n_frames),
        (keys,),
        "",
        _HAS_CHOSEN,
        repeats=True,
        tip="the edge nearest to the cursor",
        scope=Scope.TIMELINE,
    )


def _row_key(number: int) -> ActionInfo:
    return ActionInfo(
        f"mark_row_{number}",
        f"Row {number}",
        lambda c: c.marking.start_row(number),
        (str(number % 10),),
        "",
        _CAN_CODE,
        tip="hold while playing; while time stands, the digit begins a code",
        scope=Scope.TIMELINE,
    )


def _rows(row_filter: RowFilter, text: str) -> ActionInfo:
    return ActionInfo(
        f"rows_{row_filter}",
        text,
        lambda c: c.coding.units.set_filter(row_filter),
        (),
        "",
        HAS_RECORDING,
        lambda c: c.coding.units.row_filter is row_filter,
    )


_ROWS = (
    ActionInfo(
        "row_above",
        "Row &above",
        lambda c: c.coding.step_unit(-1),
        ("Up",),
        "",
        HAS_RECORDING,
        repeats=True,
        scope=Scope.TIMELINE,
    ),
    ActionInfo(
        "row_below",
        "Row &below",
        lambda c: c.coding.step_unit(1),
        ("Down",),
        "",
        HAS_RECORDING,
        repeats=True,
        scope=Scope.TIMELINE,
    ),
    Submenu(
        "Ro&ws shown",
        (
            _rows(RowFilter.ALL, "&All"),
            _rows(RowFilter.ACTIVE, "A&ctive or coded"),
            _rows(RowFilter.CODED, "&Coded"),
        ),
    ),
)

_MARKING = (
    ActionInfo(
        "mark_unit",
        "&Mark the chosen row",
        lambda c: c.marking.start(c.coding.unit),
        ("X",),
        "",
        _CAN_CODE,
        tip="hold the key from onset to offset",
        scope=Scope.TIMELINE,
    ),
    Submenu("Mark row by its &number", tuple(_row_key(number) for number in range(1, 11))),
    ActionInfo(
        "type_code",
        "&Type a code…",
        lambda c: c.coding.typing_asked.emit(""),
        ("/",),
        "",
        _CAN_CODE,
        tip="such as 12cl or 1+2+5b",
        scope=Scope.TIMELINE,
    ),
)

_SEGMENT = (
    Submenu(
        "&Level",
        (
            *(_level(level) for level in LEVELS),
            ActionInfo(
                "level_none",
                "&Not graded",
                lambda c: c.coding.set_level(None),
                ("Shift+X",),
                "",
                _HAS_CHOSEN,
                scope=Scope.TIMELINE,
            ),
        ),
    ),
    Submenu(
        "&Side",
        (
            _side(Side.LEFT, "&Left", "Shift+L"),
            _side(Side.RIGHT, "&Right", "Shift+R"),
            _side(Side.BOTH, "&Both", "Shift+B"),
        ),
    ),
    Submenu(
        "&Presence",
        (
            _presence(Presence.PRESENT, "&Present", "Shift+P"),
            _presence(Presence.ABSENT, "&Absent", "Shift+A"),
            _presence(Presence.NOT_VISIBLE, "&Not visible", "Shift+N"),
        ),
    ),
    Submenu(
        "&Times",
        (
            ActionInfo(
                "set_onset",
                "&Onset at the cursor",
                lambda c: c.coding.set_onset(),
                ("I",),
                "",
                _HAS_CHOSEN,
                scope=Scope.TIMELINE,
            ),
            ActionInfo(
                "set_apex",
                "&Apex at the cursor",
                lambda c: c.coding.set_apex(),
                ("T",),
                "",
                _HAS_CHOSEN,
                scope=Scope.TIMELINE,
            ),
            ActionInfo(
                "set_offset",
                "O&ffset at the cursor",
                lambda c: c.coding.set_offset(),
                ("O",),
                "",
                _HAS_CHOSEN,
                scope=Scope.TIMELINE,
            ),
            _nudge("edge_later", "Edge later by 10 ms", "Alt+Right", _MORE_US),
            _nudge("edge_earlier", "Edge earlier by 10 ms", "Alt+Left", -_MORE_US),
            _nudge("edge_later_little", "Edge later by 1 ms", "Alt+Shift+Right", _LITTLE_US),
            _nudge("edge_earlier_little", "Edge earlier by 1 ms", "Alt+Shift+Left", -_LITTLE_US),
            _nudge_frame("edge_later_frame", "Edge later by a frame", "Alt+.", 1),
            _nudge_frame("edge_earlier_frame", "Edge earlier by a frame", "Alt+,", -1),
        ),
    ),
    ActionInfo(
        "previous_edge",
        "P&revious edge",
        lambda c: c.coding.step_edge(-1),
        ("PgUp",),
        "",
        HAS_RECORDING,
        repeats=True,
        tip="of a segment of the chosen row",
        scope=Scope.TIMELINE,
    ),
    ActionInfo(
        "next_edge",
        "Ne&xt edge",
        lambda c: c.coding.step_edge(1),
        ("PgDown",),
        "",
        HAS_RECORDING,
        repeats=True,
        tip="of a segment of the chosen row",
        scope=Scope.TIMELINE,
    ),
    ActionInfo(
        "loop",
        "&Repeat",
        lambda c: c.coding.toggle_loop(),
        ("Shift+Space",),
        "",
        HAS_RECORDING,
        lambda c: c.playback.loop_us is not None,
        tip="plays the chosen segment again and again",
        scope=Scope.TIMELINE,
    ),
    ActionInfo(
        "split_segment",
        "Spl&it at the cursor",
        lambda c: c.coding.split(),
        ("S",),
        "",
        _HAS_CHOSEN,
        scope=Scope.TIMELINE,
    ),
    ActionInfo(
        "merge_segments",
        "&Join with the next",
        lambda c: c.coding.merge(),
        ("+",),
        "",
        _HAS_CHOSEN,
        tip="of the same row; else with the one before",
        scope=Scope.TIMELINE,
    ),
    ActionInfo(
        "remove_segment",
        "Remo&ve",
        lambda c: c.coding.remove(),
        ("Delete",),
        "",
        _HAS_CHOSEN,
        tip="a suggestion is refused",
        scope=Scope.TIMELINE,
        removes=True,
    ),
    ActionInfo(
        "let_go_of_segment",
        "Let &go",
        lambda c: c.coding.let_go(),
        ("Escape",),
        "",
        _CAN_LET_GO,
        tip="of the loop, then of the segment; in mid-drag it puts everything back",
        scope=Scope.TIMELINE,
    ),
)

_SUGGESTIONS = (
    ActionInfo(
        "next_suggestion",
        "Ne&xt suggestion",
        lambda c: c.coding.next_suggestion(1),
        ("G",),
        "",
        _HAS_SUGGESTIONS,
        repeats=True,
        scope=Scope.TIMELINE,
    ),
    ActionInfo(
        "previous_suggestion",
        "Pre&vious suggestion",
        lambda c: c.coding.next_suggestion(-1),
        ("Shift+G",),
        "",
        _HAS_SUGGESTIONS,
        repeats=True,
        scope=Scope.TIMELINE,
    ),
    ActionInfo(
        "accept_suggestion",
        "A&ccept",
        lambda c: c.coding.accept(),
        ("Y",),
        "",
        _CAN_DECIDE,
        tip="the chosen suggestion, a refused one too; then on to the next",
        scope=Scope.TIMELINE,
    ),
    ActionInfo(
        "refuse_suggestion",
        "Re&fuse",
        lambda c: c.coding.refuse(),
        ("N",),
        "",
        _CAN_DECIDE,
        tip="it is not suggested again; then on to the next",
        scope=Scope.TIMELINE,
    ),
    ActionInfo(
        "accept_row",
        "Acc&ept all of the row",
        lambda c: c.coding.accept_row(),
        ("Shift+Y",),
        "",
        _HAS_SUGGESTIONS,
        scope=Scope.TIMELINE,
    ),
    ActionInfo(
        "show_refused",
        "Show ref&used ones",
        lambda c: c.coding.set_shows_refused(not c.coding.shows_refused),
        (),
        "",
        HAS_PROJECT,
        lambda c: c.coding.shows_refused,
    ),
)

_CONDITIONS = (
    ActionInfo(
        "video_class",
        "The whole recordin&g shows the chosen row",
        lambda c: c.coding.set_video_class(
            None if c.document.video_class == c.coding.unit else c.coding.unit
        ),
        (),
        "",
        _CAN_CODE,
        lambda c: bool(c.coding.unit) and c.document.video_class == c.coding.unit,
        tip="its class, as a recording of FACEMORPHIC has one",
    ),
    ActionInfo(
        "hide_video",
        "&Hide the video",
        lambda c: c.view_state.set_hides_video(not c.view_state.hides_video),
        ("Ctrl+8",),
        "",
        HAS_RECORDING,
        lambda c: c.view_state.hides_video,
        tip="so that only events are coded",
    ),
    ActionInfo(
        "peek_at_video",
        "Look at the hidden video",
        lambda c: c.marking.peek(),
        ("V",),
        "",
        Condition(lambda c: c.view_state.hides_video, "The video is not hidden."),
        tip="while the key is held down",
        scope=Scope.TIMELINE,
    ),
    ActionInfo(
        "calibrate_reaction",
        "Measure your &reaction…",
        lambda c: c.show_reaction(),
        (),
        "",
        HAS_PROJECT,
        tip="ten taps; held keys make up for it",
    ),
    ActionInfo(
        "coding_panel",
        "Co&ding panel",
        lambda c: c.docks.toggle(CODING),
        ("F7",),
        "",
        is_checked=lambda c: c.docks.is_wanted(CODING),
    ),
)

MENU: Menu = (
    "&Coding",
    (
        *_ROWS,
        SEPARATOR,
        *_MARKING,
        SEPARATOR,
        *_SEGMENT,
        SEPARATOR,
        *_SUGGESTIONS,
        SEPARATOR,
        *_CONDITIONS,
    ),
)
