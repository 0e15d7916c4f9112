"""What takes seconds to import, or brings a Qt of its own, stays out of the window's process."""

import json
import subprocess
import sys

import numpy as np
import pytest

from evface.events.events import Events
from evface.events.formats.hdf5_writer import Hdf5EventWriter
from evface.video.writer import write_video

# Opens a recording in the real window, draws all of it, and tells what was imported by then.
SCRIPT = """
import json, sys, tempfile
from pathlib import Path
from PySide6.QtCore import QEventLoop
from PySide6.QtWidgets import QApplication
from evface_studio.main_window import MainWindow
from evface_studio.settings import Settings

application = QApplication([])
window = MainWindow(Settings(Path(tempfile.mkdtemp()) / "studio.ini"))
window.show()
window.load_workspace()
window.document.open([Path(argument) for argument in sys.argv[1:]])
while not (window.document.recording and window.workspace.is_complete):
    QApplication.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents, 20)
window.hide()
window.shut_down()
print(json.dumps(sorted({name.partition(".")[0] for name in sys.modules})))
"""


@pytest.mark.slow
def test_the_window_draws_without_torch_opencv_and_mediapipe(tmp_path):
    events, video = tmp_path / "a.h5", tmp_path / "a.mp4"
    t = np.arange(0, 100_000, 10, dtype=np.int64)
    place = (t % 64).astype(np.uint16)
    with Hdf5EventWriter(events, resolution=(64, 64), video_offset_us=0) as writer:
        writer.append(Events(t, place, place, t % 20 == 0))
    write_video(video, (np.full((48, 64, 3), 9 * i, np.uint8) for i in range(3)), rate_hz=30.0)
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(events), str(video)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    imported = set(json.loads(done.stdout))
    assert {"av", "h5py", "numba", "pyqtgraph"} <= imported
    assert not imported & {"torch", "torchvision", "cv2", "mediapipe", "face_alignment"}
