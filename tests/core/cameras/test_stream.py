import contextlib
import ipaddress
import socket
import threading
import time
from dataclasses import replace
from itertools import pairwise

import numpy as np
import psutil
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evface.cameras.packet_bytes import evt2_bytes
from evface.cameras.replay import ReplayCamera
from evface.cameras.stream_client import StreamCamera
from evface.cameras.stream_protocol import (
    ALIVE,
    END,
    HEAD,
    HEADER,
    HELLO,
    MAX_BODY,
    RAW,
    MessageReader,
    StreamFormatError,
    StreamHeader,
    message,
    parse_raw,
    raw_message,
)
from evface.cameras.stream_server import StreamServer
from evface.errors import CameraError, CameraLostError
from evface.events.events import Events
from evface.events.formats.hdf5_writer import write_events_hdf5
from evface.live.connection import Connection

_HEADER = StreamHeader("Camera", "7", "EVT3", (320, 240), False, b"% evt 3.0\n% end\n")
_bodies = st.tuples(st.sampled_from([RAW, ALIVE, END]), st.binary(max_size=60))


@given(st.lists(_bodies, max_size=8), st.data())
def test_messages_come_back_wherever_they_are_cut(bodies, data):
    sent = [(HEADER, _HEADER.to_body()), *bodies]
    stream = HELLO + b"".join(message(kind, body) for kind, body in sent)
    cuts = data.draw(st.lists(st.integers(0, len(stream)), max_size=10))
    reader, received = MessageReader(), []

    for begin, end in pairwise([0, *sorted(cuts), len(stream)]):
        received += reader.feed(stream[begin:end])

    assert received == sent


@given(st.binary(max_size=200), st.booleans(), st.booleans())
def test_any_bytes_are_messages_or_an_error(data, is_greeted, has_header):
    reader = MessageReader()
    if is_greeted:
        reader.feed(HELLO)
        if has_header:
            reader.feed(message(HEADER, _HEADER.to_body()))
    try:
        messages = reader.feed(data)
    except StreamFormatError:
        return
    assert sum(len(body) for _, body in messages) <= len(data)
    assert 0 < reader.n_bytes_wanted <= MAX_BODY + HEAD.size


def test_a_stated_length_beyond_the_limit_is_refused_at_once():
    reader = MessageReader()
    reader.feed(HELLO + message(HEADER, _HEADER.to_body()))
    with pytest.raises(StreamFormatError, match="no message"):
        reader.feed(HEAD.pack(MAX_BODY + 1, RAW))


def test_messages_out_of_order_are_refused():
    with pytest.raises(StreamFormatError, match="out of order"):
        MessageReader().feed(HELLO + raw_message(0, b""))
    twice = message(HEADER, _HEADER.to_body()) * 2
    with pytest.raises(StreamFormatError, match="out of order"):
        MessageReader().feed(HELLO + twice)


@given(st.text(max_size=20), st.integers(1, 2048), st.integers(1, 2048), st.binary(max_size=50))
def test_headers_come_back(name, width, height, raw_header):
    header = StreamHeader(
        "".join(c for c in name if c.isprintable()), "", "EVT2", (width, height), True, raw_header
    )
    assert StreamHeader.from_body(header.to_body()) == header


@given(st.binary(max_size=200))
def test_any_bytes_are_a_header_or_an_error(body):
    try:
        StreamHeader.from_body(body)
    except StreamFormatError:
        return


@pytest.mark.parametrize(
    "stated",
    [
        b'{"name": "", "serial": "", "encoding": "EVT9", "resolution": [4, 4], "is_simulated": 0}',
        b'{"name": "", "serial": "", "encoding": "EVT3", "resolution": [4, 9e9], '
        b'"is_simulated": 0}',
        b'{"name": "", "serial": "", "encoding": "EVT3", "resolution": [0, 4], "is_simulated": 0}',
        b"[]",
    ],
)
def test_headers_that_make_no_sense_are_refused(stated):
    with pytest.raises(StreamFormatError):
        StreamHeader.from_body(stated + b"\0")


@given(st.integers(0, 2**64 - 1), st.binary(max_size=64))
def test_what_was_lost_is_told_with_the_bytes(n_lost, raw):
    assert parse_raw(raw_message(n_lost, raw)[HEAD.size :]) == (n_lost, raw)


class ServedFile:
    """A recording, served."""

    def __init__(self, path, **options):
        self.server = StreamServer(
            ReplayCamera(path, is_looped=True, speed=options.pop("speed", 1.0)), **options
        )
        self.server.start()

    def client(self):
        return StreamCamera(*self.server.address)

    def connect(self):
        return socket.create_connection(self.server.address, 2.0)

    def wait_for(self, is_so):
        for _ in range(2_000):
            if is_so(self.server.state):
                return self.server.state
            time.sleep(0.02)
        raise AssertionError(self.server.state)


@pytest.fixture
def served(write_raw, known):
    """Return a recording of 0.3 s that is served again and again."""
    served = ServedFile(write_raw(known.events()))
    yield served
    served.server.stop()


def _read_events(camera, n):
    parts = []
    while sum(map(len, parts)) < n:
        packet = camera.read(20.0)
        assert packet is not None
        parts.append(packet.events)
    return Events.concatenate(parts)


def _open_in_the_end(camera):
    for _ in range(400):
        try:
            camera.open()
        except CameraError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError(camera.info)


def _problem_of_reading(camera):
    """Return why a camera is lost in the end."""
    began_s = time.monotonic()
    try:
        while time.monotonic() - began_s < 60.0:
            camera.read(0.5)
    except CameraLostError as error:
        return error.problem
    return ""


def _is_closed(connection):
    connection.settimeout(6.0)
    try:
        return connection.recv(64) == b""
    except ConnectionError:
        return True


def test_what_is_served_is_a_camera(served, known):
    camera = served.client()
    camera.open()

    events = _read_events(camera, 40_000)

    truth = known.events()
    assert camera.info.resolution == known.resolution
    assert "camera.raw" in camera.info.name
    assert camera.raw_header.startswith(b"% ")
    assert np.all(np.diff(events.t) >= 0)
    # It joins somewhere in a round; from there on all is as in the recording.
    start = np.flatnonzero((events.x == truth.x[0]) & (events.y == truth.y[0]))
    assert any(np.array_equal(events.x[at : at + 20_000], truth.x) for at in start)
    assert camera.health().n_dropped == 0
    camera.close()


def test_cameras_without_bytes_are_served_too(tmp_path, known):
    path = tmp_path / "events.h5"
    write_events_hdf5(path, [known.events()], resolution=known.resolution)
    served = ServedFile(path)
    camera = served.client()
    camera.open()

    events = _read_events(camera, 25_000)

    assert np.all(np.diff(events.t) >= 0)
    assert np.all(events.x < known.resolution[0])
    camera.close()
    served.server.stop()


def test_the_address_is_the_loopback_unless_told_otherwise(served):
    assert served.server.address[0] == "127.0.0.1"


def test_others_than_those_told_get_nothing_at_all(write_raw, known):
    allowed = [ipaddress.ip_network("192.0.2.0/24")]
    served = ServedFile(write_raw(known.events()), allowed=allowed)
    with served.connect() as stranger:
        try:
            stranger.sendall(HELLO)
        except ConnectionError:
            pass
        else:
            assert _is_closed(stranger)
    with pytest.raises(CameraError, match=r"closed the connection; .* --allow"):
        served.client().open()
    assert served.wait_for(lambda state: state.n_refused == 2).n_sent_bytes == 0
    served.server.stop()


def test_who_says_nothing_is_disconnected_and_disturbs_nobody(served, monkeypatch):
    monkeypatch.setattr("evface.cameras.served_client._SPEAKS_WITHIN_S", 0.3)
    with served.connect() as silent:
        camera = served.client()
        camera.open()
        _read_events(camera, 10_000)

        assert _is_closed(silent)

        _read_events(camera, 10_000)
        camera.close()


@pytest.mark.parametrize(
    "said", [b"GET / HTTP/1.1\r\n\r\n", HELLO + b"more", b"\0" * 100_000, HELLO * 10_000]
)
def test_who_says_anything_else_is_disconnected(served, said):
    with served.connect() as rude:
        try:
            rude.sendall(said)
        except ConnectionError:
            return
        rude.settimeout(6.0)
        try:
            while rude.recv(1 << 16):
                pass
        except ConnectionError:
            pass
    camera = served.client()
    camera.open()
    _read_events(camera, 1_000)
    camera.close()


def test_slow_readers_lose_the_oldest_and_keep_nothing_waiting(write_raw, known, monkeypatch):
    # It is not parted with, however long all this takes.
    monkeypatch.setattr("evface.cameras.served_client._READS_WITHIN_S", 1000.0)
    # Far more than any system keeps of a connection that is not read.
    served = ServedFile(write_raw(known.events(60_000, duration_us=50_000)), speed=4.0)
    slow = served.client()
    slow.open()
    quick = served.client()
    quick.open()
    process = psutil.Process()
    _read_events(quick, 60_000)
    before = process.memory_info().rss
    began_s = time.monotonic()
    while served.server.state.n_lost < 50 and time.monotonic() - began_s < 60.0:
        quick.read(0.1)
    grown = process.memory_info().rss - before
    packets = []
    while not sum(packet.n_dropped for packet in packets):
        assert time.monotonic() - began_s < 60.0
        packet = slow.read(1.0)
        packets += [] if packet is None else [packet]

    times = np.concatenate([packet.events.t for packet in packets])
    assert np.all(np.diff(times) >= 0)
    assert grown < 60_000_000
    slow.close()
    quick.close()
    served.server.stop()


def test_too_many_are_refused(served):
    crowd = [served.connect() for _ in range(200)]
    assert served.wait_for(lambda state: state.n_refused >= 192).n_sent_bytes == 0
    assert len(served.server._clients) <= 8
    for connection in crowd:
        connection.close()
    camera = served.client()
    _open_in_the_end(camera)
    assert len(_read_events(camera, 100)) >= 100
    camera.close()


def test_a_server_that_ends_says_so_and_one_that_is_back_is_found_again(write_raw, known):
    path = write_raw(known.events())
    first = ServedFile(path)
    camera = first.client()
    camera.open()
    _read_events(camera, 1_000)
    first.server.stop()
    assert "the server was ended" in _problem_of_reading(camera)
    camera.close()
    with pytest.raises(CameraError, match="nothing is served there; run evface serve"):
        camera.open()

    second = ServedFile(path, port=first.server.address[1])
    camera.open()

    assert len(_read_events(camera, 1_000)) >= 1_000
    camera.close()
    second.server.stop()


def test_a_camera_that_is_not_there_is_said_to_who_connects(tmp_path):
    server = StreamServer(ReplayCamera(tmp_path / "none.raw"))
    server.start()
    camera = StreamCamera(*server.address)

    with pytest.raises(CameraError, match=r"none\.raw: does not exist"):
        camera.open()

    server.stop()


def test_two_servers_at_one_address_are_told_apart(served):
    other = StreamServer(ReplayCamera("x.raw"), port=served.server.address[1])
    with pytest.raises(CameraError, match="cannot be listened at"):
        other.start()
    other.stop()


class FalseServer:
    """Answers the greeting with some bytes, and then does nothing, or goes on with them."""

    def __init__(self, answer, *, again=0):
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._answer, self._again = answer, again
        self.camera = StreamCamera(*self._listener.getsockname())
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self):
        connection, _ = self._listener.accept()
        with connection:
            try:
                connection.sendall(self._answer)
                for _ in range(self._again):
                    connection.sendall(self._answer)
            except OSError:
                return
            self._ended.wait(20.0)

    def end(self):
        self.camera.close()
        self._ended.set()
        self._listener.close()
        self._thread.join()


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (b"HTTP/1.1 400 Bad Request\r\n", "no stream of evface"),
        (HELLO + b"\xff" * 500, "what is no message"),
        (HELLO + message(HEADER, b"{}\0"), "makes no sense"),
        (HELLO + raw_message(0, b"ab"), "out of order"),
        (HELLO + message(END, b"kein Strom"), "kein Strom"),
        (HELLO, "does not answer"),
    ],
)
def test_false_servers_are_told_in_plain_words(monkeypatch, answer, words):
    within_s = 0.5 if "not answer" in words else 60.0
    monkeypatch.setattr("evface.cameras.stream_client._ANSWERS_WITHIN_S", within_s)
    server = FalseServer(answer)
    with pytest.raises(CameraError, match=words):
        server.camera.open()
    server.end()


@settings(max_examples=25, deadline=None)
@given(st.binary(min_size=1, max_size=300))
def test_garbage_after_the_header_ends_the_stream_or_is_harmless(garbage):
    server = FalseServer(HELLO + message(HEADER, _HEADER.to_body()) + garbage + b"\xff" * 9)
    try:
        server.camera.open()
        for _ in range(3):
            packet = server.camera.read(0.02)
            if packet is not None:
                assert np.all(packet.events.x < 320)
    except CameraError:
        pass
    server.end()


def test_closing_ends_an_opening_that_waits():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        camera = StreamCamera(*listener.getsockname())
        thread = threading.Thread(target=_open_in_vain, args=(camera,))
        thread.start()
        connection, _ = listener.accept()
        camera.close()
        thread.join(20.0)
        assert not thread.is_alive()
        connection.close()


def _open_in_vain(camera):
    with pytest.raises(CameraError):
        camera.open()


def test_a_server_that_says_nothing_any_more_is_lost(monkeypatch):
    monkeypatch.setattr("evface.cameras.stream_client.ALIVE_EVERY_S", 0.1)
    server = FalseServer(HELLO + message(HEADER, _HEADER.to_body()))
    server.camera.open()
    assert "says nothing any more" in _problem_of_reading(server.camera)
    server.end()


def test_a_server_that_floods_is_read_piece_by_piece():
    flood = message(RAW, bytes(8) + np.random.default_rng(0).bytes(MAX_BODY - 8))
    header = HELLO + message(HEADER, _HEADER.to_body())
    server = FalseServer(header + flood * 20)
    before = psutil.Process().memory_info().rss
    server.camera.open()
    n_read = 0
    try:
        while n_read < 20 << 20:
            packet = server.camera.read(1.0)
            n_read += len(packet.raw)
            assert len(packet.raw) <= 2 * MAX_BODY
    except CameraLostError as error:
        # Random words hold times that cannot be.
        assert "its clock jumped back" in str(error)  # noqa: PT017
    assert psutil.Process().memory_info().rss - before < 150_000_000
    server.end()


_EVT2 = StreamHeader("Camera", "7", "EVT2", (320, 240), False, b"% evt 2.0\n% end\n")


def _evt2_stream(known, *times_us, resolution=(320, 240)):
    """Return a stream with a hundred events from each of some times on."""
    header = replace(_EVT2, resolution=resolution)
    bodies = (known.events(100, duration_us=1_000, start_us=t_us) for t_us in times_us)
    parts = (raw_message(0, evt2_bytes(events)) for events in bodies)
    return HELLO + message(HEADER, header.to_body()) + b"".join(parts)


class ScriptedServer:
    """Gives each who connects, one after another, the next of some streams, and then nothing."""

    def __init__(self, streams):
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = self._listener.getsockname()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(streams,), daemon=True)
        self._thread.start()

    def _run(self, streams):
        for stream, waits in streams:
            connection, _ = self._listener.accept()
            with connection, contextlib.suppress(ConnectionError):
                connection.sendall(stream)
                # Who has read to the end closes; who waits for more is left alone.
                if waits:
                    while not self._ended.is_set() and not _is_closed(connection):
                        pass

    def end(self):
        self._ended.set()
        self._listener.close()
        self._thread.join(20.0)


def test_whatever_becomes_of_a_stream_is_said_and_it_is_connected_again(known, monkeypatch, caplog):
    monkeypatch.setattr("evface.live.connection._FIRST_PAUSE_S", 0.01)
    monkeypatch.setattr("evface.live.connection._LONGEST_PAUSE_S", 0.01)
    monkeypatch.setattr("evface.cameras.stream_client.ALIVE_EVERY_S", 0.3)
    monkeypatch.setattr("evface.cameras.stream_client._ANSWERS_WITHIN_S", 60.0)
    caplog.set_level("INFO", logger="evface.live.connection")
    good = _evt2_stream(known, 1_000_000)
    server = ScriptedServer(
        [
            (good, True),  # It stalls.
            (good[:-7], False),  # It is cut amid a message.
            (good + b"\xff" * 100, True),
            (_evt2_stream(known, 10_000_000, 1_000_000), True),
            (_evt2_stream(known, 1_000_000, 9_000_000_000), False),
            (_evt2_stream(known, 1_000_000, resolution=(400, 300)), True),
        ]
    )
    camera = StreamCamera(*server.address)
    resolutions, packets = [], []
    connection = Connection(
        camera,
        opened=lambda: resolutions.append(camera.info.resolution),
        take=packets.append,
        name="stream",
    )
    connection.start()

    deadline_s = time.monotonic() + 60.0
    while (400, 300) not in resolutions and time.monotonic() < deadline_s:
        time.sleep(0.01)

    assert connection.stop()
    server.end()
    assert (resolutions[0], resolutions[-1]) == ((320, 240), (400, 300))
    problems = iter([record.getMessage() for record in caplog.records])
    for words in (
        "says nothing any more; check the network",
        "broke off; check the network, and that evface serve still runs there",
        "sends what is no message; check",
        "its clock jumped back; check what is served there",
        "broke off",
    ):
        assert any(words in said for said in problems), words
    # What jumps far ahead is time going on.
    assert max(int(packet.events.t[-1]) for packet in packets if len(packet.events)) > 9_000_000_000


def test_addresses_that_are_none_are_refused():
    for address in ("tcp://", "tcp://host:notaport", "tcp://host:1/path", "tcp://" + 70 * "a"):
        with pytest.raises(CameraError, match="is no address of a stream"):
            StreamCamera.at(address)
    assert StreamCamera.at("tcp://host").info.key == "tcp://host:7836"
    assert StreamCamera.at("tcp://[::1]:9").info.key == "tcp://[::1]:9"


def test_a_camera_that_comes_back_with_another_sensor_begins_a_new_stream(tmp_path, known):
    paths = []
    for number, resolution in enumerate([(320, 240), (400, 300)]):
        paths.append(tmp_path / f"{number}.h5")
        write_events_hdf5(paths[-1], [known.events(5_000)], resolution=resolution)
    camera = ReplayCamera(paths[0])
    server = StreamServer(camera)
    server.start()
    client = StreamCamera(*server.address)
    client.open()
    assert client.info.resolution == (320, 240)
    camera._path = paths[1]  # As if it had been exchanged; it is opened again at its end.

    assert "the recording is at its end" in _problem_of_reading(client)
    client.close()
    _open_in_the_end(client)

    assert client.info.resolution == (400, 300)
    assert len(_read_events(client, 1_000)) >= 1_000
    client.close()
    server.stop()
