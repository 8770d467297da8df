"""A line as a picture: what a reader sees that looks at the ink as it lies on the paper.

How a stroke runs can be seen, which way and in which order it was drawn cannot.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hwcli.errors import HwError
from hwcli.model.picture_shape import CHANNELS, HEIGHT
from hwcli.reader.pen_path import PenPath

FloatArray = NDArray[np.float64]
PIXELS = 4.0  # per height of the handwriting, which is half an x-height
MARGIN = 8  # pixels at the left and right
FINE = 0.1  # heights between the places along a stroke at which ink is put down
WIDEST = 20_000  # pixels
DOT = 0.15  # heights of ink that begin each stroke, so that a dot is seen


def picture(path: PenPath) -> NDArray[np.float32]:
    """Return the picture of a line, from left to right: (columns, CHANNELS x HEIGHT).

    Raises HwError if it is far too wide.
    """
    width = int(np.ceil(np.ptp(path.points[:, 0]) * PIXELS)) + 2 * MARGIN + 1
    if width > WIDEST:
        raise HwError("this ink is too wide for a line")
    places, ink, doubled = _ink_along(path)
    x = (places[:, 0] - path.points[:, 0].min()) * PIXELS + MARGIN
    y = np.clip(places[:, 1] * PIXELS + HEIGHT / 2, 0, HEIGHT - 1.001)
    channels = ink, *(ink * doubled.T)
    found = np.zeros((CHANNELS, width * HEIGHT))
    left, top = x.astype(int), y.astype(int)
    for column, of_column in ((left, left + 1 - x), (left + 1, x - left)):
        for row, of_row in ((top, top + 1 - y), (top + 1, y - top)):
            at, share = column * HEIGHT + row, of_column * of_row * PIXELS
            for channel, amount in zip(found, channels, strict=True):
                channel += np.bincount(at, share * amount, width * HEIGHT)
    black = np.tanh(found[0])  # ink over ink makes a place hardly blacker
    found[1:] *= black / np.maximum(found[0], 1e-9)
    found[0] = black
    return found.reshape(CHANNELS, width, HEIGHT).transpose(1, 0, 2).reshape(width, -1).astype(np.float32)


def _ink_along(path: PenPath) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return places along the strokes, (n, 2), their ink in heights, (n,), and their direction, (n, 2).

    The direction is cosine and sine of twice the angle; a dot has none.
    """
    points, ends = path.points, path.ends
    moves = np.diff(points, axis=0) * ~ends[:-1, None]
    lengths = np.hypot(*moves.T)
    pieces = np.ceil(lengths / FINE).astype(int)
    of = np.repeat(np.arange(len(moves)), pieces)
    part = (np.arange(len(of)) - np.repeat(np.cumsum(pieces) - pieces, pieces) + 0.5) / pieces[of]
    angles = 2 * np.arctan2(moves[of, 1], moves[of, 0])
    first = points[np.concatenate([[True], ends[:-1]])]
    return (
        np.concatenate([points[:-1][of] + part[:, None] * moves[of], first]),
        np.concatenate([(lengths / np.maximum(pieces, 1))[of], np.full(len(first), DOT)]),
        np.concatenate([np.column_stack([np.cos(angles), np.sin(angles)]), np.zeros((len(first), 2))]),
    )
