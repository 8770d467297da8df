"""Ink: absolute pen-down polylines, and the offsets that the network reads.

The two conversions between strokes and offsets live here and nowhere else. Ink can carry what produced it:
the prediction behind every point, the trace of its text, and the page it was written on: frame and paper.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import cached_property
from importlib import import_module
from itertools import chain, pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from renderers.attention import Attention

if TYPE_CHECKING:
    from renderers.drawing import Drawing

Array = NDArray[np.float64]
LARGEST = 1e18  # of a coordinate: the square of a step still fits into float32
LONGEST_SIDE = 1e6  # of paper, in millimetres: a kilometre
RULINGS = ("lines", "squares", "dots")  # of paper


class InkError(ValueError):
    """Invalid ink: coordinates that are not finite, or a prediction, trace or paper that cannot be."""


@dataclass(frozen=True, eq=False)
class Prediction:
    """The distribution that each of n points was drawn from, by m components (Graves 2013, eqs 18-22).

    Offsets are from the previous point, in the units of the strokes. The first point of an ink has no
    previous point (it lies at the origin by definition), so only `eos` means anything in its row.

    >>> import numpy as np
    >>> rows, pairs = np.ones((3, 1)), np.ones((3, 1, 2))  # three points, one component
    >>> len(Prediction(eos=rows[:, 0], pi=rows, mu=pairs, sigma=pairs, rho=0 * rows)[1:])
    2
    """

    eos: NDArray[np.floating[Any]]  # (n,) probability that this point ends its stroke
    pi: NDArray[np.floating[Any]]  # (n, m) weights of the components, each row sums to 1
    mu: NDArray[np.floating[Any]]  # (n, m, 2) means
    sigma: NDArray[np.floating[Any]]  # (n, m, 2) standard deviations, > 0
    rho: NDArray[np.floating[Any]]  # (n, m) correlations, within (-1, 1)

    def __post_init__(self) -> None:
        n, m = self.pi.shape if self.pi.ndim == 2 else (-1, -1)
        shapes = {"eos": (n,), "pi": (n, m), "mu": (n, m, 2), "sigma": (n, m, 2), "rho": (n, m)}
        for name, shape in shapes.items():
            array = getattr(self, name)
            if array.shape != shape:
                raise InkError(f"prediction: {name} has shape {array.shape}, expected {shape}")
            if not np.isfinite(array).all():
                raise InkError(f"prediction: {name} is not finite everywhere")
        if (self.sigma <= 0).any():
            raise InkError("prediction: sigma must be above 0")
        if (np.abs(self.rho) >= 1).any():
            raise InkError("prediction: rho must lie between -1 and 1")
        if (self.pi < 0).any() or (self.eos < 0).any() or (self.eos > 1).any():
            raise InkError("prediction: pi must be at least 0 and eos a probability")

    def __len__(self) -> int:
        return len(self.eos)

    def __getitem__(self, rows: slice) -> Prediction:
        return Prediction(**{f.name: getattr(self, f.name)[rows] for f in fields(self)})

    def then(self, after: Prediction) -> Prediction:
        """The rows of this prediction followed by those of `after`."""
        return Prediction(
            **{f.name: np.concatenate([getattr(self, f.name), getattr(after, f.name)]) for f in fields(self)}
        )


@dataclass(frozen=True)
class Fault:
    """A character of the text, or a misread word, that the ink does not show as it should."""

    kind: str  # skipped, repeated or unfinished: where the window stood; misread: what a reader sees
    place: int  # position in the text, from 0
    character: str  # or the word that begins there
    reads_as: str | None = None  # if it is misread: what stands in its place, "" for nothing

    def __str__(self) -> str:
        if self.reads_as is None:
            return f"{self.kind} {self.character!r} at position {self.place + 1}"
        seen = f"reads as {self.reads_as!r}" if self.reads_as else "is missing"
        return f"{self.character!r} at position {self.place + 1} {seen}"


@dataclass(frozen=True, eq=False)
class Trace:
    """How ink came from its text: which character each of its n points belongs to, and what went wrong.

    Raises InkError if `characters` is not a flat list of whole numbers of at least -1.
    """

    characters: NDArray[np.int64]  # (n,) position in the text; -1: none; the text's length: after its end
    tries: int | None = None  # lines, or words and what follows, that were drawn for it; of all of a page
    faults: tuple[Fault, ...] = ()
    prime_trouble: str | None = None  # why the priming ink does not seem to match its text
    attention: Attention | None = None  # (n points) the weights of the window, where they were asked for

    def __post_init__(self) -> None:
        try:
            characters = np.asarray(self.characters)
        except ValueError:
            raise InkError("characters must be a flat list of whole numbers") from None
        if not characters.size:
            characters = characters.astype(np.int64)
        if characters.ndim != 1 or not np.issubdtype(characters.dtype, np.integer):
            raise InkError("characters must be a flat list of whole numbers")
        if (characters < -1).any():
            raise InkError("characters must be at least -1, which means none")
        if self.attention is not None and len(self.attention) != len(characters):
            raise InkError(f"attention is given for {len(self.attention)} of {len(characters)} points")
        object.__setattr__(self, "characters", characters.astype(np.int64))


@dataclass(frozen=True)
class Frame:
    """The part of the plane that a page shows within its margins, in the units of the ink."""

    left: float
    top: float
    width: float
    height: float
    mm_per_unit: float | None = None  # the true size, of ink written for paper
    baseline: float | None = None  # y of one line of the text; the others are multiples of line_height away
    line_height: float | None = None


@dataclass(frozen=True)
class Paper:
    """The sheet that ink was written for, in millimetres; InkError for what cannot be one.

    A side that is None follows from the ink, and a margin that is None is the default of the picture.
    """

    width: float | None = None
    height: float | None = None
    margin: float | None = None  # the same on all four sides
    ruling: str | None = None  # printed on it: lines, squares or dots

    def __post_init__(self) -> None:
        sides, margin = [s for s in (self.width, self.height) if s is not None], self.margin or 0.0
        if not all(0 < side <= LONGEST_SIDE for side in sides) or not 0 <= margin <= LONGEST_SIDE:
            raise InkError(f"paper: sides and margin must be millimetres up to {LONGEST_SIDE:g}")
        if sides and min(sides) <= 2 * margin:
            raise InkError(f"paper: a margin of {margin:g} mm leaves no room")
        if self.ruling not in (None, *RULINGS):
            raise InkError(f"paper: ruling must be one of {', '.join(RULINGS)}, not {self.ruling!r}")


@dataclass(frozen=True, eq=False)
class Ink:
    """Pen-down strokes in writing order; y grows downwards.

    Sampled or scored ink also carries the prediction behind every point. Anything else that a file says about
    the ink is kept in `extra` and written back with it.

    >>> ink = Ink(strokes=([[0, 0], [3, 4]], [[5, 0]]), text="hi")
    >>> len(ink), ink.offsets.tolist()
    (3, [[0.0, 0.0, 0.0], [3.0, 4.0, 1.0], [2.0, -4.0, 1.0]])

    Raises InkError if a coordinate is not a number up to LARGEST, or if the prediction or trace has another
    length.
    """

    strokes: tuple[Array, ...]  # each (points, 2), at least one point
    prediction: Prediction | None = None
    text: str | None = None
    id: str | None = None
    seed: int | None = None
    model: str | None = None
    trace: Trace | None = None  # of ink written from its text
    frame: Frame | None = None  # of a page of text
    paper: Paper | None = None  # that a picture shows the ink on, if no other is asked for
    extra: Mapping[str, Any] = field(default_factory=dict)
    _points: Array = field(init=False, repr=False)  # those of which the strokes are parts

    def __post_init__(self) -> None:
        points, lengths = _all_at_once(self.strokes) or _one_by_one(self.strokes)
        points.setflags(write=False)
        ends = np.cumsum(lengths).tolist()
        strokes = tuple([points[end - length : end] for end, length in zip(ends, lengths, strict=True)])
        object.__setattr__(self, "strokes", strokes)
        object.__setattr__(self, "_points", points)
        if not _plausible(points):
            bad = next(k for k, stroke in enumerate(strokes, 1) if not _plausible(stroke))
            raise InkError(f"stroke {bad}: a coordinate is not a number up to {LARGEST:g}")
        if self.prediction is not None and len(self.prediction) != len(self):
            raise InkError(f"prediction has {len(self.prediction)} rows for {len(self)} points")
        if self.trace is not None:
            characters = self.trace.characters
            if len(characters) != len(self):
                raise InkError(f"characters are given for {len(characters)} of {len(self)} points")
            if characters.max(initial=-1) > len(self.text or ""):
                raise InkError("characters lie beyond the end of the text")

    @classmethod
    def from_offsets(cls, offsets: ArrayLike, **about: Any) -> Ink:
        """Return the ink that `offsets`, (n, 3) rows of (dx, dy, eos), draw from the origin.

        A row holds the move from the previous point to this one, and whether this point ends its stroke; the
        first row places the first point. The last point ends the last stroke, whatever its eos says.

        >>> Ink.from_offsets([[0, 0, 0], [3, 4, 1]]).strokes[0].tolist()
        [[0.0, 0.0], [3.0, 4.0]]
        """
        rows = np.asarray(offsets, dtype=np.float64)
        if rows.ndim != 2 or rows.shape[1] != 3:
            raise InkError(f"offsets have shape {rows.shape}, expected (points, 3)")
        points = np.cumsum(rows[:, :2], axis=0)
        return cls.from_points(points, rows[:, 2] > 0.5, **about)

    @classmethod
    def from_points(cls, points: ArrayLike, ends: ArrayLike, **about: Any) -> Ink:
        """Return the ink through absolute `points` (n, 2); `ends` (n,) is true where a stroke ends."""
        array = np.asarray(points, dtype=np.float64)
        cuts = [0, *(np.flatnonzero(np.asarray(ends)[:-1]) + 1).tolist(), len(array)]
        strokes = [array[start:end] for start, end in pairwise(cuts)] if len(array) else []
        return cls(strokes=tuple(strokes), **about)

    def __len__(self) -> int:
        """The number of points."""
        return len(self._points)

    def __repr__(self) -> str:
        strokes, points = len(self.strokes), len(self)
        about = [f"{strokes} stroke{'s' * (strokes != 1)}", f"{points} point{'s' * (points != 1)}"]
        about += [
            f"{k}={v!r}" for k in ("id", "text", "seed", "model") if (v := getattr(self, k)) is not None
        ]
        about += ["with predictions"] if self.prediction is not None else []
        return f"<Ink {', '.join(about)}>"

    @property
    def points(self) -> Array:
        """All points in writing order, (n, 2)."""
        return self._points

    @property
    def attention(self) -> Attention | None:
        """The weights of the window over the text, if they were kept."""
        return None if self.trace is None else self.trace.attention

    @cached_property
    def ends(self) -> NDArray[np.bool_]:
        """True at the last point of each stroke, (n,)."""
        ends = np.zeros(len(self), dtype=bool)
        if self.strokes:
            ends[np.cumsum([len(s) for s in self.strokes]) - 1] = True
        return ends

    @cached_property
    def offsets(self) -> Array:
        """Rows (n, 3): dx, dy from the previous point, and 1 where the pen lifts after the point (eos).

        The first row is (0, 0, eos): the ink's origin is the only thing that offsets do not keep.
        """
        rows = np.zeros((len(self), 3))
        rows[1:, :2] = np.diff(self.points, axis=0)
        rows[:, 2] = self.ends
        return rows

    def draw(self, style: str = "plain", **options: Any) -> Drawing:
        """Draw the ink in `style`; `hw render --list` names the styles and their options.

        >>> Ink(strokes=([[0, 0], [3, 4]],)).draw("plain", color="navy").svg()[:4]
        '<svg'
        """
        # imported by name at the last moment: the renderers depend on Ink, and Ink on none of them
        drawing: Drawing = import_module("renderers.drawing").draw(self, style, **options)
        return drawing

    def _repr_svg_(self) -> str:
        return self.draw()._repr_svg_()

    def _repr_mimebundle_(
        self, include: Iterable[str] | None = None, exclude: Iterable[str] | None = None
    ) -> dict[str, str]:
        return {"image/svg+xml": self._repr_svg_(), "text/plain": repr(self)}


def _all_at_once(strokes: Sequence[Any]) -> tuple[Array, list[int]] | None:
    """Return the points of all strokes, (n, 2), and the lengths of these; None if it takes a closer look.

    Strokes are short: looking at each by itself takes many times as long.
    """
    kinds = set(map(type, strokes))
    if kinds == {np.ndarray}:
        if any(s.dtype != np.float64 or s.ndim != 2 or s.shape[1] != 2 or not len(s) for s in strokes):
            return None
        return np.ascontiguousarray(np.concatenate(strokes)), list(map(len, strokes))
    if kinds != {list}:
        return None
    try:
        pairs = list(chain.from_iterable(strokes))
        if set(map(len, pairs)) != {2} or not all(strokes):
            return None
        values = list(chain.from_iterable(pairs))
        if len(values) != 2 * len(pairs) or type(values[0]) not in (int, float):  # not a truth value
            return None
        flat = np.frombuffer(array("d", values))  # NumPy would look at each value twice
    except (TypeError, ValueError, OverflowError):
        return None
    return flat.reshape(-1, 2), list(map(len, strokes))


def _one_by_one(strokes: Sequence[Any]) -> tuple[Array, list[int]]:
    """Return what `_all_at_once` does; InkError for the first stroke that is none."""
    arrays = [_stroke(stroke, k) for k, stroke in enumerate(strokes)]
    together = np.concatenate([np.zeros((0, 2)), *arrays])
    return np.ascontiguousarray(together), [len(one) for one in arrays]


def _stroke(stroke: ArrayLike, index: int) -> Array:
    try:
        array = np.array(stroke, order="C")
    except (TypeError, ValueError):
        array = np.array("")
    if array.dtype != np.float64:
        if array.dtype.kind not in "iuf":  # texts that look like numbers are not numbers
            raise InkError(f"stroke {index + 1}: not a list of [x, y] numbers")
        array = array.astype(np.float64)
    if array.ndim != 2 or array.shape[1] != 2 or not len(array):
        raise InkError(f"stroke {index + 1}: shape {array.shape}, expected (points, 2) with a point at least")
    return array


def _plausible(points: Array) -> bool:
    return bool((np.abs(points) <= LARGEST).all())  # False for NaN
