"""A stub model for the tests of pages, and helpers that measure its pages."""

from dataclasses import replace
from itertools import pairwise
from types import SimpleNamespace

import numpy as np

from arches import sloping
from hwcli.alphabet import Alphabet
from hwcli.ink_size import Size
from hwcli.pages.layout import BASELINE, Layout
from hwcli.pages.text_width import units
from hwcli.pages.writing import write_pages
from hwcli.sampling.drafting.draft import Draft
from hwcli.sampling.drafting.line_tries import LineTry
from hwcli.sampling.options import SampleOptions
from renderers import Ink, Prediction
from renderers.ink import Fault, Trace

TEXT = (
    "It was a dark night, and the rain fell in torrents but for some short gaps when a gust of wind came by"
)
LAYOUT = Layout(measure=8.0)


class StubModel:
    """A model that draws an arch per letter and records its calls.

    Args:
        factor: width of the text over its estimate: a number, or a function of the call's number.
        slope: of the baseline.
        unit: size of the ink's unit.
        large: size of the handwriting over the usual one.
        grows: size of a continuation over that of its prime, as a function of the call's number.
        finishes: whether a continuation begins with a dot on the prime, as a function of the prime.
        ahead: whether the window is past the end of a prime's text, as a function of the number of calls and
            the prime.
        trouble: reported with every prime.
        faults: texts that are written with a fault.
        characters: added to the alphabet.
    """

    name = "stub"

    def __init__(
        self,
        factor=1.0,
        slope=0.0,
        unit=1.0,
        large=1.0,
        grows=None,
        finishes=None,
        ahead=None,
        trouble=None,
        faults=None,
        characters="-",
    ):
        self.size, self.scale = Size(27.0 * unit, 10.0 * unit), unit * large
        letters = "abcdefghijklmnopqrstuvwxyz"
        self.file = SimpleNamespace(alphabet=Alphabet(" ,.()" + characters + letters + letters.upper()))
        self.factor, self.slope, self.faults = factor, slope, faults or {}
        self.grows, self.finishes, self.ahead, self.trouble = grows, finishes, ahead, trouble
        self.calls: list[dict] = []
        self.line = self.reader = None

    def quiet_samples(self, count, seed, options, *, text, prime=None, prime_text=None):
        assert count == 1
        assert text == text.strip() != ""
        assert not options.keep_prime
        call = {"seed": seed, "text": text, "prime": prime, "prime_text": prime_text, "options": options}
        self.calls.append(call)
        yield self._ink(seed, text, prime, options.predictions)

    def line_tries(self, lines, options, prime, prime_text=None):
        tries = []
        for text, seed in lines:
            (ink,) = self.quiet_samples(1, seed, options, text=text, prime=prime, prime_text=prime_text)
            ink = replace(ink, trace=replace(ink.trace, tries=1))
            faults = ink.trace.faults
            draft = Draft(SimpleNamespace(finished=True), faults, float(len(faults)), 1)
            bare = replace(ink, prediction=None, trace=replace(ink.trace, faults=()))
            tries.append(LineTry(bare, lambda draft=draft: draft, lambda _, ink=ink: ink))
        return tries

    def reads(self, prime, text):
        return not (self.trouble or (self.ahead and self.ahead(len(self.calls), prime)))

    def _ink(self, seed, text, prime, predictions):
        factor = self.factor(len(self.calls) - 1) if callable(self.factor) else self.factor
        rng = np.random.default_rng(seed)
        strokes, characters, x = [], [], 0.0
        for k, c in enumerate(text):
            wide = units(c) * 60 * factor * self.scale
            t = np.linspace(0, 1, 13)
            y = -90 * self.scale * np.sin(np.pi * t) * rng.uniform(0.97, 1.03)
            if c != " ":
                strokes.append(np.column_stack([x + wide * t, y]))
                characters += [k] * 13
            x += wide
        ink = sloping(
            strokes,
            self.slope,
            at=(5.0, 7.0) if prime is None else prime.points[-1] + [54.0 * self.scale, 2.0],
        )
        if self.grows and prime is not None:
            times = self.grows(len(self.calls) - 1)
            ink = Ink(strokes=tuple((s - ink.points[0]) * times + ink.points[0] for s in ink.strokes))
        if self.finishes and prime is not None and self.finishes(prime):
            dot = prime.points[-1:] - [0, 150 * self.scale]
            ink, characters = Ink(strokes=(dot, *ink.strokes)), [0, *characters]
        faults = (Fault("skipped", 1, text[1]),) if text in self.faults else ()
        trace = Trace(np.array(characters), 2, faults, self.trouble if prime is not None else None)
        prediction = None
        if predictions:
            n = len(characters)
            mu = np.repeat(ink.offsets[:, None, :2], 2, 1)
            if prime is not None:
                mu[0] = ink.points[0] - prime.points[-1]
            one = np.ones((n, 2))
            prediction = Prediction(one[:, 0] / 2, one / 2, mu, np.stack([one, one], -1), one * 0)
        return Ink(
            strokes=ink.strokes, text=text, seed=seed, model="stub", prediction=prediction, trace=trace
        )


def pages(
    model=None, text=TEXT, layout=LAYOUT, *, count=1, seed=1, prime=None, prime_text=None, redo=(), **options
):
    options = SampleOptions(**{"predictions": False, **options})
    about = {"count": count, "seed": seed, "prime": prime, "prime_text": prime_text, "redo": redo}
    return list(write_pages(model or StubModel(), text, layout, options=options, **about))


def lines_in(ink):
    """The points (n, 2) of each line of a page that is not empty."""
    of, starts = ink.trace.characters, [0]
    for line in ink.text.split("\n"):
        starts.append(starts[-1] + len(line) + 1)
    return [ink.points[(of >= first) & (of < end)] for first, end in pairwise(starts) if end > first + 1]


def baselines(ink):
    """The y of each line's baseline."""
    rows = len(ink.text.split("\n"))
    return (np.arange(rows) + BASELINE) * ink.frame.height / rows


def same(one, other):
    return len(one) == len(other) and np.array_equal(one.points, other.points) and one.text == other.text
