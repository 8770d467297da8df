"""How legibly a network writes: what the bundled reader misreads at the first try, for its model card."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from error_table import table
from hwcli.model.file import ModelFile
from hwcli.reader.error_rate import Errors
from hwcli.reader.load import load_reader
from hwcli.sampling.model import Model
from hwcli.sampling.options import SampleOptions

LINES = Path(__file__).parent / "quality"
KINDS = ("plain", "hard")
SEEDS = range(1, 9)
BIAS = 1.0
FEW = 100  # a class with fewer characters has no rate: it would say nothing


def measured(file: ModelFile, name: str) -> dict[str, Any]:
    """Return the errors of `KINDS` of lines, drawn once for each of SEEDS, as rows of a table."""
    model, reader = Model(file, name), load_reader()
    options = SampleOptions(bias=BIAS, tries=1, predictions=False)
    rows = {}
    for kind in KINDS:
        texts = (LINES / f"{kind}_lines.txt").read_text(encoding="utf-8").splitlines()
        errors = [
            Errors.of(text, reader.read(ink).text)
            for seed in SEEDS
            for text, ink in zip(texts, model.quiet_samples(1, seed, options, text=texts), strict=True)
        ]
        rows[kind] = _without_rare_classes(Errors.total(errors).as_row())
    return rows


def _without_rare_classes(row: dict[str, Any]) -> dict[str, Any]:
    counts = row["characters_by_class"]
    return {**row, "by_class": {name: rate for name, rate in row["by_class"].items() if counts[name] >= FEW}}


def section(rows: dict[str, Any]) -> str:
    """Return the section of a model card."""
    return f"""
## Legibility

Characters that `unipen-reader` misreads at the first try (bias {BIAS:g}); it has learned from the same ink.
The hard lines have numbers, names, signs and words in capitals. `hw sample` draws again what cannot be read.

{table("text", rows)}
"""
