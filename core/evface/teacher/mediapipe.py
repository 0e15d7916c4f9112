"""The MediaPipe face landmarker as a teacher."""

from __future__ import annotations

import os
import zipfile
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evface.errors import ModelFileError, TeacherError
from evface.teacher.base import Detection
from evface.teacher.bundles import BUNDLE_SHA256, find_bundle
from evface.teacher.quiet import silenced

# The mesh points that lie nearest to the 68 points of iBUG. What still differs between the two
# definitions is a constant shift of each point, which `evface.teacher.calibration` knows.
IBUG68_FROM_MESH = np.array(
    [
        *(162, 234, 93, 58, 172, 136, 149, 148, 152, 377, 378, 365, 397, 288, 323, 454, 389),
        *(71, 63, 105, 66, 107, 336, 296, 334, 293, 301),
        *(168, 197, 5, 4, 75, 97, 2, 326, 305),
        *(33, 160, 158, 133, 153, 144, 362, 385, 387, 263, 373, 380),
        *(61, 39, 37, 0, 267, 269, 291, 405, 314, 17, 84, 181),
        *(78, 82, 13, 312, 308, 317, 14, 87),
    ]
)
BLENDSHAPE_NAMES = (
    *("_neutral", "browDownLeft", "browDownRight", "browInnerUp", "browOuterUpLeft"),
    *("browOuterUpRight", "cheekPuff", "cheekSquintLeft", "cheekSquintRight", "eyeBlinkLeft"),
    *("eyeBlinkRight", "eyeLookDownLeft", "eyeLookDownRight", "eyeLookInLeft", "eyeLookInRight"),
    *("eyeLookOutLeft", "eyeLookOutRight", "eyeLookUpLeft", "eyeLookUpRight", "eyeSquintLeft"),
    *("eyeSquintRight", "eyeWideLeft", "eyeWideRight", "jawForward", "jawLeft", "jawOpen"),
    *("jawRight", "mouthClose", "mouthDimpleLeft", "mouthDimpleRight", "mouthFrownLeft"),
    *("mouthFrownRight", "mouthFunnel", "mouthLeft", "mouthLowerDownLeft", "mouthLowerDownRight"),
    *("mouthPressLeft", "mouthPressRight", "mouthPucker", "mouthRight", "mouthRollLower"),
    *("mouthRollUpper", "mouthShrugLower", "mouthShrugUpper", "mouthSmileLeft", "mouthSmileRight"),
    *("mouthStretchLeft", "mouthStretchRight", "mouthUpperUpLeft", "mouthUpperUpRight"),
    *("noseSneerLeft", "noseSneerRight"),
)
# More faces than this in one picture are not counted. With one face only, MediaPipe smooths the
# landmarks over time, which makes them late.
_MAX_FACES = 4
# Detections below this do not count towards the confidence.
_MIN_SCORE = 0.05


class MediapipeTeacher:
    """MediaPipe's face landmarker: 478 mesh points, of which 68 are kept, and 52 scores.

    The landmarker states no confidence, so its own face detector is asked for the score of the
    face that the landmarks lie on.

    Parameters
    ----------
    bundle
        Path of ``face_landmarker.task``; found in the user's data folder when None.

    Raises
    ------
    ModelFileError, TeacherError
        If the bundle is missing or not the right one, or MediaPipe is not installed.
    """

    name = "mediapipe"
    blendshape_names = BLENDSHAPE_NAMES

    def __init__(self, bundle: Path | None = None) -> None:
        path = find_bundle(bundle)
        os.environ.setdefault("GLOG_minloglevel", "3")
        os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
        try:
            with silenced():
                import mediapipe
                from mediapipe.tasks.python import BaseOptions, vision
        except ImportError as error:
            raise TeacherError("MediaPipe is not installed; `pip install mediapipe`") from error
        self.version = f"{mediapipe.__version__}+{BUNDLE_SHA256[:8]}"
        self._image: Any = mediapipe.Image
        self._rgb: Any = mediapipe.ImageFormat.SRGB
        self._last_ms = -1
        self._has_seen_a_face = False
        # Each network writes to the terminal until the first picture has passed through it.
        with silenced():
            try:
                with zipfile.ZipFile(path) as archive:
                    detector = archive.read("face_detector.tflite")
                self._detector: Any = vision.FaceDetector.create_from_options(
                    vision.FaceDetectorOptions(
                        base_options=BaseOptions(model_asset_buffer=detector),
                        min_detection_confidence=_MIN_SCORE,
                    )
                )
                self._landmarker: Any = vision.FaceLandmarker.create_from_options(
                    vision.FaceLandmarkerOptions(
                        base_options=BaseOptions(model_asset_path=str(path)),
                        running_mode=vision.RunningMode.VIDEO,
                        num_faces=_MAX_FACES,
                        output_face_blendshapes=True,
                    )
                )
            except (KeyError, RuntimeError, ValueError, zipfile.BadZipFile) as error:
                raise ModelFileError(path, "cannot be loaded by MediaPipe") from error
            blank = np.zeros((128, 128, 3), np.uint8)
            self.detect(blank, 0)
            self._detector.detect(self._image(image_format=self._rgb, data=blank))

    def detect(self, frame: NDArray[np.uint8], t_us: int) -> Detection | None:
        """Find the largest face; see `Teacher`."""
        height, width = frame.shape[:2]
        image = self._image(image_format=self._rgb, data=np.ascontiguousarray(frame))
        # Whole milliseconds that must increase, which frames above 1000 Hz would not.
        self._last_ms = max(self._last_ms + 1, t_us // 1000)
        with nullcontext() if self._has_seen_a_face else silenced():
            result = self._landmarker.detect_for_video(image, self._last_ms)
        faces = [
            np.array([(point.x, point.y, point.z) for point in face], np.float32)
            for face in result.face_landmarks
        ]
        if not faces:
            return None
        self._has_seen_a_face = True
        largest = max(
            range(len(faces)), key=lambda i: float(np.ptp(faces[i][:, :2], axis=0).prod())
        )
        # MediaPipe's unit square has its origin at the corner of the first pixel, not its centre;
        # depth is in widths and grows away from the camera.
        unit = np.array([width, height, -width], np.float32)
        mesh = faces[largest] * unit - np.array([0.5, 0.5, 0.0], np.float32)
        landmarks = mesh[IBUG68_FROM_MESH]
        landmarks[:, 2] -= landmarks[:, 2].mean()
        scores = {item.category_name: item.score for item in result.face_blendshapes[largest]}
        return Detection(
            landmarks=landmarks,
            confidence=self._confidence(image, mesh),
            blendshapes=np.array([scores.get(name, 0.0) for name in BLENDSHAPE_NAMES], np.float32),
            n_faces=len(faces),
        )

    def close(self) -> None:
        """Free the networks."""
        with silenced():
            self._landmarker.close()
            self._detector.close()

    def _confidence(self, image: Any, mesh: NDArray[np.float32]) -> float:
        """Return the score of the best detection whose middle lies on the face; 0 without one."""
        x0, y0 = mesh[:, :2].min(axis=0)
        x1, y1 = mesh[:, :2].max(axis=0)
        best = 0.0
        for found in self._detector.detect(image).detections:
            box = found.bounding_box
            x, y = box.origin_x + box.width / 2, box.origin_y + box.height / 2
            if x0 <= x <= x1 and y0 <= y <= y1:
                best = max(best, float(found.categories[0].score))
        return min(best, 1.0)
