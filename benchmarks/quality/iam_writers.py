"""Writes the lines of IAM-OnDB with their writers, for hand_likeness.py.

The database does not name the writers in its lines. Its part lists do, by their order: each writer wrote
eight forms, and the lists hold one writer's forms after the other's, sorted. Lines that unipen-synthesis
cannot spell are left out, and so is a writer of whom the list has another number of forms.

    python benchmarks/quality/iam_writers.py lineStrokes-all.tar.gz ascii-all.tar.gz LIST… > lines.ndjson
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from itertools import groupby
from pathlib import Path
from tempfile import TemporaryDirectory

from hwcli.dataset.store import open_dataset
from hwcli.ink_io import ndjson
from hwcli.sampling.load import load_model
from renderers.ink import Ink

FORMS = 8


def writers(names: list[str]) -> Iterator[list[str]]:
    """Yield the forms of one writer after the other: each sequence that ascends, if it has FORMS forms."""
    rises, count = [], 0
    for before, name in zip(["", *names], names, strict=False):
        count += name < before
        rises.append(count)
    for _, group in groupby(zip(rises, names, strict=True), key=lambda row: row[0]):
        if len(forms := [name for _, name in group]) == FORMS:
            yield forms


def tidy(text: str) -> str:
    """Return a transcription as people write: without the space before punctuation marks."""
    for sign in ".,!?;:":
        text = text.replace(f" {sign}", sign)
    return text


def main(strokes: str, transcripts: str, *lists: str) -> None:
    alphabet = load_model(kind="synthesis").file.alphabet
    assert alphabet is not None
    with TemporaryDirectory() as folder:
        where = f"{folder}/iam"
        command = ["-m", "hwcli", "preprocess", strokes, "--transcripts", transcripts, "-o", where]
        subprocess.run([sys.executable, *command], check=True)
        dataset = open_dataset(Path(where))
        lines: dict[str, list[int]] = {}
        for number, line in enumerate(dataset.lines):
            lines.setdefault(line.group, []).append(number)
        for path in map(Path, lists):
            for count, forms in enumerate(writers(path.read_text().split())):
                for number in (k for form in forms for k in lines.get(form, ())):
                    text = tidy(dataset.lines[number].text or "")
                    if text and not alphabet.unknown(text):
                        about = {"text": text, "id": dataset.lines[number].id}
                        ink = Ink.from_offsets(dataset.line(number), **about)
                        ink = replace(ink, extra={"writer": f"{path.stem}-{count:02}"})
                        sys.stdout.buffer.write(ndjson.dump(ink))


if __name__ == "__main__":
    main(*sys.argv[1:])
