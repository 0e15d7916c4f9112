"""What the pointer does, for the sheet of keys."""

from __future__ import annotations

# A title, and pairs of a gesture and what it does.
GESTURES: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = (
    (
        "Pointer on pictures",
        (
            ("Wheel", "Zoom about the pointer"),
            ("Drag", "Move the picture"),
            ("Double click", "Show all of it"),
            ("Middle button and drag", "Move the picture, also over landmarks"),
            ("Click on a landmark", "Choose it"),
            ("Ctrl and click", "Choose one more, or one less"),
            ("Shift and drag on nothing", "Choose all within"),
            ("Drag a landmark", "Move it, and those chosen with it"),
            ("Shift and drag a landmark", "Move it; the face follows, corrections hold"),
            ("Drag a round handle", "Move an eye, a brow, the nose, the mouth, the jaw"),
            ("Ctrl and drag the square handle or the box", "Move the whole face"),
            ("Drag a side of the box", "Resize it"),
            ("Escape in mid-drag", "Put everything back"),
            ("Drag the line of a swipe", "Show more of the video or of the events"),
            ("Drag on the mesh", "Turn it"),
        ),
    ),
    (
        "Pointer on the timeline",
        (
            ("Click on nothing", "Go there"),
            ("Drag the ruler", "Scrub"),
            ("Wheel", "Zoom in time"),
            ("Shift and wheel", "Move the stretch shown"),
            ("Drag on nothing in a row", "Draw a segment"),
            ("Click on a segment", "Choose it"),
            ("Drag its edge or its apex", "Move that"),
            ("Ctrl and drag a segment", "Move all of it"),
            ("Double click on a segment", "Play it again and again"),
        ),
    ),
)
