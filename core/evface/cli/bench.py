"""`evface bench`: measures evface against its peers in one run."""

from __future__ import annotations

import importlib.util
import inspect
import json
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from types import ModuleType
from typing import Annotated, Any

import typer

from evface.errors import EvfaceError

# The benchmarks belong to the source tree, not to the installed package.
_BENCHMARKS = Path(__file__).parents[3] / "tests" / "benchmarks"


@dataclass(frozen=True)
class Figure:
    """One measured figure.

    Parameters
    ----------
    name, value, unit
        What was measured.
    peer, peer_value
        Who it is compared with, measured in the same run; empty and None where nobody is.
    target
        What it should reach, in `unit`; None where there is no target.
    higher_is_better
        Direction of `target` and of the ratio to the peer.
    """

    name: str
    value: float
    unit: str
    peer: str = ""
    peer_value: float | None = None
    target: float | None = None
    higher_is_better: bool = True

    @property
    def ratio(self) -> float | None:
        """How many times better than the peer; None without one."""
        if not self.peer_value or not self.value:
            return None
        ratio = self.value / self.peer_value
        return ratio if self.higher_is_better else 1 / ratio

    @property
    def is_met(self) -> bool | None:
        """Whether the target is reached; None without one."""
        if self.target is None:
            return None
        return self.value >= self.target if self.higher_is_better else self.value <= self.target


def available_benchmarks() -> dict[str, Path]:
    """Return the benchmarks of the source tree by name; empty where evface is not run from one."""
    return {
        path.stem.removeprefix("bench_"): path for path in sorted(_BENCHMARKS.glob("bench_*.py"))
    }


def load_benchmark(name: str) -> ModuleType:
    """Import a benchmark of the source tree; its ``run`` measures.

    Modules and packages beside it can be imported from then on, by it and by processes it starts.

    Raises
    ------
    EvfaceError
        If it cannot be loaded.
    """
    path = available_benchmarks()[name]
    if str(_BENCHMARKS) not in sys.path:
        sys.path.append(str(_BENCHMARKS))
    spec = importlib.util.spec_from_file_location(f"bench_{name}", path)
    if spec is None or spec.loader is None:
        raise EvfaceError(f"{path}: cannot be loaded")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _check_options(name: str, module: ModuleType, options: Mapping[str, Any]) -> None:
    known = inspect.signature(module.run).parameters
    for key in options:
        if key not in known:
            raise typer.BadParameter(
                f"the benchmark {name!r} takes no such option", param_hint=f"--{key}"
            )


def register(app: typer.Typer) -> None:
    """Add `bench` to the command line."""
    app.command("bench")(bench)


def bench(
    name: Annotated[
        str | None, typer.Argument(help="Which benchmark; all of them without a name.")
    ] = None,
    size: Annotated[
        str | None, typer.Option(help="Of learning: ci, two-cores or gpu.", metavar="SIZE")
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(help="Of learning: folder of all that is made; what is there is kept."),
    ] = None,
    readme: Annotated[
        Path | None,
        typer.Option(help="Of events and learning: a file between whose marks the tables go."),
    ] = None,
    dry: Annotated[
        bool | None, typer.Option("--dry", help="Of learning: only say what would be done.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Measure evface against its peers, in one run on this machine."""
    from rich.console import Console
    from rich.table import Table

    benchmarks = available_benchmarks()
    if not benchmarks:
        raise EvfaceError("the benchmarks come with the source tree; run this from a checkout")
    if name is not None and name not in benchmarks:
        raise typer.BadParameter(f"no benchmark {name!r}; there are {', '.join(benchmarks)}")
    given = {"size": size, "out": out, "readme": readme, "dry": dry}
    options = {key: value for key, value in given.items() if value is not None}
    errors = Console(stderr=True)
    results: dict[str, list[Figure]] = {}
    for key in [name] if name else list(benchmarks):
        module = load_benchmark(key)
        _check_options(key, module, options)
        errors.print(f"[bold]{key}[/bold]")
        results[key] = module.run(
            lambda text: errors.print(f"  {text}", highlight=False, markup=False, soft_wrap=True),
            **options,
        )
    if as_json:
        report = {
            key: [asdict(figure) | {"ratio": figure.ratio} for figure in figures]
            for key, figures in results.items()
        }
        typer.echo(json.dumps(report))
        return
    table = Table("benchmark", "figure")
    for heading in ("measured", "peer", "ratio", "target"):
        table.add_column(heading, justify="right")
    for key, figures in results.items():
        for figure in figures:
            peer = f"{figure.peer} {figure.peer_value:,.4g}" if figure.peer_value else figure.peer
            ratio = f"{figure.ratio:.2f}x" if figure.ratio else ""
            mark = {None: "", True: " ✓", False: " ✗"}[figure.is_met]
            bound = "≥" if figure.higher_is_better else "≤"
            target = f"{bound} {figure.target:,.4g}{mark}" if figure.target is not None else ""
            table.add_row(
                key, figure.name, f"{figure.value:,.4g} {figure.unit}", peer, ratio, target
            )
    Console().print(table)
