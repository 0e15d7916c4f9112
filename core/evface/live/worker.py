"""The process of the models: looks at one picture after another as it is told."""

from __future__ import annotations

import logging
import os
import signal
from contextlib import closing, suppress
from multiprocessing.connection import Connection
from typing import Any

from evface.errors import EvfaceError
from evface.live.models import LiveModels
from evface.live.shared_memory import SharedRoom
from evface.live.worker_messages import Job, Ready, Trouble
from evface.workers import end_with_parent

_log = logging.getLogger(__name__)

# Capture and drawing go first.
_NICENESS = 5


def work(connection: Connection[Any, Any], room_name: str, models: LiveModels) -> None:
    """Load models and answer jobs until nobody asks any more.

    Parameters
    ----------
    connection
        `Ready` goes out once, then a `Job` comes in and an `Overlay` goes out, again and again;
        `Trouble` goes out last where something goes wrong.
    room_name
        Of the shared memory.
    models
        What is loaded.
    """
    # An interruption is meant for the process that shows.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    end_with_parent()
    if hasattr(os, "nice"):
        os.nice(_NICENESS)
    room = SharedRoom(room_name)
    # Nobody listens any more when the view has ended.
    with suppress(EOFError, OSError):
        try:
            _answer(connection, room, models)
        except EvfaceError as error:
            connection.send(Trouble(str(error)))
        except (EOFError, OSError):
            raise
        except Exception as error:  # noqa: BLE001  a job's entry: told to the view, and logged
            _log.exception("models")
            connection.send(Trouble(f"the models failed: {error}"))
    room.close()


def _answer(connection: Connection[Any, Any], room: SharedRoom, models: LiveModels) -> None:
    # Brings torch and MediaPipe, which the process of a window must not have.
    from evface.live.looking import Looker

    with closing(Looker(models)) as looker:
        connection.send(
            Ready(tuple(looker.problems), looker.sees_events, looker.sees_frames, looker.refused)
        )
        while True:
            job: Job = connection.recv()
            frame = None if job.frame_t_us is None else room.frame(job.frame_shape)
            connection.send(looker.look(job, room.events(job.n_events), frame))
