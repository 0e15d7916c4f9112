"""The USB cameras that evface knows."""

from __future__ import annotations

from evface.cameras.inivation_kinds import DAVIS346, DVXPLORER
from evface.cameras.prophesee_kinds import EVK3_HD, EVK4
from evface.cameras.usb_kind import UsbKind

# By what the driver calls them, and users.
USB_KINDS = {kind.name: kind for kind in (EVK4, EVK3_HD, DAVIS346, DVXPLORER)}


def find_usb_kind(key: str) -> UsbKind | None:
    """Return the kind whose cameras' keys begin so; None where there is none."""
    return next((kind for kind in USB_KINDS.values() if kind.key == key), None)
