"""hw sample."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from hwcli import signals
from hwcli.cli.flags import settings, with_settings
from hwcli.cli.sample_flags import SampleFlags

if TYPE_CHECKING:
    from hwcli.cli.sample_request import SampleRequest
    from renderers.ink import Ink


@with_settings("sample", "render", names={"count": ("--count", "-n")}, leave_out=("style",), own=SampleFlags)
def sample(context: typer.Context, *, own: SampleFlags, flags: Any) -> None:
    """Sample handwriting from a model.

    Without -o, shows the handwriting in a terminal, and writes hw ink (NDJSON) into a pipe. With -o, writes a
    picture or a file of ink.

    Examples:
        hw sample --text "Dear Anna"
        hw sample --text "Dear Anna" --hand brisk --bias 1 -o anna.svg
        hw sample --text @letter.txt --paper a5 -o letter.pdf
        hw sample --text @letter.txt --fields guests.csv -o '{name}.svg'
        hw sample --render eos -o sample.svg
        hw sample --prime line.xml --count 3 -o lines.svg
        hw sample --seed 7 | hw render --style color > color.svg
        hw sample --score lines.ndjson | jq .log_loss.nats_per_point
    """
    given = settings(context, **flags)
    from hwcli.cli.sample_request import SampleRequest
    from hwcli.cli.series import NOTHING, Tally
    from hwcli.cli.streams import write_inks

    request = SampleRequest.of(given, own)
    with signals.telling(lambda: NOTHING):
        if own.to_files:
            _write_letters(request)
        elif request.pictures:
            _draw(request, request.inks(), own.output)
        else:
            tally = Tally("sample" if own.score is None else "ink", request.total)
            write_inks(request.inks(), own.output, own.prediction, request.ink_format, tally)
    request.left_out.check()


def _write_letters(request: SampleRequest) -> None:
    """Write the letter of each row; after Ctrl-C, note how many are kept."""
    from hwcli.cli.streams import write_inks

    own, written = request.flags, 0

    def kept() -> str:
        letters = "1 letter is" if written == 1 else f"{written:,} letters are"
        return f"{letters} written; the same command writes the others"

    with signals.telling(kept, of_all=True):
        for file, inks in request.letters():
            if request.pictures:
                _draw(request, inks, file)
            else:
                write_inks(inks, file, own.prediction, request.ink_format)
            written += 1


def _draw(request: SampleRequest, inks: Iterable[Ink], output: Path | None) -> None:
    from hwcli.cli.pictures import draw_to, free_name, one_file_each
    from hwcli.cli.series import Tally, collected, each_written

    pictures = request.pictures
    if len(pictures) == 1 and pictures[0].in_pages:
        # as they are finished, to keep no more than one
        draw_to(inks, pictures[0], output, total=request.total)
        return
    if not isinstance(inks, Sequence):
        needs = any("prediction" in p.style.needs for p in pictures)
        inks = collected(inks, output, Tally("sample", request.total), needs)
    if request.flags.render == "all":  # skip styles that were not asked for by name and cannot draw this ink
        pictures = [p for p in pictures if not any(p.style.lacks(ink) for ink in inks)]
    jobs = list(product(pictures, one_file_each(inks, request.pictures[0], output)))
    with each_written(len(jobs)) as tally:
        for picture, (drawn, file) in jobs:
            if request.is_shown:
                file = free_name(Path(f"sample.{picture.style.name}.svg"))
            elif len(request.pictures) > 1 and file is not None:
                suffix = file.suffix or f".{picture.format.name}"
                file = file.with_suffix(f".{picture.style.name}{suffix}")
            draw_to(drawn, picture, file, preview=request.is_shown)
            tally.done += 1
