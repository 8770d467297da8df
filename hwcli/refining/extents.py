"""Where the characters of a line are: the box of each, in x-heights above the baseline, and its room.

Medians over some 58,000 characters of 600 lines of IAM-OnDB and 2,900 of UNIPEN, each line level and at one
body height, whose points the bundled reader assigned to the characters of the text. Digits and capitals have
one height each, and letters without a descender stand on the line. The room is what is left of the gap of two
characters with a pen lift between them, beside the gap that all have: a least-squares sum of what the left
one and the right one add.
"""

from __future__ import annotations

from typing import NamedTuple


class Extent(NamedTuple):
    """The box of a character, in x-heights; y grows upwards from the baseline."""

    top: float
    bottom: float
    width: float
    left: float  # room before it, beside that of the average character
    right: float  # room after it

    @property
    def height(self) -> float:
        """The height of the box."""
        return self.top - self.bottom


EXTENTS = {
    "!": Extent(1.70, -0.33, 0.35, 0.20, 0.12),
    '"': Extent(1.67, 1.06, 0.49, 0.17, 0.16),
    "#": Extent(1.45, 0.04, 1.27, -0.03, 0.05),
    "$": Extent(1.60, -0.15, 1.23, -0.06, -0.16),
    "%": Extent(1.54, -0.10, 1.31, -0.01, 0.09),
    "&": Extent(1.44, -0.10, 1.05, 0.03, 0.03),
    "'": Extent(1.54, 0.72, 0.22, 0.07, 0.14),
    "(": Extent(1.67, -0.07, 0.64, 0.00, 0.07),
    ")": Extent(1.76, -0.13, 0.61, 0.00, -0.02),
    "*": Extent(1.36, 0.06, 1.04, 0.20, 0.05),
    "+": Extent(1.20, 0.09, 0.96, 0.20, 0.20),
    ",": Extent(0.10, -0.64, 0.32, 0.02, 0.20),
    "-": Extent(0.72, 0.57, 0.78, 0.14, 0.20),
    ".": Extent(0.16, -0.03, 0.13, 0.04, 0.20),
    "/": Extent(1.69, -0.14, 0.87, 0.02, -0.04),
    "0": Extent(1.44, 0.00, 1.04, 0.10, 0.12),
    "1": Extent(1.44, 0.00, 0.33, 0.11, 0.11),
    "2": Extent(1.44, 0.00, 1.15, 0.10, 0.06),
    "3": Extent(1.44, 0.00, 1.00, 0.11, 0.10),
    "4": Extent(1.44, 0.00, 1.15, 0.05, -0.15),
    "5": Extent(1.44, 0.00, 1.12, 0.09, -0.17),
    "6": Extent(1.44, 0.00, 0.95, 0.11, 0.14),
    "7": Extent(1.44, 0.00, 1.09, 0.11, 0.02),
    "8": Extent(1.44, 0.00, 1.03, 0.12, 0.02),
    "9": Extent(1.44, 0.00, 0.95, 0.12, 0.12),
    ":": Extent(1.16, 0.09, 0.27, 0.13, 0.20),
    ";": Extent(0.98, -0.70, 0.44, 0.18, 0.08),
    "<": Extent(1.28, -0.02, 1.04, -0.07, 0.03),
    "=": Extent(0.87, 0.23, 0.92, 0.20, 0.20),
    ">": Extent(1.22, -0.04, 0.83, 0.03, -0.03),
    "?": Extent(1.76, -0.14, 0.77, 0.13, 0.15),
    "@": Extent(1.42, -0.19, 1.30, 0.20, 0.20),
    "A": Extent(1.62, -0.06, 1.28, -0.06, -0.02),
    "B": Extent(1.62, -0.06, 1.42, -0.10, -0.01),
    "C": Extent(1.62, -0.06, 1.31, 0.07, 0.01),
    "D": Extent(1.62, -0.06, 1.45, -0.11, -0.06),
    "E": Extent(1.62, -0.06, 1.31, -0.01, -0.08),
    "F": Extent(1.62, -0.06, 1.42, -0.04, -0.16),
    "G": Extent(1.62, -0.06, 1.29, 0.00, -0.11),
    "H": Extent(1.62, -0.06, 1.18, 0.13, -0.18),
    "I": Extent(1.62, -0.06, 0.49, 0.13, -0.15),
    "J": Extent(1.62, -0.11, 1.42, -0.04, -0.17),
    "K": Extent(1.62, -0.06, 1.46, -0.03, -0.19),
    "L": Extent(1.62, -0.06, 1.17, 0.07, -0.01),
    "M": Extent(1.62, -0.06, 1.67, 0.05, -0.02),
    "N": Extent(1.62, -0.06, 1.46, 0.02, 0.00),
    "O": Extent(1.62, -0.06, 1.26, 0.03, 0.00),
    "P": Extent(1.62, -0.06, 1.16, 0.04, -0.19),
    "Q": Extent(1.62, -0.16, 1.42, 0.01, -0.01),
    "R": Extent(1.62, -0.06, 1.33, 0.05, -0.11),
    "S": Extent(1.62, -0.06, 1.34, 0.00, -0.08),
    "T": Extent(1.62, -0.06, 1.59, -0.06, -0.20),
    "U": Extent(1.62, -0.06, 1.28, 0.00, -0.01),
    "V": Extent(1.62, -0.06, 1.19, -0.02, -0.04),
    "W": Extent(1.62, -0.06, 1.88, 0.03, -0.08),
    "X": Extent(1.62, -0.06, 1.19, -0.02, -0.01),
    "Y": Extent(1.62, -0.06, 1.21, 0.01, -0.20),
    "Z": Extent(1.62, -0.06, 1.33, 0.02, -0.20),
    "[": Extent(1.50, -0.19, 0.98, 0.00, -0.04),
    "\\": Extent(1.29, 0.05, 0.86, -0.10, -0.03),
    "]": Extent(1.65, -0.19, 0.87, -0.02, 0.12),
    "^": Extent(1.48, 0.64, 0.76, 0.05, 0.16),
    "_": Extent(-0.02, -0.16, 1.12, -0.09, 0.09),
    "`": Extent(1.60, 1.10, 0.37, 0.00, 0.13),
    "a": Extent(0.79, 0.00, 1.03, -0.17, 0.06),
    "b": Extent(1.68, -0.08, 1.01, -0.03, 0.00),
    "c": Extent(0.87, 0.00, 0.93, -0.07, 0.09),
    "d": Extent(1.61, -0.06, 1.10, -0.13, -0.04),
    "e": Extent(0.83, 0.00, 0.92, -0.15, 0.06),
    "f": Extent(1.69, -0.65, 1.08, -0.14, -0.15),
    "g": Extent(0.72, -1.26, 1.05, -0.20, 0.07),
    "h": Extent(1.68, -0.03, 1.05, -0.16, 0.04),
    "i": Extent(1.32, -0.01, 0.51, -0.09, 0.08),
    "j": Extent(1.22, -1.06, 0.86, -0.16, -0.02),
    "k": Extent(1.68, -0.04, 0.96, -0.07, -0.11),
    "l": Extent(1.67, 0.00, 0.54, -0.05, 0.01),
    "m": Extent(0.80, 0.00, 1.63, -0.03, 0.09),
    "n": Extent(0.76, 0.00, 1.13, -0.14, 0.07),
    "o": Extent(0.78, 0.00, 0.84, -0.20, 0.04),
    "p": Extent(0.88, -1.01, 1.01, -0.11, 0.03),
    "q": Extent(0.84, -1.30, 1.02, -0.16, 0.03),
    "r": Extent(0.83, 0.00, 0.88, -0.12, 0.00),
    "s": Extent(0.88, 0.00, 0.86, -0.18, 0.00),
    "t": Extent(1.63, -0.01, 0.93, -0.15, -0.20),
    "u": Extent(0.77, 0.00, 1.05, -0.16, 0.05),
    "v": Extent(0.86, 0.00, 0.92, -0.08, 0.01),
    "w": Extent(0.87, 0.00, 1.40, -0.08, 0.02),
    "x": Extent(0.92, 0.00, 1.04, -0.12, 0.06),
    "y": Extent(0.73, -1.23, 1.07, -0.20, 0.07),
    "z": Extent(0.79, 0.00, 1.01, -0.09, -0.05),
    "{": Extent(1.75, -0.40, 0.84, 0.18, 0.03),
    "|": Extent(1.93, -0.16, 0.26, 0.10, 0.10),
    "}": Extent(1.75, -0.51, 0.72, 0.00, 0.02),
    "~": Extent(0.95, 0.55, 1.12, 0.09, 0.09),
}
