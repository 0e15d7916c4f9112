"""The live view by itself, from the command line on."""

import json
import subprocess
import sys

import pytest
from PySide6.QtGui import QImage

from evface_studio.command_line import parse_arguments
from evface_studio.live.choice import OWN_FRAMES, LiveChoice, choice_of

# Shows the live view, and tells what was imported by then and once a camera was shown.
SCRIPT = """
import json, sys, tempfile
from pathlib import Path
from PySide6.QtCore import QEventLoop
from PySide6.QtWidgets import QApplication
from evface_studio.document import Document
from evface_studio.live.choice import choice_of
from evface_studio.live.listing import RecordingList
from evface_studio.live.live_window import LiveWindow
from evface_studio.settings import Settings

def names():
    return sorted({name.partition(".")[0] for name in sys.modules})

application = QApplication([])
document = Document()
settings = Settings(Path(tempfile.mkdtemp()) / "studio.ini")
window = LiveWindow(settings, RecordingList(document))
window.show()
application.processEvents()
shown = names()
window.choose(choice_of(sys.argv[1], ""))
while window.pictures.events.shown is None:
    QApplication.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents, 20)
running = names()
window.close()
document.shut_down()
print(json.dumps([shown, running]))
"""
HEAVY = {"torch", "torchvision", "cv2", "mediapipe", "face_alignment"}


def test_the_window_is_shown_before_anything_heavy_is_imported(replayed, tmp_path):
    script = tmp_path / "script.py"
    script.write_text(f"if __name__ == '__main__':\n{indented(SCRIPT)}")
    done = subprocess.run(
        [sys.executable, str(script), str(replayed[0])],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    shown, running = map(set, json.loads(done.stdout))
    assert not shown & (HEAVY | {"numba", "h5py", "av"})
    assert "numba" in running
    assert not running & HEAVY


def indented(text):
    return "\n".join(f"    {line}" for line in text.splitlines())


def test_files_stand_for_cameras(replayed):
    events, video = replayed
    assert choice_of(str(events), str(video)) == LiveChoice(
        f"replay:{events}?loop=1", f"video:{video}"
    )
    assert choice_of(str(video), None) == LiveChoice(f"simulated:{video}", OWN_FRAMES)
    assert choice_of("tcp://other:7836", "webcam:0") == LiveChoice("tcp://other:7836", "webcam:0")


def test_a_camera_may_be_named_or_left_to_be_chosen():
    assert parse_arguments(["--live"]).live == ""
    assert parse_arguments(["--live", "simulated:0"]).live == "simulated:0"
    assert parse_arguments([]).live is None


@pytest.mark.parametrize(
    "arguments",
    [
        ["--rgb", "webcam:0"],
        ["--live", "--full-screen"],
        ["--attract", "a.raw"],
        ["--live", "x", "--demo"],
        ["--live", "x", "a.raw"],
    ],
)
def test_what_does_not_go_together_is_refused(arguments, capsys):
    with pytest.raises(SystemExit, match="2"):
        parse_arguments(arguments)
    assert "--live" in capsys.readouterr().err


@pytest.mark.parametrize("attract", ["nothing.raw", "."])
def test_a_recording_for_nobody_must_be_there(attract, capsys):
    with pytest.raises(SystemExit, match="2"):
        parse_arguments(["--live", "x", "--attract", attract])
    assert f"{attract}: there is no such file" in capsys.readouterr().err


def run_live(*arguments):
    return subprocess.run(
        [sys.executable, "-m", "evface_studio", "--live", *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.mark.slow
def test_a_camera_is_pictured_as_an_audience_sees_it(qapp, replayed, tmp_path):
    picture = tmp_path / "a.png"
    events, _ = replayed
    ended = run_live(events, "--full-screen", "--attract", events, "--screenshot", picture)
    assert (ended.returncode, ended.stderr) == (0, "")
    image = QImage(str(picture))
    assert image.size() == qapp.primaryScreen().size()


@pytest.mark.slow
def test_the_size_of_a_picture_can_be_chosen(replayed, tmp_path):
    picture = tmp_path / "a.png"
    ended = run_live(replayed[0], "--size", "1280x720", "--screenshot", picture)
    assert (ended.returncode, ended.stderr) == (0, "")
    image = QImage(str(picture))
    assert (image.width(), image.height()) == (1280, 720)


@pytest.mark.slow
@pytest.mark.parametrize("camera", ["replay:nothing.raw", "nothing"])
def test_a_camera_that_gives_nothing_ends_in_one_line_without_a_picture(tmp_path, camera):
    ended = run_live(camera, "--screenshot", tmp_path / "a.png")
    assert ended.returncode == 1
    (line,) = ended.stderr.splitlines()
    assert line.startswith("error: nothing")
    assert "again" not in line
    assert not (tmp_path / "a.png").exists()
