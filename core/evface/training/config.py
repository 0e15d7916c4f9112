"""Configurations as TOML files, and presets by name."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal, get_args, get_origin, get_type_hints

from evface.errors import TrainingError
from evface.training.settings import MACHINE_KEYS, TrainingConfig


def preset_names() -> tuple[str, ...]:
    """Return the names of all presets, in alphabetical order."""
    folder = files("evface.training") / "presets"
    return tuple(sorted(f.name.removesuffix(".toml") for f in folder.iterdir() if _is_toml(f.name)))


def read_config(name: str, settings: Iterable[str] = ()) -> TrainingConfig:
    """Read a configuration.

    Parameters
    ----------
    name
        A preset, or the path of a TOML file. A file may say ``extends = "PRESET"``.
    settings
        Each ``section.key=value``, what counts instead; values as TOML has them.

    Raises
    ------
    TrainingError
        If there is no such configuration, or it says what makes no sense.
    """
    values = _read_values(name)
    for setting in settings:
        key, is_given, text = setting.partition("=")
        if not is_given:
            raise TrainingError(f"{setting}: must be KEY=VALUE, such as run.epochs=10")
        *sections, last = key.strip().split(".")
        place = values
        for section in sections:
            place = place.setdefault(section, {})
            if not isinstance(place, dict):
                raise TrainingError(f"{key}: {section} is no section")
        place[last] = _parse_value(text.strip())
    return config_from(values)


def config_from(values: Mapping[str, Any]) -> TrainingConfig:
    """Return the configuration that plain values stand for.

    Raises
    ------
    TrainingError
        If a key is unknown, or a value is of the wrong kind.
    """
    if "network" not in values:
        raise TrainingError("network is missing; name one, or extend a preset")
    config = _build(TrainingConfig, values, "")
    assert isinstance(config, TrainingConfig)
    _check(config)
    return config


def config_text(config: TrainingConfig) -> str:
    """Return a configuration as TOML."""
    plain = config.to_plain()
    lines = [f"{key} = {_toml(value)}" for key, value in plain.items() if type(value) is not dict]
    for section, inner in plain.items():
        if isinstance(inner, dict) and inner:
            lines += ["", f"[{section}]", *(f"{key} = {_toml(v)}" for key, v in inner.items())]
    return "\n".join(lines) + "\n"


def differences(one: TrainingConfig, other: TrainingConfig) -> list[str]:
    """Return what differs and would change the weights, one ``key: before, after`` each."""
    before, after = _flat(one.to_plain()), _flat(other.to_plain())
    ignored = {f"run.{key}" for key in MACHINE_KEYS} | {"about", "data.path"}
    return [
        f"{key}: {before.get(key)}, {after.get(key)}"
        for key in sorted(before.keys() | after.keys())
        if key not in ignored and _toml(before.get(key, "")) != _toml(after.get(key, ""))
    ]


def _is_toml(name: str) -> bool:
    return name.endswith(".toml")


def _read_values(name: str) -> dict[str, Any]:
    if name in preset_names():
        text = (files("evface.training") / "presets" / f"{name}.toml").read_text(encoding="utf-8")
    elif _is_toml(name) or Path(name).is_file():
        try:
            text = Path(name).read_text(encoding="utf-8")
        except OSError as error:
            raise TrainingError(f"{name}: cannot be read ({error.strerror})") from error
        except UnicodeDecodeError as error:
            raise TrainingError(f"{name}: is no text") from error
    else:
        raise TrainingError(
            f"{name}: there is no such preset; there are {', '.join(preset_names())}"
        )
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise TrainingError(f"{name}: is not TOML ({error})") from error
    base = values.pop("extends", None)
    if base is None:
        return values
    if base not in preset_names() or base == name:
        raise TrainingError(f"{name}: extends {base!r}, which is no other preset")
    return _merged(_read_values(base), values)


def _merged(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(base)
    for key, value in over.items():
        both = isinstance(value, dict) and isinstance(merged.get(key), dict)
        merged[key] = _merged(merged[key], value) if both else value
    return merged


def _parse_value(text: str) -> Any:
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text


def _build(kind: type[Any], values: Any, where: str) -> Any:
    if not isinstance(values, Mapping):
        raise TrainingError(f"{where} must be a section, got {values!r}")
    known = {f.name for f in fields(kind)}
    prefix = f"{where}." if where else ""
    for key in values:
        if key not in known:
            raise TrainingError(f"{prefix}{key}: there is no such key; {where or 'the top level'} "
                                f"has {', '.join(sorted(known))}")  # fmt: skip
    hints = get_type_hints(kind)
    taken = {key: _take(hints[key], value, f"{prefix}{key}") for key, value in values.items()}
    try:
        return kind(**taken)
    except ValueError as error:
        raise TrainingError(f"{prefix}{error}") from error


def _take(hint: Any, value: Any, key: str) -> Any:
    """Return a value as its field wants it."""
    origin = get_origin(hint)
    if is_dataclass(hint) and isinstance(hint, type):
        return _build(hint, value, key)
    if origin is Literal:
        if value not in get_args(hint):
            words = ", ".join(map(repr, get_args(hint)))
            raise TrainingError(f"{key} must be one of {words}, got {value!r}")
        return value
    if origin is tuple:
        return _take_tuple(hint, value, key)
    if hint is float and type(value) is int:
        return float(value)
    wanted = {bool: "true or false", int: "a whole number", float: "a number", str: "text"}
    if hint in wanted and type(value) is not hint:
        raise TrainingError(f"{key} must be {wanted[hint]}, got {value!r}")
    if hint in wanted:
        return value
    if not isinstance(value, Mapping):
        raise TrainingError(f"{key} must be a section, got {value!r}")
    return {name: tuple(v) if isinstance(v, list) else v for name, v in value.items()}


def _take_tuple(hint: Any, value: Any, key: str) -> tuple[Any, ...]:
    if not isinstance(value, list | tuple):
        raise TrainingError(f"{key} must be a list, got {value!r}")
    inner = get_args(hint)
    if inner[-1] is Ellipsis:
        inner = (inner[0],) * len(value)
    if len(inner) != len(value):
        raise TrainingError(f"{key} must have {len(inner)} values, got {len(value)}")
    return tuple(_take(kind, v, key) for kind, v in zip(inner, value, strict=True))


def _check(config: TrainingConfig) -> None:
    at_least: list[tuple[str, float, float]] = [
        ("run.epochs", config.run.epochs, 1),
        ("run.batch_size", config.run.batch_size, 1),
        ("run.max_steps", config.run.max_steps, 0),
        ("run.patience", config.run.patience, 0),
        ("run.loaders", config.run.loaders, 1),
        ("run.threads", config.run.threads, 0),
        ("data.side_px", config.data.side_px, 8),
        ("data.n_frames", config.data.n_frames, 1),
        ("data.window_us", config.data.window_us, 1),
        ("optimiser.rate", config.optimiser.rate, 1e-12),
        ("optimiser.clip_norm", config.optimiser.clip_norm, 0),
        *((f"loss.{f.name}", getattr(config.loss, f.name), 0)
          for f in fields(config.loss) if f.name != "stages"),
    ]  # fmt: skip
    for key, value, least in at_least:
        if not value >= least:
            raise TrainingError(f"{key} must be at least {least:g}, got {value:g}")
    below_one = {
        "loss.label_smoothing": config.loss.label_smoothing,
        "optimiser.average": config.optimiser.average,
        "schedule.warmup": config.schedule.warmup,
    }
    for key, value in below_one.items():
        if not 0 <= value < 1:
            raise TrainingError(f"{key} must be 0 to below 1, got {value:g}")


def _flat(values: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for key, value in values.items():
        if isinstance(value, Mapping):
            flat |= _flat(value, f"{prefix}{key}.")
        else:
            flat[prefix + key] = value
    return flat


def _toml(value: Any) -> str:
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_toml, value))}]"
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{key} = {_toml(inner)}' for key, inner in value.items())}}}"
    # JSON's strings, numbers and booleans are TOML's.
    return json.dumps(value, ensure_ascii=False)
