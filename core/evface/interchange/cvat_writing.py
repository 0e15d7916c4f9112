"""CVAT XML 1.1 for video: a skeleton track, as CVAT writes them.

Only what a person corrected or verified is a keyframe, point by point; all other frames are there
too, as CVAT writes what lies between keyframes. CVAT itself drops those when it loads a file, and
joins the keyframes by straight lines. A track in which nobody said anything has ``source="auto"``,
and all its frames are keyframes, so that CVAT shows it as it is.

CVAT cannot load a point without any keyframe. Those of which nobody said anything leave the picture
at the end of the track, as CVAT has it for every track that ends.

References
----------
https://docs.cvat.ai/docs/dataset_management/formats/xml_format/, and for skeletons CVAT's own dump
(`dump_as_cvat_interpolation`). CVAT counts pixels from the corner of the picture.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

import numpy as np
from numpy.typing import NDArray

from evface.annotations.tracks import Camera, LandmarkTrack
from evface.files import replacing
from evface.interchange.frames import NumberedFrames, numbered_frames
from evface.interchange.labels import Exported, RecordingLabels
from evface.interchange.landmark_sidecar import landmark_sidecar
from evface.interchange.sidecar import write_sidecar
from evface.landmarks.schemes import SCHEMES, LandmarkScheme

# From the centre of the top left pixel, where evface counts from, to its corner.
CORNER_PX = 0.5
LABEL = "face"


def write_cvat(
    path: Path, labels: RecordingLabels, role: str, *, all_keyframes: bool = False
) -> Exported:
    """Write a landmark track as CVAT XML for video, with its sidecar.

    Parameters
    ----------
    role
        Of the track, e.g. ``"teacher"``.
    all_keyframes
        Make a keyframe of every frame, so that CVAT shows the automatic ones too. Which of them
        are people's is then in the sidecar alone.

    Raises
    ------
    RecordingError
        If there is no such track, or the size of its picture is not known.
    FileError
        If the files cannot be written.
    """
    frames = numbered_frames(labels, role)
    is_manual = bool(frames.is_said.any())
    keyed = frames.is_said | (all_keyframes or not is_manual)
    resolution = labels.resolution(frames.track.camera)
    n_frames = max(
        len(labels.video_times_us) if frames.track.camera == Camera.RGB else 0,
        int(frames.numbers[-1]) + 1 if len(frames.numbers) else 0,
    )
    with replacing(path) as temporary, temporary.open("w", encoding="utf-8", newline="\n") as file:
        file.write('<?xml version="1.0" encoding="utf-8"?>\n<annotations>\n')
        file.write("  <version>1.1</version>\n")
        file.writelines(_meta(labels, SCHEMES[frames.track.scheme], n_frames, resolution))
        source = "manual" if is_manual else "auto"
        file.write(f'  <track id="0" label="{LABEL}" source="{source}">\n')
        last = len(frames.numbers) - 1
        has_end = last >= 0 and frames.numbers[last] < n_frames - 1
        unsaid = np.asarray(~keyed.any(axis=0))
        nowhere = np.zeros_like(unsaid)
        for row in range(last + 1):
            leaves = unsaid if row == last and not has_end else nowhere
            file.writelines(_skeleton(frames, row, keyed[row], leaves))
        if has_end:
            file.writelines(_end(frames))
        file.write("  </track>\n</annotations>\n")
    every = all_keyframes or not is_manual
    content = {**landmark_sidecar(labels, frames), "every_frame_is_keyframe": every}
    beside = write_sidecar(path, content)
    notes = frames.notes()
    if not every:
        notes += ("CVAT shows keyframes alone; for the automatic frames too, say --all-keyframes",)
    counts = {
        "frames": len(frames.numbers),
        "keyframes": int(frames.is_said.any(axis=1).sum()),
    }
    return Exported(files=(path, beside), counts=counts, notes=notes)


def _meta(
    labels: RecordingLabels, scheme: LandmarkScheme, n_frames: int, resolution: tuple[int, int]
) -> Iterator[str]:
    width, height = resolution
    yield "  <meta>\n    <task>\n"
    yield f"      <name>{escape(labels.name)}</name>\n"
    yield f"      <size>{n_frames}</size>\n      <mode>interpolation</mode>\n"
    yield f"      <start_frame>0</start_frame>\n      <stop_frame>{max(n_frames - 1, 0)}"
    yield "</stop_frame>\n      <frame_filter></frame_filter>\n      <labels>\n"
    yield f"        <label>\n          <name>{LABEL}</name>\n          <type>skeleton</type>\n"
    yield "          <attributes>\n          </attributes>\n        </label>\n"
    for name in scheme.names:
        yield f"        <label>\n          <name>{name}</name>\n          <type>points</type>\n"
        yield "          <attributes>\n          </attributes>\n"
        yield f"          <parent>{LABEL}</parent>\n        </label>\n"
    yield "      </labels>\n      <original_size>\n"
    yield f"        <width>{width}</width>\n        <height>{height}</height>\n"
    yield "      </original_size>\n    </task>\n"
    if labels.media:
        name = next(iter(labels.media.values()))
        yield f"    <source>{escape(name)}</source>\n"
    yield "  </meta>\n"


def _skeleton(
    frames: NumberedFrames, row: int, keyed: NDArray[np.bool_], leaves: NDArray[np.bool_]
) -> Iterator[str]:
    track: LandmarkTrack = frames.track
    names = SCHEMES[track.scheme].names
    number = int(frames.numbers[row])
    yield f'    <skeleton frame="{number}" keyframe="{int(keyed.any())}" z_order="0">\n'
    points = track.landmarks[row].astype(np.float64) + CORNER_PX
    flags = (keyed | leaves, leaves, track.occluded[row])
    for name, (x, y), is_keyed, has_left, is_occluded in zip(
        names, points.tolist(), *(flag.tolist() for flag in flags), strict=True
    ):
        # NaN is not equal to itself: the point is missing there.
        is_missing = x != x or y != y
        place = "0.00,0.00" if is_missing else f"{x:.4f},{y:.4f}"
        yield (
            f'      <points label={quoteattr(name)} keyframe="{int(is_keyed)}" '
            f'outside="{int(is_missing or has_left)}" occluded="{int(is_occluded)}" '
            f'points="{place}">\n'
            "      </points>\n"
        )
    yield "    </skeleton>\n"


def _end(frames: NumberedFrames) -> Iterator[str]:
    """Say that the face is gone after the last frame, which CVAT takes as staying otherwise."""
    number = int(frames.numbers[-1]) + 1
    yield f'    <skeleton frame="{number}" keyframe="1" z_order="0">\n'
    for name in SCHEMES[frames.track.scheme].names:
        yield (
            f'      <points label={quoteattr(name)} keyframe="1" outside="1" occluded="0" '
            'points="0.00,0.00">\n      </points>\n'
        )
    yield "    </skeleton>\n"
