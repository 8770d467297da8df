"""GIF films read back: by Pillow and by a byte-level parser."""

from __future__ import annotations

import io
import struct
from dataclasses import dataclass
from typing import Any

import numpy as np
from PIL import Image

from inks import make_ink, make_prediction
from renderers import Drawing, Ink, Page
from renderers.scene.scene import Bounds

SMALL = Page(width=240)
CLEAR = Page(width=240, background="none")
DOT = Ink((np.array([[3.0, 4.0]]),))


@dataclass(frozen=True)
class Frame:
    box: tuple[int, int, int, int]  # left, top, right, bottom
    delay: int  # hundredths of a second
    disposal: int
    local_palette: bool


@dataclass(frozen=True)
class Film:
    size: tuple[int, int]
    colors: int
    again: int | None  # repetitions in the NETSCAPE extension
    frames: list[Frame]

    @property
    def hundredths(self) -> int:
        return sum(frame.delay for frame in self.frames)


def parse(gif: bytes) -> Film:
    """Parse the GIF89a structure; AssertionError if it is invalid."""
    assert gif[:6] == b"GIF89a"
    width, height, flags, _, _ = struct.unpack("<HHBBB", gif[6:13])
    assert flags & 0x80
    colors = 2 << (flags & 7)
    at, again, control, frames = 13 + 3 * colors, None, None, []

    def blocks(at: int) -> tuple[list[bytes], int]:
        found = []
        while gif[at]:
            found.append(gif[at + 1 : at + 1 + gif[at]])
            at += 1 + gif[at]
        return found, at + 1

    while gif[at : at + 1] != b";":
        if gif[at] == 0x21:
            kind = gif[at + 1]
            data, at = blocks(at + 2)
            if kind == 0xF9:
                assert control is None
                control = struct.unpack("<BHB", data[0])
            elif kind == 0xFF:
                assert data[0] == b"NETSCAPE2.0"
                assert again is None
                assert not frames
                again = struct.unpack("<BH", data[1])[1]
        else:
            assert gif[at] == 0x2C
            left, top, across, down, local = struct.unpack("<HHHHB", gif[at + 1 : at + 10])
            assert left + across <= width
            assert top + down <= height
            at += 10 + (3 * (2 << (local & 7)) if local & 0x80 else 0)
            _, at = blocks(at + 1)
            assert control is not None
            box = (left, top, left + across, top + down)
            frames.append(Frame(box, control[1], control[0] >> 2 & 7, bool(local & 0x80)))
            control = None
    assert at == len(gif) - 1
    return Film((width, height), colors, again, frames)


def stills(gif: bytes) -> list[np.ndarray]:
    """Return the visible picture after each frame, (rows, columns, 4)."""
    image = Image.open(io.BytesIO(gif))
    seen = []
    for number in range(getattr(image, "n_frames", 1)):
        image.seek(number)
        seen.append(np.asarray(image.convert("RGBA")).astype(int))
    return seen


def milliseconds(gif: bytes) -> int:
    image = Image.open(io.BytesIO(gif))
    total = 0
    for number in range(getattr(image, "n_frames", 1)):
        image.seek(number)
        total += image.info.get("duration", 0)
    return total


def picture(drawing: Drawing, **options: Any) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(drawing.png(**options))).convert("RGB")).astype(int)


def one_stroke(points: int = 40, seed: int = 0) -> Ink:
    ink = Ink((make_ink(points, seed).points,))
    return Ink(ink.strokes, make_prediction(ink, seed))


def pen_times(inks: list[Ink]) -> np.ndarray:
    """Return the time of each point: 66 points per second, 0.18 s between strokes, 0.6 s between lines."""
    steps: list[float] = []
    for ink in inks:
        for number, stroke in enumerate(ink.strokes):
            steps.append(0.18 if number else 0.6 if steps else 0.0)
            steps += [1 / 66] * (len(stroke) - 1)
    return np.cumsum(steps)


def points_shown(inks: list[Ink], film: Film, fps: float, duration: float) -> list[int]:
    """Return how many points each frame of `film` shows: those written by the end of the frame."""
    times = pen_times(inks) * duration / pen_times(inks)[-1]
    starts = np.cumsum([0, *(frame.delay for frame in film.frames[:-1])]) / 100
    return [int((times <= (round(start * fps) + 1) / fps + 1e-6).sum()) for start in starts]


def pixel_box(drawing: Drawing, bounds: Bounds) -> tuple[slice, slice]:
    place = drawing.page.place(drawing.scene.bounds, drawing.scene.size)
    (left, top), (right, bottom) = place.apply(np.array(bounds).reshape(2, 2)).tolist()
    return slice(round(top), round(bottom)), slice(round(left), round(right))
