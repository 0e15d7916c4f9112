"""`evface head build`: a head of registered meshes, or the open one anew."""

from __future__ import annotations

import json
import tempfile
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from evface.cli.head_reports import (
    AsJson,
    Picture,
    in_words,
    make_place,
    report_of,
    write_picture,
)

if TYPE_CHECKING:
    from evface.morphable.building import BuildReport


def build(
    folders: Annotated[
        list[Path] | None,
        typer.Argument(help="Folders with a folder of meshes a person.", metavar="FOLDER..."),
    ] = None,
    *,
    out: Annotated[Path, typer.Option(help="The head to write.", metavar="OUT.npz")],
    landmarks: Annotated[
        list[Path] | None,
        typer.Option(
            help="Where the 68 landmarks are: FLAME's embedding (give it twice for the static and "
            "the dynamic one), a list of vertices (.json, .txt), or another head of the same mesh.",
            metavar="FILE",
        ),
    ] = None,
    name: Annotated[str, typer.Option(help="What to call the head.")] = "built-head",
    version: Annotated[str, typer.Option(help="Its version; a digest is added.")] = "1",
    method: Annotated[
        str, typer.Option(help="dictionary (DL-3DMM), pca, sparse-pca or localised.")
    ] = "dictionary",
    compare: Annotated[bool, typer.Option(help="Report on the other methods too.")] = False,
    components: Annotated[int, typer.Option(min=1, help="Of expression.")] = 32,
    identities: Annotated[int, typer.Option(min=1, help="Components of identity.")] = 22,
    held_out: Annotated[
        int | None, typer.Option(min=1, help="People to test with; a fifth if not given.")
    ] = None,
    every: Annotated[int, typer.Option(min=1, help="Take each so-manieth mesh.")] = 1,
    most: Annotated[int, typer.Option(min=1, help="Take no more expressive meshes.")] = 2000,
    unit: Annotated[
        str | None, typer.Option(help="Of the meshes: mm, cm or m; told by their size if not.")
    ] = None,
    notice: Annotated[str, typer.Option(help="Whose the faces are; kept in the head.")] = "",
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same head.")] = 0,
    is_open: Annotated[
        bool, typer.Option("--open", help="Rebuild the head that ships with evface; no FOLDER.")
    ] = False,
    cache: Annotated[
        Path | None, typer.Option(help="For --open: where its wheel lies, or shall.")
    ] = None,
    picture: Picture = None,
    as_json: AsJson = False,
) -> None:
    """Build a head of registered meshes, as VOCASET and D3DFACS lay them out."""
    if is_open == bool(folders):
        raise typer.BadParameter("give folders of meshes, or --open alone", param_hint="FOLDER")
    if is_open:
        _build_open(out, cache, picture, as_json)
        return
    from evface.cli.progress import progress
    from evface.errors import ModelFileError
    from evface.morphable.assembling import check_face, file_step_mm
    from evface.morphable.building import BuildSettings, build_model
    from evface.morphable.components import METHODS
    from evface.morphable.head_library import is_key
    from evface.morphable.landmark_files import read_landmark_vertices
    from evface.morphable.model import write_model
    from evface.morphable.registered_faces import MM_PER_UNIT, read_registered

    chosen = next((known for known in METHODS if known == method), None)
    if chosen is None:
        raise typer.BadParameter(
            f"there is no {method!r}; choose {', '.join(METHODS)}", param_hint="'--method'"
        )
    if unit is not None and unit not in MM_PER_UNIT:
        raise typer.BadParameter(
            f"there is no {unit!r}; choose {', '.join(MM_PER_UNIT)}", param_hint="'--unit'"
        )
    if not landmarks:
        raise typer.BadParameter("give a file of landmarks", param_hint="'--landmarks'")
    for option, value in (("name", name), ("version", version)):
        if not is_key(value):
            raise typer.BadParameter(
                f"{value!r} is no plain name; use letters, digits, blanks, dots, _ and -",
                param_hint=f"'--{option}'",
            )
    for path in filter(None, (out, picture)):
        make_place(path)
    settings = BuildSettings(
        name=name,
        version=version,
        n_identity=identities,
        n_components=components,
        method=chosen,
        n_held_out=held_out,
        seed=seed,
        notice=notice,
    )
    with progress("Building a head") as report:
        faces = read_registered(
            folders or [], unit=unit, every=every, most=most, report=lambda f, m: report(0.5 * f, m)
        )
        mean = faces.neutral.mean(axis=0)
        vertices = read_landmark_vertices(landmarks, mean, faces.triangles)
        try:
            check_face(mean[vertices])
        except ValueError as error:
            raise ModelFileError(landmarks[0], f"does not fit these meshes: {error}") from error
        model, quality = build_model(
            faces,
            vertices,
            settings,
            compare=tuple(METHODS) if compare else (),
            report=lambda f, m: report(0.5 + 0.5 * f, m),
        )
    write_model(out, model, step_mm=file_step_mm(model))
    write_picture(picture, model)
    if as_json:
        typer.echo(json.dumps({**report_of(out, model), "quality": asdict(quality)}))
        return
    typer.echo(in_words(out, model))
    typer.echo(_quality_in_words(quality))


def _build_open(out: Path, cache: Path | None, picture: Path | None, as_json: bool) -> None:
    from evface.cli.progress import progress
    from evface.morphable.model import write_model
    from evface.morphable.open_head.building import build_open_head
    from evface.morphable.open_head.makehuman import fetch
    from evface.simulation.occlusion import bake_occlusion

    for path in filter(None, (out, picture)):
        make_place(path)
    with ExitStack() as stack:
        folder = cache or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        folder.mkdir(parents=True, exist_ok=True)
        report = stack.enter_context(progress("Building the open head"))
        model, quality = build_open_head(
            fetch(folder),
            openness=lambda shape, triangles: bake_occlusion(shape, triangles).ambient,
            report=report,
        )
    write_model(out, model)
    write_picture(picture, model)
    if as_json:
        typer.echo(json.dumps({**report_of(out, model), "quality": asdict(quality)}))
        return
    basis = quality.expressions
    typer.echo(in_words(out, model))
    typer.echo(
        f"  identity      {quality.identity_mm:.3f} mm from the nearest head, "
        f"{quality.identity_mean_mm:.2f} mm from the mean\n"
        f"  expressions   {basis.error_mm:.3f} mm, {100 * basis.active:.0f} % of the vertices "
        f"active, condition {basis.condition:.0f}\n"
        "  read-out      "
        + ", ".join(f"{name} {value:.2f}" for name, value in quality.readout.items())
    )


def _quality_in_words(quality: BuildReport) -> str:
    lines = [
        f"  built of      {quality.n_subjects} people, {quality.n_expressive:,} expressive faces",
        f"  held out      {', '.join(quality.held_out)}",
        f"  identity      {quality.identity_mm:.2f} mm from the nearest face, "
        f"{quality.identity_mean_mm:.2f} mm from the mean",
    ]
    lines += [
        f"  {method:<12}  {basis.error_mm:.3f} mm ({100 * basis.rest:.0f} % left), "
        f"{100 * basis.active:.0f} % of the vertices active, spread {basis.spread_mm:.0f} mm"
        for method, basis in quality.expressions.items()
    ]
    return "\n".join(lines)
