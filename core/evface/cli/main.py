"""The `evface` command: gathers the groups of commands and turns errors into exit codes."""

from __future__ import annotations

import sys
from importlib import import_module

import typer

from evface.errors import EvfaceError

# Each module has `register(app)`. They import what is heavy inside their commands, so that
# `evface --help` stays quick.
_GROUPS = (
    "events",
    "render",
    "convert",
    "simulation",
    "synth",
    "projects",
    "datasets",
    "processing",
    "sync",
    "registration",
    "export",
    "importing",
    "agreement",
    "review",
    "prediction",
    "models",
    "heads",
    "training",
    "live_view",
    "demo",
    "cameras",
    "record",
    "bench",
    "doctor",
)


def build_app() -> typer.Typer:
    """Return the whole command line."""
    app = typer.Typer(
        name="evface",
        help="Show, label and learn faces recorded by event cameras.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    for group in _GROUPS:
        import_module(f"evface.cli.{group}").register(app)
    return app


def main(arguments: list[str] | None = None) -> int:
    """Run the command line.

    Parameters
    ----------
    arguments
        What follows the command's name; those of the process when None.

    Returns
    -------
    int
        0 on success, 1 for the world's faults (one line on stderr), 2 for a usage error,
        130 when interrupted.
    """
    try:
        build_app()(arguments, prog_name="evface")
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 0
    except KeyboardInterrupt:
        message, code = "interrupted", 130
    except EvfaceError as error:
        message, code = str(error), 1
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        message, code = f"{where}{error.strerror or error}", 1
    print(f"error: {message}", file=sys.stderr)  # noqa: T201
    return code


def run() -> None:
    """Entry point of the installed command."""
    sys.exit(main())


if __name__ == "__main__":
    run()
