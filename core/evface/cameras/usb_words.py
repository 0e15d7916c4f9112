"""What a driver's errors mean for a user."""

from __future__ import annotations

import sys

from evface.cameras.usb_kind import UsbKind

# What the driver's own installer writes to.
_RULES = "/etc/udev/rules.d/65-neuromorphic-drivers.rules"
_NOT_ALLOWED = ("access", "permission")
_NO_DRIVER = ("not supported or unimplemented",)
# Parts of what the driver, and libusb below it, say; in lower case.
_MEANINGS = (
    (
        ("already used", "busy"),
        "is used by another program; close that program, or unplug it and plug it in again",
    ),
    (
        ("no such device", "nodevice", "disconnected", "no device found", "not found", "notfound"),
        "is not there; check its cable, and plug it in again",
    ),
    (
        ("other error",),
        "this computer has no USB that can be used; in a container or a virtual machine, "
        "pass the USB devices on to it",
    ),
    (("timed out", "timeout"), "does not answer; unplug it and plug it in again"),
    (
        ("memory",),
        "the computer has too little memory for it; close other programs",
    ),
)


def usb_problem(error: object, kind: UsbKind | None = None) -> str:
    """Return what is wrong and what to do, in plain words, from what the driver says.

    Parameters
    ----------
    kind
        Of the camera; None where it is not about one.
    """
    text = str(error).strip()
    lower = text.lower()
    if "firmware" in lower:
        return f"has a firmware that does not fit ({text}); update it with the maker's tool"
    if any(part in lower for part in _NOT_ALLOWED):
        return _permission_words(kind)
    if sys.platform == "win32" and any(part in lower for part in _NO_DRIVER):
        return "has no driver that fits; give it WinUSB, for example with the program Zadig"
    for parts, meaning in _MEANINGS:
        if any(part in lower for part in parts):
            return meaning
    return f"does not work ({text or type(error).__name__}); unplug it and plug it in again"


def _permission_words(kind: UsbKind | None) -> str:
    if not sys.platform.startswith("linux"):
        return "may not be used by you; ask who looks after this computer to allow it"
    words = (
        "may not be used by you; run neuromorphic-drivers-install-udev-rules and the sudo command "
        "that it prints, then plug it in again"
    )
    return words if kind is None else f"{words} (or put this line into {_RULES}: {_rule(kind)})"


def _rule(kind: UsbKind) -> str:
    """Return the line for udev that lets everybody use cameras of a kind."""
    vendors, products = kind.usb_ids
    return (
        f'SUBSYSTEM=="usb", ATTRS{{idVendor}}=="{vendors}", ATTRS{{idProduct}}=="{products}", '
        'MODE="0666"'
    )
