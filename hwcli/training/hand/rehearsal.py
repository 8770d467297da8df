"""Lines that a model rehearses while it learns a hand, so that it forgets no character.

A few lines of one hand lack most capitals, digits and signs, and what is not practised gets worse. So some of
the lines that are learned from are the model's own: every character that it can write, in the hand as it
continues it from one line. Only those without a fault are taken.
"""

from __future__ import annotations

from dataclasses import replace

from hwcli.console import Reporter
from hwcli.ink_size import Size
from hwcli.sampling.model import Model
from hwcli.sampling.options import SampleOptions
from renderers.ink import Ink

# Together all printable characters of ASCII
TEXTS = (
    "Pack my box with five dozen jugs",
    "Waltz, nymph, for quick jigs vex Bud",
    "How vexingly quick daft zebras jump",
    "0123456789 and 25 March 1967",
    "Room 408, 7th floor: call 555-0132",
    "ABCDEFGHIJKLM",
    "NOPQRSTUVWXYZ",
    'Is it "good" or bad? (It\'s fine!)',
    "50% of $9.40; a_b@c.org/x #3 & 4*5",
    "[1+2=3] {a|b} <c> ~ ^ ` \\ end",
)
BIAS, TRIES, SEED = 0.5, 4, 3


def rehearsed(model: Model, line: Ink, report: Reporter) -> list[Ink]:
    """Return lines by `model`, in its own units, that continue from the hand's `line`."""
    alphabet = model.file.alphabet
    texts = [text for text in TEXTS if alphabet is None or not alphabet.unknown(text)]
    options = SampleOptions(bias=BIAS, tries=TRIES, keep_prime=False, predictions=False)
    size = Size.of(line)
    factor = model.size.height / size.height if size else 1.0
    found: dict[str, Ink] = {}
    for attempt in range(TRIES):
        missing = [text for text in texts if text not in found]
        tries = model.line_tries([(text, SEED + attempt) for text in missing], options, line)
        for text, each in zip(missing, tries, strict=True):
            if not each.draft.faults:
                strokes = tuple(stroke * factor for stroke in each.bare.strokes)
                found[text] = replace(each.bare, strokes=strokes)
        report(attempt + 1, TRIES)
        if len(found) == len(texts):
            break
    return [found[text] for text in texts if text in found]
