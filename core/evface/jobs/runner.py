"""Run one job and say how it goes, one JSON object a line."""

from __future__ import annotations

import threading
import time
import traceback
from collections.abc import Callable, Iterable, Mapping
from typing import TextIO

from evface.errors import EvfaceError
from evface.jobs.protocol import Done, Failed, Progress, Report, encode
from evface.jobs.spec import Job, JobCancelled

# Reports that follow one another faster than anyone looks are left out.
_REPORT_INTERVAL_S = 0.05


class JobRunner:
    """Runs a job between its starter's two pipes.

    Parameters
    ----------
    reports
        Where reports go, a line each.
    """

    def __init__(self, reports: TextIO) -> None:
        self._reports = reports
        self._is_cancelled = threading.Event()
        self._may_go_on = threading.Event()
        self._may_go_on.set()
        self._reported_s = -1.0

    def cancel(self) -> None:
        """Let the job's next report raise `JobCancelled`. From any thread."""
        self._is_cancelled.set()
        self._may_go_on.set()

    def pause(self) -> None:
        """Let the job's next report wait until it may go on. From any thread."""
        self._may_go_on.clear()

    def go_on(self) -> None:
        """Let a job that waits go on. From any thread."""
        self._may_go_on.set()

    def obey(self, requests: Iterable[bytes]) -> None:
        """Obey lines that say ``cancel``, ``pause`` or ``resume``. Returns at their end."""
        orders = {b"cancel": self.cancel, b"pause": self.pause, b"resume": self.go_on}
        for line in requests:
            if order := orders.get(line.strip()):
                order()
        # Nobody is left who could let it go on.
        self.go_on()

    def run(self, load: Callable[[], Job]) -> int:
        """Run a job; the last report is `Done` or `Failed`.

        Parameters
        ----------
        load
            Gives the job; what it raises is reported like what the job raises.

        Returns
        -------
        int
            The process's exit code: 0 when the job succeeded, else 1.
        """
        try:
            outcome: Done | Failed = Done(load().run(self._progress))
        except (JobCancelled, KeyboardInterrupt):
            outcome = Failed("cancelled")
        except EvfaceError as error:
            outcome = Failed(str(error))
        except OSError as error:
            where = f"{error.filename}: " if error.filename else ""
            outcome = Failed(f"{where}{error.strerror or error}")
        except Exception as error:  # noqa: BLE001  the job's entry: nothing may be lost
            traceback.print_exc()
            outcome = Failed(f"internal error: {type(error).__name__}: {error}")
        self.say(outcome)
        return 0 if isinstance(outcome, Done) else 1

    def say(self, report: Report) -> None:
        """Write one report."""
        try:
            self._reports.write(encode(report) + "\n")
            self._reports.flush()
        except OSError:
            self.cancel()  # Whoever started the job is gone, and nobody will use its result.

    def _progress(
        self, fraction: float, message: str = "", metrics: Mapping[str, float] | None = None
    ) -> None:
        fraction = min(max(float(fraction), 0.0), 1.0)
        if not self._may_go_on.is_set():
            self.say(Progress(fraction, "Paused"))
            self._may_go_on.wait()
        if self._is_cancelled.is_set():
            raise JobCancelled
        now_s = time.monotonic()
        is_soon = self._reported_s >= 0 and now_s - self._reported_s < _REPORT_INTERVAL_S
        # What was measured is never left out.
        if is_soon and not metrics:
            return
        self._reported_s = now_s
        self.say(Progress(fraction, message, metrics or {}))
