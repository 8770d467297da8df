"""Scene → GIF: a film of the ink being written."""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from renderers.errors import RenderError
from renderers.formats.cairo import DPI_HELP, SCALE_HELP, pixels_per_px
from renderers.formats.film.box import Box
from renderers.formats.film.canvas import Canvas
from renderers.formats.film.palette import Palette, distinct
from renderers.formats.film.timing import frames, pen_times
from renderers.formats.progress import Report
from renderers.options import Options as BaseOptions
from renderers.options import option
from renderers.page.page import Page
from renderers.scene.colors import to_rgb
from renderers.scene.scene import Scene

SUMMARY = "animation of the ink being written"

LONGEST_FRAME = 65535  # hundredths of a second: GIF stores the length of a frame in 16 bits


@dataclass(frozen=True)
class Options(BaseOptions):
    """Options of the format gif."""

    # browsers show frames shorter than 0.02 s for 0.1 s
    fps: float = option(25.0, "frames per second", least=0.1, most=50)
    duration: float | None = option(
        None,
        "duration of the writing in seconds; pen: as long as a real pen takes",
        least=0.02,
        most=7200,
        unset="pen",
    )
    speed: float = option(1.0, "speed relative to a real pen", least=0.01, most=100)
    hold: float = option(1.5, "seconds for which the finished picture is shown at the end", least=0, most=600)
    loop: int = option(0, "number of times the film is played; 0: repeat forever", least=0, most=65535)
    scale: float | None = option(None, SCALE_HELP, least=1e-6, unset="auto")
    dpi: float | None = option(None, DPI_HELP, least=1e-3, unset="auto")

    def __post_init__(self) -> None:
        super().__post_init__()
        pixels_per_px(self.scale, self.dpi)
        if self.duration is not None and self.speed != 1:
            raise RenderError("duration and speed are mutually exclusive", "give only one of them")


def encode(scene: Scene, page: Page, options: Options, progress: Report | None = None) -> bytes:
    """Encode `scene` on `page` as an animated GIF of duration + hold seconds, exact to the hundredth.

    Points are written at the speed of a real pen, scaled to `duration` or by `speed`. Predictions appear one
    frame before their points. `progress` is called after every frame. Raises RenderError if the picture is
    too large for Cairo, or the Cairo library is not installed.
    """
    times = pen_times(scene)
    duration = float(times[-1]) / options.speed if options.duration is None else options.duration
    shown, lengths = frames(times, duration, options.fps, options.hold)
    scale = pixels_per_px(options.scale, options.dpi)
    palette = _palette(scene, page, scale)
    file = io.BytesIO()
    canvas = Canvas(scene, page, scale, "GIF")
    file.write(_header(canvas.size, palette, options.loop, animated=len(shown) > 1))
    for box, pixels, length in _changes(canvas, palette, shown, lengths, progress):
        _write_frame(file, box, pixels, length, palette)
    file.write(b";")
    return file.getvalue()


def _changes(
    canvas: Canvas,
    palette: Palette,
    shown: NDArray[np.intp],
    lengths: NDArray[np.int64],
    progress: Report | None,
) -> Iterator[tuple[Box, NDArray[np.uint8], int]]:
    """(changed box, palette indices, hundredths of a second) of every frame with a change."""
    pending: tuple[Box, NDArray[np.uint8], int] | None = None
    predicted = [*shown[1:].tolist(), int(shown[-1])]
    for number, (drawn, length) in enumerate(zip(shown.tolist(), lengths.tolist(), strict=True)):
        box = canvas.advance(drawn, predicted[number])
        box = canvas.whole if pending is None else box
        if box is None or box.empty:
            assert pending is not None
            pending = (*pending[:2], pending[2] + length)
        else:
            if pending is not None:
                yield pending
            pending = box, palette.index(canvas.pixels(box)), length
        if progress is not None:
            progress(number + 1, len(shown))
    assert pending is not None
    yield pending


def _palette(scene: Scene, page: Page, scale: float) -> Palette:
    """A palette for the colours of the last frame and for all densities that occur before it."""
    canvas = Canvas(scene, page, scale, "GIF")
    canvas.advance(scene.count, scene.count)
    pixels = canvas.pixels(canvas.whole)
    clear = page.background is None or page.plotter
    background = (255, 255, 255) if clear else to_rgb(page.background or "#ffffff")
    seen = pixels[pixels[..., 3] >= 128] if clear else pixels.reshape(-1, 4)
    ramp = np.zeros((0, 3), dtype=np.uint8)
    for layer in scene.layers:
        if layer.mark is not None and not page.plotter:
            ramp = _ramp(layer.mark.table, None if clear else background)[-1:]
    for layer in scene.layers:
        if layer.raster is not None:
            ramp = _ramp(layer.raster.table, None if clear else background)  # all layers share one table
    return Palette(distinct(seen), background, ramp, transparent=clear)


def _ramp(table: NDArray[np.uint8], background: tuple[int, int, int] | None) -> NDArray[np.uint8]:
    """The colours of an RGBA table, (256, 4), over the background; without one, its opaque colours."""
    if background is None:
        return table[table[:, 3] >= 128, :3]
    alpha = table[:, 3:] / 255
    return np.rint(table[:, :3] * alpha + (1 - alpha) * background).astype(np.uint8)


def _header(size: tuple[int, int], palette: Palette, loop: int, animated: bool) -> bytes:
    """The GIF89a header: logical screen, global palette and number of repetitions."""
    bits = max(1, int(len(palette.colors) - 1).bit_length())
    table = palette.colors.tobytes().ljust(3 << bits, b"\0")
    screen = struct.pack("<HHBBB", *size, 0x80 | 7 << 4 | bits - 1, 0, 0)
    repeat = b""
    if animated and loop != 1:
        # the number counts repetitions, 0 for forever; without this block the film is played once
        repeat = b"!\xff\x0bNETSCAPE2.0\x03\x01" + struct.pack("<H", max(loop - 1, 0)) + b"\0"
    return b"GIF89a" + screen + table + repeat


def _write_frame(
    file: io.BytesIO, box: Box, pixels: NDArray[np.uint8], length: int, palette: Palette
) -> None:
    """Write a frame; one longer than LONGEST_FRAME is continued by frames with one pixel."""
    from PIL import GifImagePlugin, Image

    transparency = {"transparency": 0} if palette.transparent else {}
    cuts = [*range(0, length, LONGEST_FRAME), length] if length else [0, 0]
    for number, (start, end) in enumerate(pairwise(cuts)):
        part = pixels if number == 0 else pixels[:1, :1]
        image = Image.fromarray(np.ascontiguousarray(part), "P")
        milliseconds = 10 * (end - start)
        # disposal 1: the next frame is drawn over this one
        for data in GifImagePlugin.getdata(image, box[:2], duration=milliseconds, disposal=1, **transparency):
            file.write(data)
