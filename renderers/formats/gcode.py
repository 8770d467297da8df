"""Scene → G-code for pen plotters and lasers: its strokes, drawn by one pen that is lifted between them."""

from __future__ import annotations

import re
import string
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from renderers.errors import RenderError
from renderers.formats.toolpath import pen_strokes, sorted_for_travel, travel_length
from renderers.options import Options as BaseOptions
from renderers.options import option
from renderers.page.lengths import UNITS, to_px
from renderers.page.page import Page, Placement
from renderers.scene.scene import Points, Scene

SUMMARY = "G-code for pen plotters and lasers: strokes of one pen, in millimetres"
PLOTTER = True


class Profile(NamedTuple):
    """The commands of a kind of machine, separated by |."""

    up: str
    down: str


# GRBL ends a program (M2) with an M5, which brings a servo to S0: so raising the pen lowers S.
PROFILES = {
    "servo": Profile("M3 S30|G4 P0.2", "M3 S90|G4 P0.2"),
    "z": Profile("G0 Z5", "G1 Z0 F{feed}"),
    "laser": Profile("M5", "M4 S300"),
}
FIELDS = ("x", "y", "feed")
# Where (0, 0) is on the page and on the bed, as fractions of width and height from the bottom left.
ORIGINS = {
    "bottom-left": (0.0, 0.0),
    "bottom-right": (1.0, 0.0),
    "top-left": (0.0, 1.0),
    "top-right": (1.0, 1.0),
    "center": (0.5, 0.5),
}
TOUCH = 0.1  # mm that the pen moves at a dot: a laser that follows the motion would not burn one otherwise
STEP = 0.001  # mm, the last decimal

_BED = re.compile(r"\s*([^x×]+?)\s*[x×]\s*([^x×]+?)\s*", re.IGNORECASE)
_BED_HINT = "write the bed as WIDTHxHEIGHT in mm, for example 300x200"


@dataclass(frozen=True)
class Options(BaseOptions):
    """Options of the format gcode."""

    profile: str = option(
        "servo", "how the machine lifts its pen: M3 S…, the Z axis, or M5", choices=PROFILES
    )
    up: str | None = option(
        None, "commands that lift the pen, separated by |; {x}, {y} and {feed} are filled in",
        kind="text", unset="profile",
    )  # fmt: skip
    down: str | None = option(None, "commands that lower the pen, as in up", kind="text", unset="profile")
    feed: float = option(1500.0, "drawing speed in mm per minute", least=1, most=100_000)
    travel: float | None = option(
        None, "speed of the raised pen in mm per minute; auto: as fast as the machine goes (G0)",
        least=1, most=100_000, unset="auto",
    )  # fmt: skip
    origin: str = option("bottom-left", "corner of the page, or center, that is X0 Y0", choices=ORIGINS)
    y_axis: str = option("up", "direction in which Y grows", choices=("up", "down"))
    bed: str | None = option(
        None, "area that the machine reaches in mm, from the same corner: 300x200", kind="text", unset="page"
    )
    tolerance: float = option(
        0.02, "largest distance in mm between a curve and its lines (smooth=yes)", least=0.001, most=1
    )
    sort: bool = option(False, "draw strokes in an order that shortens travel, instead of writing order")

    def __post_init__(self) -> None:
        super().__post_init__()
        up, down = self.commands("up"), self.commands("down")
        if up == down:
            raise RenderError(
                "up and down are the same commands: the pen would not move", "change one of them"
            )
        self.bed_size()

    def commands(self, name: str) -> list[str]:
        """Return the commands that raise (`up`) or lower (`down`) the pen; RenderError for invalid ones."""
        given = getattr(self, name)
        text = getattr(PROFILES[self.profile], name) if given is None else given
        if any(not " " <= character <= "~" for character in text):
            hint = "separate commands with |, for example M3 S30|G4 P0.2"
            raise RenderError(f"{name} must be one line of ASCII characters, not {text!r}", hint)
        commands = [part.strip() for part in text.split("|")]
        if not all(commands):
            raise RenderError(
                f"{name} has an empty command: {text!r}", "give a command on each side of every |"
            )
        try:
            fields = [one[1:] for one in string.Formatter().parse(text) if one[1] is not None]
        except ValueError:
            raise RenderError(f"{name} has a brace without its partner: {text!r}", _fields_hint()) from None
        for field, spec, conversion in fields:
            if field not in FIELDS or spec or conversion:
                inside = f"{field}{f'!{conversion}' if conversion else ''}{f':{spec}' if spec else ''}"
                raise RenderError(f"{name} has an unknown field {{{inside}}}", _fields_hint())
        return commands

    def bed_size(self) -> tuple[float, float] | None:
        """Return width and height of the bed in mm; None for that of the page."""
        if self.bed is None:
            return None
        match = _BED.fullmatch(self.bed)
        if not match:
            raise RenderError(f"bed cannot be {self.bed!r}", _BED_HINT)
        try:
            sides = [to_px(side if side[-1].isalpha() else f"{side}mm", "bed") for side in match.groups()]
        except RenderError as error:
            raise RenderError(f"{error.message} (in {self.bed!r})", _BED_HINT) from None
        return sides[0] / UNITS["mm"], sides[1] / UNITS["mm"]


def encode(scene: Scene, page: Page, options: Options) -> bytes:
    """Encode the strokes of `scene` as G-code, in millimetres on `page`.

    Raises RenderError if there is nothing to draw, or if it does not lie within the bed.
    """
    place = replace(page, plotter=True).place(scene.bounds, scene.size, scene.frame)
    strokes = [_touched(stroke, place) for stroke in pen_strokes(scene, place, options.tolerance)]
    if not strokes:
        raise RenderError(
            "the drawing has no strokes: there is nothing to draw", "give ink with at least one stroke"
        )
    strokes = [_on_machine(stroke, place, options) for stroke in strokes]
    _check_bed(strokes, place, options)
    home = np.zeros(2)
    if options.sort:
        strokes = sorted_for_travel(strokes, home)
    drawn = sum(float(np.hypot(*np.diff(stroke, axis=0).T).sum()) for stroke in strokes)
    plural = "s" * (len(strokes) > 1)
    lines = [
        f"; {len(strokes)} stroke{plural} on a page of {place.width:g} x {place.height:g} mm",
        f"; {drawn:.0f} mm drawn, {travel_length(strokes, home):.0f} mm with the pen up",
    ]
    if any(layer.raster is not None for layer in scene.layers):
        lines.append("; the heat map is left out: a pen draws lines")
    lines += ["G21 ; millimetres", "G90 ; absolute coordinates", *_filled(options, "up", home)]
    for stroke in strokes:
        lines += [_travel(stroke[0], options), *_filled(options, "down", stroke[0])]
        draws = [f"G1 {_xy(point)}" for point in stroke[1:]]
        draws[0] += (
            f" F{_number(options.feed)}"  # again for each stroke: the pen's commands may have another feed
        )
        lines += [*draws, *_filled(options, "up", stroke[-1])]
    lines += [_travel(home, options), "M2"]
    return ("\n".join(lines) + "\n").encode("ascii")


def _touched(stroke: Points, place: Placement) -> Points:
    """Return `stroke` without repeated points; a dot becomes a touch, towards the middle of the page."""
    steps = np.diff(np.round(stroke / STEP), axis=0)
    moved: Points = stroke[np.concatenate([[True], (steps != 0).any(axis=1)])]
    if len(moved) > 1:
        return moved
    aside = TOUCH if moved[0, 0] < place.width / 2 else -TOUCH
    return np.array([moved[0], moved[0] + [aside, 0.0]])


def _on_machine(points: Points, place: Placement, options: Options) -> Points:
    """Return points of the page, (n, 2) with y downwards, in the machine's coordinates."""
    right, above = ORIGINS[options.origin]
    x = points[:, 0] - right * place.width
    y = (1 - above) * place.height - points[:, 1]
    return np.stack([x, y if options.y_axis == "up" else -y], axis=-1)


def _check_bed(strokes: list[Points], place: Placement, options: Options) -> None:
    """Raise RenderError with how far the drawing extends beyond the bed."""
    bed = options.bed_size()
    if bed is None:
        return
    points = np.concatenate(strokes)
    upwards = points if options.y_axis == "up" else points * [1, -1]
    low = -np.array(ORIGINS[options.origin]) * bed
    over = {
        side: float(by)
        for side, by in zip(
            ("left", "bottom", "right", "top"),
            [*(low - upwards.min(axis=0)), *(upwards.max(axis=0) - low - bed)],
            strict=True,
        )
        if by > STEP
    }
    if over:
        beyond = " and ".join(f"{by:.4g} mm beyond its {side}" for side, by in over.items())
        raise RenderError(
            f"the drawing does not lie within the bed of {bed[0]:g} x {bed[1]:g} mm: it extends {beyond}",
            f"the page is {place.width:g} x {place.height:g} mm: use a smaller page, or a larger bed",
        )


def _travel(point: Points, options: Options) -> str:
    if options.travel is None:
        return f"G0 {_xy(point)}"
    return f"G1 {_xy(point)} F{_number(options.travel)}"  # many machines ignore a feed on G0


def _filled(options: Options, name: str, point: Points) -> list[str]:
    x, y = (f"{value:.3f}" for value in _rounded(point))
    return [c.format(x=x, y=y, feed=_number(options.feed)) for c in options.commands(name)]


def _xy(point: Points) -> str:
    x, y = _rounded(point)
    return f"X{x:.3f} Y{y:.3f}"


def _rounded(point: Points) -> list[float]:
    """Return the coordinates with three decimals, none of them -0."""
    return [round(value, 3) + 0.0 for value in point.tolist()]


def _number(value: float) -> str:
    return f"{value:.3f}".rstrip("0").rstrip(".")


def _fields_hint() -> str:
    return f"fields are {', '.join(f'{{{name}}}' for name in FIELDS)}"
