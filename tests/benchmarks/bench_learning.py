"""Learning: both papers' tables on people that evface draws, trained by its own trainer.

Three sizes: ``ci`` within a minute shows that all of it works; ``two-cores`` within the hour makes
the README's tables; ``gpu`` trains all networks whole. Whatever is done is kept in the folder and
not done again, so that a run that was broken off goes on.
"""

from __future__ import annotations

import json
import math
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from learning.costs import measure_costs, measure_live_ms
from learning.found import Found
from learning.material import make_material
from learning.pictures import draw_pictures
from learning.plan import Plan
from learning.report import readme_part, report_of, targets
from learning.sizes import SIZES
from learning.trials import carry_out
from readme_marks import write_between_marks

from evface.cli.bench import Figure
from evface.errors import EvfaceError
from evface.files import replacing

_CHANCE = 1 / 6


def run(
    report: Callable[[str], None],
    *,
    size: str = "ci",
    out: Path | None = None,
    readme: Path | None = None,
    dry: bool = False,
) -> list[Figure]:
    """Measure.

    Parameters
    ----------
    size
        ``"ci"``, ``"two-cores"`` or ``"gpu"``.
    out
        Where all is kept; ``bench/learning-SIZE`` when None, and for ``"ci"`` nowhere.
    readme
        A file between whose marks the tables are put.
    dry
        Only say what would be done.
    """
    if size not in SIZES:
        raise EvfaceError(f"--size {size}: choose {', '.join(SIZES)}")
    plan = SIZES[size]()
    plan.check()
    if dry:
        for line in plan.lines():
            report(line)
        return []
    if out is None and size == "ci":
        with tempfile.TemporaryDirectory(prefix="evface-bench-") as folder:
            return _run(plan, Path(folder), readme, report)
    return _run(plan, out or Path("bench") / f"learning-{size}", readme, report)


def _run(plan: Plan, out: Path, readme: Path | None, report: Callable[[str], None]) -> list[Figure]:
    began_s = time.monotonic()

    def tell(words: str) -> None:
        report(f"{(time.monotonic() - began_s) / 60:5.1f} min  {words}")

    out.mkdir(parents=True, exist_ok=True)
    made = make_material(plan, out, tell)
    made_s = time.monotonic()
    outcomes, failed = carry_out(plan, made.paths, out, tell)
    spent = _add_to(
        out / "spent.json",
        {
            "recordings": made.n_made,
            "making_s": made_s - began_s,
            "training_s": time.monotonic() - made_s,
        },
    )
    tell("measuring what using the networks costs")
    first = {
        (o.trial.group, *(v for k, v in o.trial.labels.items() if k not in ("seed", "loss"))): o
        for o in reversed(outcomes.values())
    }
    costs = measure_costs(list(first.values()), made.paths)
    found = Found(plan, made, outcomes, failed, costs, measure_live_ms(), spent)
    pictures = draw_pictures(found, out)
    _write(out / "report.md", report_of(found, pictures))
    if readme is not None:
        write_between_marks(readme, "learning", readme_part(found))
    tell(f"{out / 'report.md'}")
    if failed:
        raise EvfaceError(f"{len(failed)} trainings failed, see {out / 'report.md'}")
    return _shows_that_it_works(found) if plan.size == "ci" else targets(found)


def _shows_that_it_works(found: Found) -> list[Figure]:
    """Return whether training falls, repeats itself, and learns what is there to be learnt."""
    one, two = (found.of("ci", loss="alpha", copy=copy)[0] for copy in ("one", "two"))
    losses = [line["train/loss"] for line in one.curves() if "train/loss" in line]
    again = [line["train/loss"] for line in two.curves() if "train/loss" in line]
    clips = found.evaluations("ci", network="coefficients")[0].clips
    hits = sum(clip.told == clip.shown for clip in clips) / len(clips)
    n_quarter = max(len(losses) // 4, 1)
    fallen = sum(losses[-n_quarter:]) / sum(losses[:n_quarter])
    finite = all(math.isfinite(loss) for loss in losses)
    return [
        Figure("recordings", float(found.made.n_recordings), ""),
        Figure("losses that are numbers", float(finite), "", target=1.0),
        Figure(
            "loss at the end, of that at the beginning", 100 * fallen, "%", target=90.0,
            higher_is_better=False,
        ),
        Figure("the same seed, the same losses", float(losses == again), "", target=1.0),
        Figure("coefficients alone, top-1", 100 * hits, "%", target=100 * _CHANCE),
    ]  # fmt: skip


def _add_to(path: Path, spent: dict[str, float]) -> dict[str, float]:
    """Add to what earlier runs spent in the same folder, those that were broken off left out."""
    before = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    total = {name: before.get(name, 0) + value for name, value in spent.items()}
    _write(path, json.dumps(total))
    return total


def _write(path: Path, text: str) -> None:
    with replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8")
