"""Lets time run: play, pause, step, speed."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable
from time import perf_counter

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot

from evface_studio.view_state import ViewState

FRAME_MS = 16
SPEEDS = (0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 4.0)


class Playback(QObject):
    """Moves the time of a `ViewState` by the real time that passed, times the speed.

    One timer ticks at the display's rate. Pictures that cannot keep up are left out; time is not.
    Playing stops at the recording's end, or goes round in the loop that is set. Moving the time out
    of the loop ends it.

    Parameters
    ----------
    view_state
        Whose time is moved. Its `duration_us` says where to stop.
    now
        Clock in seconds; another one is given in tests.
    """

    loop_changed = Signal()
    # While time ran, somebody else moved it, or it went round: where it was before, us.
    jumped = Signal(object)

    def __init__(
        self,
        view_state: ViewState,
        parent: QObject | None = None,
        *,
        now: Callable[[], float] = perf_counter,
    ) -> None:
        super().__init__(parent)
        self._view_state = view_state
        self._now = now
        self._direction = 1
        self._last_s = 0.0
        self._position_us = 0.0
        self._frame_times_us: NDArray[np.int64] = np.empty(0, np.int64)
        self._loop_us: tuple[int, int] | None = None
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(FRAME_MS)
        self._timer.timeout.connect(self._on_tick)
        view_state.playing_changed.connect(self._on_playing_changed)
        view_state.duration_changed.connect(self._on_duration_changed)

    def set_frame_times(self, times_us: NDArray[np.int64] | None) -> None:
        """Take the times that `step` goes to: those of the video's frames on the sensor's clock.

        Parameters
        ----------
        times_us : (n,) int64, us
            Sorted. None or empty without a video: steps are then as long as the event window.
        """
        self._frame_times_us = np.empty(0, np.int64) if times_us is None else times_us

    @property
    def plays_backward(self) -> bool:
        """Whether time runs, and runs back."""
        return self._view_state.is_playing and self._direction < 0

    @property
    def velocity(self) -> float:
        """How fast time runs, negative where it runs back; 0 where it stands."""
        return self._view_state.speed * self._direction if self._view_state.is_playing else 0.0

    @property
    def moment_us(self) -> int:
        """Where time is at this very moment, between two pictures."""
        shown_us = self._view_state.time_us
        if not self._view_state.is_playing or int(self._position_us) != shown_us:
            return shown_us
        now_us = self._position_us + (self._now() - self._last_s) * 1e6 * self.velocity
        return min(max(int(now_us), 0), self._view_state.duration_us)

    @property
    def loop_us(self) -> tuple[int, int] | None:
        """The stretch ``[start_us, stop_us)`` that is played again and again; None for none."""
        return self._loop_us

    def set_loop(self, loop_us: tuple[int, int] | None) -> None:
        """Play a stretch again and again, from now on; None ends it."""
        if loop_us is not None and not 0 <= loop_us[0] < loop_us[1]:
            raise ValueError(f"a loop must have a start and a later stop, got {loop_us}")
        if loop_us != self._loop_us:
            self._loop_us = loop_us
            self.loop_changed.emit()

    def play(self) -> None:
        """Let time run on; from the start if it stands at the end."""
        if self._view_state.time_us >= self._view_state.duration_us:
            self._view_state.set_time_us(0)
        self._run(1)

    def play_backward(self) -> None:
        """Let time run back."""
        self._run(-1)

    def pause(self) -> None:
        """Stop time."""
        self._view_state.set_playing(False)

    def toggle(self) -> None:
        """Play, or pause."""
        if self._view_state.is_playing:
            self.pause()
        else:
            self.play()

    def seek(self, time_us: int) -> None:
        """Go to a moment; time keeps running if it ran."""
        self._view_state.set_time_us(time_us)

    def step(self, n_frames: int = 1) -> None:
        """Pause and go on by `n_frames` video frames, back if negative."""
        times_us = self._frame_times_us
        if not len(times_us):
            self.step_window(n_frames)
            return
        self.pause()
        # The frame on screen is the last one that has begun.
        shown = bisect_right(times_us, self._view_state.time_us) - 1
        target = min(max(shown + n_frames, 0), len(times_us) - 1)
        self.seek(int(times_us[target]))

    def frame_after(self, t_us: int, n_frames: int) -> int:
        """Return when the video's frame begins that is `n_frames` after a time, before if negative.

        Without a video, frames are as long as the event window.
        """
        times_us = self._frame_times_us
        if not len(times_us):
            return t_us + n_frames * self._view_state.window_us
        if n_frames > 0:
            index = bisect_right(times_us, t_us) + n_frames - 1
        else:
            index = bisect_left(times_us, t_us) + n_frames
        return int(times_us[min(max(index, 0), len(times_us) - 1)])

    def step_window(self, n_windows: int = 1) -> None:
        """Pause and go on by whole event windows, back if negative."""
        self.pause()
        self.seek(self._view_state.time_us + n_windows * self._view_state.window_us)

    def faster(self) -> None:
        """Take the next higher of the usual speeds."""
        speed = self._view_state.speed
        self._view_state.set_speed(min((s for s in SPEEDS if s > speed), default=speed))

    def slower(self) -> None:
        """Take the next lower of the usual speeds."""
        speed = self._view_state.speed
        self._view_state.set_speed(max((s for s in SPEEDS if s < speed), default=speed))

    def _run(self, direction: int) -> None:
        if self._view_state.duration_us <= 0:
            return
        self._direction = direction
        self._leave_loop()
        self._anchor()
        self._view_state.set_playing(True)

    def _anchor(self) -> None:
        self._last_s = self._now()
        self._position_us = float(self._view_state.time_us)

    @Slot(bool)
    def _on_playing_changed(self, is_playing: bool) -> None:
        if is_playing:
            self._anchor()
            self._timer.start()
        else:
            self._timer.stop()
            self._direction = 1

    def _leave_loop(self) -> None:
        """End the loop if time was moved out of it."""
        if self._loop_us is not None:
            start_us, stop_us = self._loop_us
            if not start_us <= self._view_state.time_us <= stop_us:
                self.set_loop(None)

    @Slot(object)
    def _on_duration_changed(self, _duration_us: int) -> None:
        self.pause()
        self.set_loop(None)

    @Slot()
    def _on_tick(self) -> None:
        now_s = self._now()
        elapsed_us = (now_s - self._last_s) * 1e6
        self._last_s = now_s
        if int(self._position_us) != self._view_state.time_us:  # somebody else moved the time
            self.jumped.emit(int(self._position_us))
            self._leave_loop()
            self._position_us = float(self._view_state.time_us)
        duration_us = self._view_state.duration_us
        position_us = self._position_us + elapsed_us * self._view_state.speed * self._direction
        if self._loop_us is not None and not self._loop_us[0] <= position_us < self._loop_us[1]:
            start_us, stop_us = self._loop_us
            left_us, entered_us = (
                (stop_us, start_us) if self._direction > 0 else (start_us, stop_us - 1)
            )
            self.jumped.emit(left_us)
            position_us = float(entered_us)
        self._position_us = min(max(position_us, 0.0), float(duration_us))
        self._view_state.set_time_us(int(self._position_us))
        if position_us >= duration_us if self._direction > 0 else position_us <= 0:
            self.pause()
