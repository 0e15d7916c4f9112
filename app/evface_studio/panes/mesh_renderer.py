"""Draws a shaded head with OpenGL into an image, without a window."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QSize
from PySide6.QtGui import (
    QImage,
    QMatrix4x4,
    QOffscreenSurface,
    QOpenGLContext,
    QSurfaceFormat,
)
from PySide6.QtOpenGL import (
    QOpenGLBuffer,
    QOpenGLFramebufferObject,
    QOpenGLFramebufferObjectFormat,
    QOpenGLTexture,
)

from evface.errors import EvfaceError

_GL_TRIANGLES, _GL_UNSIGNED_INT, _GL_FLOAT = 0x0004, 0x1405, 0x1406
_GL_DEPTH_TEST, _GL_CULL_FACE, _GL_DEPTH_AND_COLOUR = 0x0B71, 0x0B44, 0x4100
_GL_RENDERER, _GL_CLOCKWISE = 0x1F01, 0x0900
_GL_RGBA, _GL_UNSIGNED_BYTE, _GL_ARRAY_BUFFER = 0x1908, 0x1401, 0x8892
_GL_VERTEX_SHADER, _GL_FRAGMENT_SHADER, _GL_LINK_STATUS = 0x8B31, 0x8B30, 0x8B82
_FLOAT_BYTES = 4
# Places outside the colour scale, for what expression does not shape.
INSIDE_MOUTH, EYE_OR_TOOTH, TONGUE = -1.0, -2.0, -3.0
# A long lens: faces look natural, and close to the scaled-orthographic camera of the fit.
_FIELD_OF_VIEW_DEG = 14.0

_VERTEX_SHADER = """
attribute vec3 position; attribute vec3 normal; attribute float heat;
uniform mat4 clip_from_model; uniform mat3 view_from_model;
varying vec3 view_normal; varying float place;
void main() {
    view_normal = view_from_model * normal;
    place = heat;
    gl_Position = clip_from_model * vec4(position, 1.0);
}
"""
# Key light from the upper left, fill from the right, more sky than floor, and a soft shine. Where
# OpenGL runs on the processor, each operation counts: the lights' directions are normalised by
# hand, and the shine's power is a row of squares. A negative place is a plain colour; the mouth is
# sewn to the lips, so its dark begins gradually.
_FRAGMENT_SHADER = """
#ifdef GL_ES
precision mediump float;
#endif
uniform sampler2D colours;
varying vec3 view_normal; varying float place;
const vec3 key = vec3(-0.4510, 0.5513, 0.7016);
const vec3 fill = vec3(0.8568, 0.0571, 0.5141);
const vec3 halfway = vec3(-0.2445, 0.2989, 0.9224);
void main() {
    vec3 n = normalize(view_normal);
    float light = 0.32 + 0.08 * n.y
        + 0.54 * max(dot(n, key) + 0.15, 0.0)
        + 0.18 * max(dot(n, fill), 0.0);
    float shine = max(dot(n, halfway), 0.0);
    shine *= shine; shine *= shine; shine *= shine; shine *= shine * shine;
    vec3 base = texture2D(colours, vec2(max(place, 0.0), 0.5)).rgb;
    if (place < 0.0) {
        if (place > -1.5) base = mix(base, vec3(0.16, 0.10, 0.11), -place);
        else base = place > -2.5 ? vec3(0.80, 0.81, 0.82) : vec3(0.46, 0.30, 0.30);
    }
    vec3 colour = min(base * light + 0.10 * shine, 1.0) ;
    gl_FragColor = vec4(colour.bgr, 1.0);  // read as RGBA, this lies in memory as Qt's ARGB32
}
"""


class GraphicsError(EvfaceError):
    """OpenGL cannot be had here."""


@dataclass(frozen=True)
class MeshCamera:
    """From where a mesh is seen.

    Parameters
    ----------
    rotation
        View from model, row by row, 9 numbers. The view's axes are x to the right, y up and z to
        the viewer.
    centre_mm
        The point of the model in the middle of the picture.
    half_size_mm
        Half the width and height that must be in the picture.
    zoom
        1 fits them, more comes closer.
    """

    rotation: tuple[float, ...]
    centre_mm: tuple[float, float, float]
    half_size_mm: tuple[float, float]
    zoom: float = 1.0

    def matrix(self, aspect: float) -> QMatrix4x4:
        """Return clip from model for a picture of width over height `aspect`."""
        half_height = max(self.half_size_mm[1], self.half_size_mm[0] / aspect) / self.zoom
        distance = half_height / np.tan(np.radians(_FIELD_OF_VIEW_DEG / 2))
        matrix = QMatrix4x4()
        # OpenGL reads pictures from the bottom up: drawn upside down, they need no turning over.
        matrix.scale(1.0, -1.0, 1.0)
        matrix.perspective(_FIELD_OF_VIEW_DEG, aspect, distance * 0.1, distance + 1000.0)
        matrix.translate(0.0, 0.0, -distance)
        r = self.rotation
        matrix *= QMatrix4x4([*r[:3], 0, *r[3:6], 0, *r[6:], 0, 0, 0, 0, 1])
        x, y, z = self.centre_mm
        matrix.translate(-x, -y, -z)
        return matrix


def make_surface() -> QOffscreenSurface:
    """Return what a `MeshRenderer` draws on. Must be called in the GUI thread, and kept."""
    surface_format = QSurfaceFormat()
    surface_format.setDepthBufferSize(24)
    surface = QOffscreenSurface()
    surface.setFormat(surface_format)
    surface.create()
    return surface


class MeshRenderer:
    """A GL context with one mesh in it. Belongs to the thread that makes it.

    Parameters
    ----------
    surface
        From `make_surface`.
    triangles : (n_triangles, 3) int32
        Vertices counter-clockwise as seen from outside.
    n_vertices
        Number of vertices.
    colours : (n_colours, 3) uint8
        Colours from heat 0 to 1.

    Raises
    ------
    GraphicsError
        If there is no OpenGL.
    """

    def __init__(
        self,
        surface: QOffscreenSurface,
        triangles: NDArray[np.int32],
        n_vertices: int,
        colours: NDArray[np.uint8],
    ) -> None:
        self._surface = surface
        self._n_vertices = n_vertices
        self._n_indices = triangles.size
        self._target: QOpenGLFramebufferObject | None = None
        self._smooth_target: QOpenGLFramebufferObject | None = None
        self._context = QOpenGLContext()
        self._context.setFormat(surface.format())
        # Asked before any GL call, which without a context would end the process.
        if not (
            surface.isValid() and self._context.create() and self._context.makeCurrent(surface)
        ):
            raise GraphicsError(
                "the mesh needs OpenGL, which this display does not offer; all else works"
            )
        self._gl = self._context.functions()
        renderer = str(self._gl.glGetString(_GL_RENDERER)).lower()
        self.is_software = any(name in renderer for name in ("llvmpipe", "softpipe", "swiftshader"))
        # PySide holds Python's lock while it calls OpenGL; what takes long is called past it, so
        # that the GUI's thread runs on.
        self._draw_elements = self._function(
            "glDrawElements", ctypes.c_uint, ctypes.c_int, ctypes.c_uint, ctypes.c_void_p
        )
        self._write_buffer = self._function(
            "glBufferSubData", ctypes.c_uint, *[ctypes.c_ssize_t] * 2, ctypes.c_void_p
        )
        self._read_pixels = self._function(
            "glReadPixels", *[ctypes.c_int] * 4, *[ctypes.c_uint] * 2, ctypes.c_void_p
        )
        self._program = self._link()
        self._use_program = self._function("glUseProgram", ctypes.c_uint)
        self._set_int = self._function("glUniform1i", ctypes.c_int, ctypes.c_int)
        of_matrix = (ctypes.c_int, ctypes.c_int, ctypes.c_ubyte, ctypes.c_void_p)
        self._set_matrix4 = self._function("glUniformMatrix4fv", *of_matrix)
        self._set_matrix3 = self._function("glUniformMatrix3fv", *of_matrix)
        self._enable_array = self._function("glEnableVertexAttribArray", ctypes.c_uint)
        self._set_array = self._function(
            "glVertexAttribPointer",
            *(ctypes.c_uint, ctypes.c_int, ctypes.c_uint, ctypes.c_ubyte),
            *(ctypes.c_int, ctypes.c_void_p),
        )
        by_name = (ctypes.c_uint, ctypes.c_char_p)
        place_of_uniform = self._function("glGetUniformLocation", *by_name, result=ctypes.c_int)
        place_of_array = self._function("glGetAttribLocation", *by_name, result=ctypes.c_int)
        self._clip_from_model, self._view_from_model, self._colours = (
            place_of_uniform(self._program, name)
            for name in (b"clip_from_model", b"view_from_model", b"colours")
        )
        self._arrays = tuple(
            (place_of_array(self._program, name), n_values)
            for name, n_values in ((b"position", 3), (b"normal", 3), (b"heat", 1))
        )
        self._indices = QOpenGLBuffer(QOpenGLBuffer.Type.IndexBuffer)
        self._vertices = QOpenGLBuffer(QOpenGLBuffer.Type.VertexBuffer)
        self._vertices.setUsagePattern(QOpenGLBuffer.UsagePattern.StreamDraw)
        indices = triangles.astype(np.uint32)
        self._indices.create()
        self._indices.bind()
        self._indices.allocate(indices.tobytes(), indices.nbytes)
        self._vertices.create()
        self._vertices.bind()
        self._vertices.allocate(n_vertices * 7 * _FLOAT_BYTES)
        self._texture = QOpenGLTexture(
            QImage(
                np.ascontiguousarray(colours).tobytes(),
                len(colours),
                1,
                colours.nbytes,
                QImage.Format.Format_RGB888,
            ),
            QOpenGLTexture.MipMapGeneration.DontGenerateMipMaps,
        )
        self._texture.setWrapMode(QOpenGLTexture.WrapMode.ClampToEdge)
        self._texture.setMinMagFilters(QOpenGLTexture.Filter.Linear, QOpenGLTexture.Filter.Linear)

    def render(
        self,
        vertices_mm: NDArray[np.float32],
        normals: NDArray[np.float32],
        heat: NDArray[np.float32],
        camera: MeshCamera,
        size_px: tuple[int, int],
        *,
        n_samples: int = 0,
    ) -> QImage:
        """Draw the mesh before nothing.

        Parameters
        ----------
        vertices_mm, normals : (n_vertices, 3) float32
        heat : (n_vertices,) float32
            Place on the colour scale, 0 to 1, or one of `INSIDE_MOUTH`, `EYE_OR_TOOTH`, `TONGUE`.
        camera
            From where.
        size_px
            Width and height of the image.
        n_samples
            Samples of each pixel against jagged edges; 0 is fastest.

        Returns
        -------
        QImage
            With premultiplied alpha: transparent around the mesh.
        """
        self._context.makeCurrent(self._surface)
        width, height = size_px
        target = self._target_of(QSize(width, height), n_samples)
        target.bind()
        self._gl.glViewport(0, 0, width, height)
        self._gl.glClearColor(0.0, 0.0, 0.0, 0.0)
        self._gl.glEnable(_GL_DEPTH_TEST)
        self._gl.glEnable(_GL_CULL_FACE)
        self._gl.glFrontFace(_GL_CLOCKWISE)  # since it is drawn upside down
        self._gl.glClear(_GL_DEPTH_AND_COLOUR)
        packed = np.concatenate([vertices_mm.ravel(), normals.ravel(), heat], dtype=np.float32)
        self._vertices.bind()
        self._write_buffer(_GL_ARRAY_BUFFER, 0, packed.nbytes, packed.ctypes.data)
        self._use_program(self._program)
        # OpenGL takes matrices column by column.
        clip_from_model = np.array(camera.matrix(width / height).data(), np.float32)
        view_from_model = np.array(camera.rotation, np.float32).reshape(3, 3).T.copy()
        self._set_matrix4(self._clip_from_model, 1, 0, clip_from_model.ctypes.data)
        self._set_matrix3(self._view_from_model, 1, 0, view_from_model.ctypes.data)
        self._set_int(self._colours, 0)
        self._texture.bind(0)
        offset = 0
        for place, n_values in self._arrays:
            self._enable_array(place)
            self._set_array(place, n_values, _GL_FLOAT, 0, 0, offset)
            offset += self._n_vertices * n_values * _FLOAT_BYTES
        self._indices.bind()
        self._draw_elements(_GL_TRIANGLES, self._n_indices, _GL_UNSIGNED_INT, None)
        self._use_program(0)
        pixels = np.empty((height, width, 4), np.uint8)
        if n_samples:
            assert self._target is not None
            QOpenGLFramebufferObject.blitFramebuffer(self._target, target)
            self._target.bind()
        self._read_pixels(0, 0, width, height, _GL_RGBA, _GL_UNSIGNED_BYTE, pixels.ctypes.data)
        target.release()
        return QImage(
            pixels.data, width, height, 4 * width, QImage.Format.Format_ARGB32_Premultiplied
        )

    def close(self) -> None:
        """Free what lies in the graphics memory."""
        self._context.makeCurrent(self._surface)
        self._texture.destroy()
        self._indices.destroy()
        self._vertices.destroy()
        self._target = self._smooth_target = None
        self._function("glDeleteProgram", ctypes.c_uint)(self._program)
        self._context.doneCurrent()

    def _link(self) -> int:
        """Compile and link the shaders.

        Not by QOpenGLShaderProgram: it connects signals, for which it waits for a lock of Qt's with
        Python's lock held, while the GUI thread may hold the one and wait for the other.
        """
        c_uint, c_int = ctypes.c_uint, ctypes.c_int
        of_status = (c_uint, c_uint, ctypes.POINTER(c_int))
        create_shader = self._function("glCreateShader", c_uint, result=c_uint)
        set_source = self._function(
            "glShaderSource", c_uint, c_int, ctypes.POINTER(ctypes.c_char_p), ctypes.c_void_p
        )
        compile_shader = self._function("glCompileShader", c_uint)
        attach = self._function("glAttachShader", c_uint, c_uint)
        delete_shader = self._function("glDeleteShader", c_uint)
        program: int = self._function("glCreateProgram", result=c_uint)()
        for kind, source in (
            (_GL_VERTEX_SHADER, _VERTEX_SHADER),
            (_GL_FRAGMENT_SHADER, _FRAGMENT_SHADER),
        ):
            shader = create_shader(kind)
            set_source(shader, 1, ctypes.byref(ctypes.c_char_p(source.encode())), None)
            compile_shader(shader)
            attach(program, shader)
            delete_shader(shader)  # with the program, to which it belongs now
        self._function("glLinkProgram", c_uint)(program)
        is_linked = c_int()
        self._function("glGetProgramiv", *of_status)(
            program, _GL_LINK_STATUS, ctypes.byref(is_linked)
        )
        if not is_linked.value:
            raise GraphicsError("the mesh cannot be drawn by this OpenGL; all else works")
        return program

    def _function(self, name: str, *kinds: Any, result: Any = None) -> Callable[..., Any]:
        address = self._context.getProcAddress(name.encode())
        if not address:
            raise GraphicsError(f"the mesh cannot be drawn by this OpenGL: it has no {name}")
        return ctypes.CFUNCTYPE(result, *kinds)(address)

    def _target_of(self, size: QSize, n_samples: int) -> QOpenGLFramebufferObject:
        """Return what is drawn on; what is read is always `_target`."""
        if self._target is None or self._target.size() != size:
            self._target = _make_target(size, 0)
            self._smooth_target = None
        if not n_samples:
            return self._target
        if self._smooth_target is None:
            self._smooth_target = _make_target(size, n_samples)
        return self._smooth_target


def _make_target(size: QSize, n_samples: int) -> QOpenGLFramebufferObject:
    target_format = QOpenGLFramebufferObjectFormat()
    target_format.setAttachment(QOpenGLFramebufferObject.Attachment.Depth)
    target_format.setSamples(n_samples)
    return QOpenGLFramebufferObject(size, target_format)
