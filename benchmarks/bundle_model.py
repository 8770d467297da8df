"""Bundle a run's model with hw: float16 weights with their provenance, and the model card.

    python benchmarks/bundle_model.py run/last.safetensors iam-synthesis iam-all iam-ondb=iam \\
        --twin twin/last.safetensors --ink iam-ondb --commit $(git rev-parse HEAD) --command "hw train …"

The log-losses in the card are measured here with float16 weights, on the `valid` splits of the datasets
named, whose writers must be new. A model that has learned from all writers there cannot be measured on them.
Its twin is measured then: trained with the same settings without those writers. The card of a network that
writes text also says how legibly it does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

import legibility
from hwcli.dataset.epochs.told_sources import ToldSources
from hwcli.dataset.learned_from import KEY, Overlap
from hwcli.dataset.rescale import size_of_lines
from hwcli.dataset.store import Dataset, open_dataset
from hwcli.evaluation.scores import lines_to_score
from hwcli.evaluation.scoring import score_lines
from hwcli.model import file as model_file
from hwcli.weights.bundled import FOLDER
from ink_terms import INKS, Ink, described, front_matter, terms


def bundle(
    model: Annotated[Path, typer.Argument(help="Model file of the run.")],
    name: Annotated[str, typer.Argument(help="Name of the bundled model.")],
    dataset: Annotated[Path, typer.Argument(help="Dataset that it was trained on.")],
    tests: Annotated[list[str], typer.Argument(metavar="NAME=DATASET…", help="What to measure it on.")],
    ink: Annotated[list[str], typer.Option(help=f"Ink that it learned from: {', '.join(INKS)}.")],
    commit: Annotated[str, typer.Option(help="Commit that trained it.")],
    command: Annotated[str, typer.Option(help="Commands that trained it.")],
    twin: Annotated[
        Path | None, typer.Option(help="Model file of the run with the same settings and fewer lines.")
    ] = None,
    source: Annotated[str | None, typer.Option(help="Source in whose manner it writes by default.")] = None,
    drawn: Annotated[str, typer.Option(help="Characters that it writes badly, for hw to draw.")] = "",
    note: Annotated[str, typer.Option(help="Note for the card.")] = "",
) -> None:
    """Write NAME.safetensors and NAME.md into the package."""
    trained = model_file.read(model)
    measured = _rounded(model_file.read(twin or model))
    ours, theirs = (run.about["training"] for run in (trained, measured))
    if {**ours, "lines": 0, "steps": 0} != {**theirs, "lines": 0, "steps": 0}:
        raise typer.BadParameter("the twin was trained with other settings")
    opened = open_dataset(dataset)
    lines = opened.split("train")
    size = size_of_lines(opened, opened.by_source(lines)[source] if source else lines)
    losses = {title: _loss(measured, open_dataset(Path(path))) for title, _, path in
              (test.partition("=") for test in tests)}  # fmt: skip
    if twin is not None:
        losses = {title: {"twin_lines": theirs["lines"], **loss} for title, loss in losses.items()}
    inks = [INKS[key] for key in ink]
    about: dict[str, Any] = {
        "name": name,
        "data": {
            "inks": ink,
            "title": "; ".join(one.title for one in inks),
            "citation": "; ".join(one.citation for one in inks),
            **trained.about.get("data", {}),
        },
        "licence": terms(inks),
        "training": {**ours, "commit": commit, "command": command},
        "note": note,
        "log_loss": next(iter(losses.values())),
        "log_losses": losses,
        **({"source": source} if source else {}),
        **({KEY: trained.about[KEY]} if KEY in trained.about else {}),
        **({"hand": asdict(size)} if size else {}),
    }
    path = FOLDER / f"{name}.safetensors"
    alphabet = trained.alphabet and replace(trained.alphabet, drawn=drawn)
    complete = replace(trained, about=about, alphabet=alphabet)
    if alphabet is not None:
        legible = legibility.measured(_rounded(complete), name)
        complete = replace(complete, about={**about, "legibility": legible})
    model_file.write(path, complete, "float16")
    path.with_suffix(".md").write_text(card(model_file.read(path)), encoding="utf-8")
    typer.echo(f"{path}: {path.stat().st_size:,} bytes")
    for title, loss in losses.items():
        typer.echo(f"{title}: {loss['nats_per_sequence']:.1f} nats per sequence")


def _loss(model: model_file.ModelFile, dataset: Dataset) -> dict[str, Any]:
    """Return the log-loss of `model` on the `valid` split, as its file records it."""
    lines, texts = lines_to_score(dataset, "valid", model.alphabet)
    if Overlap.of(model.about, dataset, lines).known != 0:
        raise typer.BadParameter(f"the model may have learned from writers of {dataset.path}")
    told = ToldSources.of(dataset, model.sources) if model.sources else None
    result = score_lines(model, dataset, lines, texts=texts, told=told).mean()
    return {
        "protocol": "graves",
        "writers": "new",
        "sigma_floor": list(model.normalisation.sigma_min),
        **{k: round(v, 4) if isinstance(v, float) else v for k, v in asdict(result).items()},
    }


def _rounded(model: model_file.ModelFile) -> model_file.ModelFile:
    tensors = {name: t.astype(np.float16).astype(np.float32) for name, t in model.tensors.items()}
    return replace(model, tensors=tensors)


def inks_of(about: Mapping[str, Any]) -> list[Ink]:
    """Return the databases that a bundled model learned from."""
    data = about["data"]
    return [ink for key, ink in INKS.items() if key in data.get("inks", ()) or ink.title == data["title"]]


def card(model: model_file.ModelFile) -> str:
    """Return the model card, in Markdown, from the model file's metadata."""
    about, shape, inks = model.about, model.shape, inks_of(model.about)
    training, loss = about["training"], about["log_loss"]
    settings: Mapping[str, Any] = {**training["model"], **training["train"]}
    rows = "\n".join(f"| {key} | {value} |" for key, value in settings.items())
    connections = "with skip connections" if shape.skip else "without skip connections"
    floor = " x ".join(f"{v:.4f}" for v in loss["sigma_floor"])
    note = f"\n{about['note']}\n" if about["note"] else ""
    return f"""{front_matter(inks, [model.kind])}

# {about["name"]}

A {model.kind} network after Graves (2013): {shape.layers} LSTM layers of {shape.hidden} cells {connections},
a mixture of {shape.mixtures} bivariate Gaussians, {model.parameters:,} weights, stored as float16.
{_writes(model)}{note}
## Terms

**{about["licence"][0].upper()}{about["licence"][1:]}.** {_meaning(inks)}
The code of hw is not subject to them.

## Data

{described(inks)}

Read from: {", ".join(about["data"]["names"])}. The model was trained on {training["lines"]:,} lines.

## Log-loss

{_figures(about)}

Protocol `graves`: whole lines; the log-loss of the offsets of points 2 to T, each given all points before it,
and of all end-of-stroke values, summed per line and averaged over lines.
Offsets are normalised per axis to mean 0 and standard deviation 1.
No component is narrower than half a tablet unit ({floor} normalised).
Graves measured on testset_v of IAM-OnDB, whose lines are other ones, so his figures cannot be compared.
{legibility.section(about["legibility"]) if "legibility" in about else ""}
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


def _writes(model: model_file.ModelFile) -> str:
    """Return which characters and sources the model knows, if any."""
    parts = []
    if model.alphabet is not None:
        parts.append(f"It writes\n`{model.alphabet.characters.strip()}` and the space.")
        if model.alphabet.drawn:
            named = " and ".join(f"`{c}`" for c in model.alphabet.drawn)
            parts.append(f"hw draws {named} itself, which the network writes badly.")
    if model.sources:
        default = model.about.get("source")
        manner = f"; by default it writes in the manner of `{default}`" if default else ""
        parts.append(f"It tells these sources of ink apart: {', '.join(model.sources)}{manner}.")
    return "".join(f"{part}\n" for part in parts)


def _meaning(inks: list[Ink]) -> str:
    if all(ink.free for ink in inks):
        return "Anyone may use these weights, for any purpose, naming the source below."
    return "The weights were learned from the data below and are provided under its terms."


def _figures(about: Mapping[str, Any]) -> str:
    losses = about.get("log_losses") or {"IAM-OnDB, testset_t": about["log_loss"]}
    rows = "\n".join(
        f"| {title} | {loss['lines']:,} | {loss['points']:,} | {loss['nats_per_sequence']:.1f} "
        f"| {loss['nats_per_point']:.4f} | {loss['sse_per_point']:.4f} |"
        for title, loss in losses.items()
    )
    of_whom = "Measured on writers that the model has not learned from."
    if twin := about["log_loss"].get("twin_lines"):
        of_whom = f"""These are the figures of a twin of this model: the same settings and number of epochs,
but trained on only {twin:,} lines, by other writers than those it was measured on. The model itself has
learned from these writers too, so no line of this project's data can measure it on new ones."""
    return f"""In nats, on new writers; lower is better:

| ink | lines | points | per sequence | per point | SSE per point |
| --- | ---: | ---: | ---: | ---: | ---: |
{rows}

{of_whom}"""


if __name__ == "__main__":
    typer.run(bundle)
