"""The report of a size, its part for the README, and the figures that have a target."""

from __future__ import annotations

import math
import platform
from collections.abc import Iterator, Sequence
from pathlib import Path

from evface.cli.bench import Figure
from evface.simulation.protocols import split_subjects
from learning import landmark_tables, unit_tables
from learning.found import Found
from learning.markdown import Table
from learning.people import FACE, NME, difference, measured


def report_of(found: Found, pictures: Sequence[Path]) -> str:
    """Return everything as Markdown."""
    parts = [f"# Learning: {found.plan.size}", *_preface(found)]
    parts += [table.to_markdown() for table in _tables(found)]
    parts.append(_targets_in_words(found).to_markdown())
    parts += [f"![{path.stem}]({path.name})" for path in pictures]
    if found.failed:
        parts += ["Failed:", *(f"- {name}: {why}" for name, why in found.failed.items())]
    return "\n\n".join(part.strip() for part in parts if part) + "\n"


def readme_part(found: Found) -> str:
    """Return the tables that stand in the README."""
    kept = (
        unit_tables.networks(found),
        unit_tables.controls(found),
        unit_tables.windows(found),
        landmark_tables.methods(found),
        landmark_tables.comparisons(found),
        _targets_in_words(found),
    )
    command = f"`evface bench learning --size {found.plan.size} --readme README.md` made these."
    parts = [command, *_preface(found), *(table.to_markdown() for table in kept if table.rows)]
    return "\n\n".join(part.strip() for part in parts) + "\n"


def targets(found: Found) -> list[Figure]:
    """Return what was measured of that which has a target, and the target."""
    return list(_targets(found))


def _targets(found: Found) -> Iterator[Figure]:
    def light(modality: str, loss: str) -> list:
        return found.evaluations("networks", network="light", modality=modality, loss=loss)

    best, plain = light("events", "alpha"), light("events", "classes")
    if reached := measured(best, FACE):
        yield Figure("events + L_α, face, top-1", 100 * reached.value, "%", target=55.0)
    if gained := difference(best, plain, FACE):
        yield Figure("gain by L_α, face", 100 * gained.value, "points", target=8.0)
    if seen := difference(best, light("rgb", "alpha"), FACE):
        yield Figure("events over RGB, face", 100 * seen.value, "points", target=0.0)
    for condition in ("low_light", "motion_blur"):
        material = f"keypoints_{condition}"
        gap = difference(
            found.evaluations("keypoints", material, method=landmark_tables.BEST),
            found.evaluations("keypoints", material, method="events"),
            NME,
        )
        if gap:
            words = landmark_tables.CONDITION_WORDS[condition]
            yield Figure(
                f"CMFA + SSMER over events alone, {words}, NME", 100 * gap.value, "points",
                target=0.0, higher_is_better=False,
            )  # fmt: skip
            yield Figure(
                f"the same, {words}, p", gap.p_value, "", target=0.05, higher_is_better=False
            )
    if found.outcomes:
        yield Figure(
            "waiting for data, of a training's time at most", 100 * found.waited_share(), "%",
            target=15.0, higher_is_better=False,
        )  # fmt: skip
    cost = found.cost("networks", network="light", modality="events")
    if cost:
        yield Figure(
            "light network, 50 frames", cost.infer_ms, "ms", target=60.0, higher_is_better=False
        )
    if math.isfinite(found.live_ms):
        yield Figure(
            "light network, one more frame", found.live_ms, "ms", target=8.0,
            higher_is_better=False,
        )  # fmt: skip
    cost = found.cost("keypoints", method="CMFA")
    if cost:
        yield Figure("CMFA, one moment", cost.infer_ms, "ms", target=40.0, higher_is_better=False)


def _targets_in_words(found: Found) -> Table:
    marks = {True: "reached", False: "missed", None: ""}
    rows = []
    for figure in _targets(found):
        bound = "≥" if figure.higher_is_better else "≤"
        rows.append(
            (
                figure.name,
                f"{figure.value:.3g} {figure.unit}".strip(),
                f"{bound} {figure.target:g}",
                marks[figure.is_met],
            )
        )
    return Table("Aimed at", ("", "measured", "target", ""), tuple(rows))


def _tables(found: Found) -> list[Table]:
    tables = (
        unit_tables.networks(found),
        unit_tables.per_unit(found),
        unit_tables.controls(found),
        unit_tables.fusion(found),
        unit_tables.windows(found),
        unit_tables.chosen_lambda(found),
        landmark_tables.methods(found),
        landmark_tables.comparisons(found),
        landmark_tables.representations(found),
        landmark_tables.conventions(found),
        _lengths(found),
    )
    return [table for table in tables if table.rows]


def _lengths(found: Found) -> Table:
    """Return how each network was trained, and what it weighs."""
    rows = []
    seen = set()
    for name, outcome in found.outcomes.items():
        config = outcome.trial.config()
        key = (outcome.trial.group, config.network, config.data.side_px, outcome.n_steps)
        if key in seen:
            continue
        seen.add(key)
        cost = found.costs.get(name)
        rows.append(
            (
                f"{outcome.trial.group}: {config.network}",
                f"{cost.n_weights:,}" if cost else "",
                f"{config.data.side_px}",
                f"{outcome.n_steps} of {config.run.batch_size}",
                f"{outcome.train_s / 60:.1f}",
                f"{100 * outcome.waited_share:.0f}",
            )
        )
    return Table(
        "How long was trained",
        ("", "weights", "px", "steps", "min", "waiting for data, %"),
        tuple(rows),
    )


def _preface(found: Found) -> list[str]:
    """Say what of, on what, and how long."""
    plan, made = found.plan, found.made
    told = []
    for people in plan.people:
        parts = split_subjects(people.settings.n_subjects, people.settings.seed)
        size = "x".join(map(str, people.settings.resolution))
        told.append(
            f"{people.name.replace('_', ' ')}: {parts.count('train')} people to train on, "
            f"{parts.count('validation')} to choose by, {parts.count('test')} to test, {size} px"
        )
    words = "; ".join(told)
    trained = sum(outcome.train_s for outcome in found.outcomes.values()) / 60
    n_made, making_s = found.spent["recordings"], found.spent["making_s"]
    when = f" ({n_made:.0f} of them made in {making_s / 60:.0f} min)" if n_made else ", made before"
    spent = (
        f"{made.n_recordings} recordings{when}; {len(found.outcomes)} trainings, "
        f"{trained:.0f} min of them in all, with their measuring "
        f"{found.spent['training_s'] / 60:.0f} min from beginning to end"
    )
    return [
        f"All of it is simulated. {words}. Nobody tested was seen in training or chosen by.",
        f"{plan.about} {spent} ({platform.machine()}, {plan.device}).",
    ]
