"""Carrying out trials, two beside each other; one that is done is never done again."""

from __future__ import annotations

import json
import multiprocessing
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from evface.errors import EvfaceError
from evface.files import replacing
from evface.models.checkpoints import BEST
from evface.training.evaluation_file import Evaluation, Part, read_evaluation, write_evaluation
from evface.training.runs import read_curves
from evface.workers import end_with_parent, single_threaded_children
from learning.plan import Plan, Trial

# Written last: where it is, the trial is done.
_DONE = "done.json"
# Behind the name of a material: measured without its video.
WITHHELD = "_without_video"


@dataclass(frozen=True)
class Outcome:
    """What became of a trial.

    Parameters
    ----------
    folder
        Of the run, as `evface train` leaves it.
    evaluations
        By the material it was measured on, and by that with `WITHHELD` behind.
    train_s, measure_s
        How long the steps took in all, and the measuring.
    n_steps, waited_share
        Steps taken, and the share of their time that was spent waiting for data.
    validation
        Figures of the network that was kept.
    """

    trial: Trial
    folder: Path
    evaluations: Mapping[str, Evaluation]
    train_s: float
    measure_s: float
    n_steps: int
    waited_share: float
    validation: Mapping[str, float]

    @property
    def checkpoint(self) -> Path:
        """The network."""
        return self.folder / BEST

    def curves(self) -> list[dict[str, Any]]:
        """Return what was measured on the way."""
        return read_curves(self.folder)


@dataclass(frozen=True)
class _Work:
    """A trial as another process takes it."""

    preset: str
    settings: tuple[str, ...]
    folder: Path
    measured_on: Mapping[str, Path]
    part: Part
    withholds_video: bool
    device: str


def carry_out(
    plan: Plan, paths: Mapping[str, Path], out: Path, report: Callable[[str], None]
) -> tuple[dict[str, Outcome], dict[str, str]]:
    """Carry out the trials of a plan in ``OUT/runs``.

    Parameters
    ----------
    paths
        Of the training sets by name.

    Returns
    -------
    tuple
        Outcomes by the name of the trial, and what went wrong by the name of those that failed;
        the others are carried out nevertheless, but for those that need one that failed.

    Raises
    ------
    EvfaceError
        If a process was stopped from outside.
    """
    folders = {
        trial.name: out / "runs" / f"{trial.name}-{plan.digest_of(trial)}" for trial in plan.trials
    }
    waiting = [trial for trial in plan.trials if not (folders[trial.name] / _DONE).is_file()]
    done = {trial.name for trial in plan.trials} - {trial.name for trial in waiting}
    failed: dict[str, str] = {}
    report(f"{len(waiting)} of {len(plan.trials)} trainings are to be done")
    with _processes(plan.n_beside) as executor:
        running: dict[Future[str], Trial] = {}
        while waiting or running:
            for trial in list(waiting):
                lacking = failed.keys() & set(trial.weights.values())
                begun = set().union(*(drawn_by(other) for other in running.values()))
                drawn = set().union(*(drawn_by(plan.trial(name)) for name in done))
                if lacking:
                    failed[trial.name] = f"needs {min(lacking)}"
                    waiting.remove(trial)
                elif (
                    len(running) < max(plan.n_beside, 1)
                    and done >= set(trial.weights.values())
                    and not (drawn_by(trial) - drawn) & begun
                ):
                    waiting.remove(trial)
                    work = _work_of(plan, trial, paths, folders)
                    running[_submit(executor, work)] = trial
            if not running:
                break
            finished, _ = wait(running, return_when=FIRST_COMPLETED)
            for future in finished:
                trial = running.pop(future)
                if problem := future.result():
                    failed[trial.name] = problem
                    report(f"{trial.name}: {problem}")
                    continue
                done.add(trial.name)
                found = _read(trial, folders[trial.name])
                report(f"{len(done)} of {len(plan.trials)}: {_in_words(found)}")
    outcomes = {
        trial.name: _read(trial, folders[trial.name]) for trial in plan.trials if trial.name in done
    }
    return outcomes, failed


def drawn_by(trial: Trial) -> set[tuple[Any, ...]]:
    """Return the pictures that a trial keeps on disk: two must not draw the same ones at once."""
    data = trial.config().data
    if not (data.caches_pictures or data.caches_features):
        return set()
    kinds = ("events", "rgb") if data.modality == "both" else (data.modality,)
    how = (data.representation, data.window_us, data.side_px, data.crop, data.face_margin)
    return {(trial.material, kind, *how, data.caches_features) for kind in kinds}


def _work_of(
    plan: Plan, trial: Trial, paths: Mapping[str, Path], folders: Mapping[str, Path]
) -> _Work:
    weights = [f"weights.{key}={folders[name] / BEST}" for key, name in trial.weights.items()]
    machine = [f"run.device={plan.device}", "run.threads=1"] if plan.device == "cpu" else []
    settings = (
        *trial.settings,
        f"seed={trial.seed}",
        f"data.path={paths[trial.material]}",
        *weights,
        *machine,
    )
    measured_on = {name: paths[name] for name in trial.measured_on}
    return _Work(
        trial.preset,
        settings,
        folders[trial.name],
        measured_on,
        trial.part,
        trial.withholds_video,
        plan.device,
    )


def _do(work: _Work) -> str:
    """Train and measure; a training that was broken off goes on.

    Returns
    -------
    str
        What went wrong, in one line; empty when nothing did.
    """
    try:
        with one_thread():
            _train_and_measure(work)
    except EvfaceError as error:
        return str(error)
    except Exception as error:  # noqa: BLE001 - one network that breaks leaves the others theirs.
        traceback.print_exc()
        return f"{type(error).__name__}: {error}"
    return ""


@contextmanager
def one_thread() -> Iterator[None]:
    """Let PyTorch use one thread: those of trainings beside each other wait for one another."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _train_and_measure(work: _Work) -> None:
    from evface.training.config import read_config
    from evface.training.evaluation import evaluate
    from evface.training.loop import train
    from evface.training_sets.file import TrainingSet

    result = train(read_config(work.preset, work.settings), work.folder)
    began_s = time.monotonic()
    networks = {"": result.path}
    if work.withholds_video:
        networks[WITHHELD] = _withhold_video(result.path)
    for name, path in work.measured_on.items():
        with TrainingSet(path) as training_set:
            for suffix, network in networks.items():
                found = evaluate(network, training_set, part=work.part, device=work.device)
                write_evaluation(work.folder / f"{name}{suffix}.json", found)
    told = {
        "train_s": result.step_s * result.n_steps,
        "measure_s": time.monotonic() - began_s,
        "n_steps": result.n_steps,
        "waited_share": result.waited_share,
        "validation": dict(result.figures),
    }
    with replacing(work.folder / _DONE) as temporary:
        temporary.write_text(json.dumps(told), encoding="utf-8")


def _withhold_video(checkpoint: Path) -> Path:
    """Write the same network as one that is shown no video."""
    from evface.models.checkpoints import read_network, write_checkpoint

    network, info = read_network(checkpoint)
    config = info.training["config"]
    blind = {**config, "data": {**config["data"], "uses_rgb": False}}
    path = checkpoint.with_stem(checkpoint.stem + WITHHELD)
    weights = {f"network.{name}": value for name, value in network.state_dict().items()}
    write_checkpoint(path, replace(info, training={**info.training, "config": blind}), weights)
    return path


def _read(trial: Trial, folder: Path) -> Outcome:
    told = json.loads((folder / _DONE).read_text(encoding="utf-8"))
    suffixes = ("", WITHHELD) if trial.withholds_video else ("",)
    names = [name + suffix for name in trial.measured_on for suffix in suffixes]
    evaluations = {name: read_evaluation(folder / f"{name}.json") for name in names}
    return Outcome(trial, folder, evaluations, **told)


def _in_words(outcome: Outcome) -> str:
    words = [f"{outcome.trial.name} in {outcome.train_s / 60:.1f} + "
             f"{outcome.measure_s / 60:.1f} min"]  # fmt: skip
    for name, found in outcome.evaluations.items():
        for key in ("facial_top1", "head_top1", "nme"):
            if key in found.figures:
                words.append(f"{name} {key} {100 * found.figures[key].value:.1f} %")
    return ", ".join(words)


@contextmanager
def _processes(n: int) -> Iterator[Executor | None]:
    if n == 0:
        yield None
        return
    # A process each: what one training leaves behind is nothing to the next.
    executor = ProcessPoolExecutor(
        n,
        mp_context=multiprocessing.get_context("spawn"),
        initializer=end_with_parent,
        max_tasks_per_child=1,
    )
    try:
        with single_threaded_children():
            yield executor
    except BrokenProcessPool as error:
        raise EvfaceError(
            "a process that trains was stopped, perhaps for want of memory; "
            "run the command again: it goes on where it stopped"
        ) from error
    finally:
        executor.shutdown(cancel_futures=True)


def _submit(executor: Executor | None, work: _Work) -> Future[str]:
    if executor is not None:
        return executor.submit(_do, work)
    future: Future[str] = Future()
    future.set_result(_do(work))
    return future
