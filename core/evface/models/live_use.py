"""Which networks can be asked about a stream, told from what they say of themselves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from evface.annotations.segments import UNITS
from evface.models.checkpoints import NetworkInfo
from evface.models.registry import task_of


def why_not_live(info: NetworkInfo) -> str:
    """Return why a network cannot be asked live; empty where it can.

    Returns
    -------
    str
        What is wrong; what to do. It begins as what is said of the file.
    """
    task = task_of(info.network)
    if task == "self_supervised":
        return "predicts nothing; begin a network of landmarks with it"
    if task == "landmarks":
        if needs_rgb(info):
            return "needs RGB pictures; train kp_live"
        return ""
    return _why_no_units(info)


def needs_rgb(info: NetworkInfo) -> bool:
    """Return whether a network of landmarks can see nothing without the video."""
    if info.settings.get("modality", "event") != "event":
        return True
    uses_rgb = bool(info.feeding.get("uses_rgb", True))
    return uses_rgb and not info.settings.get("can_do_without_rgb", True)


def _why_no_units(info: NetworkInfo) -> str:
    if info.inputs.get("modality", "events") != "events":
        return "sees other things than events; train au_live"
    if info.network != "au_light":
        return "sees whole clips; train au_live"
    if info.settings.get("looks_ahead", True):
        return "looks ahead, as live nobody can; train au_live"
    if info.targets.get("n_classes") != len(UNITS):
        return f"tells of other action units than the {len(UNITS)}; train au_live"
    if _weight_of_intensity(info.training) == 0:
        return "never learnt how strong action units are; train au_live with loss.intensity = 1"
    return ""


def _weight_of_intensity(training: Mapping[str, Any]) -> Any:
    """Return what intensities counted in a training; None where it is not said."""
    found: Any = training
    for name in ("config", "loss", "intensity"):
        found = found.get(name) if isinstance(found, Mapping) else None
    return found
