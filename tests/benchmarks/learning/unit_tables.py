"""The tables of action units."""

from __future__ import annotations

from evface.training.bootstrap import Figure
from evface.training_sets.clips import AU_CLASSES
from learning.found import Found, mean_of
from learning.markdown import Table, gap, percent, value
from learning.people import FACE, HEAD, difference, measured, unit

SEES = {"events": "events", "rgb": "RGB"}
LEARNS_BY = {"classes": "class", "alpha": "class + L_α", "all": "class + L_α + intensities"}
_COLUMNS = ("top-1", "top-3", "top-5", "face (18)", "head (6)")


def networks(found: Found) -> Table:
    """Return the papers' tables 3 to 5 in one: what is seen, learnt by what, with what network."""
    rows = []
    for network in found.labels("networks", "network"):
        for modality in SEES:
            without = found.evaluations(
                "networks", network=network, modality=modality, loss="classes"
            )
            for loss in LEARNS_BY:
                labels = {"network": network, "modality": modality, "loss": loss}
                here = found.evaluations("networks", **labels)
                if not here:
                    continue
                gain = "" if loss == "classes" else gap(difference(here, without, FACE))
                minutes = value(found.minutes("networks", **labels), 1)
                rows.append(
                    (network, SEES[modality], LEARNS_BY[loss], *_figures(here), gain,
                     str(len(here)), minutes)
                )  # fmt: skip
    return Table(
        "Action units: what is seen, with and without L_α",
        ("network", "sees", "learns by", *_COLUMNS, "gain on the face", "seeds", "min"),
        tuple(rows),
        "% of clips told right, in brackets 95 % intervals over the test people. Gain: points of "
        "the face's 18 units over the class alone, person by person. min: one training, on one "
        "core.",
    )


def per_unit(found: Found) -> Table:
    """Return the recall of each action unit."""
    columns: list[tuple[str, list]] = []
    for network in found.labels("networks", "network"):
        for loss in ("classes", "alpha"):
            here = found.evaluations("networks", network=network, modality="events", loss=loss)
            if here:
                columns.append((f"{network}, {LEARNS_BY[loss]}", here))
    for network in found.labels("controls", "network"):
        here = found.evaluations("controls", network=network)
        if here:
            columns.append((f"coefficients, {network}", here))
    rows = []
    for name in AU_CLASSES if columns else ():
        figures = [measured(here, unit(name)) for _, here in columns]
        rows.append((name, *(_of_unit(figure) for figure in figures)))
    return Table(
        "Each action unit: recall, events",
        ("", *(title for title, _ in columns)),
        tuple(rows),
        "% of the clips that show it. Intervals over people are in the picture.",
    )


def controls(found: Found) -> Table:
    """Return what can be told from the true coefficients alone: the papers' table 2."""
    rows = [
        (network, *_figures(here))
        for network in found.labels("controls", "network")
        if (here := found.evaluations("controls", network=network))
    ]
    return Table(
        "Control: action units from sequences of coefficients alone",
        ("network", *_COLUMNS),
        tuple(rows),
        "The coefficients are the true ones, so this is what a network could tell that regressed "
        "them without error.",
    )


def fusion(found: Found) -> Table:
    """Return where events and video are best joined, against each alone."""
    alone = found.evaluations("windows", representation="frame", window_ms="33")
    rows = [("events alone", *_figures(alone), "")] if alone else []
    for stage in found.labels("fusion", "stage"):
        here = found.evaluations("fusion", stage=stage)
        if here:
            rows.append((stage, *_figures(here), gap(difference(here, alone, FACE))))
    return Table(
        "Events and RGB together",
        ("joined", *_COLUMNS, "face, over events alone"),
        tuple(rows),
    )


def windows(found: Found) -> Table:
    """Return representations and windows against accuracy and cost."""
    first = found.evaluations("windows", representation="frame", window_ms="33")
    rows = []
    for representation in found.labels("windows", "representation"):
        for window_ms in sorted(found.labels("windows", "window_ms"), key=int):
            labels = {"representation": representation, "window_ms": window_ms}
            here = found.evaluations("windows", **labels)
            if not here:
                continue
            cost = found.cost("windows", **labels)
            rows.append(
                (
                    representation.replace("_", " "),
                    f"{window_ms} ms",
                    percent(measured(here, FACE)),
                    percent(measured(here, HEAD)),
                    "" if here == first else gap(difference(here, first, FACE)),
                    value(cost.draw_ms, 1) if cost else "",
                    value(cost.infer_ms, 1) if cost else "",
                )
            )
    return Table(
        "Representations and windows",
        ("events as", "window", "face (18)", "head (6)", "face, over frames of 33 ms",
         "drawing, ms", "network, ms"),
        tuple(rows),
        "The light network with L_α, 30 windows a second. Times: a clip of 50 pictures, one core.",
    )  # fmt: skip


def chosen_lambda(found: Found) -> Table:
    """Return what each weight of L_alpha came to on validation."""
    rows = [
        (weight, *_figures(here))
        for weight in found.labels("lambda", "lambda")
        if (here := found.evaluations("lambda", **{"lambda": weight}))
    ]
    return Table("The weight of L_α, on validation people", ("λ", *_COLUMNS), tuple(rows))


def _figures(evaluations: list) -> tuple[str, ...]:
    tops = (f"{100 * mean_of(evaluations, name):.1f}" for name in ("top1", "top3", "top5"))
    return (*tops, percent(measured(evaluations, FACE)), percent(measured(evaluations, HEAD)))


def _of_unit(figure: Figure | None) -> str:
    return "" if figure is None else f"{100 * figure.value:.0f}"
