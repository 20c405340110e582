"""Turns a coarse mask into a clean cut: sharp alpha along the real edge, and colours without the old background.

Near the edge every pixel is taken as a mixture of the subject's colour and the background's colour around it. Both are
known from the sure parts on either side, so the share (alpha) and the pure subject colour can be solved for. Where the
two colours are too alike to tell, or each varies too much (stripes on a lawn), the coarse mask decides.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from videogen_sandbox.engines.matting.net import Plane

Pixels = NDArray[np.uint8]
Places = tuple[NDArray[np.intp], NDArray[np.intp]]
"""Rows and columns of some pixels."""

WORKING_SIDE = 640
"""Pixels on the long side at which colours on both sides of the edge are estimated; they vary slowly."""
SURE_IN, SURE_OUT = 0.92, 0.08
"""Coarse values from which a pixel is taken as subject or as background without looking at its colour."""
REACH = 1.5
"""By how many pixels of the coarse mask the unsure band is widened on both sides: the mask errs by about one."""
DOUBTFUL_REACH = 2.0
"""How much wider the band gets, in the same pixels, when the mask was carried along from another picture."""
TELLABLE = 34.0
"""Distance of two plain colours (0 to 441 in RGB) at which colour and coarse mask count the same."""
TEXTURE = 48.0
"""How much more a varied colour must differ: times the squared mean deviation of a channel, about ten variances, so
that a colour counts from three standard deviations away."""
RINGS = ((4, 1.0), (10, 0.12), (28, 0.012))
"""Radius in working pixels and importance of the surroundings whose colours are averaged."""
_FINE = 4
"""Steps in which differences of colours are averaged."""
ENOUGH = 0.002
"""Weight of the sure surroundings from which their colour is fully trusted: a sixth of the outermost ring."""
CRISP = 0.06
"""Alpha below this is taken as 0, above 1 minus this as 1: takes away the veil that noise leaves."""


@dataclass(frozen=True)
class Cut:
    """A picture cut out: alpha (rows x columns, uint8) and the colours of the subject alone (rows x columns x 3)."""

    alpha: Pixels
    colours: Pixels

    def rgba(self) -> Pixels:
        """Return straight alpha, as PNG and WebM keep it.

        Where nothing is seen, the colours are the subject's mean: decoders that ignore alpha show nothing of what was
        removed, and the encoder has no edge there that it would smear into the subject.
        """
        subject = self.colours[::8, ::8][self.alpha[::8, ::8] > 127]
        mean = np.round(subject.mean(axis=0)).astype(np.uint8) if len(subject) else np.zeros(3, np.uint8)
        nothing = np.array([*mean, 0], np.uint8).view(np.uint32)
        joined = np.empty((*self.alpha.shape, 4), np.uint8)
        pixels = joined.view(np.uint32)[..., 0]
        pixels[...] = nothing
        shown = self._shown()
        joined[shown][..., :3] = self.colours[shown]
        joined[shown][..., 3] = self.alpha[shown]
        np.copyto(pixels[shown], nothing, where=self.alpha[shown] == 0)
        return joined

    def over(self, paper: tuple[int, int, int]) -> Pixels:
        """Return RGB over a flat colour."""
        ground = Image.new("RGB", self.alpha.shape[::-1], paper)
        shown = self._shown()
        corner = (shown[1].start, shown[0].start)
        ground.paste(Image.fromarray(self.colours[shown]), corner, Image.fromarray(self.alpha[shown]))
        return np.asarray(ground)

    def _shown(self) -> tuple[slice, slice]:
        """The rows and columns in which anything is seen."""
        left, top, right, bottom = Image.fromarray(self.alpha).getbbox() or (0, 0, 0, 0)
        return slice(top, bottom), slice(left, right)


def cut(
    picture: Pixels, coarse: Plane, working_side: int = WORKING_SIDE, doubt: float = 0.0, texture: float = TEXTURE
) -> Cut:
    """Cut the subject out of an RGB picture (rows x columns x 3) whose coarse mask has any size.

    `doubt` (0 to 1) says how far the mask may be off: the band grows, and colours count more than the mask.
    `texture` says how much more varied colours must differ to count.
    """
    rows, columns = picture.shape[:2]
    scale = min(1.0, working_side / max(rows, columns))
    width, height = max(8, round(columns * scale)), max(8, round(rows * scale))
    image = Image.fromarray(picture)
    small = image if scale == 1.0 else image.resize((width, height), Image.Resampling.BOX, reducing_gap=2.0)
    guide = _resized(coarse, (width, height))
    unsure = _unsure(guide, (REACH + DOUBTFUL_REACH * doubt) * max(width, height) / max(coarse.shape))
    colours = np.asarray(small)
    inside, inside_varies, inside_known = _surroundings(colours, (guide > 0.5) & ~unsure)
    outside, outside_varies, outside_known = _surroundings(colours, (guide <= 0.5) & ~unsure)
    known = np.minimum(inside_known, outside_known)
    varies = np.float32(texture) * (inside_varies**2 + outside_varies**2)

    alpha = _enlarged(guide > 0.5, rows, columns)
    at_rows, at_columns = np.nonzero(_enlarged(unsure, rows, columns))
    band = (at_rows, at_columns)
    there = (band[0] * height // rows, band[1] * width // columns)
    front, back = inside[there].astype(np.float32), outside[there].astype(np.float32)
    seen = picture[band].astype(np.float32)
    share = _mixed(seen, front, back, _sampled(guide, band, (rows, columns)), known[there], varies[there], doubt)
    alpha[band] = share * 255 + 0.5
    alpha[band] = _calmed(alpha, band)
    pure = picture.copy()
    opacity = alpha[band].astype(np.float32) / np.float32(255)
    pure[band] = _pure(seen, front, back, opacity)
    return Cut(alpha, pure)


def _resized(plane: Plane, size: tuple[int, int]) -> Plane:
    """A plane at another size (columns, rows), values kept within 0 to 1."""
    if plane.shape == (size[1], size[0]):
        return plane
    image = Image.fromarray(plane).resize(size, Image.Resampling.BICUBIC)
    return np.clip(np.asarray(image, dtype=np.float32), 0, 1)


def _enlarged(flags: NDArray[np.bool_], rows: int, columns: int) -> Pixels:
    """255 where the flags are set, at another size, without anything between."""
    image = Image.fromarray(flags.astype(np.uint8) * 255)
    if flags.shape != (rows, columns):
        image = image.resize((columns, rows), Image.Resampling.NEAREST)
    return np.array(image)


def _sampled(guide: Plane, at: Places, shape: tuple[int, int]) -> Plane:
    """Values of a plane at pixels of a larger picture of the given shape, between the plane's own pixels."""
    y = np.clip((at[0] + np.float32(0.5)) * np.float32(guide.shape[0] / shape[0]) - np.float32(0.5), 0, None)
    x = np.clip((at[1] + np.float32(0.5)) * np.float32(guide.shape[1] / shape[1]) - np.float32(0.5), 0, None)
    top, left = y.astype(np.intp), x.astype(np.intp)
    low, right = np.minimum(top + 1, guide.shape[0] - 1), np.minimum(left + 1, guide.shape[1] - 1)
    down, across = y - top, x - left
    upper = guide[top, left] * (1 - across) + guide[top, right] * across
    lower = guide[low, left] * (1 - across) + guide[low, right] * across
    return np.asarray(upper * (1 - down) + lower * down, dtype=np.float32)


def _unsure(guide: Plane, reach: float) -> NDArray[np.bool_]:
    """The band in which the edge must lie."""
    between = ((guide > SURE_OUT) & (guide < SURE_IN)).astype(np.uint8) * 255
    wide = Image.fromarray(between).filter(ImageFilter.MaxFilter(2 * max(1, round(reach)) + 1))
    return np.asarray(wide) > 0


def _surroundings(small: Pixels, sure: NDArray[np.bool_]) -> tuple[Pixels, Plane, Plane]:
    """The mean colour of the sure pixels around each pixel, how far they differ from it, and how much of it is known.

    The difference is a channel's, 0 to 63; what is known, 0 to 1.
    """
    layers = Image.fromarray(np.dstack([small * sure[..., None], np.where(sure, np.uint8(255), np.uint8(0))]), "RGBa")
    total = _in_rings(layers)
    total, weight = total[..., :3], np.maximum(total[..., 3] / 255, 1e-4)
    colour = np.clip(total / weight[..., None], 0, 255).astype(np.uint8)
    apart = np.abs(small.astype(np.int16) - colour).sum(axis=2, dtype=np.int16) * sure
    fine = Image.fromarray(np.minimum(apart * _FINE // 3, 255).astype(np.uint8))  # small numbers survive the averages
    return colour, _in_rings(fine) / (weight * _FINE), np.clip(weight / ENOUGH, 0, 1)


def _in_rings(layers: Image.Image) -> Plane:
    """The weighted sum of the surroundings of each pixel.

    Fine to coarse: the nearest pixels count most, and farther ones only where there are none near.
    """
    blurred = (np.asarray(layers.filter(ImageFilter.BoxBlur(radius)), dtype=np.float32) for radius, _ in RINGS)
    return np.asarray(sum(np.float32(share) * ring for (_, share), ring in zip(RINGS, blurred, strict=True)))


def _mixed(seen: Plane, front: Plane, back: Plane, guess: Plane, known: Plane, varies: Plane, doubt: float) -> Plane:
    """Share of the subject in each pixel of the band, from its colour as far as that can tell, else from the guess."""
    apart = front - back
    distance = np.einsum("ij,ij->i", apart, apart)
    by_colour = np.einsum("ij,ij->i", seen - back, apart) / np.maximum(distance, 1.0)
    trust = known * distance / (distance + TELLABLE**2 + varies)
    share = trust * np.clip(by_colour, 0, 1) + (1 - trust) * guess
    # What the mask is sure of keeps some weight: texture inside the subject may look like background.
    bound = np.clip((np.abs(guess - 0.5) - 0.3) / 0.2, 0, 1) * np.float32(1 - 0.7 * doubt)
    share = bound * guess + (1 - bound) * share
    return np.asarray(np.clip((share - CRISP) / (1 - 2 * CRISP), 0, 1), dtype=np.float32)


def _calmed(alpha: Pixels, band: Places) -> Pixels:
    """The band of an alpha plane with single wrong pixels taken out: the median of each 3x3."""
    framed = np.pad(alpha, 1, mode="edge")
    flat, columns = framed.reshape(-1), framed.shape[1]
    corner = band[0] * columns + band[1]
    around = np.stack([flat[corner + down * columns + right] for down in range(3) for right in range(3)])
    return np.asarray(np.partition(around, 4, axis=0)[4])


def _pure(seen: Plane, front: Plane, back: Plane, share: Plane) -> Pixels:
    """The subject's own colour: what is left when the background's share is taken away; little of it is guessed."""
    part = share[:, None]
    solved = (seen - (1 - part) * back) / np.maximum(part, 0.1)
    trust = np.clip((part - 0.2) / 0.6, 0, 1)
    return np.asarray(np.clip(trust * solved + (1 - trust) * front, 0, 255), dtype=np.uint8)
