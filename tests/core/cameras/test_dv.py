import importlib.util
import multiprocessing
import socket
import subprocess
import sys
import threading
import time
from importlib.util import find_spec

import numpy as np
import pytest

from evface.cameras.base import CameraKind
from evface.cameras.camera_process import CameraProcess
from evface.cameras.dv_process import Received, _Outbox, _Sensor
from evface.cameras.registry import open_camera
from evface.errors import CameraError, CameraLostError
from evface.events.events import Events

needs_dv = pytest.mark.skipif(
    find_spec("dv_processing") is None, reason="dv-processing is not installed"
)

# Sends all events of a file, in batches, to who connects first, and then goes on saying nothing.
_SERVER = """
import sys, time
import dv_processing as dv
import numpy as np
port, path, compression, n_batches = int(sys.argv[1]), sys.argv[2], sys.argv[3], int(sys.argv[4])
columns = dict(np.load(path))
stream = dv.io.Stream.EventStream(0, "events", "DVXplorer_7", (320, 240))
stream.setCompression(getattr(dv.CompressionType, compression))
writer = dv.io.NetworkWriter("127.0.0.1", port, stream)
print("serving", flush=True)
while not writer.getClientCount():
    time.sleep(0.01)
for places in np.array_split(np.arange(len(columns["t"])), n_batches):
    store = dv.EventStore()
    for k in places.tolist():
        store.push_back(*(columns[name][k].item() for name in "txyp"))
    writer.writeEvents(store)
time.sleep(120)
"""


class DvServer:
    """A server of dv-processing, in a process of its own."""

    def __init__(self, folder, events, *, port=0, compression="NONE", n_batches=20):
        self.port = port or _free_port()
        path = folder / "events.npz"
        np.savez(path, t=events.t, x=events.x, y=events.y, p=events.p)
        given = (str(self.port), str(path), compression, str(n_batches))
        self._process = subprocess.Popen(
            [sys.executable, "-c", _SERVER, *given], stdout=subprocess.PIPE, text=True
        )
        assert self._process.stdout.readline() == "serving\n"

    def camera(self):
        return open_camera(f"dv://127.0.0.1:{self.port}")

    def kill(self):
        self._process.kill()
        self._process.wait()
        self._process.stdout.close()


def _camera_processes():
    return [some for some in multiprocessing.active_children() if some.name.startswith("camera")]


def _free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


@pytest.fixture
def serve(tmp_path):
    """Return a function that begins a server."""
    servers = []

    def begin(events, **options):
        servers.append(DvServer(tmp_path, events, **options))
        return servers[-1]

    yield begin
    for server in servers:
        server.kill()


def _read(camera, n):
    packets, n_read = [], 0
    deadline_s = time.monotonic() + 60.0
    while n_read < n:
        assert time.monotonic() < deadline_s
        packet = camera.read(1.0)
        if packet is not None:
            packets.append(packet)
            n_read += len(packet.events)
    return packets


def _problem_of_reading(camera):
    deadline_s = time.monotonic() + 60.0
    try:
        while time.monotonic() < deadline_s:
            camera.read(0.5)
    except CameraLostError as error:
        return error.problem
    return ""


@needs_dv
@pytest.mark.slow
@pytest.mark.parametrize("compression", ["NONE", "LZ4", "ZSTD"])
def test_what_dv_processing_serves_is_a_camera_bit_for_bit(serve, known, compression):
    truth = known.events(20_000, start_us=1_700_000_000_000_000)
    camera = serve(truth, compression=compression).camera()
    camera.open()

    packets = _read(camera, len(truth))

    camera.close()
    assert known.same(Events.concatenate([packet.events for packet in packets]), truth)
    assert sum(packet.n_dropped for packet in packets) == 0
    assert camera.info.resolution == (320, 240)
    assert camera.info.kind is CameraKind.STREAM
    assert camera.info.name == "DVXplorer_7 at 127.0.0.1"
    assert camera.raw_header is None
    assert camera.health().n_events == len(truth)
    assert camera.read(0.1) is None
    assert not _camera_processes()


@needs_dv
@pytest.mark.slow
def test_a_server_that_is_gone_is_lost_and_one_that_is_back_is_found_again(serve, known):
    truth = known.events(1_000)
    server = serve(truth)
    camera = server.camera()
    camera.open()
    _read(camera, len(truth))

    server.kill()

    assert "closed the connection" in _problem_of_reading(camera)
    camera.close()
    with pytest.raises(
        CameraError, match=r"Connection refused.*; check the address and the server"
    ):
        camera.open()
    serve(truth, port=server.port)
    camera.open()
    assert sum(len(packet.events) for packet in _read(camera, len(truth))) == len(truth)
    camera.close()


@needs_dv
@pytest.mark.slow
def test_a_clock_that_jumps_back_ends_the_stream_and_outside_events_are_counted(serve):
    n = 600
    t = np.r_[np.arange(n), np.arange(n)]
    x = np.full(2 * n, 7, np.uint16)
    x[:100] = 400
    events = Events(t, x, x, x == 7)
    camera = serve(events, n_batches=2).camera()
    camera.open()

    problem = _problem_of_reading(camera)

    assert "its clock jumped back" in problem
    assert camera.health().n_outside == 100
    assert camera.health().n_events == n - 100
    camera.close()


@needs_dv
@pytest.mark.slow
@pytest.mark.parametrize("answer", [b"", b"\xff" * 500])
def test_the_process_ends_where_the_library_hangs(answer):
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def accept():
            connection, _ = listener.accept()
            connection.sendall(answer)
            ended.wait(60.0)
            connection.close()

        ended = threading.Event()
        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        camera = open_camera(f"dv://127.0.0.1:{listener.getsockname()[1]}")

        with pytest.raises(CameraError, match="check the address"):
            camera.open()

        ended.set()
        thread.join()
    assert not _camera_processes()


@needs_dv
@pytest.mark.slow
def test_closing_ends_an_opening_that_hangs():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        camera = open_camera(f"dv://127.0.0.1:{listener.getsockname()[1]}")
        said = []

        def try_it():
            try:
                camera.open()
            except CameraError as error:
                said.append(str(error))

        thread = threading.Thread(target=try_it)
        thread.start()
        connection, _ = listener.accept()

        camera.close()

        thread.join(60.0)
        assert not thread.is_alive()
        assert said
        connection.close()
    assert not _camera_processes()


def test_without_the_package_one_line_says_what_to_install(monkeypatch):
    monkeypatch.setattr(
        "evface.cameras.dv_camera.find_spec",
        lambda name: None if name == "dv_processing" else importlib.util.find_spec(name),
    )
    with pytest.raises(CameraError, match=r"dv://here:7777: needs .* pip install dv-processing$"):
        open_camera("dv://here").open()


def test_addresses_that_are_none_are_refused():
    for address in ("dv://", "dv://host:x", "dv://host:1/path"):
        with pytest.raises(CameraError, match="write dv://HOST:7777"):
            open_camera(address)
    assert open_camera("dv://[::1]:9").info.key == "dv://[::1]:9"


_ROW = np.dtype([("timestamp", "<i8"), ("x", "<i2"), ("y", "<i2"), ("polarity", "i1")])


def _rows(*rows):
    return np.array(list(rows), _ROW)


def test_times_that_cannot_be_end_a_stream():
    for rows in (_rows((5, 0, 0, 0), (4, 0, 0, 0)), _rows((1 << 62, 0, 0, 0))):
        with pytest.raises(CameraLostError, match="check what is sent there"):
            _Sensor("stream", (4, 4)).see(rows)
    sensor = _Sensor("stream", (4, 4))
    sensor.see(_rows((5, 0, 0, 0)))
    assert len(sensor.see(_rows())[0]) == 0
    with pytest.raises(CameraLostError, match="its clock jumped back"):
        sensor.see(_rows((4, 0, 0, 0)))


def test_events_outside_the_sensor_are_left_out_and_counted():
    rows = _rows((1, -1, 0, 1), (1, 3, 3, 1), (2, 4, 0, 0), (3, 0, -9, 0), (4, 0, 4, 0))
    events, n_outside = _Sensor("stream", (4, 4)).see(rows)
    assert (events.t.tolist(), events.x.tolist(), events.p.tolist()) == ([1], [3], [True])
    assert n_outside == 4


def test_what_is_not_taken_is_left_out_and_counted(monkeypatch, known):
    monkeypatch.setattr("evface.cameras.dv_process._MOST_WAITING_EVENTS", 50_000)
    here, there = multiprocessing.Pipe()
    outbox = _Outbox(there)
    # More than a pipe takes is not sent before someone reads.
    for number in range(40):
        outbox.put(known.events(10_000, start_us=number * 300_000), 1)
    parts = [here.recv()]
    closing = threading.Thread(target=outbox.close)
    closing.start()
    there_are = parts[0].n_outside
    while there_are < 40:
        parts.append(here.recv())
        there_are += parts[-1].n_outside
    closing.join(60.0)

    assert not closing.is_alive()
    assert all(isinstance(part, Received) for part in parts)
    n_kept = sum(len(part.events) for part in parts) // 10_000
    assert n_kept + sum(part.n_dropped for part in parts) == 40
    # What is kept is the newest.
    last = known.events(10_000, start_us=39 * 300_000)
    assert np.array_equal(parts[-1].events.t[-10_000:], last.t)
    here.close()
    there.close()


def _break_off_amid_a_message(connection, mark):
    connection._send((1_000).to_bytes(4, "big") + b"and no more")
    mark.touch()
    time.sleep(120)


def test_a_process_that_stops_amid_a_message_can_be_closed(tmp_path):
    process = CameraProcess("camera", _break_off_amid_a_message, "broke down")
    problems = []

    def try_it():
        try:
            process.open(tmp_path / "mark")
        except CameraError as error:
            problems.append(error.problem)

    thread = threading.Thread(target=try_it)
    thread.start()
    deadline_s = time.monotonic() + 60.0
    while not (tmp_path / "mark").exists() and time.monotonic() < deadline_s:
        time.sleep(0.01)

    process.close()

    thread.join(60.0)
    assert not thread.is_alive()
    assert problems
    assert not _camera_processes()
