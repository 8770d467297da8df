"""The palette that all frames of a GIF share."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from renderers.scene.colors import oklab, to_number

Bytes = NDArray[np.uint8]

# Colours are looked up by this many upper bits of each channel.
BITS = 6
# Entries of the palette for the gradient of a heat map.
RAMP = 176


class Palette:
    """At most 256 colours, the background first, and a lookup of the nearest one."""

    def __init__(
        self, samples: Bytes, background: tuple[int, int, int], ramp: Bytes, transparent: bool = False
    ) -> None:
        """Choose colours for `samples`, the (n, 3) colours that occur in the film.

        From `ramp`, (m, 3) colours of a gradient, up to RAMP are kept at equal distances to avoid banding.
        With `transparent`, index 0 is transparent.
        """
        self.transparent = transparent
        if len(ramp) > RAMP:
            ramp = _even(ramp, RAMP)
        first = distinct(np.concatenate([np.array([background], dtype=np.uint8), ramp]))
        first = first[np.argsort((first != background).any(axis=1), kind="stable")]
        found = distinct(samples)
        if transparent and not len(found) + len(ramp):
            found = np.zeros((1, 3), dtype=np.uint8)  # at least one colour besides transparent
        # with a transparent background, its colour may still be an ink colour
        known = first[1:] if transparent else first
        found = found[~np.isin(to_number(found), to_number(known))]
        if len(found) > 256 - len(first):
            found = _reduced(found, 256 - len(first))
        self.colors = np.concatenate([first, found]).astype(np.uint8)  # (k, 3)
        self._nearest = np.full(1 << 3 * BITS, -1, dtype=np.int16)
        # colours of the palette map to themselves; of equal keys, the first wins: the background
        own = _key(self.colors)
        self._nearest[own[::-1]] = np.arange(len(self.colors), dtype=np.int16)[::-1]
        if transparent:
            self._nearest[own[0]] = -1

    def index(self, pixels: Bytes) -> Bytes:
        """Convert RGBA pixels, (rows, columns, 4), to indices, (rows, columns)."""
        key = _key(pixels[..., :3])
        fresh = np.unique(key[self._nearest[key] < 0])
        if len(fresh):
            self._nearest[fresh] = self._search(fresh)
        index = self._nearest[key].astype(np.uint8)
        if self.transparent:
            index[pixels[..., 3] < 128] = 0
        return index

    def _search(self, keys: NDArray[np.int64]) -> NDArray[np.int16]:
        shift, mask = 8 - BITS, (1 << BITS) - 1
        parts = np.stack([keys >> 2 * BITS, keys >> BITS & mask, keys & mask], axis=-1)
        middle = (parts << shift) + (1 << shift >> 1)
        colors = self.colors[1:] if self.transparent else self.colors
        best = np.empty(len(keys), dtype=np.int16)
        for chunk in np.array_split(np.arange(len(keys)), len(keys) // 4096 + 1):
            distance = ((middle[chunk, None] - colors.astype(np.int64)) ** 2).sum(axis=-1)
            best[chunk] = distance.argmin(axis=1)
        return best + np.int16(self.transparent)


def distinct(colors: Bytes) -> Bytes:
    """Return the distinct colours, (k, 3), among `colors`, (n, 3) or (n, 4), sorted and without alpha."""
    numbers = np.unique(to_number(colors[:, :3]))
    return np.stack([numbers >> 16, numbers >> 8 & 255, numbers & 255], axis=-1).astype(np.uint8)


def _even(ramp: Bytes, count: int) -> Bytes:
    """About `count` colours of a gradient, (n, 3), with both ends, as evenly spaced in Oklab as possible."""
    lab = oklab(ramp)
    along = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(lab, axis=0), axis=1))])
    wanted = np.linspace(0, along[-1], count)
    return ramp[np.unique(np.searchsorted(along, wanted - 1e-12))]


def _key(rgb: Bytes) -> NDArray[np.int64]:
    high = rgb.astype(np.int64) >> (8 - BITS)
    return (high[..., 0] << 2 * BITS) | (high[..., 1] << BITS) | high[..., 2]


def _reduced(colors: Bytes, count: int) -> Bytes:
    """At most `count` colours that represent `colors`, (n, 3), which have equal weight."""
    from PIL import Image

    image = Image.fromarray(colors[None], "RGB")
    reduced = image.quantize(count, method=Image.Quantize.MEDIANCUT, kmeans=1, dither=Image.Dither.NONE)
    table = np.array(reduced.getpalette(), dtype=np.uint8).reshape(-1, 3)
    return distinct(table)
