"""What can go wrong with the world. Mistakes of the caller are ValueErrors instead."""

from __future__ import annotations

from pathlib import Path


class EvfaceError(Exception):
    """The world's fault. Its text is one line for the user: what is wrong, and what to do."""


class FileError(EvfaceError):
    """A file cannot be used.

    Parameters
    ----------
    path
        The file; kept as the attribute `path`.
    problem
        What is wrong; what to do. Without the path.
    """

    def __init__(self, path: Path | str, problem: str) -> None:
        super().__init__(f"{path}: {problem}")
        self.path = Path(path)
        self.problem = problem


class EventFileError(FileError):
    """An event file cannot be read or written."""


class VideoFileError(FileError):
    """A video cannot be read or written."""


class ProjectFileError(FileError):
    """A project cannot be opened, read or changed."""


class ProjectInUseError(ProjectFileError):
    """Another application edits the project."""


class ModelFileError(FileError):
    """A model of the face, a teacher's bundle or a checkpoint cannot be used."""


class DatasetError(FileError):
    """A data set cannot be read, or lacks a part."""


class EmptySetError(DatasetError):
    """A training set would hold nothing."""


class RecordingError(EvfaceError):
    """A recording of a project cannot be used, for example because its media are missing."""


class CameraError(EvfaceError):
    """A camera cannot be used.

    Parameters
    ----------
    camera
        Its name, for people; kept as the attribute `camera`.
    problem
        What is wrong; what to do. Without the name.
    """

    def __init__(self, camera: str, problem: str) -> None:
        super().__init__(f"{camera}: {problem}")
        self.camera = camera
        self.problem = problem


class CameraLostError(CameraError):
    """A camera that was open is gone: unplugged, at its end, or not what it was any more."""


class TeacherError(EvfaceError):
    """A teacher cannot be had or cannot run."""


class FitError(EvfaceError):
    """No face could be fitted."""


class JobError(EvfaceError):
    """A job cannot be started or ended badly."""


class TrainingError(EvfaceError):
    """A network cannot be trained."""
