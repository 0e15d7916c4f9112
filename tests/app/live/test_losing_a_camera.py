"""What is seen when a camera goes, and when it comes back."""

import pytest

from evface.cameras.registry import open_camera
from evface.cameras.stream_server import StreamServer
from evface.live.state import Link
from evface_studio.live.choice import LiveChoice

PATIENCE_MS = 60_000


@pytest.fixture
def serve(replayed):
    servers = []

    def begin(port=0):
        server = StreamServer(open_camera(f"replay:{replayed[0]}?loop=1"), port=port)
        server.start()
        servers.append(server)
        return server

    yield begin
    for server in servers:
        server.stop()


def test_a_lost_camera_is_told_and_shown_again_when_it_is_back(qtbot, window, serve):
    server = serve()
    port = server.address[1]
    window.show()
    window.choose(LiveChoice(f"tcp://127.0.0.1:{port}", ""))
    qtbot.waitUntil(lambda: window.pictures.events.shown is not None, timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: not window.strip.isVisible(), timeout=PATIENCE_MS)
    server.stop()
    qtbot.waitUntil(window.strip.isVisible, timeout=PATIENCE_MS)
    assert window.strip.words[0] in ("The camera is lost", "Reconnecting…")
    assert window.strip.words[1]
    assert "lost" in window.top.lamp.text() or "Reconnecting" in window.top.lamp.text()
    # The last picture stays.
    number = window.pictures.events.shown.number
    serve(port)
    qtbot.waitUntil(lambda: window.pictures.events.shown.number > number + 2, timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: not window.strip.isVisible(), timeout=PATIENCE_MS)
    assert window.session.pipeline.state.link is Link.RUNNING


def test_the_window_closes_while_its_camera_is_lost(qtbot, window, serve):
    server = serve()
    window.show()
    window.choose(LiveChoice(f"tcp://127.0.0.1:{server.address[1]}", ""))
    qtbot.waitUntil(lambda: window.pictures.events.shown is not None, timeout=PATIENCE_MS)
    server.stop()
    qtbot.waitUntil(window.strip.isVisible, timeout=PATIENCE_MS)
    window.close()
    window.close()
    assert window.session.pipeline is None


def test_on_the_full_screen_a_recording_plays_until_the_camera_is_back(
    qtbot, window, serve, replayed
):
    server = serve()
    port = server.address[1]
    window.side.audience.set_attraction(replayed[0])
    window.show()
    window.choose(LiveChoice(f"tcp://127.0.0.1:{port}", ""))
    window.operating.begin()
    qtbot.waitUntil(lambda: window.pictures.events.shown is not None, timeout=PATIENCE_MS)
    window.operating.set_patience(1.0)
    server.stop()
    qtbot.waitUntil(lambda: window.operating.is_attracting, timeout=PATIENCE_MS)
    assert window.operating.is_on
    serve(port)
    qtbot.waitUntil(lambda: not window.operating.is_attracting, timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: not window.strip.isVisible(), timeout=PATIENCE_MS)
    assert window.operating.is_on
