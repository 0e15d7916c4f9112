"""Reasons in plain words."""

from __future__ import annotations

import math

from evface.annotations.roles import PREDICTED_LANDMARKS, TEACHER, TRANSFERRED
from evface.landmarks.schemes import LandmarkScheme
from evface.review.face_parts import describe_landmarks
from evface.review.findings import Finding
from evface.review.reasons import Reason, ReasonKind

# Below this a comparison with what is usual would say that nothing else moves.
_STILL_PX = 0.3
# A comparison with what is usual says little below this.
_WORTH_TELLING = 1.5
_NAMES = {
    TEACHER: "the video's landmarks",
    TRANSFERRED: "the transferred landmarks",
    PREDICTED_LANDMARKS: "the network's landmarks",
}


def to_reason(finding: Finding, scheme: LandmarkScheme | None) -> Reason:
    """Return a finding as a reason, with its sentence."""
    return Reason(
        kind=finding.kind,
        t_us=finding.t_us,
        role=finding.role,
        value=finding.value,
        threshold=finding.threshold,
        sentence=_sentence(finding, scheme),
        landmarks=finding.landmarks,
    )


def name_of_role(role: str) -> str:
    """Return what to call a track in a sentence.

    Examples
    --------
    >>> name_of_role("teacher")
    "the video's landmarks"
    """
    return _NAMES.get(role, f"{role!r}")


def _sentence(finding: Finding, scheme: LandmarkScheme | None) -> str:
    points = finding.landmarks
    what = describe_landmarks(scheme, points)
    many = _is_plural(what)
    px = _px(finding.px)
    match finding.kind:
        case ReasonKind.SWAPPED:
            text = f"left and right exchanged: {what}"
        case ReasonKind.COLLAPSED:
            share = 100.0 / finding.value if finding.value > 0 else math.nan
            text = f"{what} squeezed to {share:.0f} % of the size around"
        case ReasonKind.CROSSED_LIPS:
            text = f"lips cross by {px}: {what}"
        case ReasonKind.CROSSED_EYELIDS:
            text = f"eyelids cross by {px}: {what}"
        case ReasonKind.OUTSIDE_FACE:
            text = f"{what} {'lie' if many else 'lies'} {px} outside the face"
        case ReasonKind.OUTSIDE_PICTURE:
            text = f"{what} {'lie' if many else 'lies'} {px} outside the picture"
        case ReasonKind.JUMP:
            text = f"{what} {'move' if many else 'moves'} {px} in one frame{_than_usual(finding)}"
        case ReasonKind.JERK:
            text = f"{what} {'jerk' if many else 'jerks'} by {px}{_than_usual(finding)}"
        case ReasonKind.LOPSIDED:
            text = f"{what} {'differ' if many else 'differs'} by {px} from the mirror image"
        case ReasonKind.DISAGREEMENT:
            other = name_of_role(finding.other_role)
            text = f"{what} {px} away from {other}{_than_usual(finding)}"
        case ReasonKind.REPROJECTION:
            text = f"the fitted head misses the landmarks by {px}{_than_usual(finding)}"
        case ReasonKind.LOW_CONFIDENCE:
            told = f"confidence is {1.0 - finding.value:.2f}"
            is_others = finding.other_role not in ("", finding.role)
            text = f"{name_of_role(finding.other_role)}: {told}" if is_others else told
        case ReasonKind.FEW_EVENTS:
            text = f"too few events to see the face: a {_part(finding.value)} of what is needed"
        case _:
            raise ValueError(f"{finding.kind} is not found on landmarks")
    return text[0].upper() + text[1:]


def _is_plural(what: str) -> bool:
    return " and " in what or what.endswith(("eyes", "brows", "lips"))


def _than_usual(finding: Finding) -> str:
    if not math.isfinite(finding.usual_px):
        return ""
    if finding.usual_px < _STILL_PX:
        return ", where it hardly moves otherwise"
    times = finding.px / finding.usual_px
    return f", {times:.0f}× what is usual here" if times >= _WORTH_TELLING else ""


def _px(length_px: float) -> str:
    return f"{length_px:.1f} px" if length_px < 10 else f"{length_px:.0f} px"


def _part(times: float) -> str:
    names = {3: "third", 4: "quarter", 5: "fifth", 10: "tenth"}
    whole = round(times)
    if whole <= 2:
        return "half" if whole == 2 else "little less"
    return names.get(whole, f"{whole}th part" if whole < 1000 else "thousandth part")
