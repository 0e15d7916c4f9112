"""Which USB cameras are here, through the package neuromorphic_drivers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from evface.cameras.base import CameraInfo, CameraKind, Found
from evface.cameras.usb_kind import UsbKind
from evface.cameras.usb_kinds import USB_KINDS
from evface.cameras.usb_words import usb_problem
from evface.errors import CameraError

_INSTALL = 'the package neuromorphic_drivers is missing; install it: pip install "evface[live]"'


def list_usb_cameras() -> list[Found]:
    """Return the event cameras at the USB; a single problem where they cannot be looked for."""
    nobody = CameraInfo("", "Event cameras at the USB", CameraKind.EVENT_CAMERA)
    try:
        devices = usb_driver(nobody.name).list_devices()
    except CameraError as error:
        return [Found(nobody, error.problem)]
    except (RuntimeError, OSError) as error:
        return [Found(nobody, usb_problem(error))]
    return [_found(device) for device in devices]


def usb_driver(name: str) -> Any:
    """Return the package; a CameraError that names what needs it where it is missing."""
    try:
        import neuromorphic_drivers
    except ImportError as error:
        raise CameraError(name, _INSTALL) from error
    return neuromorphic_drivers


def info_of(kind: UsbKind, serial: str) -> CameraInfo:
    """Return which camera it is; the only one of its kind where the serial is empty."""
    key = f"{kind.key}:{serial}" if serial else kind.key
    return CameraInfo(key, kind.name, CameraKind.EVENT_CAMERA, serial, kind.resolution)


def _found(device: Any) -> Found:
    name, serial = str(device.name.value), str(device.serial or "")
    kind = USB_KINDS.get(name)
    if kind is None:
        info = CameraInfo("", name, CameraKind.EVENT_CAMERA, serial)
        known = ", ".join(USB_KINDS)
        return Found(info, f"is a camera that evface does not know; it knows {known}")
    problem = usb_problem(device.error, kind) if device.error else ""
    return Found(info_of(kind, serial), problem)


def only_serial(driver: Any, kind: UsbKind) -> str:
    """Return the serial of the only camera of a kind."""
    try:
        devices: Iterable[Any] = driver.list_devices()
    except (RuntimeError, OSError) as error:
        raise CameraError(kind.name, usb_problem(error)) from error
    here = [device for device in devices if device.name.value == kind.name]
    if not here:
        raise CameraError(kind.name, "is not there; check its cable, and plug it in again")
    serials = [str(device.serial) for device in here if device.serial]
    if len(here) > 1:
        keys = " or ".join(f"{kind.key}:{serial}" for serial in serials)
        raise CameraError(kind.name, f"there are {len(here)} of them; say which: {keys}")
    if not serials:
        raise CameraError(kind.name, usb_problem(here[0].error or "no serial", kind))
    return serials[0]
