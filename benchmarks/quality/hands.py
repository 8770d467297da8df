"""Lines for a model to write in: drawn, and tried on texts. Of such lines the bundled hands are chosen.

    python benchmarks/quality/hands.py draw LINES.ndjson [--model NAME|PATH] [--count 60] [--bias 0.4]
    python benchmarks/quality/hands.py try LINES.ndjson [--model NAME|PATH] [--texts 16] [--bias 1]

`draw` writes lines of one text that are clear to the bundled reader. `try` continues each line with the same
texts, plain and hard in turn, each drawn once, and prints a row per line, the best read first:

- the share of characters that the reader misreads;
- how much the slant changes from the first half of a text to the second: the mean over the texts, and its
  root mean square. A hand that the model cannot hold leans further and further;
- how it looks: slant in degrees, height in the model's units, width, points and strokes per character.

A person chooses of these: hands that hold, read well, and are clearly different to look at.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from numpy.typing import NDArray

from handwriting import QUANTITIES, Line, halves, measured, slant
from hwcli.ink_io.files import read_inks, write_ink
from hwcli.reader.error_rate import Errors
from hwcli.reader.load import load_reader
from hwcli.sampling.drafting.read_back import VERY_CLEAR, read_back
from hwcli.sampling.load import load_model
from hwcli.sampling.model import Model
from hwcli.sampling.options import SampleOptions
from renderers.ink import Ink

HERE = Path(__file__).parent
TEXT = "My own hand, page 36 of 72"  # small letters, a capital and digits, in two seconds
TRIES = 8

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
ModelName = Annotated[str, typer.Option("--model", help="Bundled model, model file or run folder.")]


@app.command()
def draw(
    lines: Annotated[Path, typer.Argument(help="File of hw ink to write.")],
    model: ModelName = "default",
    count: Annotated[int, typer.Option(help="Lines drawn, of which the clear ones are written.")] = 60,
    bias: Annotated[float, typer.Option(help="The lower, the more hands differ.")] = 0.4,
    seed: Annotated[int, typer.Option(help="Seed.")] = 1,
    text: Annotated[str, typer.Option(help="What the lines say.")] = TEXT,
) -> None:
    """Write lines that can be read without doubt."""
    writer, reader = load_model(model, "synthesis"), load_reader()
    options = SampleOptions(bias=bias, tries=TRIES, predictions=False)
    inks = writer.samples(count, seed, options, text=text)
    clear = [ink for ink in inks if read_back(reader, ink, text, VERY_CLEAR).clear]
    write_ink(clear, lines)
    typer.echo(f"{lines}: {len(clear)} of {count} lines are clear")


@app.command(name="try")
def try_(
    lines: Annotated[Path, typer.Argument(help="Ink of one line per hand, each with its text.")],
    model: ModelName = "default",
    texts: Annotated[int, typer.Option(help="Texts written in each hand.")] = 16,
    bias: Annotated[float, typer.Option(help="Bias.")] = 1.0,
    seed: Annotated[int, typer.Option(help="Seed of the first text; each has the next.")] = 1,
) -> None:
    """Write texts after each line, and print how well they are read and how steady the hand is."""
    writer = load_model(model, "synthesis")
    rows = [(ink.id or str(number), tried(writer, ink, some_texts(texts), bias, seed))
            for number, ink in enumerate(read_inks(lines))]  # fmt: skip
    heads = ("hand", "misread", "drift", "rms", *QUANTITIES)
    typer.echo(f"| {' | '.join(heads)} |\n| --- |{' ---: |' * (len(heads) - 1)}")
    for name, (misread, mean, rms, *looks) in sorted(rows, key=lambda row: row[1][0]):
        numbers = (f"{misread:.1%}", f"{mean:.1f}", f"{rms:.1f}", *(f"{value:.2f}" for value in looks))
        typer.echo(f"| {' | '.join((name, *numbers))} |")


def some_texts(count: int) -> list[str]:
    """Return plain and hard lines in turn."""
    plain, hard = ((HERE / f"{kind}_lines.txt").read_text("utf-8").splitlines() for kind in ("plain", "hard"))
    return [text for pair in zip(plain, hard, strict=True) for text in pair][:count]


def tried(writer: Model, hand: Ink, texts: list[str], bias: float, seed: int) -> list[float]:
    """Return the share of misread characters, mean and root mean square of the drift in degrees, and looks.

    The looks are the means of QUANTITIES over the texts.
    """
    options = SampleOptions(bias=bias, tries=1, predictions=False, keep_prime=False)
    inks = list(writer.samples(1, seed, options, text=texts, prime=hand))
    reader = load_reader()
    errors = [Errors.of(text, reader.read(ink).text) for text, ink in zip(texts, inks, strict=True)]
    lines = [Line(ink, len(text)) for text, ink in zip(texts, inks, strict=True)]
    drifts = np.array([drift(line) for line in lines])
    looks = np.nanmean(measured(lines), axis=0)
    return [
        Errors.total(errors).rate,
        float(np.nanmean(drifts)),
        float(np.sqrt(np.nanmean(drifts**2))),
        *looks.tolist(),
    ]


def drift(line: Line) -> float:
    """Return how many degrees further the second half leans than the first; NaN if unknown."""
    assert line.ink.trace is not None
    attended: NDArray[np.int64] = np.asarray(line.ink.trace.characters)
    try:
        first, second = halves(line, attended)
    except ValueError:
        return np.nan
    return slant(second) - slant(first)


if __name__ == "__main__":
    app()
