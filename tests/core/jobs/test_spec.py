import importlib
import importlib.util
import sys
from dataclasses import dataclass
from typing import ClassVar

import pytest

from evface.errors import JobError
from evface.jobs import spec
from evface.jobs.spec import JOB_KINDS, read_job, write_job, write_job_fields


@dataclass(frozen=True)
class Sample:
    kind: ClassVar[str] = "sample"

    project: str
    times_us: tuple[int, ...] = ()
    nested: tuple[tuple[str, float], ...] = ()
    limit: float | None = None

    def run(self, report):
        report(1.0, "")
        return self.project


@pytest.fixture(autouse=True)
def _sample_kind(monkeypatch):
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("samples", None))
    module.Sample = Sample
    monkeypatch.setitem(sys.modules, "samples", module)
    monkeypatch.setitem(spec.JOB_KINDS, "sample", "samples:Sample")


def test_a_job_comes_back_as_it_was_written(tmp_path):
    job = Sample("p ä.evface", (1, 2), (("a", 0.1), ("b", 1e-9)), None)
    write_job(tmp_path / "job.json", job)
    assert read_job(tmp_path / "job.json") == job
    assert [path.name for path in tmp_path.iterdir()] == ["job.json"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        "{}",
        '{"kind": "nothing"}',
        '{"kind": ["sample"]}',
        '{"kind": "os:system", "command": "true"}',
        '{"kind": "sample"}',
        '{"kind": "sample", "project": "p", "unknown": 1}',
        "\xff",
    ],
)
def test_what_is_not_a_job_is_one_clear_error(tmp_path, text):
    path = tmp_path / "job.json"
    path.write_text(text, encoding="latin-1")
    with pytest.raises(JobError, match="is not a") as refusal:
        read_job(path)
    assert str(path) in str(refusal.value)


def test_files_that_cannot_be_read_or_written_are_named(tmp_path):
    with pytest.raises(JobError, match="cannot be read"):
        read_job(tmp_path / "none.json")
    with pytest.raises(JobError, match="cannot be written"):
        write_job(tmp_path / "none" / "job.json", Sample("p"))


def test_only_a_dataclass_is_a_job(tmp_path):
    with pytest.raises(TypeError, match="must be a dataclass"):
        write_job(tmp_path / "job.json", object())


def test_a_job_can_be_written_without_its_libraries(tmp_path):
    write_job_fields(tmp_path / "job.json", "sample", {"project": "p", "times_us": [1, 2]})
    assert read_job(tmp_path / "job.json") == Sample("p", (1, 2))


def test_only_known_kinds_can_be_written(tmp_path):
    with pytest.raises(ValueError, match="kind must be one of"):
        write_job_fields(tmp_path / "job.json", "nothing", {})
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("kind", ["process", "demo"])
def test_every_kind_is_there_and_names_itself(kind):
    module, _, name = JOB_KINDS[kind].partition(":")
    assert getattr(importlib.import_module(module), name).kind == kind
