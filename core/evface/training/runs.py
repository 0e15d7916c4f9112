"""The trainings of a project: a folder each, beside it. Read without PyTorch, also by windows."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from evface.errors import ModelFileError, TrainingError
from evface.files import JSON_DAMAGES
from evface.models.checkpoints import BEST, info_of, read_about
from evface.models.live_use import why_not_live
from evface.models.registry import Task, model_names, task_of

LAST = "last.safetensors"
CONFIG, CURVES = "config.toml", "metrics.jsonl"
# The job that a window began it with, and the training set that the job made for it.
JOB, DATA = "job.json", "data.evset"
JOB_KIND = "train_project"
# In the name of a folder, on one system or another.
_REFUSED_IN_NAMES = '/\\:*?"<>|'
_RESERVED_NAMES = {"CON", "PRN", "AUX", "NUL"} | {
    f"{port}{number}" for port in ("COM", "LPT") for number in range(1, 10)
}
_LONGEST_NAME = 120
_MARKS = (BEST, LAST, CONFIG, JOB)
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Run:
    """A training, whatever has become of it so far.

    Parameters
    ----------
    folder, name
        Where it lies; the name is the folder's.
    network, about, task
        Of what network, what its configuration says of it, and what it learns.
    has_network
        Whether a network was kept that can be used.
    has_job
        Whether a window began it. A job of any other kind in its place does not count: whoever
        sends a project sends its trainings too.
    step, n_steps
        Steps that are done and kept; of how many, None where nobody said so yet.
    figures
        Of the validation of the network that was kept, without ``validation/``.
    made_at
        When it was last written.
    training
        All that the checkpoint says of how it came about: ``config``, ``split``, ``notes``, ...
    problem
        What is wrong with it, one line; empty where all is well.
    live_problem
        Why its network cannot be asked live, one line; empty where it can.
    """

    folder: Path
    name: str
    network: str = ""
    about: str = ""
    task: Task = "action_units"
    has_network: bool = False
    has_job: bool = False
    step: int = 0
    n_steps: int | None = None
    figures: Mapping[str, float] = field(default_factory=dict)
    made_at: datetime = _NEVER
    training: Mapping[str, Any] = field(default_factory=dict)
    problem: str = ""
    live_problem: str = ""

    @property
    def checkpoint(self) -> Path:
        """Where its network lies, if there is one."""
        return self.folder / BEST

    @property
    def is_finished(self) -> bool:
        """Whether all its steps are done, or it ended early because nothing became better."""
        is_at_end = self.n_steps is not None and self.step >= self.n_steps
        return is_at_end or bool(self.training.get("ended_early"))

    @property
    def can_go_on(self) -> bool:
        """Whether a window can let it go on: it began the training, and it is not at its end."""
        return not self.is_finished and self.has_job


def problem_of_name(name: str) -> str:
    """Return why a run cannot have a name, on any system; empty where it can."""
    if not name or name.startswith(".") or name.endswith((".", " ")) or name != name.strip():
        return "give it a name that neither begins nor ends with a dot or a space"
    if any(sign in _REFUSED_IN_NAMES or not sign.isprintable() for sign in name):
        return f"{name!r}: is no name for a folder; leave out {' '.join(_REFUSED_IN_NAMES)}"
    if name.partition(".")[0].upper() in _RESERVED_NAMES:
        return f"{name!r}: is a device's name on Windows; choose another"
    if len(name.encode()) > _LONGEST_NAME:
        return f"the name is too long; {_LONGEST_NAME} letters at most"
    return ""


def models_folder(project: Path) -> Path:
    """Return the folder of a project's trainings, which need not be there."""
    return project.with_name(f"{project.stem}.models")


def list_runs(folder: Path) -> list[Run]:
    """Return the trainings in a folder, the newest first; a damaged one says what is wrong.

    Parameters
    ----------
    folder
        As `models_folder` returns it. Where it is not there, there are none.
    """
    try:
        folders = [path for path in folder.iterdir() if is_run(path)]
    except OSError:
        return []
    return sorted(map(read_run, folders), key=lambda run: (run.made_at, run.name), reverse=True)


def is_run(folder: Path) -> bool:
    """Return whether a folder holds a training."""
    return any((folder / name).is_file() for name in _MARKS)


def read_run(folder: Path) -> Run:
    """Return what is known of a training; what cannot be read is its `problem`, never raised."""
    problems: list[str] = []
    best, last = (_read_about(folder / name, problems) for name in (BEST, LAST))
    config = _read_config(folder / CONFIG, problems)
    newest = last or best or {}
    training = _section(best or newest, "training")
    state = _section(newest, "training")
    training |= {
        name: state[name] for name in ("n_steps", "step_s", "ended_early") if name in state
    }
    job = _read_job(folder)
    network = str(newest.get("network") or config.get("network") or _network_of(job))
    if network and network not in model_names():
        problems.append(f"{folder.name}: a network {network!r} is not known to this evface")
    step, n_steps = _section(state, "position").get("step"), training.get("n_steps")
    configured = _section(training, "config") or config
    return Run(
        folder=folder,
        name=folder.name,
        network=network,
        about=str(configured.get("about") or ""),
        task=task_of(network) if network else "action_units",
        has_network=best is not None,
        has_job=bool(job),
        step=step if isinstance(step, int) else 0,
        n_steps=n_steps if isinstance(n_steps, int) else None,
        figures={
            str(name): float(value)
            for name, value in _section(training, "metrics").items()
            if isinstance(value, int | float)
        },
        made_at=_written_at(folder),
        training=training,
        problem="; ".join(problems),
        live_problem="" if best is None else _live_problem(folder / BEST, best),
    )


def read_curves(folder: Path) -> list[dict[str, Any]]:
    """Return what a training measured, in order: each the ``step``, the ``epoch``, and figures.

    A line that is damaged, or was cut short, is left out; what cannot be read has no lines.
    """
    try:
        text = (folder / CURVES).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return []
    lines = []
    for line in text.splitlines():
        try:
            values = json.loads(line)
        except ValueError:
            continue
        if isinstance(values, dict) and "step" in values:
            lines.append(values)
    return lines


def _read_about(path: Path, problems: list[str]) -> dict[str, Any] | None:
    """Return what a checkpoint says of itself; None where it is not there or is damaged."""
    if not path.is_file():
        return None
    try:
        return read_about(path)
    except ModelFileError as error:
        problems.append(f"{path.name}: {error.problem}")
        return None


def _live_problem(path: Path, about: Mapping[str, Any]) -> str:
    try:
        return why_not_live(info_of(path, about))
    except ModelFileError as error:
        return error.problem


def _section(values: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Return what a checkpoint says under a name; nothing where it says something else."""
    found = values.get(name)
    return found if isinstance(found, dict) else {}


def _read_config(path: Path, problems: list[str]) -> dict[str, Any]:
    if not path.is_file():
        return {}
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        problems.append(f"{path.name}: cannot be read ({error})")
        return {}


def _read_job(folder: Path) -> dict[str, Any]:
    """Return the job that trains; nothing where there is none, or one that does other things."""
    try:
        job = json.loads((folder / JOB).read_text(encoding="utf-8"))
        return dict(job) if job["kind"] == JOB_KIND else {}
    except (*JSON_DAMAGES, OSError):
        return {}


def _network_of(job: Mapping[str, Any]) -> str:
    """Return the network of a training that has not begun."""
    from evface.training.config import read_config

    try:
        return read_config(str(job["config"])).network
    except (KeyError, TrainingError):
        return ""


def _written_at(folder: Path) -> datetime:
    times_s = [0.0]
    for name in _MARKS:
        # It may be missing, or be removed meanwhile.
        with suppress(OSError):
            times_s.append((folder / name).stat().st_mtime)
    return datetime.fromtimestamp(max(times_s), UTC)
