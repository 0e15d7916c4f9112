"""What a driver's errors mean for a user."""

from __future__ import annotations

import sys

_UDEV = "run neuromorphic-drivers-install-udev-rules, then plug it in again"
# Parts of what the driver, and libusb below it, say; in lower case.
_MEANINGS = (
    (
        ("access", "permission"),
        "may not be used by you; " + (_UDEV if sys.platform.startswith("linux") else "allow it"),
    ),
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


def usb_problem(error: object) -> str:
    """Return what is wrong and what to do, in plain words, from what the driver says."""
    text = str(error).strip()
    lower = text.lower()
    if "firmware version" in lower or "firmware" in lower:
        return f"has a firmware that does not fit ({text}); update it with the maker's tool"
    for parts, meaning in _MEANINGS:
        if any(part in lower for part in parts):
            return meaning
    return f"does not work ({text or type(error).__name__}); unplug it and plug it in again"
