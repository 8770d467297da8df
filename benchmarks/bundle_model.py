"""Bundle a run's model with hw: float16 weights with their provenance, and the model card.

    python benchmarks/bundle_model.py run/best.safetensors iam-prediction iam --data iam-ondb \\
        --commit $(git rev-parse HEAD) --command "hw train iam -o run" \\
        --new-writers "-1044.1 nats per sequence on testset_v."

The log-loss in the card is measured here, on the dataset's valid split, with the float16 weights.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Annotated, Any

import typer

from hwcli.dataset.learned_from import KEY
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
    data: Annotated[str, typer.Option(help=f"Source of the ink: {', '.join(DATA)}.")],
    commit: Annotated[str, typer.Option(help="Commit that trained it.")],
    command: Annotated[str, typer.Option(help="Commands that trained it.")],
    new_writers: Annotated[str, typer.Option(help="What is known of the log-loss on new writers.")],
    note: Annotated[str, typer.Option(help="Note for the card.")] = "",
) -> None:
    """Write NAME.safetensors and NAME.md into the package."""
    trained = model_file.read(model)
    opened = open_dataset(dataset)
    ink = DATA[data]
    size = size_of_lines(opened, opened.split("train"))
    path = FOLDER / f"{name}.safetensors"
    about: dict[str, Any] = {
        "name": name,
        "data": {**asdict(ink), **trained.about.get("data", {})},
        "licence": f"as the data: {ink.terms}",
        "training": {**trained.about["training"], "commit": commit, "command": command},
        "note": note,
        "new_writers": new_writers,
        **({KEY: trained.about[KEY]} if KEY in trained.about else {}),
        **({"hand": asdict(size)} if size else {}),
    }
    model_file.write(path, replace(trained, about=about), "float16")
    shipped = model_file.read(path)  # with rounded weights
    lines, texts = lines_to_score(opened, "valid", shipped.alphabet)
    result = evaluate(Network.of(shipped), opened, lines, shipped.normalisation, texts=texts)
    about["log_loss"] = {
        "split": "valid",
        "protocol": "graves",
        "sigma_floor": list(shipped.normalisation.sigma_min),
        **{k: round(v, 4) if isinstance(v, float) else v for k, v in asdict(result).items()},
    }
    complete = replace(shipped, about=about)
    model_file.write(path, complete, "float16")
    path.with_suffix(".md").write_text(card(complete), encoding="utf-8")
    typer.echo(f"{path}: {path.stat().st_size:,} bytes, {result.nats_per_sequence:.1f} nats per sequence")


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
A further {loss["lines"]:,} lines, from other forms, were held out to choose the epoch and to measure the
log-loss.

## Log-loss

On new writers: {about["new_writers"]}

On known writers: **{loss["nats_per_sequence"]:.1f} nats per sequence**, {loss["nats_per_point"]:.4f} per
point; squared error (SSE) {loss["sse_per_point"]:.4f} per point.
Measured on the {loss["lines"]:,} held-out lines ({loss["points"]:,} points) with the bundled weights.

Protocol `graves`: whole lines; the log-loss of the offsets of points 2 to T, each given all points before it,
and of all end-of-stroke values, summed per line and averaged over lines.
Offsets are normalised per axis to mean 0 and standard deviation 1.
No component is narrower than half a tablet unit ({floor} normalised).

The held-out lines are of forms that were not learned from, by writers who wrote other forms that were.
They were also used to choose the epoch. This figure cannot be compared with Graves's.

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
