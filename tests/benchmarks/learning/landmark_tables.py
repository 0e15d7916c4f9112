"""The tables of landmarks."""

from __future__ import annotations

from learning.found import Found, mean_of
from learning.markdown import Table, gap, percent, value
from learning.people import NME, difference, measured
from learning.sizes import CONDITIONS
from learning.trials import WITHHELD

CONDITION_WORDS = {
    "good_light": "good light",
    "low_light": "dark",
    "motion_blur": "blur",
}
BEST = "CMFA + SSMER 3"
METHODS = ("events", "events + SSMER 3", "RGB", "CMFA", BEST)
_OTHERS = ("fr10", "auc10", "landmark_fr10", "landmark_auc10", "nmf")


def methods(found: Found) -> Table:
    """Return {events, RGB, CMFA, CMFA + SSMER} x {good light, dark, blur}."""
    rows = [
        (method, *_errors(found, method), value(_cost_ms(found, method), 1))
        for method in METHODS
        if found.of("keypoints", method=method)
    ]
    for method in ("CMFA", BEST):
        if found.of("keypoints", method=method):
            rows.append((f"{method}, video withheld", *_errors(found, method, WITHHELD), ""))
    return Table(
        "Landmarks: NME, % of the distance between the outer eye corners",
        ("", *(CONDITION_WORDS[condition] for condition in CONDITIONS), "network, ms"),
        tuple(rows),
        "68 points, boxes from the truth, in brackets 95 % intervals over the test people; less "
        "is better. One network for all conditions. ms: one moment, one core.",
    )


def comparisons(found: Found) -> Table:
    """Return what is gained, person by person."""
    pairs = (
        (BEST, "events"), (BEST, "RGB"), (BEST, "CMFA"), ("CMFA", "events"),
        ("events + SSMER 3", "events"),
    )  # fmt: skip
    rows = []
    for one, other in pairs:
        if found.of("keypoints", method=one) and found.of("keypoints", method=other):
            gaps = (
                gap(difference(_of(found, one, c), _of(found, other, c), NME)) for c in CONDITIONS
            )
            rows.append((f"{one} – {other}", *gaps))
    return Table(
        "Landmarks: differences of the NME, points",
        ("", *(CONDITION_WORDS[condition] for condition in CONDITIONS)),
        tuple(rows),
        "Below 0 the first is better. Paired by person; p by all changes of sign.",
    )


def representations(found: Found) -> Table:
    """Return 1, 2 and 3 representations in SSMER."""
    rows = []
    for n, method in (("none", "CMFA"), *((str(n), f"CMFA + SSMER {n}") for n in (1, 2, 3))):
        if found.of("keypoints", method=method):
            rows.append((n, *_errors(found, method)))
    return Table(
        "Representations in SSMER: NME of CMFA, %",
        ("", *(CONDITION_WORDS[condition] for condition in CONDITIONS)),
        tuple(rows),
        "1: frames; 2: frames and voxel grids; 3: time surfaces too.",
    )


def conventions(found: Found) -> Table:
    """Return failures, areas and flicker in both conventions."""
    rows = []
    for method in METHODS:
        for condition in CONDITIONS:
            here = _of(found, method, condition)
            if here:
                figures = [mean_of(here, name) for name in _OTHERS]
                rows.append(
                    (
                        method,
                        CONDITION_WORDS[condition],
                        f"{100 * figures[0]:.1f}",
                        f"{figures[1]:.3f}",
                        f"{100 * figures[2]:.1f}",
                        f"{figures[3]:.3f}",
                        f"{figures[4]:.1f}",
                    )
                )
    return Table(
        "Landmarks in both conventions",
        ("", "", "faces above 10 %", "AUC of faces", "landmarks above 10 %",
         "AUC of landmarks", "flicker (NMF)"),
        tuple(rows),
        "Of faces: as usual. Of landmarks: as the authors' code has it.",
    )  # fmt: skip


def _of(found: Found, method: str, condition: str, suffix: str = "") -> list:
    return found.evaluations("keypoints", f"keypoints_{condition}{suffix}", method=method)


def _errors(found: Found, method: str, suffix: str = "") -> tuple[str, ...]:
    return tuple(percent(measured(_of(found, method, c, suffix), NME), 2) for c in CONDITIONS)


def _cost_ms(found: Found, method: str) -> float:
    cost = found.cost("keypoints", method=method)
    return cost.infer_ms if cost else float("nan")
