"""Bundle a run's model with hw: float16 weights with their provenance, and the model card.

    python benchmarks/bundle_model.py run/last.safetensors iam-prediction iam-all twin/last.safetensors iam \\
        --data iam-ondb --commit $(git rev-parse HEAD) --command "hw train iam-all -o run"

A model that has learned from all lines cannot be measured on any. The log-loss in its card is that of a twin,
trained with the same settings without the dataset's `valid` split, which should be by other writers. It is
measured here on that split, with float16 weights.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from hwcli.dataset.learned_from import KEY, Overlap
from hwcli.dataset.rescale import size_of_lines
from hwcli.dataset.store import open_dataset
from hwcli.evaluation import lines_to_score
from hwcli.model import file as model_file
from hwcli.network.network import Network
from hwcli.training.validation import evaluate
from hwcli.weights.bundled import FOLDER


@dataclass(frozen=True)
class Data:
    """The source and the terms of training ink."""

    title: str
    source: str
    citation: str
    terms: str


DATA = {
    "iam-ondb": Data(
        title="IAM On-Line Handwriting Database (IAM-OnDB)",
        source="https://fki.tic.heia-fr.ch/databases/iam-on-line-handwriting-database",
        citation=(
            "M. Liwicki and H. Bunke, IAM-OnDB: an on-line English sentence database acquired from "
            "handwritten text on a whiteboard, Proc. 8th Int. Conf. on Document Analysis and Recognition "
            "(ICDAR), 2005, pp. 956-961"
        ),
        terms="non-commercial research; publications cite the paper",
    )
}


def bundle(
    model: Annotated[Path, typer.Argument(help="Model file of the run.")],
    name: Annotated[str, typer.Argument(help="Name of the bundled model.")],
    dataset: Annotated[Path, typer.Argument(help="Dataset that it was trained on.")],
    twin: Annotated[
        Path, typer.Argument(help="Model file of the run with the same settings and fewer lines.")
    ],
    twin_dataset: Annotated[Path, typer.Argument(help="Its dataset, whose valid split measures it.")],
    data: Annotated[str, typer.Option(help=f"Source of the ink: {', '.join(DATA)}.")],
    commit: Annotated[str, typer.Option(help="Commit that trained it.")],
    command: Annotated[str, typer.Option(help="Commands that trained it.")],
    note: Annotated[str, typer.Option(help="Note for the card.")] = "",
) -> None:
    """Write NAME.safetensors and NAME.md into the package."""
    trained, other = model_file.read(model), _rounded(model_file.read(twin))
    ours, theirs = (run.about["training"] for run in (trained, other))
    if {**ours, "lines": 0, "steps": 0} != {**theirs, "lines": 0, "steps": 0}:
        raise typer.BadParameter("the twin was trained with other settings")
    opened, judging = open_dataset(dataset), open_dataset(twin_dataset)
    ink = DATA[data]
    size = size_of_lines(opened, opened.split("train"))
    lines, texts = lines_to_score(judging, "valid", other.alphabet)
    if Overlap.of(other.about, judging, lines).known != 0:
        raise typer.BadParameter("the twin may have learned from the valid split")
    result = evaluate(Network.of(other), judging, lines, other.normalisation, texts=texts)
    about: dict[str, Any] = {
        "name": name,
        "data": {**asdict(ink), **trained.about.get("data", {})},
        "licence": f"as the data: {ink.terms}",
        "training": {**ours, "commit": commit, "command": command},
        "note": note,
        "log_loss": {
            "protocol": "graves",
            "writers": "new",
            "twin_lines": theirs["lines"],
            "sigma_floor": list(other.normalisation.sigma_min),
            **{k: round(v, 4) if isinstance(v, float) else v for k, v in asdict(result).items()},
        },
        **({KEY: trained.about[KEY]} if KEY in trained.about else {}),
        **({"hand": asdict(size)} if size else {}),
    }
    path = FOLDER / f"{name}.safetensors"
    complete = replace(trained, about=about)
    model_file.write(path, complete, "float16")
    path.with_suffix(".md").write_text(card(complete), encoding="utf-8")
    typer.echo(
        f"{path}: {path.stat().st_size:,} bytes; twin {result.nats_per_sequence:.1f} nats per sequence"
    )


def _rounded(model: model_file.ModelFile) -> model_file.ModelFile:
    tensors = {name: t.astype(np.float16).astype(np.float32) for name, t in model.tensors.items()}
    return replace(model, tensors=tensors)


def card(model: model_file.ModelFile) -> str:
    """Return the model card, in Markdown, from the model file's metadata."""
    about, shape = model.about, model.shape
    data, training, loss = about["data"], about["training"], about["log_loss"]
    settings: Mapping[str, Any] = {**training["model"], **training["train"]}
    rows = "\n".join(f"| {key} | {value} |" for key, value in settings.items())
    connections = "with skip connections" if shape.skip else "without skip connections"
    floor = " x ".join(f"{v:.4f}" for v in loss["sigma_floor"])
    note = f"\n{about['note']}\n" if about["note"] else ""
    return f"""# {about["name"]}

A {model.kind} network after Graves (2013): {shape.layers} LSTM layers of {shape.hidden} cells {connections},
a mixture of {shape.mixtures} bivariate Gaussians, {model.parameters:,} weights, stored as float16.
{note}
## Terms

**{about["licence"].capitalize()}.**
The weights were learned from the data below and are provided under its terms.
The code of hw is not subject to them.

## Data

{data["title"]}, <{data["source"]}>.

{data["citation"]}.

Read from: {", ".join(data["names"])}. The model was trained on {training["lines"]:,} lines.

## Log-loss

On new writers: **{loss["nats_per_sequence"]:.1f} nats per sequence**, {loss["nats_per_point"]:.4f} per point;
squared error (SSE) {loss["sse_per_point"]:.4f} per point.

This is the figure of a twin of this model: the same settings and number of epochs, but trained on only
{loss["twin_lines"]:,} lines. It was measured on {loss["lines"]:,} lines ({loss["points"]:,} points) of
testset_t, a part of the database whose writers wrote none of those. The model itself has learned from
testset_t too, so no line of this project's data can measure it on new writers.

Protocol `graves`: whole lines; the log-loss of the offsets of points 2 to T, each given all points before it,
and of all end-of-stroke values, summed per line and averaged over lines.
Offsets are normalised per axis to mean 0 and standard deviation 1.
No component is narrower than half a tablet unit ({floor} normalised).
Graves measured on testset_v, whose lines are shorter, so his figures cannot be compared with this one.

## Training

Commit {training["commit"]}; epochs: {training["epoch"]}, steps: {training["steps"]:,}:

```
{training["command"]}
```

Settings at the commit above; some no longer exist.

| setting | value |
| --- | --- |
{rows}
"""


if __name__ == "__main__":
    typer.run(bundle)
