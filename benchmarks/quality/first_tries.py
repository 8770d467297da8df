"""How well a model's text is read at the first try: character error rates by class.

    python benchmarks/quality/first_tries.py [--model NAME|PATH] [--source NAME] [--bias 1] [--seed 1]

Each line of plain_lines.txt and hard_lines.txt (numbers, names, signs, capitals) is sampled once and read by
the bundled reader. Compared between models this says which writes more legibly; as a figure of its own it
counts the reader's errors as well. Characters that a model lacks are drawn, as hw sample does.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hwcli.errors import HwError
from hwcli.reader.error_rate import Errors
from hwcli.reader.load import load_reader
from hwcli.sampling.load import load_model
from hwcli.sampling.options import SampleOptions

HERE = Path(__file__).parent


def main(
    model: Annotated[str, typer.Option(help="Bundled model, model file or run folder.")] = "default",
    source: Annotated[str | None, typer.Option(help="In whose manner, or none.")] = None,
    bias: Annotated[float, typer.Option(help="Bias.")] = 1.0,
    seed: Annotated[int, typer.Option(help="Seed of the first line; each has the next.")] = 1,
) -> None:
    """Print a row for the plain and one for the hard lines."""
    writer, reader = load_model(model, "synthesis"), load_reader()
    if source is not None:
        writer.source = None if source == "none" else source
    options = SampleOptions(bias=bias, tries=1, predictions=False)
    for kind in ("plain", "hard"):
        errors, right, left_out = [], 0, 0
        texts = (HERE / f"{kind}_lines.txt").read_text(encoding="utf-8").splitlines()
        for number, text in enumerate(texts):
            try:
                (ink,) = writer.samples(1, seed + number, options, text=text)
            except HwError:
                left_out += 1
                continue
            errors.append(Errors.of(text, reader.read(ink).text))
            right += not errors[-1].wrong
        total = Errors.total(errors)
        classes = ", ".join(f"{name} {rate:.1%}" for name, rate in total.by_class.items())
        typer.echo(f"{kind}: {total.rate:.1%} of {total.count:,} characters wrong ({classes});")
        typer.echo(f"  {right} of {total.lines} lines right, {left_out} cannot be written")


if __name__ == "__main__":
    typer.run(main)
