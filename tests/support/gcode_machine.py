"""A machine that runs G-code: a small interpreter that shares no code with the format."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

WORD = re.compile(r"([A-Z])([+-]?(?:\d+\.?\d*|\.\d+))")
MM = {20: 25.4, 21: 1.0}


@dataclass
class Machine:
    """State of a machine with a pen or a laser; `strokes` is what it drew, in mm, each (n, 2)."""

    touches: Callable[[Machine], bool]  # whether the pen is on the paper
    position: dict[str, float] = field(default_factory=lambda: {"X": 0.0, "Y": 0.0, "Z": 99.0})
    motion: int = 0
    unit: float | None = None  # mm per unit; None until the program says which
    absolute: bool | None = None
    feed: float | None = None
    spindle: int = 5
    power: float = 0.0
    ended: bool = False
    strokes: list[NDArray[np.float64]] = field(default_factory=list)
    draw_feeds: set[float] = field(default_factory=set)
    travel_feeds: set[float | None] = field(default_factory=set)  # None: G0
    travelled: float = 0.0
    waited: float = 0.0
    _points: list[tuple[float, float]] = field(default_factory=list)

    def run(self, program: bytes) -> Machine:
        for line in program.decode("ascii").splitlines():
            self._line(line.partition(";")[0].strip())
        assert self.ended, "the program has no end"
        assert not self.touches(self), "the pen is down at the end"
        return self

    def _line(self, line: str) -> None:
        if not line:
            return
        assert not self.ended, f"after the end: {line}"
        words = WORD.findall(line)
        assert "".join(letter + number for letter, number in words) == line.replace(" ", ""), line
        down = self.touches(self)
        values = {letter: float(number) for letter, number in words}
        if "F" in values:
            self.feed = values["F"]
        if "S" in values:
            self.power = values["S"]
        for letter, number in words:
            code = int(float(number))
            if letter == "G":
                assert code in (0, 1, 4, 20, 21, 90, 91), line
                self.unit = MM.get(code, self.unit)
                self.absolute = {90: True, 91: False}.get(code, self.absolute)
                self.motion = code if code in (0, 1) else self.motion
                self.waited += values["P"] if code == 4 else 0.0
            elif letter == "M":
                assert code in (2, 3, 4, 5), line
                self.ended = code == 2
                self.spindle = code if code != 2 else self.spindle
        if values.keys() & {"X", "Y", "Z"}:
            self._move(values)
        self._pen(down)

    def _move(self, values: dict[str, float]) -> None:
        assert self.unit is not None, "motion before the unit"
        assert self.absolute is True, "motion that is not absolute"
        assert self.motion == 0 or self.feed, "a G1 without a feed"
        before = self.position["X"], self.position["Y"]
        for axis in values.keys() & {"X", "Y", "Z"}:
            self.position[axis] = values[axis] * self.unit
        after = self.position["X"], self.position["Y"]
        if not values.keys() & {"X", "Y"}:
            return
        if self.touches(self):
            assert self.motion == 1, "drawing at full speed"
            self._points.append(after)
            assert self.feed is not None
            self.draw_feeds.add(self.feed)
        else:
            self.travelled += float(np.hypot(after[0] - before[0], after[1] - before[1]))
            self.travel_feeds.add(None if self.motion == 0 else self.feed)

    def _pen(self, was_down: bool) -> None:
        down = self.touches(self)
        if down and not was_down:
            self._points = [(self.position["X"], self.position["Y"])]
        elif was_down and not down:
            self.strokes.append(np.array(self._points))


TOUCHES: dict[str, Callable[[Machine], bool]] = {
    "servo": lambda m: m.spindle == 3 and m.power > 60,
    "z": lambda m: m.position["Z"] <= 0,
    "laser": lambda m: m.spindle in (3, 4) and m.power > 0,
}


def run(program: bytes, profile: str = "servo") -> Machine:
    """Return a machine of a profile of hw's after it ran `program`."""
    return Machine(TOUCHES[profile]).run(program)
