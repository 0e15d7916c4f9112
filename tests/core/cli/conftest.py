"""The command line as people call it."""

import numpy as np
import pytest

from evface.cli.main import main
from evface.events.events import Events
from evface.events.formats.raw_writer import RawEventWriter


@pytest.fixture
def evface(capsys):
    """Run the command line; return its exit code, stdout and stderr."""

    def run(*arguments):
        code = main(list(map(str, arguments)))
        out, err = capsys.readouterr()
        return code, out, err

    return run


@pytest.fixture
def recording(tmp_path):
    """A recording of 0.4 s as a camera writes it, with 8000 events."""
    path = tmp_path / "face.raw"
    random = np.random.default_rng(0)
    t = np.sort(random.integers(0, 400_000, 8_000))
    x, y = (random.integers(0, side, 8_000).astype(np.uint16) for side in (320, 240))
    with RawEventWriter(path, resolution=(320, 240)) as writer:
        writer.append(Events(t, x, y, t % 2 == 0))
    return path
