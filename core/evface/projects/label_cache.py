"""What was read of a project's labels, kept until it changes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from weakref import WeakValueDictionary

from numpy.typing import NDArray

from evface.annotations.corrections import Correction
from evface.annotations.edits import StoredTrack
from evface.annotations.labelled import LabelledTrack
from evface.annotations.reviews import Review
from evface.annotations.segments import Segment
from evface.annotations.tracks import Track
from evface.projects.track_table import ReadBytes

# A recording, a role, and whose words; everyone's for None.
View = tuple[str, str, str | None]


class LabelCache:
    """Tracks, corrections and segments that were read. Nothing in it is changed, only replaced.

    Parameters
    ----------
    read_bytes
        Reads a part of a stored array.
    """

    def __init__(self, read_bytes: ReadBytes) -> None:
        self.read_bytes = read_bytes
        self.tracks: dict[StoredTrack, Track] = {}
        self.arrays: WeakValueDictionary[str, NDArray[Any]] = WeakValueDictionary()
        self.labelled: dict[View, LabelledTrack] = {}
        self.segments: dict[tuple[str, str | None], dict[str, Segment]] = {}
        self.reviews: dict[str, dict[tuple[str, int, str], Review]] = {}
        self._pending: dict[View, dict[int, dict[int, Correction | None]]] = {}

    def change_labelled(
        self, view: View, t_us: int, changes: Mapping[int, Correction | None]
    ) -> None:
        """Change corrections of a track that was read, once `settle` is called."""
        if view in self.labelled:
            self._pending.setdefault(view, {}).setdefault(t_us, {}).update(changes)

    def pending_at(self, view: View, t_us: int) -> Mapping[int, Correction | None]:
        """Return the changes at a time that are not settled."""
        return self._pending.get(view, {}).get(t_us, {})

    def settle(self) -> None:
        """Make all changes at once: one by one they would take as long as the track each time."""
        for view, changes in self._pending.items():
            self.labelled[view] = self.labelled[view].with_changes(changes)
        self._pending.clear()

    def forget_labelled(self, recording_id: str) -> None:
        """Read a recording's landmarks anew when they are asked for next."""
        self.labelled = {k: v for k, v in self.labelled.items() if k[0] != recording_id}
        # Their times are on the clocks of tracks.
        self.reviews.pop(recording_id, None)
        self._pending = {k: v for k, v in self._pending.items() if k[0] != recording_id}

    def forget_segments(self, recording_id: str) -> None:
        """Read a recording's segments anew when they are asked for next."""
        self.segments = {k: v for k, v in self.segments.items() if k[0] != recording_id}

    def forget_labels(self) -> None:
        """Read all labels anew. Tracks are named by their content and cannot have changed."""
        self.labelled.clear()
        self.segments.clear()
        self.reviews.clear()
        self._pending.clear()
