"""Jobs that take networks out of a project's models, and into them."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from evface.errors import FileError
from evface.export.onnx import write_onnx
from evface.files import replacing
from evface.models.checkpoints import BEST, read_network
from evface.models.digests import digest_of


@dataclass(frozen=True)
class ExportNetworkJob:
    """Write a network as ONNX; the result is that file.

    Parameters
    ----------
    checkpoint
        Path of the network.
    output
        Path of the file to write.
    """

    kind: ClassVar[str] = "export_network"

    checkpoint: str
    output: str

    def run(self, report: Callable[[float, str], None]) -> str:
        """Write the file; return its path."""
        report(0.0, "Reading the network")
        checkpoint = Path(self.checkpoint)
        network, info = read_network(checkpoint)
        report(0.2, "Writing, and comparing what it says")
        difference = write_onnx(Path(self.output), network, info, checkpoint=digest_of(checkpoint))
        report(1.0, f"Says the same to {difference:.0e}")
        return self.output


@dataclass(frozen=True)
class ImportNetworkJob:
    """Take a network that was made elsewhere for a run of its own; the result is its folder.

    Nothing is kept of a file that holds code, is damaged, or is no network of this version.

    Parameters
    ----------
    checkpoint
        Path of the network.
    output
        Folder to make.
    """

    kind: ClassVar[str] = "import_network"

    checkpoint: str
    output: str

    def run(self, report: Callable[[float, str], None]) -> str:
        """Check the network and copy it; return the folder."""
        report(0.0, "Checking the network")
        checkpoint, folder = Path(self.checkpoint), Path(self.output)
        read_network(checkpoint)
        report(0.6, "Copying it")
        try:
            folder.mkdir(parents=True)
        except OSError as error:
            raise FileError(folder, f"cannot be made ({error.strerror})") from error
        try:
            with replacing(folder / BEST) as temporary:
                shutil.copyfile(checkpoint, temporary)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        return self.output
