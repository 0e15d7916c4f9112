"""What the tables of an agreement report say, on every surface that shows them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from evface.agreement.action_units import UnitAgreement
from evface.agreement.landmarks import RegionAgreement
from evface.agreement.report import AgreementReport
from evface.agreement.statistics import Figure, Spread

# Names and what stands below them, in small.
FRAME_COLUMNS = (
    ("Unit", ""),
    ("Moments", "both"),
    ("Agreed", "%"),
    ("κ", ""),
    ("F1", ""),
    ("ICC(2,1)", "0 to 5"),
    ("ICC(3,1)", "0 to 5"),
    ("Not", "coded"),
    ("Not", "seen"),
    ("No", "grade"),
)
EVENT_COLUMNS = (
    ("Unit", ""),
    ("1st", ""),
    ("2nd", ""),
    ("Matched", ""),
    ("Index", "= F1"),
    ("κ", "matched"),
    ("κ", "all"),
    ("ICC(2,1)", "A to E"),
    ("ICC(3,1)", "A to E"),
    ("Side", "same, %"),
)
EDGE_COLUMNS = (
    ("Unit", ""),
    ("Pairs", ""),
    ("Onset", "median, ms"),
    ("Onset", "quartiles, ms"),
    ("Offset", "median, ms"),
    ("Offset", "quartiles, ms"),
)
REGION_COLUMNS = (
    ("Region", ""),
    ("Points", "both"),
    ("NME", "%"),
    ("Distance", "px"),
    ("1st", "only"),
    ("2nd", "only"),
)


@dataclass(frozen=True)
class Section:
    """One table of a report on paper.

    Parameters
    ----------
    columns
        Names and what stands below them.
    remark
        One line below the table, or none.
    """

    heading: str
    columns: tuple[tuple[str, str], ...]
    rows: list[list[str]]
    remark: str = ""


def sections(report: AgreementReport) -> Iterator[Section]:
    """Return the tables of a report in their order, save those that would be empty."""
    for track in report.landmarks:
        right, left = track.eye_corners
        yield Section(
            f"Landmarks: {track.role} ({track.scheme})",
            REGION_COLUMNS,
            [region_cells(region) for region in track.regions],
            f"Normalised by the distance from {right} to {left}.",
        )
    if report.units:
        for heading, columns, cells in (
            ("Action units, moment by moment", FRAME_COLUMNS, frame_cells),
            ("Action units, event by event", EVENT_COLUMNS, event_cells),
            ("Edges of matched events, second minus first", EDGE_COLUMNS, edge_cells),
        ):
            yield Section(heading, columns, [cells(unit) for unit in report.units])


def frame_cells(agreement: UnitAgreement) -> list[str]:
    """Return what a row of `FRAME_COLUMNS` says; a dash for what is undefined."""
    frames = agreement.frames
    return [
        agreement.unit,
        f"{frames.agreed.n:,}",
        in_percent(frames.agreed),
        in_words(frames.kappa),
        in_words(frames.f1),
        in_words(frames.icc_2_1),
        in_words(frames.icc_3_1),
        f"{frames.n_not_coded:,}",
        f"{frames.n_not_visible:,}",
        f"{frames.n_ungraded:,}",
    ]


def event_cells(agreement: UnitAgreement) -> list[str]:
    """Return what a row of `EVENT_COLUMNS` says; a dash for what is undefined."""
    events = agreement.events
    return [
        agreement.unit,
        f"{events.n_first:,}",
        f"{events.n_second:,}",
        f"{events.n_matched:,}",
        in_words(events.index),
        in_words(events.kappa_matched),
        in_words(events.kappa_all),
        in_words(events.icc_2_1),
        in_words(events.icc_3_1),
        in_percent(events.same_side),
    ]


def edge_cells(agreement: UnitAgreement) -> list[str]:
    """Return what a row of `EDGE_COLUMNS` says; a dash for what is undefined."""
    onset_us, offset_us = agreement.events.onset_us, agreement.events.offset_us
    return [agreement.unit, f"{onset_us.n:,}", *_spread_in_ms(onset_us), *_spread_in_ms(offset_us)]


def region_cells(region: RegionAgreement) -> list[str]:
    """Return what a row of `REGION_COLUMNS` says; a dash for what is undefined."""
    return [
        region.region.replace("_", " "),
        f"{region.nme.n:,}",
        f"{100 * region.nme.value:.2f}" if region.nme.is_defined else "–",
        f"{region.distance_px.value:.2f}" if region.distance_px.is_defined else "–",
        f"{region.n_first_only:,}",
        f"{region.n_second_only:,}",
    ]


def explain_undefined(agreement: UnitAgreement) -> list[str]:
    """Return a line for each reason why figures of a unit are undefined, naming them."""
    frames, events = agreement.frames, agreement.events
    by_reason: dict[str, list[str]] = {}
    for name, figure in (
        ("agreed", frames.agreed),
        ("κ of moments", frames.kappa),
        ("F1 of moments", frames.f1),
        ("ICC of moments", frames.icc_3_1),
        ("index", events.index),
        ("κ of matched events", events.kappa_matched),
        ("κ with unmatched", events.kappa_all),
        ("ICC of events", events.icc_3_1),
        ("side", events.same_side),
        ("onset and offset", events.onset_us),
    ):
        if figure.reason:
            by_reason.setdefault(figure.reason, []).append(name)
    return [
        f"{agreement.unit}: {', '.join(names)} undefined: {reason}"
        for reason, names in by_reason.items()
    ]


def all_undefined(report: AgreementReport) -> list[str]:
    """Return a line for each reason why any figure of a report is undefined."""
    lines = []
    for track in report.landmarks:
        by_reason: dict[str, list[str]] = {}
        for region in track.regions:
            if region.nme.reason:
                by_reason.setdefault(region.nme.reason, []).append(region.region.replace("_", " "))
        lines += [
            f"{track.role}: NME of {', '.join(regions)} undefined: {reason}"
            for reason, regions in by_reason.items()
        ]
    return lines + [line for unit in report.units for line in explain_undefined(unit)]


def remarks(report: AgreementReport) -> list[tuple[str, list[str]]]:
    """Return what has to be said below the tables: headings, each with its lines."""
    parts = (
        ("Limits", [*report.notes]),
        ("Undefined (–)", all_undefined(report)),
        ("How it was compared", [*report.methods]),
    )
    return [(heading, lines) for heading, lines in parts if lines]


def in_words(figure: Figure) -> str:
    """Return a figure to two places; a dash where it is undefined."""
    return f"{figure.value:.2f}" if figure.is_defined else "–"


def in_percent(figure: Figure) -> str:
    """Return a share in percent; a dash where it is undefined."""
    return f"{100 * figure.value:.1f}" if figure.is_defined else "–"


def recordings_in_words(report: AgreementReport) -> str:
    """Return which recordings were compared."""
    n = len(report.recordings)
    words = f"{n} recording{'' if n == 1 else 's'} compared"
    if n:
        words += f": {', '.join(report.recordings)}"
    if report.n_not_compared:
        words += f". {report.n_not_compared} of one project alone were left out"
    return f"{words}."


def class_in_words(report: AgreementReport) -> str:
    """Return how far both gave recordings the same class."""
    kappa = report.video_class
    if not kappa.n:
        return "none that both gave one."
    words = f"the same for {report.n_classes_agreed} of {kappa.n}, κ "
    return words + (f"{in_words(kappa)}." if kappa.is_defined else f"undefined: {kappa.reason}.")


def _spread_in_ms(spread: Spread) -> tuple[str, str]:
    if spread.reason:
        return "–", "–"
    lower, median, upper = (
        f"{ms:+d}" if (ms := round(value / 1e3)) else "0"
        for value in (spread.lower_quartile, spread.median, spread.upper_quartile)
    )
    return median, f"{lower} to {upper}"
