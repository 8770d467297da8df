"""What hw hand learn does and says."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from hwcli import console, signals
from hwcli.cli.series import untouched


def learn_hand(
    sources: Sequence[Path],
    name: str,
    model_name: str,
    y_up: bool,
    overwrite: bool,
    updates: int | None,
    seed: int,
    threads: int,
) -> None:
    """Learn the hand `name` from the ink in `sources`, and save it.

    Ink whose y grows upwards is turned over with `y_up`. Raises HwError if the hand exists, an ink cannot be
    read, and as hw.learn_hand does.
    """
    from hwcli.api import hands
    from hwcli.device_ink.upright import turned_over
    from hwcli.hands import learned, library
    from hwcli.ink_io.files import read_inks

    path = library.place(name, learned.SUFFIX, overwrite)
    told = untouched(path)

    def end(number: int) -> None:
        signals.end_now(number, "" if console.is_quiet() else told())

    with signals.telling(told):
        with console.status("reading ink"):
            inks = [ink for source in sources for ink in read_inks(source)]
            if y_up:
                inks = list(map(turned_over, inks))
        # an update takes a second, and nothing has to be cleaned up
        with signals.watched(end), console.progress(f"learning {name}") as report:
            hand = hands.learn_hand(
                inks, model_name, updates=updates, seed=seed, threads=threads, progress=report
            )
    assert hand.learned is not None
    library.write(path, hand.learned)
    lines, misread = hand.learned.about["lines"], hand.learned.about["misread"]
    console.note(
        f"learned {path} from {lines:,} lines; the reader misreads {misread['after']:.1%} of the characters "
        f"in it, and {misread['before']:.1%} where the model only continues a line",
        f"use it: hw sample --hand {name} --text TEXT",
    )
