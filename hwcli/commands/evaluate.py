"""hw evaluate."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from hwcli.commands.options import setting, settings
from hwcli.errors import HwError


def evaluate(
    context: typer.Context,
    dataset: Annotated[Path, typer.Argument(help="Dataset folder of hw preprocess.")] = Path("dataset"),
    model: Annotated[str | None, setting("sample", "model")] = None,
    split: Annotated[str, typer.Option("--split", help="The part of the dataset to score.")] = "valid",
    device: Annotated[str | None, setting("train", "device")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON object.")] = False,
) -> None:
    """Measure the log-loss of a model.

    On whole lines, by protocol graves: nats a sequence and a point, and SSE a point.

    hw evaluate iam --model run/best.safetensors --split test
    """
    config = settings(context, sample={"model": model}, train={"device": device}).config
    from hwcli.dataset.store import open_dataset
    from hwcli.model.network import Network
    from hwcli.sampling.load import load_model
    from hwcli.training.device import choose_device
    from hwcli.training.loss import evaluate as score

    data = open_dataset(dataset)
    lines = data.split(split)
    if not lines:
        raise HwError(f"{dataset} has no lines in split {split!r}", f"its splits: {', '.join(data.splits)}")
    loaded = load_model(config.sample.model)
    network = Network.of(loaded.file).to(choose_device(config.train.device))
    result = score(network, data, lines, loaded.file.normalisation)
    floor = loaded.file.normalisation.sigma_min
    if as_json:
        row = {
            "model": loaded.name,
            "split": split,
            "protocol": "graves",
            "sigma_floor": floor,
            **asdict(result),
        }
        typer.echo(json.dumps(row))
        return
    typer.echo(f"{loaded.name} on {result.lines:,} lines, {result.points:,} points of {dataset} ({split})")
    typer.echo(
        f"  log-loss  {result.nats_per_sequence:.1f} nats a sequence, {result.nats_per_point:.4f} a point"
    )
    typer.echo(f"  SSE       {result.sse_per_point:.4f} a point")
    typer.echo(
        "  protocol graves: whole lines, offsets normalised by axis to mean 0 and deviation 1, "
        f"no component narrower than {floor[0]:.4f} x {floor[1]:.4f}"
    )
