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
            ("Click on a landmark", "Choose it"),
            ("Drag the line of a swipe", "Show more of the video or of the events"),
            ("Drag on the mesh", "Turn it"),
        ),
    ),
    (
        "Pointer on the timeline",
        (
            ("Click", "Go there"),
            ("Drag the cursor or the ruler", "Scrub"),
            ("Wheel", "Zoom in time"),
        ),
    ),
)
