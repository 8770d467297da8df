"""The module that plug-ins import: everything that a third-party style, format or reader needs.

The other modules of this package may change; the names in this one stay. docs/plugins.md shows a complete
style, a complete format and a complete reader.

A style is a module (or any object that an entry point in the group `hw.renderers` names) with

- `SUMMARY`: one line for `hw render --list`;
- `Options`: a frozen dataclass derived from `plugin.Options`, each field made by `plugin.option`;
- `scene(ink, options)`: a function that returns a `Scene`;
- `NEEDS` (optional): a tuple of fields of `Ink`, or keys of `Ink.extra`, without which it cannot draw.

A format is a module, or an object that an entry point in the group `hw.formats` names, with

- `SUMMARY` and `Options` as above;
- `encode(scene, page, options)`: a function that returns bytes; with a parameter `progress=None`, it is given
  a `Report` to call during long work;
- `BINARY` (optional): False if the bytes are text that may be written to a terminal;
- `PLOTTER` (optional): True if it drives a machine, so that its pages are always those of `--plotter`.

Both raise `RenderError(message, hint)` if they cannot draw. Options are checked before either is called.

A reader of ink files is a module, or an object that an entry point in the group `hw.readers` names, with

- `SUMMARY`: one line on what such files look like, for `hw formats`;
- `SUFFIXES` (optional): a tuple of the suffixes that such files usually have;
- `matches(head)`: a function that returns whether a file that begins with the bytes `head` is of this format;
- `read_each(data, name)`: a function that yields every `Ink` in a file's bytes, and raises
  `InkError(message)` if it cannot.

>>> from dataclasses import dataclass
>>> from renderers import plugin
>>> @dataclass(frozen=True)
... class Options(plugin.Options):
...     width: float = plugin.option(0.07, "line width", least=0.001, most=1)
>>> Options(width="0.2").width
0.2
"""

from __future__ import annotations

from renderers.errors import RenderError
from renderers.formats.progress import Report
from renderers.ink import Ink, InkError, Prediction
from renderers.options import Options, option
from renderers.page.lengths import UNITS
from renderers.page.page import Page, Placement
from renderers.scene.colors import gradient, to_hex, to_rgb
from renderers.scene.scene import Bounds, Label, Layer, Painting, Pen, Raster, Scene
from renderers.scene.splines import catmull_rom, flatten
from renderers.styles.strokes import Segments, ink_bounds, stroke_layer, writing_size

__all__ = [
    "UNITS",
    "Bounds",
    "Ink",
    "InkError",
    "Label",
    "Layer",
    "Options",
    "Page",
    "Painting",
    "Pen",
    "Placement",
    "Prediction",
    "Raster",
    "RenderError",
    "Report",
    "Scene",
    "Segments",
    "catmull_rom",
    "flatten",
    "gradient",
    "ink_bounds",
    "option",
    "stroke_layer",
    "to_hex",
    "to_rgb",
    "writing_size",
]
