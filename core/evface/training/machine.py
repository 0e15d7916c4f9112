"""What a training runs on: processor or GPUs, memory, and sums in an order that stays the same."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from accelerate import Accelerator, DistributedDataParallelKwargs
from torch import distributed

from evface.errors import TrainingError
from evface.training.settings import TrainingConfig

# How PyTorch says that the memory is full, beside its own exception for GPUs.
_OUT_OF_MEMORY = ("can't allocate memory", "not enough memory", "out of memory")

# How the size of a batch is given, by what it is called.
_LOWERED = {"run.batch_size": "--set run.batch_size=", "--batch-size": "--batch-size "}


def require_device(device: str, named: str) -> None:
    """Raise a `TrainingError` where a GPU is asked for, by what is `named`, and there is none."""
    if device == "cuda" and not torch.cuda.is_available():
        raise TrainingError(
            f"{named} is cuda, but there is no GPU that PyTorch can use; set {named} to cpu, "
            "or install its CUDA build and driver"
        )


def open_accelerator(config: TrainingConfig) -> Accelerator:
    """Return what spreads the work over devices.

    Raises
    ------
    TrainingError
        If a GPU is asked for and there is none, or a process began with other settings.
    """
    run = config.run
    require_device(run.device, "run.device")
    precision = "bf16" if run.precision == "bf16" else "no"
    try:
        return Accelerator(
            cpu=run.device == "cpu",
            mixed_precision=precision,
            kwargs_handlers=[DistributedDataParallelKwargs(find_unused_parameters=True)],
        )
    except ValueError as error:
        # Accelerate keeps one state a process.
        raise TrainingError(f"{error}; train in a process of its own") from error


@contextmanager
def ending_together() -> Iterator[None]:
    """Let processes that train together part only when all are done.

    Threads between them that still run when Python ends abort the process.
    """
    try:
        yield
        if distributed.is_initialized():
            distributed.barrier()
    finally:
        if distributed.is_initialized():
            distributed.destroy_process_group()


@contextmanager
def reproducible(config: TrainingConfig, device: torch.device) -> Iterator[None]:
    """Let the block give the same numbers each time on a processor, and use so many threads."""
    threads = torch.get_num_threads()
    was_deterministic = torch.are_deterministic_algorithms_enabled()
    if config.run.threads:
        torch.set_num_threads(config.run.threads)
    if device.type == "cpu":
        torch.use_deterministic_algorithms(True)
    try:
        yield
    finally:
        torch.set_num_threads(threads)
        torch.use_deterministic_algorithms(was_deterministic)


@contextmanager
def explained_memory(
    config: TrainingConfig, *, batch_size: str = "run.batch_size"
) -> Iterator[None]:
    """Say what to lower where the block runs out of memory.

    Parameters
    ----------
    batch_size
        What the size of a batch is called.
    """
    try:
        yield
    except (MemoryError, torch.OutOfMemoryError, RuntimeError) as error:
        is_full = isinstance(error, MemoryError | torch.OutOfMemoryError)
        if not is_full and not any(words in str(error) for words in _OUT_OF_MEMORY):
            raise
        run, data = config.run, config.data
        raise TrainingError(
            f"the memory is not enough for {batch_size} {run.batch_size}, data.side_px "
            f"{data.side_px} and data.n_frames {data.n_frames}: lower the batch size first, for "
            f"example {_LOWERED[batch_size]}{max(1, run.batch_size // 2)}"
        ) from error
