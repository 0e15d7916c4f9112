"""The `evface-studio` command."""

from __future__ import annotations

import os
import sys


def main() -> int:
    """Run the application, or a job where it is asked to: a frozen one has no other way."""
    arguments = sys.argv[1:]
    if arguments[:1] == ["--job"]:
        from evface.jobs.__main__ import main as run_job

        return run_job(arguments[1:])
    # The threads of numpy's linear algebra wait by spinning, which takes the processor from the
    # GUI's thread; products here are too small to gain from them. Read once, by numpy's import.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    from evface_studio.application import run

    return run(arguments)


if __name__ == "__main__":
    sys.exit(main())
