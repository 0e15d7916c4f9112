"""What `evface head` tells of a model."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from evface.morphable.model import MorphableModel

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
Picture = Annotated[
    Path | None, typer.Option(help="Write heat maps of the components here.", metavar="OUT.png")
]


def make_place(path: Path) -> None:
    """Make the folder of a file that is to be written, before the work that would be lost.

    Raises
    ------
    ModelFileError
        If the path is a folder itself, or its folder cannot be written to.
    OSError
        If the folder cannot be made.
    """
    from evface.errors import ModelFileError

    if path.is_dir():
        raise ModelFileError(path, "is a folder; give the name of a file in it")
    path.parent.mkdir(parents=True, exist_ok=True)
    if not os.access(path.parent, os.W_OK):
        raise ModelFileError(path, "cannot be written, its folder is read-only; give another place")


def write_picture(path: Path | None, model: MorphableModel) -> None:
    """Write heat maps of the components, where a path is given."""
    from evface.export.component_pictures import write_component_pictures

    if path is not None:
        write_component_pictures(path, model)


def report_of(path: Path, model: MorphableModel) -> dict[str, Any]:
    """Return what a head is, for JSON."""
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


def in_words(path: Path, model: MorphableModel) -> str:
    """Return what a head is, in lines."""
    facs = (
        f"{len(model.facs_names)}, of {len(model.unit_names)} single movements"
        if model.facs_names
        else "none: action units of the face cannot be read from its fits"
    )
    lines = [
        f"{path}: {model.key}",
        f"  version       {model.version}",
        f"  mesh          {model.n_vertices:,} vertices, {len(model.triangles):,} triangles",
        f"  identities    {len(model.identity_basis)} components",
        f"  expressions   {len(model.action_unit_basis)} components",
        f"  action units  {facs}",
        f"  notice        {model.notice or 'none'}",
    ]
    return "\n".join(lines)
