"""What hw hand learn does and says."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING

from hwcli import console, signals
from hwcli.cli.series import untouched
from hwcli.errors import HwError, needs_extra

if TYPE_CHECKING:
    from hwcli.training.hand.effort import Effort

LISTED = 5  # lines that are left out, in a warning each
SHARES = {"reading": 0.05, "rehearsing": 0.3, "learning": 0.5, "reading back": 0.15}  # of the time, by phase


def learn_hand(
    sources: Sequence[Path], name: str, model_name: str, y_up: bool, overwrite: bool, effort: Effort
) -> None:
    """Learn the hand `name` from the ink in `sources`, and save it.

    Faults of the device are mended first, and ink whose y grows upwards is turned over with `y_up`.
    Raises HwError if the hand exists, an ink cannot be read, too few lines can be learned from, or PyTorch is
    not installed.
    """
    from hwcli.device_ink.mending import mended
    from hwcli.device_ink.upright import turned_over
    from hwcli.hands import learned, library
    from hwcli.ink_io.files import read_inks

    path = library.place(name, learned.SUFFIX, overwrite)
    told = untouched(path)
    with signals.telling(told):
        with console.status("reading ink"):
            inks = [ink for source in sources for ink in read_inks(source)]
            with needs_extra("train", "hw hand learn cannot learn"):
                from hwcli.training.hand.learning import learn
            inks, notes = mended([turned_over(ink) for ink in inks] if y_up else inks)
        console.note(*notes)

        from hwcli.reader.load import load_reader
        from hwcli.sampling.load import load_model

        model = load_model(model_name, "synthesis")

        def end(number: int) -> None:
            signals.end_now(number, "" if console.is_quiet() else told())

        # an update takes two seconds, and nothing has to be cleaned up
        with signals.watched(end), console.progress(f"learning {name}") as report:
            found = learn(inks, model, load_reader(), effort, _in_one(report))
    for reason in found.left_out[:LISTED]:
        console.warn(f"left out: {reason}")
    if len(found.left_out) > LISTED:
        console.warn(f"left out: {len(found.left_out) - LISTED:,} more lines")
    if not found.strength:
        raise HwError(
            f"hand {name!r} was not learned: every change made the writing illegible",
            f"keep one line instead: hw hand save {name} INK",
        )
    library.write(path, found.hand)
    lines, before, after = found.hand.about["lines"], found.before.rate, found.after.rate
    console.note(
        f"learned {path} from {lines:,} lines; the reader misreads {after:.1%} of the characters in it, and "
        f"{before:.1%} where the model only continues a line",
        f"use it: hw sample --hand {name} --text TEXT",
    )


def _in_one(report: console.Reporter) -> Callable[[str, float, float], None]:
    """Return what reports the progress of all phases as that of one job."""
    begins = dict(zip(SHARES, accumulate(SHARES.values(), initial=0.0), strict=False))
    return lambda phase, done, total: report(begins[phase] + SHARES[phase] * done / total, 1.0)
