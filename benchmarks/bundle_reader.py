"""Bundle a run's reader with hw: float16 weights with their provenance, and the model card.

    python benchmarks/bundle_reader.py run/best.safetensors unipen-reader unipen=unipen iam-ondb=iam \\
        --commit $(git rev-parse HEAD) --command "hw train unipen -o run --preset reader" \\
        --pictures network.safetensors

The card has the error rates on the `valid` split of every dataset, by class of character, with float16
weights. The reader must not have learned from the writers there. `--pictures` adds a network that
benchmarks/picture_reader.py has trained.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from error_table import table
from hwcli.dataset.learned_from import KEY, Overlap
from hwcli.dataset.line_texts import with_text
from hwcli.dataset.store import open_dataset
from hwcli.evaluation.reader_errors import ReaderEvaluation
from hwcli.model import container, reader_file
from hwcli.model.reader_file import ReaderFile
from hwcli.weights.bundled import FOLDER
from ink_terms import INKS, front_matter

UNIPEN = INKS["unipen"]
PICTURES = """A second network of {:,} weights learned from the same ink, and from lines that hw wrote.
It sees a line as a picture, and little around each place (benchmarks/picture_reader.py). `hw sample` draws
again what it finds unclear."""


def bundle(
    model: Annotated[Path, typer.Argument(help="Model file of the run.")],
    name: Annotated[str, typer.Argument(help="Name of the bundled reader.")],
    tests: Annotated[list[str], typer.Argument(metavar="NAME=DATASET…", help="What to measure it on.")],
    commit: Annotated[str, typer.Option(help="Commit that trained it.")],
    command: Annotated[str, typer.Option(help="Commands that trained it.")],
    note: Annotated[str, typer.Option(help="Note for the card.")] = "",
    pictures: Annotated[Path | None, typer.Option(help="Network of picture_reader.py train.")] = None,
) -> None:
    """Write NAME.safetensors and NAME.md into the package."""
    trained = reader_file.read(model)
    rounded = {k: t.astype(np.float16).astype(np.float32) for k, t in trained.tensors.items()}
    trained = replace(trained, tensors=rounded)
    errors = {}
    for title, _, path in (test.partition("=") for test in tests):
        dataset = open_dataset(Path(path))
        lines = with_text(dataset, dataset.split("valid"))
        if Overlap.of(trained.about, dataset, lines, "error rate").known != 0:
            raise typer.BadParameter(f"the reader may have learned from the writers of {path}")
        found = ReaderEvaluation.of(trained, dataset, "valid")
        errors |= {title: found.written.as_row()}
        if found.composed.lines:
            errors |= {f"{title}, composed": found.composed.as_row()}
    about: dict[str, Any] = {
        "name": name,
        "data": {"title": UNIPEN.title, "citation": UNIPEN.citation, **trained.about["data"]},
        "licence": UNIPEN.terms,
        "training": {**trained.about["training"], "commit": commit, "command": command},
        "note": note,
        "error": {"protocol": "cer", "writers": "new", **next(iter(errors.values()))},
        "errors": errors,
        KEY: trained.about[KEY],
    }
    second = container.load(pictures)[1] if pictures else trained.pictures
    complete = replace(trained, about=about, pictures=second)
    path = FOLDER / f"{name}.safetensors"
    reader_file.write(path, complete, "float16")
    path.with_suffix(".md").write_text(card(complete), encoding="utf-8")
    typer.echo(f"{path}: {path.stat().st_size:,} bytes")


def card(reader: ReaderFile) -> str:
    """Return the model card, in Markdown, from the file's metadata."""
    about, shape = reader.about, reader.shape
    first, second = (sum(t.size for t in part.values()) for part in (reader.tensors, reader.pictures))
    looks = f"\n{PICTURES.format(second)}\n" if second else ""
    data, training = about["data"], about["training"]
    settings: Mapping[str, Any] = {**training["model"], **training["train"]}
    rows = "\n".join(f"| {key} | {value} |" for key, value in settings.items())
    note = f"\n{about['note']}\n" if about["note"] else ""
    return f"""{front_matter([UNIPEN], ["reader"])}

# {about["name"]}

A reader of online handwriting: {shape.layers} bidirectional LSTM layers of {shape.hidden} cells per direction
over steps along the pen's path, trained with CTC; {first:,} weights, stored as float16. It reads
`{reader.alphabet.characters.strip()}` and the space.

It proofreads what `hw sample --text` writes, and is what `hw read` reads with.
{looks}{note}
## Terms

**{about["licence"]}, as the data.** Anyone may use these weights, for any purpose, naming the source below.

## Data

{data["title"]}, <{UNIPEN.source}>.

{data["citation"]}.

It learned from {training["lines"]:,} lines, and in each epoch from {training["composed_lines"]:,} lines
composed of single characters and words of one writer.

## Error rate

Characters read wrongly (Levenshtein distance over length), by writers that it did not learn from:

{table("ink", about["errors"])}

Without a language model; case counts, so that s for S is an error. What is composed is random text.

## Training

Commit {training["commit"]}:

```
{training["command"]}
```

| setting | value |
| --- | --- |
{rows}
"""


if __name__ == "__main__":
    typer.run(bundle)
