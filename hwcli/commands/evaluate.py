"""hw evaluate: the log-loss of a model on a dataset."""

from __future__ import annotations

import json
from dataclasses import asdict
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
    batch_size: Annotated[
        int,
        typer.Option("--batch-size", min=0, help="Lines processed in parallel (0: chosen by line length)."),
    ] = 0,
    device: Annotated[str | None, setting("train", "device")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON object.")] = False,
) -> None:
    """Measure the log-loss of a model.

    Scores whole lines by protocol graves: log-loss in nats per sequence and per point, and squared error
    (SSE) per point. Warns if the model learned from the same writers or forms.

    hw evaluate iam --model run/best.safetensors --split valid
    """
    config = settings(context, sample={"model": model}, train={"device": device}).config
    from hwcli.dataset.learned_from import Overlap
    from hwcli.dataset.store import open_dataset
    from hwcli.evaluation import lines_to_score
    from hwcli.network.device import choose_device
    from hwcli.network.network import Network
    from hwcli.sampling.load import load_model
    from hwcli.training.validation import evaluate as score

    data, loaded = open_dataset(dataset), load_model(config.sample.model or "default")
    file, norm = loaded.file, loaded.file.normalisation
    lines, texts = lines_to_score(data, split, file.alphabet)
    network = Network.of(file).to(choose_device(config.train.device))
    result = score(network, data, lines, norm, batch_size or None, texts=texts)
    overlap = Overlap.of(file.about, data, lines)
    if overlap.warning:
        console.warn(overlap.warning)
    elif overlap.note:
        console.note(overlap.note)
    if as_json:
        row = {"model": loaded.name, "split": split, "protocol": "graves", "sigma_floor": norm.sigma_min}
        typer.echo(json.dumps({**row, **asdict(result), "lines_of_known_groups": overlap.known}))
        return
    floor = " x ".join(f"{sigma:.4f}" for sigma in norm.sigma_min)
    typer.echo(
        f"{loaded.name} on {result.lines:,} lines, {result.points:,} points of {dataset} ({split})\n"
        f"  log-loss  {result.nats_per_sequence:.1f} nats per sequence, "
        f"{result.nats_per_point:.4f} per point\n"
        f"  SSE       {result.sse_per_point:.4f} per point\n"
        f"  protocol graves: whole lines, offsets normalised per axis to mean 0 and standard deviation 1, "
        f"no component narrower than {floor}"
    )
