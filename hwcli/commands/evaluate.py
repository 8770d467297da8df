"""hw evaluate: how well a model predicts the lines of a dataset."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from hwcli import console
from hwcli.cli.flags import setting, settings


def evaluate(
    context: typer.Context,
    dataset: Annotated[Path, typer.Argument(help="Dataset folder from hw preprocess.")] = Path("dataset"),
    model: Annotated[
        str | None,
        typer.Option(
            "--model",
            metavar="NAME|PATH",
            help="Bundled model, model file or run folder (default: iam-prediction).",
        ),
    ] = None,
    split: Annotated[str, typer.Option("--split", help="Split of the dataset to score.")] = "valid",
    protocol: Annotated[
        str,
        typer.Option(
            "--protocol",
            metavar="graves|vrnn|mass",
            help="What to measure: log-loss as Graves reports it, log-likelihood as VRNN papers report it, "
            "or code length (IAM-OnDB's whole units only).",
        ),
    ] = "graves",
    batch_size: Annotated[
        int,
        typer.Option("--batch-size", min=0, help="Lines processed in parallel (0: chosen by line length)."),
    ] = 0,
    device: Annotated[str | None, setting("train", "device")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON object.")] = False,
) -> None:
    """Measure how well a model predicts whole lines.

    Prints the protocol's figure in nats per sequence and per point, and squared error (SSE) per point. Lines
    of several sources are also scored apart. docs/training.md explains the protocols. Warns if the model
    learned from the same writers or forms.

    hw evaluate iam --model run/best.safetensors --split valid
    """
    config = settings(context, sample={"model": model}, train={"device": device}).config
    from hwcli.dataset.learned_from import Overlap
    from hwcli.dataset.store import open_dataset
    from hwcli.evaluation import Evaluation, lines_to_score
    from hwcli.network.device import choose_device
    from hwcli.network.network import Network
    from hwcli.protocols import protocol_of
    from hwcli.sampling.load import load_model
    from hwcli.training.validation import evaluate as score

    measured = protocol_of(protocol)
    data, loaded = open_dataset(dataset), load_model(config.sample.model or "default")
    measured.check(data)
    file, norm = loaded.file, loaded.file.normalisation
    lines, texts = lines_to_score(data, split, file.alphabet)
    network = Network.of(file).to(choose_device(config.train.device))
    by_source: dict[str, Evaluation] = {}
    for name, part in data.by_source(lines).items():
        with console.progress(f"scoring {name}") as report:
            by_source[name] = score(
                network, data, part, norm, batch_size or None, texts=texts, protocol=measured, report=report
            )
    result = Evaluation.total(by_source.values())
    figures = measured.figures(result, norm)
    apart = {name: measured.figures(part, norm) for name, part in by_source.items()}
    overlap = Overlap.of(file.about, data, lines)
    if overlap.warning:
        console.warn(overlap.warning)
    elif overlap.note:
        console.note(overlap.note)
    if as_json:
        row = {"model": loaded.name, "split": split, "sigma_floor": norm.sigma_min, **figures.as_row()}
        row |= {"sources": {name: part.as_row() for name, part in apart.items()}}
        typer.echo(json.dumps(row | {"lines_of_known_groups": overlap.known}))
        return
    floor = " x ".join(f"{sigma:.4f}" for sigma in norm.sigma_min)
    typer.echo(
        f"{loaded.name} on {result.lines:,} lines, {result.points:,} points of {dataset} ({split})\n"
        f"{figures.as_text()}, no component narrower than {floor}"
    )
    for name, one in apart.items() if len(apart) > 1 else ():
        typer.echo(
            f"  {name}: {one.nats_per_sequence:.1f} nats per sequence, {one.nats_per_point:.4f} per point, "
            f"SSE {one.result.sse_per_point:.4f}, {one.result.lines:,} lines, {one.result.points:,} points"
        )
