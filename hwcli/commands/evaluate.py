"""hw evaluate."""

from __future__ import annotations

import json
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hwcli import console
from hwcli.cli.flags import setting, settings
from hwcli.errors import HwError

if TYPE_CHECKING:
    from hwcli.alphabet import Alphabet
    from hwcli.dataset.line_texts import LineTexts
    from hwcli.dataset.store import Dataset
    from hwcli.evaluation import Evaluation
    from hwcli.sampling.model import Model


class EngineName(StrEnum):
    """What computes the log-loss."""

    torch = "torch"
    numpy = "numpy"


def evaluate(
    context: typer.Context,
    dataset: Annotated[Path, typer.Argument(help="Dataset folder of hw preprocess.")] = Path("dataset"),
    model: Annotated[str | None, setting("sample", "model")] = None,
    split: Annotated[str, typer.Option("--split", help="The part of the dataset to score.")] = "valid",
    engine: Annotated[
        EngineName,
        typer.Option("--engine", help="What computes: torch, or NumPy as hw sample does. Both agree."),
    ] = EngineName.torch,
    batch_size: Annotated[
        int,
        typer.Option("--batch-size", min=0, help="Lines scored side by side (0: as many as fit well)."),
    ] = 0,
    device: Annotated[str | None, setting("train", "device")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON object.")] = False,
) -> None:
    """Measure the log-loss of a model.

    On whole lines, by protocol graves: nats a sequence and a point, and SSE a point.

    hw evaluate iam --model run/best.safetensors --split test
    """
    config = settings(context, sample={"model": model}, train={"device": device}).config
    from hwcli.dataset.store import open_dataset
    from hwcli.sampling.load import load_model

    data = open_dataset(dataset)
    lines = data.split(split)
    if not lines:
        raise HwError(f"{dataset} has no lines in split {split!r}", f"its splits: {', '.join(data.splits)}")
    loaded = load_model(config.sample.model)
    texts = None
    if loaded.file.alphabet is not None:
        lines, texts = _texts(data, lines, loaded.file.alphabet)
    if engine is EngineName.numpy:
        from hwcli.evaluation import evaluate as score

        result = score(loaded.file, data, lines, loaded.file.normalisation, batch_size or None, texts)
    else:
        result = _by_torch(loaded, data, lines, batch_size, config.train.device, texts)
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


def _texts(data: Dataset, lines: list[int], alphabet: Alphabet) -> tuple[list[int], LineTexts]:
    """Those of `lines` whose text is known, and the texts."""
    from hwcli.dataset.line_texts import LineTexts, with_text

    known = with_text(data, lines)
    if not known:
        raise HwError(
            f"{data.path} has no text, and the model writes given text", "hw preprocess --transcripts"
        )
    if len(known) < len(lines):
        console.note(f"{len(lines) - len(known):,} lines without text are left out")
    return known, LineTexts.of(data, known, alphabet)


def _by_torch(
    model: Model,
    data: Dataset,
    lines: list[int],
    batch_size: int,
    device: str,
    texts: LineTexts | None,
) -> Evaluation:
    from hwcli.network.device import choose_device
    from hwcli.network.network import Network
    from hwcli.training.loss import evaluate as score

    network = Network.of(model.file).to(choose_device(device))
    return score(network, data, lines, model.file.normalisation, batch_size or None, texts=texts)
