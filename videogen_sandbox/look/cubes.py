"""Tables from wide and HDR colours to sRGB, for FFmpeg's filter lut3d.

FFmpeg's own `tonemap` and the transfer functions of its scaler give wrong greys and take seconds for the first frame;
a table is right and takes 23 ms for a frame of 1280x720.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache
from typing import Literal

Transfer = Literal["SDR", "PQ", "HLG"]
Primaries = Literal["BT.709", "BT.2020", "P3"]

Triple = tuple[float, float, float]
Matrix = tuple[Triple, Triple, Triple]

POINTS = 33
"""Along each edge of a table: with tetrahedral interpolation the error stays below one of 255."""

WHITE = 203.0
"""cd/m² of the white of graphics and of faces in HDR (ITU-R BT.2408): the white of SDR."""

HLG_PEAK = 1000.0
"""cd/m² of the display HLG is shown on (ITU-R BT.2100)."""

KNEE = 0.75
"""Linear light, white being 1, up to which HDR keeps its values; what is brighter is pressed into the rest."""

_CHROMATICITIES: dict[Primaries, tuple[tuple[float, float], ...]] = {
    "BT.709": ((0.640, 0.330), (0.300, 0.600), (0.150, 0.060)),
    "BT.2020": ((0.708, 0.292), (0.170, 0.797), (0.131, 0.046)),
    "P3": ((0.680, 0.320), (0.265, 0.690), (0.150, 0.060)),
}
"""x and y of red, green and blue (ITU-R BT.709 and BT.2020, SMPTE EG 432-1); white is D65 in all of them."""

_D65 = (0.3127, 0.3290)


@lru_cache(maxsize=2)
def table(transfer: Transfer, primaries: Primaries) -> str:
    """Return a table in the format .cube: R'G'B' of a film, 0 to 1 → R'G'B' of sRGB."""
    steps = [place / (POINTS - 1) for place in range(POINTS)]
    linear = [_LINEAR[transfer](step) for step in steps]
    matrix = _product(_inverse(_to_xyz("BT.709")), _to_xyz(primaries))
    luminance = _to_xyz(primaries)[1]
    lines = [f"LUT_3D_SIZE {POINTS}"]
    for blue in linear:
        for green in linear:
            for red in linear:
                light = _displayed((red, green, blue), luminance) if transfer == "HLG" else (red, green, blue)
                shown = _applied(matrix, light if transfer == "SDR" else _pressed(light))
                lines.append("{:.5f} {:.5f} {:.5f}".format(*map(_encoded, shown)))
    return "\n".join(lines) + "\n"


def _pq(signal: float) -> float:
    """ITU-R BT.2100, table 4."""
    root = signal ** (1 / 78.84375)
    return float(10_000 / WHITE * (max(root - 0.8359375, 0.0) / (18.8515625 - 18.6875 * root)) ** (1 / 0.1593017578125))


def _hlg(signal: float) -> float:
    """ITU-R BT.2100, table 5: light at the camera, 0 to 1."""
    if signal <= 0.5:
        return signal * signal / 3
    return (math.exp((signal - 0.55991073) / 0.17883277) + 0.28466892) / 12


def _srgb(signal: float) -> float:
    """IEC 61966-2-1."""
    return signal / 12.92 if signal <= 0.04045 else float(((signal + 0.055) / 1.055) ** 2.4)


_LINEAR: dict[Transfer, Callable[[float], float]] = {"SDR": _srgb, "PQ": _pq, "HLG": _hlg}


def _encoded(light: float) -> float:
    light = min(max(light, 0.0), 1.0)
    return 12.92 * light if light <= 0.0031308 else 1.055 * light ** (1 / 2.4) - 0.055


def _displayed(scene: Triple, luminance: Triple) -> Triple:
    """The light that a display of HLG_PEAK makes of the light at the camera: system gamma 1.2 (BT.2100)."""
    y = sum(part * weight for part, weight in zip(scene, luminance, strict=True))
    gain = HLG_PEAK / WHITE * y**0.2
    return scene[0] * gain, scene[1] * gain, scene[2] * gain


def _pressed(light: Triple) -> Triple:
    """Light of any brightness, made less than 1 without changing its hue."""
    brightest = max(light)
    if brightest <= KNEE:
        return light
    gain = (1 - (1 - KNEE) * math.exp((KNEE - brightest) / (1 - KNEE))) / brightest
    return light[0] * gain, light[1] * gain, light[2] * gain


def _to_xyz(primaries: Primaries) -> Matrix:
    """The matrix from linear RGB to XYZ, whose second row is luminance."""
    columns = [(x / y, 1.0, (1 - x - y) / y) for x, y in _CHROMATICITIES[primaries]]
    unscaled = _transposed((columns[0], columns[1], columns[2]))
    white = (_D65[0] / _D65[1], 1.0, (1 - sum(_D65)) / _D65[1])
    scale = _applied(_inverse(unscaled), white)
    red, green, blue = (tuple(part * factor for part in row) for row, factor in zip(columns, scale, strict=True))
    return _transposed(((red[0], red[1], red[2]), (green[0], green[1], green[2]), (blue[0], blue[1], blue[2])))


def _applied(matrix: Matrix, vector: Triple) -> Triple:
    (a, b, c), (d, e, f), (g, h, i) = matrix
    x, y, z = vector
    return a * x + b * y + c * z, d * x + e * y + f * z, g * x + h * y + i * z


def _transposed(matrix: Matrix) -> Matrix:
    (a, b, c), (d, e, f), (g, h, i) = matrix
    return (a, d, g), (b, e, h), (c, f, i)


def _product(left: Matrix, right: Matrix) -> Matrix:
    columns = _transposed(right)
    return _transposed((_applied(left, columns[0]), _applied(left, columns[1]), _applied(left, columns[2])))


def _inverse(matrix: Matrix) -> Matrix:
    (a, b, c), (d, e, f), (g, h, i) = matrix
    determinant = a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g)
    return (
        ((e * i - f * h) / determinant, (c * h - b * i) / determinant, (b * f - c * e) / determinant),
        ((f * g - d * i) / determinant, (a * i - c * g) / determinant, (c * d - a * f) / determinant),
        ((d * h - e * g) / determinant, (b * g - a * h) / determinant, (a * e - b * d) / determinant),
    )
