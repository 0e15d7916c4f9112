"""Light on skin, eyes, teeth, hair and cloth: from what each sample sees to linear colour."""

from __future__ import annotations

import math
from enum import IntEnum

import numpy as np
from numba import njit
from numpy.typing import NDArray

from evface.simulation.raster import Visibility

# Samples a pixel has in x and in y.
SAMPLES = 2


class Material(IntEnum):
    """What a triangle is made of."""

    SKIN = 0
    EYE = 1
    TEETH = 2
    TONGUE = 3
    MOUTH = 4
    # Colour and light come with the vertices.
    PAINTED = 5


# Columns of the attributes of a vertex.
NORMAL = 0  # x, y, z in the camera's axes, y up, z towards the viewer
TEXEL = 3  # u, v, px of the skin's texture
KEY, FILL, AMBIENT = 5, 6, 7  # how much of each light arrives, 0 to 1
COLOUR = (
    8  # r, g, b of a painted vertex; where an eye's lies on the ball, and a tooth's in the head
)
N_ATTRIBUTES = 11

# Columns of the texture: square root of the colour, gloss, and the slope of the bumps in u and v.
N_TEXTURE = 6
# Columns of a light: direction, colour, the normal that mirrors it, how strongly it is mirrored.
N_LIGHT = 10
# A triangle this far behind another of the same material, mm, is not blended with it.
_SAME_SURFACE_MM = 6.0


def light_row(
    direction: NDArray[np.floating], colour: tuple[float, float, float]
) -> NDArray[np.float32]:
    """Return what `shade` needs to know of a light.

    Parameters
    ----------
    direction : (3,) float
        Towards the light, or upwards for sky and ground: x to the viewer's right, y up, z towards
        the viewer.
    colour
        Linear.
    """
    row = np.zeros(N_LIGHT, np.float32)
    row[3:6] = colour
    towards = np.asarray(direction, np.float64) / np.linalg.norm(direction)
    half = towards + np.array([0.0, 0.0, 1.0])
    half /= np.linalg.norm(half)
    row[:3], row[6:9] = towards, half
    # Schlick's approximation for skin and water.
    row[9] = 0.028 + 0.972 * (1.0 - half[2]) ** 5
    return row


def shade(
    visibility: Visibility,
    triangles: NDArray[np.int32],
    materials: NDArray[np.uint8],
    attributes: NDArray[np.float32],
    texture: NDArray[np.uint8],
    lights: NDArray[np.float32],
    eyes: NDArray[np.float32],
    backdrop: NDArray[np.float32],
    out: NDArray[np.float32],
) -> None:
    """Shade a picture.

    Parameters
    ----------
    visibility
        `SAMPLES` times as wide and high as the picture.
    triangles : (n_triangles, 3) int32
    materials : (n_triangles,) uint8
        `Material` of each.
    attributes : (n_vertices, N_ATTRIBUTES) float32
    texture : (height, width, N_TEXTURE) uint8
        Of the skin.
    lights : (4, N_LIGHT) float32
        Key, fill, sky, ground, as `light_row` makes them. The axes are the normals'.
    eyes : (2, 9) float32
        For the eye on the subject's right and left: the direction of its gaze, the colour of its
        iris, the radius of pupil and iris as sines of angles on the ball, and a seed.
    backdrop : (height, width, 3) float32
        Linear colour behind everything.
    out : (height, width, 3) float32
        Changed: linear colour, at least 0, can exceed 1.
    """
    _shade(
        visibility.depth, visibility.triangle, visibility.weights, triangles, materials,
        attributes, texture, lights, eyes, backdrop, out,
    )  # fmt: skip


# The kernels below hold everything in scalars and are inlined into one: small arrays and calls
# that pass arrays cost several times as much as the shading itself.
@njit(cache=True, nogil=True, error_model="numpy", fastmath=True)
def _shade(  # type: ignore[no-untyped-def]
    depth, index, weights, triangles, materials, attributes, texture, lights, eyes, backdrop, out
):
    height, width = out.shape[:2]
    for y in range(height):
        for x in range(width):
            sy, sx = SAMPLES * y, SAMPLES * x
            first = index[sy, sx]
            all_same = True
            for j in range(SAMPLES):
                for i in range(SAMPLES):
                    all_same &= index[sy + j, sx + i] == first
            if all_same and first < 0:
                out[y, x, 0], out[y, x, 1] = backdrop[y, x, 0], backdrop[y, x, 1]
                out[y, x, 2] = backdrop[y, x, 2]
                continue
            # One triangle is shaded once, in the pixel's middle; one surface at two samples of
            # the four; an edge at all.
            n_taps = 1 if all_same else SAMPLES
            if not all_same:
                near, far = np.float32(np.inf), np.float32(-np.inf)
                for j in range(SAMPLES):
                    for i in range(SAMPLES):
                        other = index[sy + j, sx + i]
                        z = depth[sy + j, sx + i]
                        near, far = min(near, z), max(far, z)
                        if other < 0 or first < 0 or materials[other] != materials[first]:
                            n_taps = SAMPLES * SAMPLES
                if not far - near < _SAME_SURFACE_MM:
                    n_taps = SAMPLES * SAMPLES
            red, green, blue = np.float32(0.0), np.float32(0.0), np.float32(0.0)
            for tap in range(n_taps):
                if n_taps == 1:
                    wa, wb = np.float32(0.0), np.float32(0.0)
                    for j in range(SAMPLES):
                        for i in range(SAMPLES):
                            wa += weights[sy + j, sx + i, 0]
                            wb += weights[sy + j, sx + i, 1]
                    wa *= np.float32(1.0 / (SAMPLES * SAMPLES))
                    wb *= np.float32(1.0 / (SAMPLES * SAMPLES))
                    triangle = first
                else:
                    j, i = (tap, tap) if n_taps == SAMPLES else (tap // SAMPLES, tap % SAMPLES)
                    triangle = index[sy + j, sx + i]
                    wa, wb = weights[sy + j, sx + i, 0], weights[sy + j, sx + i, 1]
                if triangle < 0:
                    red += backdrop[y, x, 0]
                    green += backdrop[y, x, 1]
                    blue += backdrop[y, x, 2]
                    continue
                a, b, c = triangles[triangle, 0], triangles[triangle, 1], triangles[triangle, 2]
                wc = np.float32(1.0) - wa - wb
                material = materials[triangle]
                tint_r, tint_g, tint_b = np.float32(0.0), np.float32(0.0), np.float32(0.0)
                if material != Material.SKIN:
                    tint_r = _blend(attributes, a, b, c, wa, wb, wc, COLOUR)
                    tint_g = _blend(attributes, a, b, c, wa, wb, wc, COLOUR + 1)
                    tint_b = _blend(attributes, a, b, c, wa, wb, wc, COLOUR + 2)
                if material == Material.PAINTED:
                    red += tint_r
                    green += tint_g
                    blue += tint_b
                    continue
                lit_r, lit_g, lit_b = _light(
                    material,
                    _blend(attributes, a, b, c, wa, wb, wc, NORMAL),
                    _blend(attributes, a, b, c, wa, wb, wc, NORMAL + 1),
                    _blend(attributes, a, b, c, wa, wb, wc, NORMAL + 2),
                    _blend(attributes, a, b, c, wa, wb, wc, TEXEL),
                    _blend(attributes, a, b, c, wa, wb, wc, TEXEL + 1),
                    _blend(attributes, a, b, c, wa, wb, wc, KEY),
                    _blend(attributes, a, b, c, wa, wb, wc, FILL),
                    _blend(attributes, a, b, c, wa, wb, wc, AMBIENT),
                    tint_r, tint_g, tint_b, texture, lights, eyes,
                )  # fmt: skip
                red += lit_r
                green += lit_g
                blue += lit_b
            share = np.float32(1.0) / np.float32(n_taps)
            out[y, x, 0], out[y, x, 1], out[y, x, 2] = red * share, green * share, blue * share


@njit(cache=True, nogil=True, error_model="numpy", fastmath=True, inline="always")
def _blend(attributes, a, b, c, wa, wb, wc, column):  # type: ignore[no-untyped-def]
    return wa * attributes[a, column] + wb * attributes[b, column] + wc * attributes[c, column]


@njit(cache=True, nogil=True, error_model="numpy", fastmath=True, inline="always")
def _light(  # type: ignore[no-untyped-def]
    material, nx, ny, nz, u, v, key, fill, ambient, px, py, pz, texture, lights, eyes
):
    # Gloss is the strength of the highlight, shine its exponent, wrap how far light creeps
    # around into the shade (red farthest, as in skin).
    gloss, shine = np.float32(0.0), np.float32(20.0)
    wrap_r, wrap_g, wrap_b = np.float32(0.1), np.float32(0.1), np.float32(0.1)
    r, g, b = np.float32(0.28), np.float32(0.075), np.float32(0.065)
    if material == Material.SKIN:
        r, g, b, gloss, slope_u, slope_v = _sample(texture, u, v)
        # Bumps tilt the normal; u runs to the viewer's right and v down.
        nx -= slope_u
        ny += slope_v
        shine = np.float32(22.0)
        wrap_r, wrap_g, wrap_b = np.float32(0.35), np.float32(0.17), np.float32(0.12)
    elif material == Material.EYE:
        r, g, b, is_cornea, open_to = _eye(px, py, pz, eyes)
        # A tear film, brightest on the cornea.
        gloss = np.float32(2.2) if is_cornea else np.float32(0.5)
        shine = np.float32(420.0) if is_cornea else np.float32(90.0)
        # The ball has too few vertices for the shade of the lids: it is drawn.
        ambient = open_to * (np.float32(0.35) + np.float32(0.5) * ambient)
        key, fill = open_to * (np.float32(0.3) + np.float32(0.6) * key), open_to * fill
    elif material == Material.TEETH:
        white = _between_teeth(abs(px))
        r, g, b = np.float32(0.68) * white, np.float32(0.62) * white, np.float32(0.52) * white
        gloss, shine = np.float32(0.8), np.float32(60.0)
    elif material == Material.TONGUE:
        r, g, b = np.float32(0.40), np.float32(0.14), np.float32(0.13)
        gloss = np.float32(0.5)
    else:
        gloss = np.float32(0.3)
    scale = np.float32(1.0) / (math.sqrt(nx * nx + ny * ny + nz * nz) + np.float32(1e-9))
    nx, ny, nz = nx * scale, ny * scale, nz * scale
    # Light between surfaces: the brighter they are the less a hollow is dark.
    spare = ambient * (np.float32(1.0) - ambient) * np.float32(0.8)
    up = np.float32(0.5) + np.float32(0.5) * (
        nx * lights[2, 0] + ny * lights[2, 1] + nz * lights[2, 2]
    )
    light_r = (lights[3, 3] + (lights[2, 3] - lights[3, 3]) * up) * (ambient + spare * r)
    light_g = (lights[3, 4] + (lights[2, 4] - lights[3, 4]) * up) * (ambient + spare * g)
    light_b = (lights[3, 5] + (lights[2, 5] - lights[3, 5]) * up) * (ambient + spare * b)
    # A little of the surroundings mirrors at the rim.
    rim = np.float32(1.0) - max(nz, np.float32(0.0))
    rim *= rim
    rim = rim * rim * np.float32(0.16) * gloss * ambient
    shine_r, shine_g, shine_b = lights[2, 3] * rim, lights[2, 4] * rim, lights[2, 5] * rim
    for light in range(2):
        arrives = key if light == 0 else fill
        cosine = nx * lights[light, 0] + ny * lights[light, 1] + nz * lights[light, 2]
        light_r += lights[light, 3] * arrives * _wrapped(cosine, wrap_r)
        light_g += lights[light, 4] * arrives * _wrapped(cosine, wrap_g)
        light_b += lights[light, 5] * arrives * _wrapped(cosine, wrap_b)
        half = nx * lights[light, 6] + ny * lights[light, 7] + nz * lights[light, 8]
        if cosine > 0 and half > 0:
            # half ** shine; the skin's many pixels take Schlick's rational approximation.
            lobe = half**shine if shine > 50 else half / (shine - shine * half + half)
            strength = lights[light, 9] * gloss * lobe * cosine * arrives
            strength *= (shine + np.float32(8.0)) * np.float32(0.04)
            shine_r += lights[light, 3] * strength
            shine_g += lights[light, 4] * strength
            shine_b += lights[light, 5] * strength
    return r * light_r + shine_r, g * light_g + shine_g, b * light_b + shine_b


@njit(cache=True, nogil=True, error_model="numpy", fastmath=True, inline="always")
def _wrapped(cosine, wrap):  # type: ignore[no-untyped-def]
    around = (cosine + wrap) / (np.float32(1.0) + wrap)
    return max(around, np.float32(0.0)) if around < 1 else np.float32(1.0)


@njit(cache=True, nogil=True, error_model="numpy", fastmath=True, inline="always")
def _sample(texture, u, v):  # type: ignore[no-untyped-def]
    height, width = texture.shape[:2]
    v = min(max(v, np.float32(0.0)), np.float32(height - 1.001))
    u = min(max(u, np.float32(0.0)), np.float32(width - 1.001))
    left, top = int(u), int(v)
    fu, fv = u - np.float32(left), v - np.float32(top)
    w00 = (np.float32(1.0) - fu) * (np.float32(1.0) - fv)
    w10, w01, w11 = fu * (np.float32(1.0) - fv), (np.float32(1.0) - fu) * fv, fu * fv
    s = np.float32(1.0 / 255.0)
    r = s * (
        w00 * texture[top, left, 0] + w10 * texture[top, left + 1, 0]
        + w01 * texture[top + 1, left, 0] + w11 * texture[top + 1, left + 1, 0]
    )  # fmt: skip
    g = s * (
        w00 * texture[top, left, 1] + w10 * texture[top, left + 1, 1]
        + w01 * texture[top + 1, left, 1] + w11 * texture[top + 1, left + 1, 1]
    )  # fmt: skip
    b = s * (
        w00 * texture[top, left, 2] + w10 * texture[top, left + 1, 2]
        + w01 * texture[top + 1, left, 2] + w11 * texture[top + 1, left + 1, 2]
    )  # fmt: skip
    gloss = np.float32(2.0) * s * (
        w00 * texture[top, left, 3] + w10 * texture[top, left + 1, 3]
        + w01 * texture[top + 1, left, 3] + w11 * texture[top + 1, left + 1, 3]
    )  # fmt: skip
    slope_u = np.float32(2.0) * s * (
        w00 * texture[top, left, 4] + w10 * texture[top, left + 1, 4]
        + w01 * texture[top + 1, left, 4] + w11 * texture[top + 1, left + 1, 4]
    ) - np.float32(256.0 / 255.0)  # fmt: skip
    slope_v = np.float32(2.0) * s * (
        w00 * texture[top, left, 5] + w10 * texture[top, left + 1, 5]
        + w01 * texture[top + 1, left, 5] + w11 * texture[top + 1, left + 1, 5]
    ) - np.float32(256.0 / 255.0)  # fmt: skip
    return r * r, g * g, b * b, gloss, slope_u, slope_v


@njit(cache=True, nogil=True, error_model="numpy", fastmath=True)
def _between_teeth(x_mm):  # type: ignore[no-untyped-def]
    """Return how bright a row of teeth is at a distance from its middle: dark in the gaps."""
    nearest = np.float32(99.0)
    for gap in (0.0, 8.2, 14.4, 20.6, 25.0):
        nearest = min(nearest, abs(x_mm - np.float32(gap)))
    away = min(nearest / np.float32(0.8), np.float32(1.0))
    return (np.float32(0.62) + np.float32(0.38) * away) * (
        np.float32(1.0) - np.float32(0.016) * x_mm
    )


@njit(cache=True, nogil=True, error_model="numpy", fastmath=True)
def _eye(px, py, pz, eyes):  # type: ignore[no-untyped-def]
    """Return colour, whether it is the cornea, and the light that the lids leave, on the ball."""
    side = 1 if px > np.float32(50.0) else 0
    px -= np.float32(100.0) if side else np.float32(0.0)
    scale = np.float32(1.0) / (math.sqrt(px * px + py * py + pz * pz) + np.float32(1e-9))
    px, py, pz = px * scale, py * scale, pz * scale
    above = _step(py, np.float32(-0.12), np.float32(0.40))
    aside = _step(abs(px), np.float32(0.42), np.float32(0.90))
    open_to = (np.float32(1.0) - np.float32(0.72) * above) * (
        np.float32(1.0) - np.float32(0.45) * aside
    )
    gx, gy, gz = eyes[side, 0], eyes[side, 1], eyes[side, 2]
    along = px * gx + py * gy + pz * gz
    # How far from the gaze, as a sine, and the direction there.
    ax, ay, az = px - along * gx, py - along * gy, pz - along * gz
    radius = math.sqrt(ax * ax + ay * ay + az * az)
    pupil, iris = eyes[side, 6], eyes[side, 7]
    edge = np.float32(0.035)
    if along <= 0 or radius > iris + edge:
        vein = np.float32(1.0) - np.float32(0.25) * min(
            max(radius - iris, np.float32(0.0)), np.float32(1.0)
        )
        return (
            np.float32(0.45),
            np.float32(0.395) * vein,
            np.float32(0.37) * vein,
            False,
            open_to,
        )
    # Spokes of the iris.
    angle = math.atan2(ay, ax)
    spokes = (
        math.sin(angle * np.float32(23.0) + eyes[side, 8])
        + math.sin(angle * np.float32(37.0) + np.float32(2.0) * eyes[side, 8])
        + math.sin(angle * np.float32(61.0) - eyes[side, 8])
    )
    place = (radius - pupil) / (iris - pupil)
    bright = (np.float32(1.0) + np.float32(0.13) * spokes) * (
        np.float32(1.25) - np.float32(0.55) * place * place
    )
    # The collarette is warmer and brighter, the limbus dark.
    ring = math.exp(-np.float32(18.0) * (place - np.float32(0.3)) ** 2) * np.float32(0.35)
    limbus = np.float32(1.0) - np.float32(0.75) * _step(place, np.float32(0.72), np.float32(1.0))
    r = eyes[side, 3] * bright * limbus * (np.float32(1.0) + np.float32(1.4) * ring)
    g = eyes[side, 4] * bright * limbus * (np.float32(1.0) + np.float32(0.8) * ring)
    b = eyes[side, 5] * bright * limbus
    inside = np.float32(1.0) - _step(radius, pupil - edge, pupil + edge)
    outside = _step(radius, iris - edge, iris + edge)
    r = r * (np.float32(1.0) - inside) + np.float32(0.008) * inside
    g = g * (np.float32(1.0) - inside) + np.float32(0.008) * inside
    b = b * (np.float32(1.0) - inside) + np.float32(0.008) * inside
    r = r * (np.float32(1.0) - outside) + np.float32(0.42) * outside
    g = g * (np.float32(1.0) - outside) + np.float32(0.37) * outside
    b = b * (np.float32(1.0) - outside) + np.float32(0.345) * outside
    return r, g, b, True, open_to


@njit(cache=True, nogil=True, error_model="numpy", fastmath=True, inline="always")
def _step(value, low, high):  # type: ignore[no-untyped-def]
    place = min(max((value - low) / (high - low), np.float32(0.0)), np.float32(1.0))
    return place * place * (np.float32(3.0) - np.float32(2.0) * place)
