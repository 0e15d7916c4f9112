"""`evface head`: models of the face, built, imported and looked at."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from evface.cli.head_building import build
from evface.cli.head_reports import (
    AsJson,
    Picture,
    in_words,
    make_place,
    report_of,
    write_picture,
)


def register(app: typer.Typer) -> None:
    """Add the group `head` to the command line."""
    group = typer.Typer(help="Models of the face: build, import, look at.", no_args_is_help=True)
    group.command("build")(build)
    group.command("import")(import_head)
    group.command("info")(info)
    group.command("list")(show)
    app.add_typer(group, name="head")


def import_head(
    source: Annotated[
        Path,
        typer.Argument(
            help="FLAME (.pkl, .npz), ICT-FaceKit's folder, the released .mat of expressions, or "
            "a head of evface's own from elsewhere.",
            metavar="SOURCE",
        ),
    ],
    out: Annotated[
        Path | None,
        typer.Argument(help="The head to write; your library if not given.", metavar="OUT.npz"),
    ] = None,
    landmarks: Annotated[
        list[Path] | None,
        typer.Option(
            help="FLAME's embedding, where it does not lie beside FLAME's file (give it twice for "
            "the static and the dynamic one); for a .mat, that of the landmarks.",
            metavar="FILE",
        ),
    ] = None,
    version: Annotated[
        str | None, typer.Option(help="Of FLAME, if its name does not tell: 2017, 2020, ...")
    ] = None,
    identity: Annotated[
        Path | None, typer.Option(help="For a .mat: that of the identities.", metavar="FILE")
    ] = None,
    template: Annotated[
        Path | None, typer.Option(help="For a .mat: that of the mean face.", metavar="FILE")
    ] = None,
    picture: Picture = None,
    as_json: AsJson = False,
) -> None:
    """Convert a head to evface's own file, once."""
    from evface.morphable.assembling import file_step_mm
    from evface.morphable.dl3dmm import import_dl3dmm
    from evface.morphable.flame_importing import import_flame
    from evface.morphable.head_library import is_head, library_path
    from evface.morphable.ict import import_ict
    from evface.morphable.model import load_model, write_model

    given = landmarks or []
    distance_mm = None
    if source.is_dir():
        model = import_ict(source)
    elif is_head(source):
        model = load_model(source)
    elif source.suffix.lower() == ".mat":
        if identity is None or template is None or len(given) != 1:
            raise typer.BadParameter("a .mat needs --identity, --template and one --landmarks")
        model = import_dl3dmm(source, identity, template, given[0])
    else:
        model, distance_mm = import_flame(source, given, version=version)
    target = out or library_path(model.key)
    make_place(target)
    write_model(target, model, step_mm=file_step_mm(model))
    write_picture(picture, model)
    if as_json:
        typer.echo(json.dumps({**report_of(target, model), "landmark_distance_mm": distance_mm}))
        return
    typer.echo(in_words(target, model))
    if distance_mm is not None:
        typer.echo(f"  its landmarks are vertices {distance_mm:.2f} mm from the embedded points")


def info(
    head: Annotated[
        str, typer.Argument(help="A head's file or key; `open-head-1` ships.", metavar="HEAD")
    ],
    picture: Picture = None,
    as_json: AsJson = False,
) -> None:
    """Say what a head is."""
    from evface.morphable.head_library import open_head_model

    model = open_head_model(head)
    write_picture(picture, model)
    if as_json:
        typer.echo(json.dumps(report_of(Path(head), model)))
    else:
        typer.echo(in_words(Path(head), model))


def show(as_json: AsJson = False) -> None:
    """List the heads on this machine."""
    from evface.morphable.head_library import installed_heads

    heads = installed_heads()
    if as_json:
        listed = {key: None if path is None else str(path) for key, path in heads.items()}
        typer.echo(json.dumps({"heads": listed}))
        return
    for key, path in heads.items():
        typer.echo(f"{key}: {'ships with evface' if path is None else path}")
