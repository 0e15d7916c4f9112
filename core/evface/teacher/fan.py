"""The face alignment network (FAN) as a teacher: the one that the paper used."""

from __future__ import annotations

import importlib.metadata
import os
import socket
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evface.errors import ModelFileError, TeacherError
from evface.teacher.base import Detection

# What the package downloads at first use, under the names that it gives them.
WEIGHTS = ("3DFAN4-7835d9f11d.pth.tar", "depth-2a464da4ea.pth.tar", "s3fd-619a316812.pth")
_SILENCE_S = 10.0
_SAFE_LOADING = "TORCH_FORCE_WEIGHTS_ONLY_LOAD"


class FanTeacher:
    """68 landmarks in three dimensions by the `face-alignment` package.

    The confidence is that of its face detector.

    Parameters
    ----------
    weights_folder
        A folder that holds the files named in `WEIGHTS`. The package's own folder when None,
        where it downloads what is missing.

    Raises
    ------
    TeacherError
        If the package is not installed, or its weights are neither here nor can be downloaded.
    ModelFileError
        If a file of weights is missing from the folder given, or damaged.

    References
    ----------
    Bulat and Tzimiropoulos, "How far are we from solving the 2D & 3D face alignment problem?",
    ICCV 2017.
    """

    name = "fan"
    blendshape_names: tuple[str, ...] = ()

    def __init__(self, weights_folder: Path | None = None) -> None:
        detector_options = None
        if weights_folder is not None:
            for name in WEIGHTS:
                if not (weights_folder / name).is_file():
                    raise ModelFileError(
                        weights_folder / name, "there is no such file; put it there"
                    )
            detector_options = {"path_to_detector": str(weights_folder / WEIGHTS[2])}
        try:
            import face_alignment
            import torch
        except ImportError as error:
            raise TeacherError(
                'the FAN teacher is not installed; `pip install "evface[fan]"`'
            ) from error
        folder = weights_folder or Path(torch.hub.get_dir()) / "checkpoints"
        try:
            with _careful_loading(weights_folder):
                self._aligner: Any = face_alignment.FaceAlignment(
                    face_alignment.LandmarksType.THREE_D,
                    device="cuda" if torch.cuda.is_available() else "cpu",
                    compile=False,
                    face_detector_kwargs=detector_options,
                )
        except OSError as error:
            # Network errors are of this kind too.
            raise TeacherError(
                f"FAN's weights cannot be downloaded ({getattr(error, 'reason', error)}); put "
                f"{', '.join(WEIGHTS)} into {folder}, or use the teacher mediapipe"
            ) from error
        except (RuntimeError, ValueError, KeyError, EOFError, UnpicklingError) as error:
            raise ModelFileError(
                folder, "FAN's weights there are damaged; delete them and try again"
            ) from error
        weights = WEIGHTS[0].split("-")[1][:8]
        self.version = f"{importlib.metadata.version('face-alignment')}+{weights}"

    def detect(self, frame: NDArray[np.uint8], t_us: int) -> Detection | None:  # noqa: ARG002
        """Find the largest face; see `Teacher`."""
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="No faces were detected")
            found, _, boxes = self._aligner.get_landmarks_from_image(
                np.array(frame), return_bboxes=True, return_landmark_score=True
            )
        if not found:
            return None
        areas = [(box[2] - box[0]) * (box[3] - box[1]) for box in boxes]
        largest = int(np.argmax(areas))
        landmarks = np.array(found[largest], np.float32)
        landmarks[:, 2] -= landmarks[:, 2].mean()
        return Detection(
            landmarks=landmarks,
            confidence=float(np.clip(boxes[largest][4], 0.0, 1.0)),
            n_faces=len(found),
        )

    def close(self) -> None:
        """Free the networks."""
        self._aligner = None


@contextmanager
def _careful_loading(folder: Path | None) -> Iterator[None]:
    """Have the package take its weights from `folder`, execute nothing in them, and not hang."""
    import torch
    from face_alignment import api

    kept_loader, kept_timeout = api.load_file_from_url, socket.getdefaulttimeout()
    kept_variable = os.environ.get(_SAFE_LOADING)
    if folder is not None:
        api.load_file_from_url = lambda url: str(folder / url.rsplit("/", 1)[-1])
    # The package would unpickle the depth network's file without restriction.
    os.environ[_SAFE_LOADING] = "1"
    socket.setdefaulttimeout(_SILENCE_S)
    try:
        # Old checkpoints hold their accuracy as one of numpy's numbers.
        with torch.serialization.safe_globals(
            [np.dtype, np.dtypes.Float64DType, np.dtypes.Float32DType, _scalar()]
        ):
            yield
    finally:
        socket.setdefaulttimeout(kept_timeout)
        api.load_file_from_url = kept_loader
        if kept_variable is None:
            del os.environ[_SAFE_LOADING]
        else:
            os.environ[_SAFE_LOADING] = kept_variable


def _scalar() -> Any:
    """Return the function by which a pickle makes one of numpy's numbers."""
    return np.float64(0.0).__reduce__()[0]
