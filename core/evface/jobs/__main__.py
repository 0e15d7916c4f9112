"""`python -m evface.jobs SPEC.json`: run one job; reports on stdout, all else on stderr.

The starter chooses the priority and the number of threads, by the environment.
"""

from __future__ import annotations

import os
import sys
import threading
from contextlib import suppress
from pathlib import Path

from evface.jobs.runner import JobRunner
from evface.jobs.spec import read_job


def main(arguments: list[str]) -> int:
    """Run the job that the file named in `arguments` describes.

    ``cancel`` on a line of stdin stops it; ``pause`` and ``resume`` let it wait and go on.

    Returns
    -------
    int
        0 when it succeeded, 1 when it failed or was cancelled, 2 for a usage error.
    """
    if len(arguments) != 1:
        print("usage: python -m evface.jobs SPEC.json", file=sys.stderr)  # noqa: T201
        return 2
    # Reports get a private copy of stdout, and stdout becomes stderr: whatever a library prints,
    # from Python or from C, cannot come between them.
    reports = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    runner = JobRunner(reports)
    with suppress(OSError):  # A starter that closed stdin never cancels.
        # Unbuffered: a buffer's lock, held by a thread that waits, would break the process's end.
        requests = open(0, "rb", buffering=0, closefd=False)  # noqa: SIM115
        threading.Thread(target=runner.obey, args=(requests,), daemon=True).start()
    code = runner.run(lambda: read_job(Path(arguments[0])))
    with suppress(OSError):  # The starter may be gone.
        reports.close()
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
