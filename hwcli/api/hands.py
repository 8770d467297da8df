"""Hands, for Python: mending ink, saving a line of a hand, and learning one from several."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import accumulate
from pathlib import Path

from hwcli.device_ink.mending import mended
from hwcli.device_ink.upright import turned_over
from hwcli.errors import HwError, needs_extra
from hwcli.hands import learned, library
from hwcli.hands.library import Hand
from hwcli.hw_warning import warn
from hwcli.reader.load import load_reader
from hwcli.sampling.load import load_model
from hwcli.sampling.model import Model
from hwcli.sampling.prime_check import prime_warning
from renderers.ink import Ink

LISTED = 5  # lines that are left out, in a warning each
SHARES = {"reading": 0.05, "rehearsing": 0.3, "learning": 0.5, "reading back": 0.15}  # of the time, by phase


def mend(ink: Ink, y_up: bool = False) -> Ink:
    """Return `ink` as the pen wrote it, without what the device that recorded it did to it.

    Ink on a coarse grid, such as whole pixels, is smoothed; uneven steps of time, repeated points and hooks
    at pen-down are taken out. With `y_up`, ink whose y grows upwards is turned over first. The commands do
    this to every prime and hand. Clean ink is returned as it is, the same object.

    >>> clean = Ink(strokes=([(0.5, 0.25), (3.125, 4.75)],))
    >>> mend(clean) is clean
    True

    Warns (HwWarning) of what was mended.
    """
    (done,), notes = mended([turned_over(ink) if y_up else ink])
    for note in notes:
        warn(f"{ink.id or 'the ink'}: {note}", is_note=True)
    return done


def save_hand(name: str, hand: Ink | Hand, text: str | None = None, overwrite: bool = False) -> Path:
    """Save a `hand` by its `name`, for `find_hand` and `hw sample --hand`; return its file.

    It is a line of ink that says `text` (default: its own text), or what `find_hand` or `learn_hand`
    returned. A line is mended as `mend` does.

    Warns (HwWarning) of what was mended, and of ink that seems to be upside down, mirrored or out of order,
    or does not seem to say its text.

    Raises HwError for a name that is taken or not valid, a text that is missing or too short, and ink whose
    size cannot be measured.
    """
    if isinstance(hand, Hand):
        if hand.learned is not None:
            path = library.place(name, learned.SUFFIX, overwrite)
            library.write(path, hand.learned)
            return path
        hand = hand.line
    path, line = library.prepared(name, mend(hand), text, overwrite)
    if (wrong := prime_warning(load_reader(), line, line.text or "")) is not None:
        warn(f"{hand.id or 'the ink'} {wrong}")
    library.write(path, line)
    return path


def learn_hand(
    lines: Iterable[Ink],
    model: Model | str | Path = "default",
    *,
    updates: int | None = None,
    seed: int = 1,
    threads: int = 0,
    progress: Callable[[float, float], None] = lambda done, total: None,
) -> Hand:
    """Let a synthesis `model` learn a hand from `lines`: ink of one writer, each with its text.

    It takes PyTorch, five to a hundred lines, and one to two minutes on two cores. Faults of the device that
    recorded the lines are mended first. `updates` is how often the weights change, from 1 to 1000 (None: 32
    times, for 20 lines or more 104 to 144); a reader decides how far to go. `threads` is the number of cores
    (0: all). `progress` receives the share that is done, and 1.0.

        hand = hw.learn_hand(hw.read_inks("mine.ndjson"))
        hw.save_hand("mine", hand)
        hw.load_model(kind="synthesis").in_hand(hand).sample(text="Dear Anna")

    The hand has a `line` to continue from and what is `learned`, whose `about` has the share of characters
    that the reader misreads `before` and `after`. The same arguments give the same hand on machines of one
    kind with the same number of threads.

    Warns (HwWarning) of what was mended, and of lines that are left out.

    Raises ValueError for a number out of range; HwError if PyTorch is not installed, too few lines can be
    learned from, the model does not write given text, or every change made the writing illegible.
    """
    if updates is not None and not 1 <= updates <= 1000:
        raise ValueError(f"updates must be from 1 to 1000, not {updates}")
    if threads < 0 or seed < 0:
        raise ValueError("seed and threads must be at least 0")
    with needs_extra("train", "hw hand learn cannot learn"):
        from hwcli.training.hand.effort import Effort
        from hwcli.training.hand.learning import learn

    inks, notes = mended(list(lines))
    for note in notes:
        warn(note, is_note=True)
    writer = model if isinstance(model, Model) else load_model(model, "synthesis")
    found = learn(inks, writer, load_reader(), Effort(updates, seed, threads), _in_one(progress))
    progress(1.0, 1.0)
    for reason in found.left_out[:LISTED]:
        warn(f"left out: {reason}")
    if len(found.left_out) > LISTED:
        warn(f"left out: {len(found.left_out) - LISTED:,} more lines")
    if not found.strength:
        raise HwError(
            "the hand was not learned: every change made the writing illegible",
            "keep one line instead: hw hand save NAME INK",
        )
    return Hand(found.hand.line, found.hand)


def _in_one(progress: Callable[[float, float], None]) -> Callable[[str, float, float], None]:
    """Return what reports the progress of all phases as that of one job."""
    begins = dict(zip(SHARES, accumulate(SHARES.values(), initial=0.0), strict=False))
    return lambda phase, done, total: progress(begins[phase] + SHARES[phase] * done / total, 1.0)
