import itertools

import pytest

from evface.annotations.segments import Intensity, Presence, Segment


@pytest.fixture
def segment():
    """Return what makes a segment of milliseconds."""
    ids = itertools.count()

    def make(start_ms, stop_ms, unit="AU12", *, level="", author="anna", **fields):
        return Segment(
            f"s{next(ids)}",
            unit,
            start_ms * 1000,
            stop_ms * 1000,
            intensity=Intensity.of_level(level) if level else None,
            author=author,
            made_at="2026-01-01T00:00:00.000+00:00",
            **fields,
        )

    return make


@pytest.fixture
def absent(segment):
    def make(start_ms, stop_ms, unit="AU12", *, author="anna"):
        return segment(start_ms, stop_ms, unit, author=author, presence=Presence.ABSENT)

    return make
