"""How well a model's text is read at the first try: character error rates by class.

    python benchmarks/quality/first_tries.py [--model NAME|PATH] [--source NAME] [--bias 1] [--seed 1]

Each line of plain_lines.txt and hard_lines.txt (numbers, names, signs, capitals) is sampled once and read by
the bundled reader. Compared between models this says which writes more legibly; as a figure of its own it
counts the reader's errors as well. Characters that a model lacks are drawn, as hw sample does.

    python benchmarks/quality/first_tries.py --people LINES.ndjson [--count 200] [--tries 8] …

writes the texts of people's lines instead (evenly chosen ones that the model can write), and reads both: is
what the model writes as legible as what people write?
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from hwcli.alphabet import Alphabet
from hwcli.errors import HwError
from hwcli.ink_io.formats import read_file
from hwcli.reader.error_rate import Errors
from hwcli.reader.load import load_reader
from hwcli.sampling.load import load_model
from hwcli.sampling.options import SampleOptions
from renderers.ink import Ink

HERE = Path(__file__).parent


def peoples_lines(path: Path, count: int, alphabet: Alphabet) -> list[Ink]:
    """Return `count` of the lines in `path` that have a text in `alphabet`, evenly chosen."""
    lines = [found.ink for found in read_file(path, str(path)) if not isinstance(found, HwError)]
    known = [ink for ink in lines if ink.text and not alphabet.unknown(ink.text)]
    return known[:: max(len(known) // count, 1)][:count]


def show(kind: str, errors: Sequence[Errors], left_out: int = 0) -> None:
    """Print a row for the lines of one `kind`."""
    total = Errors.total(errors)
    classes = ", ".join(f"{name} {rate:.1%}" for name, rate in total.by_class.items())
    right = sum(not line.wrong for line in errors)
    typer.echo(f"{kind}: {total.rate:.1%} of {total.count:,} characters wrong ({classes});")
    typer.echo(f"  {right} of {total.lines} lines right, {left_out} cannot be written")


def main(
    model: Annotated[str, typer.Option(help="Bundled model, model file or run folder.")] = "default",
    source: Annotated[str | None, typer.Option(help="In whose manner, or none.")] = None,
    bias: Annotated[float, typer.Option(help="Bias.")] = 1.0,
    seed: Annotated[int, typer.Option(help="Seed of the first line; each has the next.")] = 1,
    tries: Annotated[int, typer.Option(help="Samples drawn at most of each line.")] = 1,
    people: Annotated[Path | None, typer.Option(help="Ink of people's lines with texts.")] = None,
    count: Annotated[int, typer.Option(help="Lines taken from it.")] = 200,
) -> None:
    """Print a row for the plain and one for the hard lines, or for people's lines and what is written."""
    writer, reader = load_model(model, "synthesis"), load_reader()
    if source is not None:
        writer.source = None if source == "none" else source
    options = SampleOptions(bias=bias, tries=tries, predictions=False)
    texts: dict[str, list[str]] = {}
    if people is not None:
        assert writer.file.alphabet is not None
        lines = peoples_lines(people, count, writer.file.alphabet)
        texts["written"] = [ink.text or "" for ink in lines]
        show("people", [Errors.of(ink.text or "", reader.read(ink).text) for ink in lines])
    else:
        for kind in ("plain", "hard"):
            texts[kind] = (HERE / f"{kind}_lines.txt").read_text(encoding="utf-8").splitlines()
    for kind, of_kind in texts.items():
        errors, left_out = [], 0
        for number, text in enumerate(of_kind):
            try:
                (ink,) = writer.samples(1, seed + number, options, text=text)
            except HwError:
                left_out += 1
                continue
            errors.append(Errors.of(text, reader.read(ink).text))
        show(kind, errors, left_out)


if __name__ == "__main__":
    typer.run(main)
