"""What a job is, and how one is written down for the process that runs it."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any, ClassVar, Protocol

from evface.errors import JobError

# Where each kind is defined. Imported when one is read, so that no job pays for another's
# libraries; a file can name nothing but these.
JOB_KINDS = {
    "process": "evface.jobs.processing:ProcessJob",
    "demo": "evface.jobs.demo:DemoJob",
    "add_dataset": "evface.jobs.adding:AddDatasetJob",
    "sync": "evface.jobs.synchronisation:SyncJob",
    "register": "evface.jobs.registration:RegisterJob",
    "review": "evface.jobs.reviewing:ReviewJob",
    "train": "evface.jobs.training:TrainJob",
    "train_project": "evface.jobs.project_training:TrainProjectJob",
    "time_training": "evface.jobs.training_trial:TimeTrainingJob",
    "export": "evface.jobs.exporting:ExportJob",
    "import": "evface.jobs.importing:ImportJob",
    "predict": "evface.jobs.predicting:PredictJob",
    "evaluate": "evface.jobs.evaluating:EvaluateJob",
    "export_network": "evface.jobs.networks:ExportNetworkJob",
    "import_network": "evface.jobs.networks:ImportNetworkJob",
}


class JobCancelled(Exception):
    """The user asked the job to stop."""


class JobReport(Protocol):
    """Takes how far a job is, 0 to 1, what is being done, and what was measured, if anything."""

    def __call__(
        self, fraction: float, message: str = "", metrics: Mapping[str, float] | None = None
    ) -> None:
        """Take a report. Raises `JobCancelled` when the job is to stop."""


class Job(Protocol):
    """Long work: a frozen dataclass of text, numbers and tuples of these, and how to do it."""

    kind: ClassVar[str]

    def run(self, report: JobReport) -> str:
        """Do the work.

        Parameters
        ----------
        report
            ``report(fraction, message)``, to be called often: how far, 0 to 1, and what is being
            done. Raises `JobCancelled` when the job is to stop; nothing half done may remain.

        Returns
        -------
        str
            The path of the result.

        Raises
        ------
        EvfaceError
            If the world does not allow it.
        """


def write_job(path: Path, job: Job) -> None:
    """Write a job down for `python -m evface.jobs`.

    Raises
    ------
    JobError
        If the file cannot be written.
    """
    if not dataclasses.is_dataclass(job) or isinstance(job, type):
        raise TypeError(f"a job must be a dataclass, got {job!r}")
    write_job_fields(path, job.kind, dataclasses.asdict(job))


def write_job_fields(path: Path, kind: str, fields: Mapping[str, Any]) -> None:
    """Write a job down by its kind and fields, without importing what it runs on.

    For windows, which must not pay for a job's libraries. Whoever reads it checks the fields.

    Raises
    ------
    ValueError
        If `kind` is not a key of `JOB_KINDS`.
    JobError
        If the file cannot be written.
    """
    if kind not in JOB_KINDS:
        raise ValueError(f"kind must be one of {', '.join(JOB_KINDS)}, got {kind!r}")
    text = json.dumps({"kind": kind, **fields}, indent=1)
    temporary = path.with_name(f".{path.name}.part")
    try:
        temporary.write_text(text, encoding="utf-8")
        temporary.replace(path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise JobError(f"{path}: cannot be written ({error.strerror}); make room there") from error


def read_job(path: Path) -> Job:
    """Read the job that `write_job` wrote.

    Raises
    ------
    JobError
        If the file is missing or is not a job.
    """
    try:
        fields = json.loads(path.read_text(encoding="utf-8"))
        module, _, name = JOB_KINDS[fields.pop("kind")].partition(":")
    except OSError as error:
        raise JobError(f"{path}: cannot be read ({error.strerror})") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise JobError(f"{path}: is not a job that this version of evface knows") from error
    job_type: Callable[..., Job] = getattr(import_module(module), name)
    try:
        return job_type(**{field: _frozen(value) for field, value in fields.items()})
    except (TypeError, ValueError) as error:
        raise JobError(f"{path}: is not a whole job ({error})") from error


def _frozen(value: Any) -> Any:
    return tuple(map(_frozen, value)) if isinstance(value, list) else value
