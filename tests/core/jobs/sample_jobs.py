"""Jobs that do what tests need. Found by `read_job` through the registry of kinds."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from evface.errors import EventFileError


@dataclass(frozen=True)
class SampleJob:
    kind: ClassVar[str] = "sample"

    does: str
    numbers: tuple[int, ...] = ()

    def run(self, report: Callable[[float, str], None]) -> str:
        report(0.0, "begins")
        match self.does:
            case "works":
                os.write(1, b"noise from a C library\n")
                sys.stdout.write("noise from Python\n")
                return str(sum(self.numbers))
            case "meets a bad file":
                raise EventFileError("ev.raw", "is cut short; record it again")
            case "fills the disk":
                raise OSError(28, "No space left on device", "out.npz")
            case "has a bug":
                raise TypeError("a bug")
            case "goes on":
                while True:
                    time.sleep(0.01)
                    report(0.5, "on and on")
        raise ValueError(self.does)
