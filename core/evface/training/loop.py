"""The one trainer: from a configuration and a training set to a network."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from accelerate.utils import gather_object
from torch import Tensor

from evface.errors import TrainingError
from evface.files import replacing
from evface.models.checkpoints import BEST, NetworkInfo, write_checkpoint
from evface.training.au_metrics import ActionUnitMetrics
from evface.training.batches import Batches
from evface.training.cached_features import with_features
from evface.training.checkpoints import Position, read_position, read_state, write_state
from evface.training.config import config_from, config_text, differences
from evface.training.machine import explained_memory, open_accelerator, reproducible
from evface.training.metrics_log import MetricsLog
from evface.training.optimisers import RunningAverage, make_optimiser, rate_at
from evface.training.results import TrainingReport, TrainingResult
from evface.training.runs import CONFIG, LAST
from evface.training.self_supervised import COLLAPSED_BELOW
from evface.training.settings import TrainingConfig
from evface.training.tables import LESS_IS_BETTER
from evface.training.tasks import Task, Told, describe_clips, make_task, part_clips, with_clips
from evface.training.weights import load_weights
from evface.training_sets.file import TrainingSet
from evface.training_sets.torch_data import to_floats

# Lines of the log between a training's beginning and its end, about.
_N_LINES = 2000


def train(
    config: TrainingConfig,
    folder: Path,
    *,
    report: TrainingReport = lambda _fraction, _message="", _metrics=None: None,
    restarts: bool = False,
) -> TrainingResult:
    """Train a network, or go on where the training in a folder stopped.

    Parameters
    ----------
    folder
        Of this run: the network that validated best, the state to go on from, the log of figures
        and the configuration. Made where it does not exist.
    report
        Told after each step. When it raises, the state is written first.
    restarts
        Begin anew, whatever the folder holds.

    Raises
    ------
    TrainingError
        If the training cannot begin or go on.
    EvfaceError
        If the data or weights that are named cannot be used, or results not be written.
    """
    if not config.data.path:
        raise TrainingError("data.path is missing; name a training set")
    with TrainingSet(Path(config.data.path)) as training_set, explained_memory(config):
        trainer = Trainer(config, training_set, folder, report, restarts=restarts)
        with reproducible(config, trainer.accelerator.device):
            return trainer.run()


class Trainer:
    """One training; see `train`."""

    def __init__(
        self,
        config: TrainingConfig,
        training_set: TrainingSet,
        folder: Path,
        report: TrainingReport,
        *,
        restarts: bool = False,
    ) -> None:
        self._config, self._folder, self._report = config, folder, report
        self.accelerator = open_accelerator(config)
        folder.mkdir(parents=True, exist_ok=True)
        parts = part_clips(config, training_set)
        self._notes = describe_clips(config, training_set, parts)
        task = make_task(config, training_set, parts["train"])
        self._task: Task = task
        self._about: dict[str, Any] = {
            "config": config.to_plain(),
            "data": training_set.content_hash,
            "split": {
                name: sorted({training_set.index[index].subject for index in clips})
                for name, clips in parts.items()
            },
            "notes": self._notes,
        }
        self._info: NetworkInfo = task.info()
        self._position = Position() if restarts else self._found_position()
        self._validates = bool(parts["validation"])
        self._calibration: dict[str, float] = {}
        self._make_network()
        # What is kept on disk is made by one process, and read by the others.
        with self.accelerator.main_process_first():
            items = with_features(task.items(trains=True), self._raw, config)
            self._train_batches = self._batches(items, shuffles=True)
            self._validation: tuple[Task, Batches] | None = None
            if self._validates:
                other = with_clips(config, training_set, parts["validation"], task)
                items = with_features(other.items(trains=False), self._raw, config)
                self._validation = other, self._batches(items, shuffles=False)
        self._n_steps = config.run.epochs * len(self._train_batches)
        if config.run.max_steps:
            self._n_steps = min(self._n_steps, config.run.max_steps)
        self._about["n_steps"] = self._n_steps

    def run(self) -> TrainingResult:
        """Train to the end."""
        if self._is_main:
            with replacing(self._folder / CONFIG) as temporary:
                temporary.write_text(config_text(self._config), encoding="utf-8")
        self._log = MetricsLog(self._folder, step=self._position.step) if self._is_main else None
        self._saved_s = time.monotonic()
        self._worked_s = self._waited_s = 0.0
        self._worked_steps = 0
        try:
            while not self._is_over():
                if self._is_epoch_over():
                    self._end_epoch()
                else:
                    self._run_steps()
        finally:
            if self._log is not None:
                self._log.close()
        return self._result()

    # --- an epoch ---------------------------------------------------------------------------------

    def _run_steps(self) -> None:
        """Take the steps that are left of an epoch."""
        epoch, first = divmod(self._position.step, len(self._train_batches))
        sums: dict[str, float] = {}
        n_summed, every = 0, max(1, self._n_steps // _N_LINES)
        batches = self._train_batches.epoch(epoch, first=first)
        begun_s = time.perf_counter()
        for batch in batches:
            step = self._position.step
            for name, value in self._step(batch, step).items():
                sums[name] = sums.get(name, 0.0) + value
            n_summed += 1
            self._worked_s += time.perf_counter() - begun_s
            self._waited_s += self._train_batches.waited_s
            self._worked_steps += 1
            self._position = replace(self._position, step=step + 1)
            figures: dict[str, float] = {}
            if n_summed >= every:
                figures = {f"train/{name}": total / n_summed for name, total in sums.items()}
                self._write(figures, epoch)
                sums, n_summed = {}, 0
            self._tell(epoch, figures)
            if self._is_epoch_over():
                break
            if time.monotonic() - self._saved_s >= self._config.run.checkpoint_every_s:
                self._save()
            begun_s = time.perf_counter()
        batches.close()

    def _step(self, batch: dict[str, Tensor], step: int) -> dict[str, float]:
        """Change the weights once; what chance does depends on seed and step alone."""
        torch.manual_seed(_seed_of(self._config.seed, step, self.accelerator.process_index))
        rate = rate_at(step, self._n_steps, self._config.optimiser, self._config.schedule)
        for group in self._optimiser.param_groups:
            group["lr"] = rate
        self._network.train()
        fed = to_floats(batch, self.accelerator.device)
        losses, _ = self._task.losses(self._network, fed)
        values = {name: float(value.detach()) for name, value in losses.items()}
        if not np.isfinite(values["loss"]):
            raise TrainingError(
                f"the loss was no number at step {step + 1}: lower optimiser.rate (now "
                f"{rate:.2g}), or set optimiser.clip_norm; {self._folder / LAST} is from before"
            )
        self._optimiser.zero_grad()
        self.accelerator.backward(losses["loss"])
        if self._config.optimiser.clip_norm:
            self.accelerator.clip_grad_norm_(
                self._network.parameters(), self._config.optimiser.clip_norm
            )
        self._optimiser.step()
        if self._average is not None:
            self._average.follow(self._raw, step)
        return values | {"rate": rate}

    def _end_epoch(self) -> None:
        """Validate, and keep the network where it is the best."""
        epoch = self._n_begun - 1
        figures = self._validate(epoch)
        metric = self._config.run.metric or self._task.metric
        watched = figures.get(metric)
        if self._validates and watched is None:
            raise TrainingError(
                f"run.metric: {metric!r} is not measured; there are {', '.join(sorted(figures))}"
            )
        position = replace(self._position, n_validated=epoch + 1)
        best = self._position.best
        # Where nobody validates the last network is the best that is known.
        is_best = watched is None or best is None or _is_better(watched, best, metric)
        is_best |= self._config.run.keeps == "last"
        if is_best:
            position = replace(position, best=watched, best_epoch=epoch)
            self._about |= {"metrics": figures, "calibration": self._calibration}
            if self._is_main:
                state = self._best_network.state_dict()
                info = replace(self._info, training=self._about | {"epoch": epoch})
                weights = {f"network.{name}": value for name, value in state.items()}
                write_checkpoint(self._folder / BEST, info, weights)
        self._position = position
        told = {f"validation/{name}": value for name, value in figures.items()}
        self._write(told, epoch)
        self._save()
        self._tell(epoch, told)

    @torch.no_grad()
    def _validate(self, epoch: int) -> dict[str, float]:
        if self._validation is None:
            return {}
        task, batches = self._validation
        network = self._best_network.eval()
        parts: list[tuple[int, float, Told]] = []
        for batch in batches.epoch(0):
            fed = to_floats(batch, self.accelerator.device)
            with self.accelerator.autocast():
                losses, outputs = task.losses(network, fed)
            n = len(next(iter(batch.values())))
            parts.append((n, float(losses["loss"]), task.told(outputs, fed)))
            self._tell(epoch, {})
        parts = gather_object(parts) if self.accelerator.num_processes > 1 else parts
        n_all = sum(n for n, _, _ in parts)
        told = {name: np.concatenate([one[name] for _, _, one in parts]) for name in parts[0][2]}
        figures = {"loss": sum(n * loss for n, loss, _ in parts) / n_all}
        metrics = task.metrics(told)
        figures |= metrics.figures()
        if isinstance(metrics, ActionUnitMetrics):
            self._calibration = metrics.calibration()
        figures = {name: value for name, value in figures.items() if np.isfinite(value)}
        if figures.get("spread", 1.0) < COLLAPSED_BELOW:
            self._note(
                f"Features collapsed in epoch {epoch + 1}: all instants look alike "
                f"({figures['spread']:.2f} of an even spread); lower optimiser.rate"
            )
        return figures

    # --- what is made and kept --------------------------------------------------------------------

    def _make_network(self) -> None:
        config = self._config
        torch.manual_seed(config.seed)
        try:
            network = self._info.build()
        except ValueError as error:
            raise TrainingError(str(error)) from error
        if self._position.step == 0:
            self._task.begin(network)
            self._notes += load_weights(network, config.weights)
        # Convolutions are faster with the channels last, on processors by a quarter.
        for weight in network.parameters():
            if weight.ndim == 4:
                weight.data = weight.data.contiguous(memory_format=torch.channels_last)
        self._raw = network.to(self.accelerator.device)
        optimiser = make_optimiser(self._raw, config.optimiser)
        decay = config.optimiser.average
        self._average = RunningAverage(self._raw, decay) if decay else None
        if self._position.step:
            read_state(self._folder / LAST, self._raw, optimiser, self._average)
        self._network, self._optimiser = self.accelerator.prepare(self._raw, optimiser)
        self._best_network = self._average.network if self._average else self._raw

    def _batches(self, items: Any, *, shuffles: bool) -> Batches:
        run = self._config.run
        if run.batch_size % self.accelerator.num_processes:
            raise TrainingError(
                f"run.batch_size must be a multiple of {self.accelerator.num_processes}, the "
                f"number of processes, got {run.batch_size}"
            )
        return Batches(
            items,
            run.batch_size,
            shuffles=shuffles,
            seed=self._config.seed,
            n_loaders=run.loaders,
            rank=self.accelerator.process_index,
            n_ranks=self.accelerator.num_processes,
        )

    def _found_position(self) -> Position:
        path = self._folder / LAST
        if not path.exists():
            return Position()
        info, position = read_position(path)
        before = config_from(info.training["config"])
        changed = differences(before, self._config)
        if changed:
            raise TrainingError(
                f"{self._folder}: was begun with another configuration ({changed[0]}); name "
                "another folder, or begin anew with --restart"
            )
        if info.training["data"] != self._about["data"]:
            raise TrainingError(
                f"{self._folder}: was begun with other data; name another folder, or begin anew "
                "with --restart"
            )
        self._about |= {key: info.training.get(key, {}) for key in ("metrics", "calibration")}
        self._notes[:] = info.training.get("notes", self._notes)
        return position

    def _save(self) -> None:
        self._saved_s = time.monotonic()
        if self._is_main:
            told = {"step_s": self._step_s, "ended_early": self._is_patience_over()}
            info = replace(self._info, training=self._about | told)
            path = self._folder / LAST
            write_state(path, info, self._position, self._raw, self._optimiser, self._average)

    def _tell(self, epoch: int, figures: Mapping[str, float]) -> None:
        if not self._is_main:
            return
        message = f"Epoch {epoch + 1} of {self._config.run.epochs}"
        metrics = {**figures, "step": self._position.step, "epoch": epoch} if figures else None
        try:
            self._report(self._position.step / self._n_steps, message, metrics)
        except BaseException:
            self._save()
            raise

    def _write(self, figures: Mapping[str, float], epoch: int) -> None:
        if self._log is not None and figures:
            self._log.write(self._position.step, epoch, figures)

    def _note(self, words: str) -> None:
        if words not in self._notes:
            self._notes.append(words)

    @property
    def _step_s(self) -> float:
        """How long a step took in the mean; 0 before the first."""
        return self._worked_s / max(self._worked_steps, 1)

    @property
    def _n_begun(self) -> int:
        """Epochs that were begun."""
        return -(-self._position.step // len(self._train_batches))

    def _is_epoch_over(self) -> bool:
        """Return whether an epoch waits to be validated."""
        step = self._position.step
        is_at_end = step % len(self._train_batches) == 0 or step == self._n_steps
        return is_at_end and self._position.n_validated < self._n_begun

    def _is_over(self) -> bool:
        is_done = self._position.step >= self._n_steps and not self._is_epoch_over()
        return is_done or self._is_patience_over()

    def _is_patience_over(self) -> bool:
        position, patience = self._position, self._config.run.patience
        if not patience or not self._validates or position.best_epoch is None:
            return False
        return position.n_validated - 1 - position.best_epoch >= patience

    @property
    def _is_main(self) -> bool:
        return bool(self.accelerator.is_main_process)

    def _result(self) -> TrainingResult:
        return TrainingResult(
            path=self._folder / BEST,
            figures=self._about.get("metrics", {}),
            epoch=self._position.best_epoch or 0,
            n_steps=self._position.step,
            notes=tuple(self._notes),
            step_s=self._step_s,
            waited_share=self._waited_s / max(self._worked_s, 1e-9),
        )


def _is_better(value: float, best: float, metric: str) -> bool:
    return value < best if metric in LESS_IS_BETTER else value > best


def _seed_of(seed: int, step: int, rank: int) -> int:
    return int(np.random.SeedSequence([seed, step, rank]).generate_state(1, np.uint64)[0] >> 1)
