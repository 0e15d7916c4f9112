"""All that came of a plan, to be asked by the labels of its trials."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from evface.training.evaluation_file import Evaluation
from learning.costs import Cost
from learning.material import Made
from learning.plan import Plan
from learning.trials import Outcome


@dataclass(frozen=True)
class Found:
    """What a benchmark found.

    Parameters
    ----------
    outcomes, failed
        By the name of the trial.
    costs
        Of networks, by the name of the trial.
    live_ms
        One more frame of the network for live use.
    spent
        Recordings that were made in this folder, how long making and building took, and how long
        the trainings did with their measuring: ``recordings``, ``making_s`` and ``training_s``.
    """

    plan: Plan
    made: Made
    outcomes: Mapping[str, Outcome]
    failed: Mapping[str, str] = field(default_factory=dict)
    costs: Mapping[str, Cost] = field(default_factory=dict)
    live_ms: float = float("nan")
    spent: Mapping[str, float] = field(default_factory=dict)

    def of(self, group: str, **labels: str) -> list[Outcome]:
        """Return the outcomes with these labels: those of all seeds."""
        return [
            outcome
            for outcome in self.outcomes.values()
            if outcome.trial.group == group and labels.items() <= dict(outcome.trial.labels).items()
        ]

    def evaluations(self, group: str, material: str = "", **labels: str) -> list[Evaluation]:
        """Return what was measured of them, on a material, or on the one there is."""
        return [
            outcome.evaluations[material or outcome.trial.measured_on[0]]
            for outcome in self.of(group, **labels)
            if outcome.trial.measured_on
        ]

    def labels(self, group: str, key: str) -> list[str]:
        """Return the values of a label in the order of the plan."""
        trials = [trial for trial in self.plan.trials if trial.group == group]
        return list(dict.fromkeys(trial.labels[key] for trial in trials if key in trial.labels))

    def cost(self, group: str, **labels: str) -> Cost | None:
        """Return the cost of the first of them that was measured."""
        for outcome in self.of(group, **labels):
            if outcome.trial.name in self.costs:
                return self.costs[outcome.trial.name]
        return None

    def minutes(self, group: str, **labels: str) -> float:
        """Return the mean time of their trainings."""
        outcomes = self.of(group, **labels)
        return sum(outcome.train_s for outcome in outcomes) / 60 / max(len(outcomes), 1)

    def waited_share(self) -> float:
        """Return the largest share of a training's time that was spent waiting for data."""
        return max((outcome.waited_share for outcome in self.outcomes.values()), default=0.0)


def mean_of(evaluations: Sequence[Evaluation], figure: str) -> float:
    """Return the mean of a figure over the seeds; NaN where it was not measured."""
    values = [one.figures[figure].value for one in evaluations if figure in one.figures]
    return sum(values) / len(values) if values else float("nan")
