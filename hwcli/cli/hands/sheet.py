"""Sheets of hands: a line of each, or one text in each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from hwcli import console
from hwcli.errors import HwError

if TYPE_CHECKING:
    from hwcli.config.load import Settings
    from hwcli.hands.library import Hand
    from hwcli.sampling.model import Model
    from renderers.ink import Ink

HEIGHT = 100.0  # of the handwriting on a sheet, by Size.height: hands come in units of their own


def hands(names: Sequence[str]) -> Iterator[tuple[str, Hand]]:
    """Yield the hands called `names`, or all that are known; a damaged one among all is left out."""
    from hwcli.hands import library

    for name in names or library.names():
        try:
            yield name, library.find(name)
        except HwError as error:
            if names:
                raise
            console.warn(f"left out: {error.message}")


def own_lines(names: Sequence[str]) -> list[Ink]:
    """Return a line in each hand, at one height."""
    return [_named(name, hand.line) for name, hand in hands(names)]


def written(text: str, names: Sequence[str], seed: int, bias: float) -> list[Ink]:
    """Return `text` written in each hand, at one height. HwError as Model.samples raises it."""
    from hwcli.sampling.load import load_model
    from hwcli.sampling.options import SampleOptions

    options = SampleOptions(bias=bias, keep_prime=False, predictions=False, fold=True)
    chosen = list(hands(names))
    models: dict[str, Model] = {}
    inks = []
    with console.progress("writing in each hand") as report:
        for number, (name, hand) in enumerate(chosen):
            report(number, len(chosen))
            wanted = hand.learned.model if hand.learned else "default"
            if wanted not in models:
                models[wanted] = load_model(wanted, "synthesis")
            model = models[wanted].in_hand(hand.learned) if hand.learned else models[wanted]
            inks.append(_named(name, next(model.quiet_samples(1, seed, options, text=text, prime=hand.line))))
    return inks


def draw_sheet(settings: Settings, inks: Sequence[Ink], output: Path | None, format_: str | None) -> None:
    """Draw `inks` below each other on one page, captioned with their names."""
    from hwcli.cli.pictures import draw_to, format_of, picture_of
    from hwcli.cli.streams import stdout_is_terminal

    if not inks:
        raise HwError("there are no hands to draw")
    kind = format_of(output, format_, "term" if output is None and stdout_is_terminal() else "svg")
    picture = picture_of(settings, "plain", kind, [], output)
    draw_to(inks, replace(picture, caption=("id",), in_pages=False), output)


def _named(name: str, ink: Ink) -> Ink:
    from hwcli.ink_size import Size
    from renderers.ink import Ink

    size = Size.of(ink)
    factor = HEIGHT / size.height if size else 1.0
    return Ink(strokes=tuple(stroke * factor for stroke in ink.strokes), id=name, text=ink.text)
