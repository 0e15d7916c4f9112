"""Long work in its own process, one job after another; trainings beside all else."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from enum import StrEnum
from pathlib import Path

from PySide6.QtCore import QObject, QProcess, QProcessEnvironment, QTimer, Signal

from evface.jobs.protocol import Done, Failed, Progress, decode

KILL_AFTER_MS = 5_000
NICENESS = 10
_LOG_CHARACTERS = 200_000
# Before this share of the work is done, a forecast would only be a guess.
_MIN_FORECAST_FRACTION = 0.03
_MIN_FORECAST_S = 2.0
# What is further along than this at once had been done before: the job goes on from there.
_JUMP_FRACTION = 0.1


def job_command(spec: Path) -> list[str]:
    """Return the command line that runs a job; a frozen application runs itself."""
    if getattr(sys, "frozen", False):
        return [sys.executable, "--job", str(spec)]
    return [sys.executable, "-m", "evface.jobs", str(spec)]


class JobProcess(QObject):
    """One process that speaks `evface.jobs.protocol` on its stdout.

    Exactly one of `succeeded` or `failed` follows `start`, and only after the process is gone. A
    process that cannot start counts as failed. It runs at low priority and with one thread for
    each library, so that the window stays smooth.
    """

    progressed = Signal(float, str)
    # What was measured, numbers by name.
    measured = Signal(object)
    succeeded = Signal(str)
    failed = Signal(str)
    # What it wrote on stderr.
    logged = Signal(str)

    def __init__(
        self,
        command: Sequence[str],
        parent: QObject | None = None,
        *,
        kill_after_ms: int = KILL_AFTER_MS,
    ) -> None:
        super().__init__(parent)
        self._command = list(command)
        self._outcome: Done | Failed | None = None
        self._is_cancelled = False
        self._kill_after_ms = kill_after_ms
        self._has_measured = False
        self._last_log = ""
        self._process = QProcess(self)
        environment = QProcessEnvironment.systemEnvironment()
        environment.insert("OMP_NUM_THREADS", "1")
        environment.insert("PYTHONUNBUFFERED", "1")
        environment.insert("PYTHONIOENCODING", "utf-8")
        self._process.setProcessEnvironment(environment)
        self._process.started.connect(self._on_started)
        self._process.readyReadStandardOutput.connect(self._on_output)
        self._process.readyReadStandardError.connect(self._on_log)
        self._process.finished.connect(self._on_finished)
        self._process.errorOccurred.connect(self._on_error)
        self._kill_timer = QTimer(self)
        self._kill_timer.setSingleShot(True)
        self._kill_timer.timeout.connect(self._process.kill)

    @property
    def is_cancelled(self) -> bool:
        """Whether `cancel` was called."""
        return self._is_cancelled

    @property
    def is_running(self) -> bool:
        """Whether the process is there."""
        return self._process.state() is not QProcess.ProcessState.NotRunning

    @property
    def process_id(self) -> int:
        """The system's number of the process; 0 where there is none."""
        return self._process.processId()

    def start(self) -> None:
        """Start the process."""
        self._process.start(self._command[0], self._command[1:])

    def pause(self) -> None:
        """Ask the job to wait; it does at its next report."""
        self._process.write(b"pause\n")

    def go_on(self) -> None:
        """Let the job go on."""
        self._process.write(b"resume\n")

    def cancel(self) -> None:
        """Ask the job to stop; it is killed when it does not in time."""
        if self._is_cancelled or not self.is_running:
            return
        self._is_cancelled = True
        self._process.write(b"cancel\n")
        self._kill_timer.start(self._patience_ms)

    def wait(self) -> None:
        """Return when the process is gone; it is killed when that takes too long."""
        if not self._process.waitForFinished(self._patience_ms):
            self._process.kill()
            self._process.waitForFinished(KILL_AFTER_MS)

    @property
    def _patience_ms(self) -> int:
        """How long it may take to stop; what has measured nothing yet has little to lose."""
        return (
            self._kill_after_ms if self._has_measured else min(self._kill_after_ms, KILL_AFTER_MS)
        )

    def _on_started(self) -> None:
        import psutil  # Costs start-up time, so only now.

        with suppress(psutil.Error):  # It is gone already, or the system refuses: only comfort.
            process = psutil.Process(self._process.processId())
            process.nice(psutil.BELOW_NORMAL_PRIORITY_CLASS if psutil.WINDOWS else NICENESS)

    def _on_output(self) -> None:
        while self._process.canReadLine():
            line = self._process.readLine().toStdString()
            try:
                report = decode(line)
            except ValueError:
                self.logged.emit(line)
                continue
            match report:
                case Progress(fraction, message, metrics):
                    self.progressed.emit(fraction, message)
                    if metrics:
                        self._has_measured = True
                        self.measured.emit(dict(metrics))
                case outcome:
                    self._outcome = outcome

    def _on_log(self) -> None:
        text = self._process.readAllStandardError().toStdString()
        lines = [line for line in text.splitlines() if line.strip()]
        if lines:
            self._last_log = lines[-1].strip()
        self.logged.emit(text)

    def _on_finished(self, exit_code: int, status: QProcess.ExitStatus) -> None:
        self._kill_timer.stop()
        self._on_output()
        self._on_log()
        match self._outcome:
            case Done(output):
                self.succeeded.emit(output)
            case Failed(error):
                self.failed.emit(error)
            case None if self._is_cancelled:
                self.failed.emit("cancelled")
            case None:
                crashed = status is QProcess.ExitStatus.CrashExit
                how = "it crashed" if crashed else f"it ended with code {exit_code}"
                hint = f": {self._last_log}" if self._last_log else ""
                self.failed.emit(f"{how} and left no result{hint}")

    def _on_error(self, error: QProcess.ProcessError) -> None:
        if error is QProcess.ProcessError.FailedToStart:  # Qt sends no `finished` then.
            self.failed.emit(f"could not start {self._command[0]}: {self._process.errorString()}")


class JobState(StrEnum):
    """What became of a job."""

    WAITING = "waiting"
    RUNNING = "running"
    PAUSED = "paused"
    CANCELLING = "cancelling"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Job(QObject):
    """One entry of the queue.

    Parameters
    ----------
    title
        What it does and to what, for the user.
    command
        Command line of a process that speaks `evface.jobs.protocol`.
    subject
        The project and the id of the recording that it works on; empty where it works on none.
    lane
        Jobs of one lane wait for one another.
    kill_after_ms
        How long it may take to stop when it is asked to.
    """

    changed = Signal()
    # What it measured, numbers by name.
    measured = Signal(object)
    # The path of the result.
    succeeded = Signal(str)
    # Also when cancelled.
    ended = Signal()

    def __init__(
        self,
        title: str,
        command: Sequence[str],
        subject: tuple[str, str] = ("", ""),
        parent: QObject | None = None,
        *,
        lane: str = "",
        kill_after_ms: int = KILL_AFTER_MS,
    ) -> None:
        super().__init__(parent)
        self.title = title
        self.subject = subject
        self.lane = lane
        self.state = JobState.WAITING
        self.fraction = 0.0
        self.message = ""
        self.error = ""
        self.log = ""
        self._started_s = self._ended_s = 0.0
        # How long it stood still, and since when it does.
        self._paused_s = self._pause_began_s = 0.0
        # Where the forecast reckons from: how far it was, and how long it had worked.
        self._from_fraction = self._from_s = 0.0
        self._process = JobProcess(command, self, kill_after_ms=kill_after_ms)
        self._process.progressed.connect(self._on_progressed)
        self._process.measured.connect(self.measured)
        self._process.logged.connect(self._on_logged)
        self._process.succeeded.connect(self._on_succeeded)
        self._process.failed.connect(self._on_failed)

    @property
    def is_over(self) -> bool:
        """Whether it neither waits nor runs."""
        return self.state in (JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELLED)

    @property
    def took_s(self) -> float:
        """How long it worked until it was over."""
        return self._ended_s - self._started_s - self._paused_s

    @property
    def process_id(self) -> int:
        """The system's number of its process; 0 where there is none."""
        return self._process.process_id

    @property
    def can_pause(self) -> bool:
        """Whether it can wait and go on: what one waits for long enough to want that."""
        return bool(self.lane)

    @property
    def time_left_s(self) -> float | None:
        """Forecast from the progress so far; None while it would be a guess."""
        elapsed_s = self._worked_s - self._from_s
        done = self.fraction - self._from_fraction
        if (
            self.state is not JobState.RUNNING
            or done < _MIN_FORECAST_FRACTION
            or elapsed_s < _MIN_FORECAST_S
        ):
            return None
        return elapsed_s * (1.0 - self.fraction) / done

    def start(self) -> None:
        """Start it. The queue does so when its turn comes."""
        self._started_s = time.monotonic()
        self._set(JobState.RUNNING, "starting")
        self._process.start()

    def cancel(self) -> None:
        """Stop it, or take it out of the queue."""
        if self.state is JobState.WAITING:
            self._set(JobState.CANCELLED, "")
            self.ended.emit()
        elif self.state in (JobState.RUNNING, JobState.PAUSED):
            self._end_pause()
            self._set(JobState.CANCELLING, "stopping")
            self._process.cancel()

    def pause(self) -> None:
        """Let it wait; what it holds in memory stays there."""
        if self.state is JobState.RUNNING:
            self._pause_began_s = time.monotonic()
            self._set(JobState.PAUSED, "pausing")
            self._process.pause()

    def go_on(self) -> None:
        """Let it go on."""
        if self.state is JobState.PAUSED:
            self._end_pause()
            self._set(JobState.RUNNING, "going on")
            self._process.go_on()

    def stop(self) -> None:
        """End it; returns when the process is gone."""
        self.cancel()
        if not self.is_over:
            self._process.wait()

    def _set(self, state: JobState, message: str) -> None:
        self.state, self.message = state, message
        if self.is_over:
            self._ended_s = time.monotonic()
        self.changed.emit()

    def _on_progressed(self, fraction: float, message: str) -> None:
        fraction = min(max(fraction, 0.0), 1.0)
        if fraction - self.fraction > _JUMP_FRACTION:
            self._from_fraction, self._from_s = fraction, self._worked_s
        self.fraction = fraction
        if self.state is JobState.RUNNING:
            self.message = message
        elif self.state is JobState.PAUSED:
            self.message = ""
        self.changed.emit()

    @property
    def _worked_s(self) -> float:
        return time.monotonic() - self._started_s - self._paused_s

    def _end_pause(self) -> None:
        if self.state is JobState.PAUSED:
            self._paused_s += time.monotonic() - self._pause_began_s

    def _on_logged(self, text: str) -> None:
        self.log = (self.log + text)[-_LOG_CHARACTERS:]

    def _on_succeeded(self, output: str) -> None:
        self.fraction = 1.0
        self._set(JobState.SUCCEEDED, "")
        self.succeeded.emit(output)
        self.ended.emit()

    def _on_failed(self, error: str) -> None:
        if self._process.is_cancelled:
            self._set(JobState.CANCELLED, "")
        else:
            self.error = error
            self._set(JobState.FAILED, error)
        self.ended.emit()


class JobQueue(QObject):
    """Jobs in order; of each lane one runs at a time."""

    added = Signal(object)
    removed = Signal(object)
    # Any change in any job, or in the list.
    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._jobs: list[Job] = []

    @property
    def jobs(self) -> tuple[Job, ...]:
        """All jobs, oldest first, those that are over included."""
        return tuple(self._jobs)

    @property
    def unfinished(self) -> tuple[Job, ...]:
        """Jobs that run or wait."""
        return tuple(job for job in self._jobs if not job.is_over)

    def submit(
        self,
        title: str,
        command: Sequence[str],
        *,
        subject: tuple[str, str] = ("", ""),
        on_success: Callable[[str], None] | None = None,
        lane: str = "",
        kill_after_ms: int = KILL_AFTER_MS,
    ) -> Job:
        """Add a job; it starts when those of its lane before it are over."""
        job = Job(title, command, subject, self, lane=lane, kill_after_ms=kill_after_ms)
        job.changed.connect(self.changed)
        job.ended.connect(self._start_next)
        if on_success is not None:
            job.succeeded.connect(on_success)
        self._jobs.append(job)
        self.added.emit(job)
        self.changed.emit()
        self._start_next()
        return job

    def forget_finished(self) -> None:
        """Take jobs that are over off the list."""
        for job in [job for job in self._jobs if job.is_over]:
            self._jobs.remove(job)
            self.removed.emit(job)
            job.deleteLater()
        self.changed.emit()

    def stop_all(self) -> None:
        """End all jobs; returns when their processes are gone."""
        for job in reversed(self.unfinished):  # Those that run last: nothing starts after them.
            job.stop()

    def _start_next(self) -> None:
        firsts: dict[str, Job] = {}
        for job in self.unfinished:
            firsts.setdefault(job.lane, job)
        for job in firsts.values():
            if job.state is JobState.WAITING:
                job.start()
