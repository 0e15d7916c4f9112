"""A review queue in a file: JSON lines, the head first, then a line for each item."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any, TextIO

from evface.errors import FileError
from evface.files import replacing
from evface.review.queue import QueueItem, RecordingQueue, ReviewQueue
from evface.review.reasons import Reason, ReasonKind

_FORMAT = "evface review queue"
_VERSION = 1


def write_queue(path: Path, queue: ReviewQueue) -> None:
    """Write a queue, all or nothing.

    Raises
    ------
    FileError
        If the file cannot be written; what was there before is still there then.
    """
    head = {
        "format": _FORMAT,
        "version": _VERSION,
        "author": queue.author,
        "made_at": queue.made_at,
        "recordings": [
            {
                "id": one.recording_id,
                "name": one.recording,
                "role": one.role,
                "n_frames": one.n_frames,
                "n_items": len(one.items),
                "notes": list(one.notes),
            }
            for one in queue.recordings
        ],
    }
    with replacing(path) as temporary, temporary.open("w", encoding="utf-8") as file:
        file.write(json.dumps(head) + "\n")
        for recording in queue.recordings:
            for item in recording.items:
                file.write(json.dumps(item_to_json(item)) + "\n")


def read_queue(path: Path) -> ReviewQueue:
    """Read what `write_queue` wrote, line by line, so that other threads get their turn.

    Raises
    ------
    FileError
        If the file is missing, damaged or something else.
    """
    try:
        with path.open(encoding="utf-8") as file:
            head = json.loads(file.readline())
            if head["format"] != _FORMAT:
                raise ValueError("another format")
            if head["version"] > _VERSION:
                raise FileError(path, "was written by a newer evface; update evface")
            recordings = tuple(_recordings(head, file))
            return ReviewQueue(recordings, head["author"], head["made_at"])
    except OSError as error:
        raise FileError(path, f"cannot be read ({error.strerror or error})") from error
    except (ValueError, KeyError, TypeError) as error:
        raise FileError(path, f"is not a whole review queue ({error}); make it again") from error


def item_to_json(item: QueueItem) -> dict[str, Any]:
    """Return an item as it stands in the file and in reports."""
    return {
        "recording": item.recording,
        "role": item.role,
        "t_us": item.t_us,
        "score": round(item.score, 4),
        "reasons": [
            {key: value for key, value in asdict(reason).items() if value not in ("", ())}
            for reason in item.reasons
        ],
    }


def _recordings(head: dict[str, Any], lines: TextIO) -> Iterator[RecordingQueue]:
    for said in head["recordings"]:
        items = tuple(_item(said, json.loads(lines.readline())) for _ in range(said["n_items"]))
        yield RecordingQueue(
            said["id"],
            said["name"],
            said["role"],
            said["n_frames"],
            items,
            tuple(said["notes"]),
        )


def _item(recording: dict[str, Any], said: dict[str, Any]) -> QueueItem:
    reasons = tuple(_reason(one) for one in said["reasons"])
    return QueueItem(
        recording["id"], recording["name"], said["role"], said["t_us"], said["score"], reasons
    )


def _reason(said: dict[str, Any]) -> Reason:
    kind, landmarks = ReasonKind(said.pop("kind")), tuple(said.pop("landmarks", ()))
    return Reason(kind=kind, landmarks=landmarks, **said)
