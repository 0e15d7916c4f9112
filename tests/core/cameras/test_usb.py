import dataclasses
import inspect
import sys
import threading
import time
from types import SimpleNamespace

import numpy as np
import pytest

from evface.cameras.registry import list_cameras, open_camera
from evface.cameras.usb import UsbCamera
from evface.cameras.usb_listing import list_usb_cameras
from evface.errors import CameraError, CameraLostError
from evface.events.events import Events
from evface.events.formats.raw_header import parse_raw_header, read_raw_header
from evface.events.sources import open_events

EVK4 = "prophesee-evk4:00050423"


@pytest.fixture
def camera(plugged):
    """Return the same EVK4 as the product opens it."""
    assert plugged.serial in EVK4
    camera = open_camera(EVK4)
    yield camera
    camera.close()


def _body(path):
    return path.read_bytes()[read_raw_header(path).n_bytes :]


def _all_events(camera, n_bytes):
    packets, n = [], 0
    while n < n_bytes:
        packet = camera.read(20.0)
        assert packet is not None
        packets.append(packet)
        n += len(packet.raw)
    return packets


def test_bytes_of_a_camera_are_kept_and_decoded_byte_for_byte(
    shared_data, tmp_path, plugged, camera
):
    path = tmp_path / "camera.raw"
    path.write_bytes(shared_data("events/evt3_1280x720_8ms.raw").read_bytes())
    data, source = _body(path), open_events(path)
    truth = source.read(0, source.duration_us)
    camera.open()
    # Transfers of a USB bus are of any length, odd ones too.
    places = [0, *np.random.default_rng(2).integers(0, len(data), 50).tolist(), len(data)]
    for begin, end in zip(sorted(places), sorted(places)[1:], strict=False):
        plugged.put(data[begin:end])

    packets = _all_events(camera, len(data))

    events = Events.concatenate([packet.events for packet in packets])
    assert np.array_equal(events.t - source.origin_us, truth.t)
    assert np.array_equal(events.x, truth.x)
    assert np.array_equal(events.y, truth.y)
    assert np.array_equal(events.p, truth.p)
    assert b"".join(packet.raw for packet in packets) == data
    header = parse_raw_header(camera.raw_header)
    assert (header.encoding, header.resolution) == ("EVT3", (1280, 720))
    assert header.n_bytes == len(camera.raw_header)
    assert header.metadata["serial_number"] == "00050423"
    source.close()


def test_triggers_of_a_camera_come_through(write_raw, known, plugged, camera):
    triggers = known.triggers()
    camera.open()
    plugged.put(_body(write_raw(known.events(), triggers=triggers)))

    packet = camera.read(20.0)

    assert packet.triggers.times_us.tolist() == triggers.times_us.tolist()
    assert packet.triggers.is_rising.tolist() == triggers.is_rising.tolist()


def test_a_burst_that_the_ring_cannot_hold_is_counted(write_raw, known, plugged, camera):
    data = _body(write_raw(known.events()))
    camera.open()
    for at in range(0, len(data), 256):
        plugged.put(data[at : at + 256])
    n_kept = plugged.ring_length * 256

    first = _all_events(camera, n_kept)
    # What comes after the gap tells of it.
    plugged.put(data[-512:])
    after = camera.read(20.0)

    n_lost = plugged.n_dropped
    assert n_lost == -(-len(data) // 256) - plugged.ring_length
    assert sum(packet.n_dropped for packet in [*first, after]) == n_lost
    assert camera.health().n_dropped == n_lost
    assert len(Events.concatenate([packet.events for packet in first]))


def test_what_waited_too_long_is_left_out_and_counted(
    write_raw, known, plugged, camera, monkeypatch
):
    monkeypatch.setattr("evface.cameras.usb._MOST_BEHIND_S", 0.05)
    truth = known.events()
    data = _body(write_raw(truth))
    camera.open()
    plugged.ring_length = 1_000
    for at in range(0, len(data), 256):
        plugged.put(data[at : at + 256])
    n_packets = plugged.count_waiting()
    time.sleep(0.1)

    late = camera.read(20.0)
    n_read = n_packets - plugged.count_waiting()
    threading.Timer(0.1, plugged.put, [data[-1024:]]).start()
    newest = camera.read(20.0)

    # Of what waited, only the first read came through; the newest does not wait behind it.
    assert (late.n_dropped, newest.n_dropped) == (0, n_packets - n_read)
    assert camera.health().n_dropped == n_packets - n_read


def test_a_hundred_unpluggings_are_survived(write_raw, known, plugged, camera):
    truth = known.events(500)
    data = _body(write_raw(truth))
    n_threads = threading.active_count()

    for _ in range(100):
        camera.open()
        plugged.put(data)
        packet = camera.read(20.0)
        assert known.same(packet.events, truth)
        plugged.unplug()
        with pytest.raises(CameraLostError, match="is not there; check its cable"):
            camera.read(20.0)
        camera.close()
        with pytest.raises(CameraError, match="is not there"):
            camera.open()
        plugged.plug()

    assert threading.active_count() == n_threads


def test_a_camera_pulled_while_it_is_waited_for_is_lost(plugged, camera):
    camera.open()
    threading.Timer(0.1, plugged.unplug).start()

    with pytest.raises(CameraLostError):
        camera.read(60.0)


def test_closing_ends_a_read_and_sets_the_camera_free(plugged, camera):
    camera.open()
    results = []
    thread = threading.Thread(target=lambda: results.append(camera.read(30.0)))
    thread.start()
    time.sleep(0.05)

    camera.close()

    thread.join(25.0)
    assert results == [None]
    assert not plugged.is_open
    camera.close()


def test_controls_reach_the_camera_and_stay_when_it_comes_back(plugged, camera):
    camera.open()
    camera.set("diff_on", 25)
    camera.set("rate_cap", 8)
    camera.set("region_left", 320)
    camera.set("region_width", 640)

    configuration = plugged.configurations[-1]
    assert configuration.biases.diff_on == 25
    limit = configuration.rate_limiter
    assert limit.maximum_events_per_period / limit.reference_period_us == 8
    # A bit is set for each column that stays quiet.
    quiet = sum(bin(word).count("1") for word in configuration.x_mask)
    assert quiet == 1280 - 640
    camera.close()
    camera.open()
    assert plugged.configurations[-1] == configuration


def test_presets_set_everything_and_the_first_one_resets(camera):
    camera.open()
    camera.set("fo", 10)

    camera.apply(camera.presets[1])

    values = {control.key: control.value for control in camera.controls}
    assert values["fo"] == 0
    assert values["diff_on"] == camera.presets[1].values["diff_on"]
    camera.apply(camera.presets[0])
    assert all(control.value == control.default for control in camera.controls)


def test_values_out_of_bounds_are_refused(camera):
    # The camera itself says which bounds its biases have.
    camera.open()
    bound = next(control for control in camera.controls if control.key == "diff_on")
    assert (bound.minimum, bound.maximum) == (-100, 120)
    with pytest.raises(ValueError, match="diff_on must be -100 to 120, got 121"):
        camera.set("diff_on", 121)
    with pytest.raises(ValueError, match="no control 'nothing'"):
        camera.set("nothing", 1)


def test_health_tells_temperature_and_backlog(write_raw, known, plugged, camera):
    camera.open()
    plugged.put(_body(write_raw(known.events())))
    camera.read(20.0)

    health = camera.health()

    assert health.n_events == 20_000
    assert health.temperature_c == pytest.approx(41.5)
    assert health.illuminance == 120
    assert health.n_damaged == 0


def test_a_clock_that_jumps_back_is_a_lost_camera(write_raw, known, plugged, camera):
    camera.open()
    plugged.put(_body(write_raw(known.events(start_us=9_000_000))))
    camera.read(20.0)
    plugged.put(_body(write_raw(known.events(start_us=1_000_000))))

    with pytest.raises(CameraLostError, match="its clock jumped back"):
        camera.read(20.0)


def test_garbage_is_counted_and_harms_nothing(plugged, camera):
    camera.open()
    random = np.random.default_rng(3)
    n_lost = 0
    for _ in range(20):
        plugged.put(random.bytes(10_001))
        try:
            packet = camera.read(20.0)
        except CameraLostError:
            n_lost += 1
            camera.close()
            camera.open()
            continue
        assert np.all(packet.events.x < 1280)
        assert np.all(packet.events.y < 720)

    assert n_lost or camera.health().n_damaged


def test_two_cameras_of_one_kind_must_be_told_apart(fake_drivers):
    for serial in ("1", "2"):
        fake_drivers.bus.cameras.append(fake_drivers.PluggedCamera(serial=serial))

    with pytest.raises(CameraError, match=r"there are 2 .* prophesee-evk4:1 or prophesee-evk4:2"):
        open_camera("prophesee-evk4").open()

    assert [found.info.key for found in list_usb_cameras()] == [
        "prophesee-evk4:1",
        "prophesee-evk4:2",
    ]
    second = open_camera("prophesee-evk4:2")
    second.open()
    assert second.info.serial == "2"
    # The one that is used cannot state its serial.
    first, used = list_usb_cameras()
    assert (first.info.serial, first.problem) == ("1", "")
    assert "used by another program" in used.problem
    second.close()


@pytest.mark.usefixtures("plugged")
def test_the_only_camera_needs_no_serial():
    camera = open_camera("prophesee-evk4")
    camera.open()
    assert camera.info.key == EVK4
    camera.close()


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("Access denied (insufficient permissions)", "neuromorphic-drivers-install-udev-rules"),
        ("the device is already used by another program", "close that program"),
        ("Resource busy", "close that program"),
        (
            "Firmware version not supported (neuromorphic-drivers expects version 0.9 or later, "
            "the camera runs on version 0.4)",
            "version 0.4",
        ),
        ("Other error", "no USB that can be used"),
        ("Operation timed out", "unplug it"),
        ("something new", "something new"),
    ],
)
def test_what_stands_in_the_way_is_said_in_plain_words(fake_drivers, said, words):
    fake_drivers.bus.cameras.append(fake_drivers.PluggedCamera(error=said))

    with pytest.raises(CameraError, match=r"Prophesee EVK4: ") as caught:
        open_camera(EVK4).open()
    (found,) = list_usb_cameras()

    assert words in caught.value.problem
    assert words in found.problem


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="udev is Linux's")
def test_who_may_not_use_a_camera_is_told_the_rule(fake_drivers):
    fake_drivers.bus.cameras.append(fake_drivers.PluggedCamera(error="Access denied"))

    (found,) = list_usb_cameras()

    line = 'SUBSYSTEM=="usb", ATTRS{idVendor}=="04b4|31f7", ATTRS{idProduct}=="00f[4-5]|000[3-4]"'
    assert f'{line}, MODE="0666"' in found.problem
    assert "/etc/udev/rules.d/65-neuromorphic-drivers.rules" in found.problem


def test_the_rules_name_the_cameras_of_the_drivers_own_rules():
    pytest.importorskip("neuromorphic_drivers")
    from neuromorphic_drivers import udev

    from evface.cameras.usb_kinds import USB_KINDS

    theirs = inspect.getsource(udev)
    for kind in USB_KINDS.values():
        for ids in kind.usb_ids:
            assert all(f'=="{one}"' in theirs for one in ids.split("|"))


def test_a_computer_without_usb_says_so(fake_drivers):
    fake_drivers.bus.problem = "Other error"

    (found, *_) = list_cameras()

    assert "no USB that can be used" in found.problem
    with pytest.raises(CameraError, match="no USB that can be used"):
        open_camera("prophesee-evk4").open()


def test_a_missing_package_says_how_to_install_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "neuromorphic_drivers", None)

    (found,) = list_usb_cameras()

    assert 'pip install "evface[live]"' in found.problem
    with pytest.raises(CameraError, match="is missing; install it"):
        open_camera("inivation-dvxplorer").open()


def test_kinds_that_are_not_known_are_listed_with_the_reason(fake_drivers):
    fake_drivers.bus.cameras.append(fake_drivers.PluggedCamera(fake_drivers.Name.LUCID_TRITON, "7"))
    (found,) = list_usb_cameras()
    assert "does not know" in found.problem
    assert not found.info.key


def _driver_packet(t, *, triggers=None, frames=()):
    events = np.zeros(len(t), [("t", "<u8"), ("x", "<u2"), ("y", "<u2"), ("on", "?")])
    events["t"], events["x"] = t, np.arange(len(t))
    return SimpleNamespace(polarity_events=events, trigger_events=triggers, frames=list(frames))


def test_events_and_pictures_of_a_davis_share_a_clock(fake_drivers):
    plugged = fake_drivers.PluggedCamera(fake_drivers.Name.INIVATION_DAVIS346, "84010")
    fake_drivers.bus.cameras.append(plugged)
    camera = open_camera("inivation-davis346")
    camera.open()
    camera.frame_camera.open()
    triggers = np.array([(120, 0, 2)], [("t", "<u8"), ("id", "u1"), ("polarity", "u1")])
    picture = SimpleNamespace(t=150, pixels=np.full((260, 346), 65_472, np.uint16))
    plugged.put(_driver_packet([100, 130, 160], triggers=triggers, frames=[picture]))

    packet = camera.read(20.0)
    frame = camera.frame_camera.read(0.0)

    assert packet.events.t.tolist() == [100, 130, 160]
    assert packet.triggers.times_us.tolist() == [120]
    assert packet.triggers.is_rising.tolist() == [True]
    assert packet.raw is None
    assert camera.raw_header is None
    assert (frame.t_us, frame.image.shape, frame.image[0, 0].tolist()) == (
        150, (260, 346, 3), [255, 255, 255],
    )  # fmt: skip
    camera.close()


def test_events_of_a_dvxplorer_outside_its_sensor_are_left_out(fake_drivers):
    plugged = fake_drivers.PluggedCamera(fake_drivers.Name.INIVATION_DVXPLORER, "9")
    fake_drivers.bus.cameras.append(plugged)
    camera = open_camera("inivation-dvxplorer")
    camera.open()
    packet = _driver_packet(np.arange(700))
    plugged.put(packet)

    assert len(camera.read(20.0).events) == 640
    assert camera.health().n_outside == 60
    camera.set("readout", 10)
    rate = plugged.configurations[-1].readout_frames_per_second
    assert rate is fake_drivers.ReadoutFramesPerSecond.VARIABLE15000
    # Times that no camera can have.
    plugged.put(_driver_packet([2**62]))
    with pytest.raises(CameraLostError, match="its clock jumped"):
        camera.read(20.0)
    camera.close()


def test_every_control_of_every_kind_is_taken_by_the_driver(fake_drivers):
    for name in list(fake_drivers.Name)[:4]:
        plugged = fake_drivers.PluggedCamera(name, "5")
        fake_drivers.bus.cameras.append(plugged)
        (found,) = [item for item in list_usb_cameras() if item.info.name == name.value]
        camera = open_camera(found.info.key)
        camera.open()
        for control in camera.controls:
            n = len(plugged.configurations)
            for value in (control.minimum, control.maximum, control.default):
                camera.set(control.key, value)
            assert len(plugged.configurations) == n + 3
        for preset in camera.presets:
            camera.apply(preset)
        camera.close()


def test_the_fake_has_the_names_of_the_real_package(fake_drivers, monkeypatch):
    monkeypatch.delitem(sys.modules, "neuromorphic_drivers")
    real = pytest.importorskip("neuromorphic_drivers")

    assert list(inspect.signature(real.open).parameters)[:7] == list(
        inspect.signature(fake_drivers.open).parameters
    )
    assert {name.value for name in real.Name} == {name.value for name in fake_drivers.Name}
    fields = {field.name for field in dataclasses.fields(real.ListedDevice)}
    assert fields == {field.name for field in dataclasses.fields(fake_drivers.ListedDevice)}
    for module in (
        "prophesee_evk4", "prophesee_evk3_hd", "inivation_davis346", "inivation_dvxplorer"
    ):  # fmt: skip
        ours, theirs = getattr(fake_drivers, module), getattr(real, module)
        for part in ("Configuration", "Biases", "BiasesBounds", "Properties"):
            some = {field.name for field in dataclasses.fields(getattr(ours, part))}
            assert some <= {field.name for field in dataclasses.fields(getattr(theirs, part))}


def test_the_real_package_takes_every_configuration():
    real = pytest.importorskip("neuromorphic_drivers")
    from evface.cameras.usb_kinds import USB_KINDS

    for kind in USB_KINDS.values():
        module = getattr(real, kind.module)
        for preset in kind.presets:
            values = {control.key: control.default for control in kind.controls}
            values |= dict(preset.values)
            if "region_width" in values:
                values |= {"region_left": 16, "region_width": 64}
            configuration = kind.configure(real, values)
            assert configuration.serialize()
        assert module.RingConfiguration(ring_length=1024).serialize()
    assert isinstance(UsbCamera(kind), UsbCamera)
