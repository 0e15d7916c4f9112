"""`evface head`: models of the face, built, imported and looked at."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from evface.morphable.building import BuildReport
    from evface.morphable.model import MorphableModel

_Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
_Picture = Annotated[
    Path | None, typer.Option(help="Write heat maps of the components here.", metavar="OUT.png")
]
_Landmarks = Annotated[
    list[Path] | None,
    typer.Option(
        help="Where the 68 landmarks are: FLAME's embedding (give it twice for the static and the "
        "dynamic one), a list of vertices (.json, .txt), or another head of the same mesh.",
        metavar="FILE",
    ),
]


def register(app: typer.Typer) -> None:
    """Add the group `head` to the command line."""
    group = typer.Typer(help="Models of the face: build, import, look at.", no_args_is_help=True)
    group.command("build")(build)
    group.command("import")(import_head)
    group.command("info")(info)
    group.command("list")(show)
    app.add_typer(group, name="head")


def build(
    folders: Annotated[
        list[Path],
        typer.Argument(help="Folders with a folder of meshes a person.", metavar="FOLDER..."),
    ],
    out: Annotated[Path, typer.Option(help="The head to write.", metavar="OUT.npz")],
    landmarks: _Landmarks = None,
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
    picture: _Picture = None,
    as_json: _Json = False,
) -> None:
    """Build a head of registered meshes, as VOCASET and D3DFACS lay them out."""
    from evface.cli.progress import progress
    from evface.morphable.assembling import STEP_MM
    from evface.morphable.building import BuildSettings
    from evface.morphable.components import METHODS
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
    if landmarks is None or len(landmarks) != 1:
        raise typer.BadParameter("give one file of landmarks", param_hint="'--landmarks'")
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
            folders, unit=unit, every=every, most=most, report=lambda f, m: report(0.5 * f, m)
        )
        vertices = read_landmark_vertices(landmarks[0], faces.neutral.mean(0), faces.triangles)
        others = tuple(METHODS) if compare else ()
        model, quality = _built(faces, vertices, settings, others, report, landmarks[0])
    write_model(out, model, step_mm=STEP_MM)
    _write_picture(picture, model)
    if as_json:
        typer.echo(json.dumps({**_report(out, model), "quality": asdict(quality)}))
        return
    typer.echo(_in_words(out, model))
    typer.echo(_quality_in_words(quality))


def import_head(
    source: Annotated[
        Path,
        typer.Argument(
            help="FLAME (.pkl, .npz), ICT-FaceKit's folder, or the released .mat of expressions.",
            metavar="SOURCE",
        ),
    ],
    out: Annotated[
        Path | None,
        typer.Argument(help="The head to write; your library if not given.", metavar="OUT.npz"),
    ] = None,
    landmarks: _Landmarks = None,
    version: Annotated[
        str | None, typer.Option(help="Of FLAME, if its name does not tell: 2017, 2020, ...")
    ] = None,
    identity: Annotated[
        Path | None, typer.Option(help="For a .mat: that of the identities.", metavar="FILE")
    ] = None,
    template: Annotated[
        Path | None, typer.Option(help="For a .mat: that of the mean face.", metavar="FILE")
    ] = None,
    picture: _Picture = None,
    as_json: _Json = False,
) -> None:
    """Convert a head to evface's own file, once."""
    from evface.morphable.assembling import STEP_MM
    from evface.morphable.dl3dmm import import_dl3dmm
    from evface.morphable.flame import import_flame
    from evface.morphable.ict import import_ict
    from evface.morphable.library import library_path
    from evface.morphable.model import write_model

    given = landmarks or []
    distance_mm = None
    if source.is_dir():
        model = import_ict(source)
    elif source.suffix.lower() == ".mat":
        if identity is None or template is None or len(given) != 1:
            raise typer.BadParameter("a .mat needs --identity, --template and one --landmarks")
        model = import_dl3dmm(source, identity, template, given[0])
    else:
        model, distance_mm = import_flame(source, given, version=version)
    target = out or library_path(model.key)
    target.parent.mkdir(parents=True, exist_ok=True)
    write_model(target, model, step_mm=STEP_MM)
    _write_picture(picture, model)
    if as_json:
        typer.echo(json.dumps({**_report(target, model), "landmark_distance_mm": distance_mm}))
        return
    typer.echo(_in_words(target, model))
    if distance_mm is not None:
        typer.echo(f"  its landmarks are vertices {distance_mm:.2f} mm from the embedded points")


def info(
    head: Annotated[
        str, typer.Argument(help="A head's file or key; `open-head-1` ships.", metavar="HEAD")
    ],
    picture: _Picture = None,
    as_json: _Json = False,
) -> None:
    """Say what a head is."""
    from evface.morphable.library import open_head_model

    model = open_head_model(head)
    _write_picture(picture, model)
    if as_json:
        typer.echo(json.dumps(_report(Path(head), model)))
    else:
        typer.echo(_in_words(Path(head), model))


def show(as_json: _Json = False) -> None:
    """List the heads on this machine."""
    from evface.morphable.library import installed_heads

    heads = installed_heads()
    if as_json:
        listed = {key: None if path is None else str(path) for key, path in heads.items()}
        typer.echo(json.dumps({"heads": listed}))
        return
    for key, path in heads.items():
        typer.echo(f"{key}: {'ships with evface' if path is None else path}")


def _built(
    faces: Any, vertices: Any, settings: Any, others: Any, report: Any, landmarks: Path
) -> tuple[MorphableModel, BuildReport]:
    from evface.errors import ModelFileError
    from evface.morphable.building import build_model

    try:
        return build_model(
            faces, vertices, settings, compare=others, report=lambda f, m: report(0.5 + 0.5 * f, m)
        )
    except ValueError as error:
        raise ModelFileError(landmarks, f"does not fit these meshes: {error}") from error


def _write_picture(path: Path | None, model: MorphableModel) -> None:
    from evface.export.component_pictures import write_component_pictures

    if path is not None:
        write_component_pictures(path, model)


def _report(path: Path, model: MorphableModel) -> dict[str, Any]:
    return {
        "head": str(path),
        "key": model.key,
        "name": model.name,
        "version": model.version,
        "vertices": model.n_vertices,
        "triangles": len(model.triangles),
        "identities": len(model.identity_basis),
        "components": len(model.action_unit_basis),
        "units": list(model.unit_names),
        "facs": list(model.facs_names),
        "contour_deg": None
        if model.contour_yaw_deg is None
        else [float(model.contour_yaw_deg[0]), float(model.contour_yaw_deg[-1])],
        "notice": model.notice,
    }


def _in_words(path: Path, model: MorphableModel) -> str:
    facs = (
        f"{len(model.facs_names)}, of {len(model.unit_names)} single movements"
        if model.facs_names
        else "none: action units of the face cannot be read from its fits"
    )
    lines = [
        f"{path}: {model.key}",
        f"  mesh          {model.n_vertices:,} vertices, {len(model.triangles):,} triangles",
        f"  identities    {len(model.identity_basis)} components",
        f"  expressions   {len(model.action_unit_basis)} components",
        f"  action units  {facs}",
        f"  notice        {model.notice or 'none'}",
    ]
    return "\n".join(lines)


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
