"""What commands need that not everyone installs."""

from __future__ import annotations

# What the extra 'train' brings.
_OF_TRAINING = ("torch", "accelerate", "safetensors", "tensorboard")


def require_training() -> None:
    """Say what to install where networks cannot run.

    Raises
    ------
    EvfaceError
        If anything is missing.
    """
    from importlib.util import find_spec

    from evface.errors import EvfaceError

    missing = [library for library in _OF_TRAINING if find_spec(library) is None]
    if missing:
        raise EvfaceError(
            f'networks need {", ".join(missing)}; install them: pip install "evface[train]"'
        )
