"""hw evaluate: how well a model predicts or reads the lines of a dataset."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hwcli import console, signals
from hwcli.cli.flags import setting, settings
from hwcli.cli.streams import write_json, write_line
from hwcli.errors import UsageError

if TYPE_CHECKING:
    import torch

    from hwcli.dataset.learned_from import Overlap
    from hwcli.evaluation.scores import LineScores
    from hwcli.model.file import ModelFile


def evaluate(
    context: typer.Context,
    dataset: Annotated[Path, typer.Argument(help="Dataset folder from hw preprocess.")] = Path("dataset"),
    model: Annotated[
        str | None,
        typer.Option(
            "--model",
            metavar="NAME|PATH",
            help="Bundled model, model file or run folder (default: iam-prediction). It may be a reader.",
        ),
    ] = None,
    split: Annotated[
        str, typer.Option("--split", metavar="NAME", help="Split of the dataset to score.")
    ] = "valid",
    protocol: Annotated[
        str | None,
        typer.Option(
            "--protocol",
            metavar="graves|vrnn|mass|cer",
            help="What to measure: log-loss as Graves reports it, log-likelihood as VRNN papers report it, "
            "or code length (whole numbers only); of a reader cer, the character error rate "
            "(default: graves, or cer).",
        ),
    ] = None,
    batch_size: Annotated[
        int,
        typer.Option("--batch-size", min=0, help="Lines processed in parallel (0: chosen by line length)."),
    ] = 0,
    device: Annotated[str | None, setting("train", "device")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON object.")] = False,
) -> None:
    """Measure how well a model predicts whole lines, or reads them.

    Prints the protocol's figure in nats per sequence and per point, and squared error (SSE) per point. Lines
    of several sources are also scored apart. docs/training.md explains the protocols. Warns if the model
    learned from the same writers or forms.

    Of a reader, prints the share of characters that it reads wrongly, by class of character.

    Examples:
        hw evaluate iam --model run
        hw evaluate iam --model run/last.safetensors --protocol vrnn
        hw evaluate iam --model unipen-reader
    """
    config = settings(context, sample={"model": model}, train={"device": device}).config
    from hwcli.model.file import READER
    from hwcli.model.find import find

    found = find(config.sample.model or "default", "prediction")
    if found.kind == READER:
        for flag, value in {"--batch-size": batch_size, "--device": device}.items():
            if value:
                raise UsageError(
                    f"{flag} cannot be used with a reader", "leave it out: it reads on all cores"
                )
        _evaluate_reader(found.path, found.name, dataset, split, protocol, as_json)
        return
    from hwcli.dataset.epochs.told_sources import ToldSources
    from hwcli.dataset.learned_from import Overlap
    from hwcli.dataset.store import open_dataset
    from hwcli.evaluation.scores import Evaluation, lines_to_score
    from hwcli.network.gpu import gpu_of
    from hwcli.protocols import protocol_of
    from hwcli.sampling.load import load_model

    measured = protocol_of("graves" if protocol is None else protocol)
    data, loaded = open_dataset(dataset, verify=True), load_model(found.path)
    file, norm = loaded.file, loaded.file.normalisation
    score = _scoring(file, gpu_of(config.train.device))
    lines, texts = lines_to_score(data, split, file.alphabet)
    measured.check(data, lines)
    told = ToldSources.of(data, file.sources) if file.sources else None
    by_source: dict[str, Evaluation] = {}
    for name, part in data.by_source(lines).items():
        with _all_or_nothing(split), console.progress(f"scoring {name}") as report:
            by_source[name] = score(
                data,
                part,
                batch_size=batch_size or None,
                texts=texts,
                protocol=measured,
                told=told,
                report=report,
            ).mean()
    result = Evaluation.total(by_source.values())
    figures = measured.figures(result, norm)
    apart = {name: measured.figures(part, norm) for name, part in by_source.items()}
    overlap = Overlap.of(file.about, data, lines)
    _tell(overlap)
    if as_json:
        row = {"model": found.name, "split": split, "sigma_floor": norm.sigma_min, **figures.as_row()}
        row |= {"sources": {name: part.as_row() for name, part in apart.items()}}
        write_json(row | {"lines_of_known_groups": overlap.known})
        return
    floor = " x ".join(f"{sigma:.4f}" for sigma in norm.sigma_min)
    write_line(f"{found.name} on {result.lines:,} lines, {result.points:,} points of {dataset} ({split})")
    for line in f"{figures.as_text()}, no component narrower than {floor}".split("\n"):
        write_line(line)
    for name, one in apart.items() if len(apart) > 1 else ():
        write_line(
            f"  {name}: {one.nats_per_sequence:.1f} nats per sequence, {one.nats_per_point:.4f} per point, "
            f"SSE {one.result.sse_per_point:.4f}, {one.result.lines:,} lines, {one.result.points:,} points"
        )


def _scoring(file: ModelFile, gpu: torch.device | None) -> Callable[..., LineScores]:
    """Return `score_lines` of hwcli.evaluation.scoring for the model `file`, or its counterpart on a GPU."""
    if gpu is None:
        from hwcli.evaluation.scoring import score_lines

        return partial(score_lines, file)
    from hwcli.network.network import Network
    from hwcli.training.validation import score_in_torch

    return partial(score_in_torch, Network.of(file).to(gpu), norm=file.normalisation)


def _evaluate_reader(
    path: Path, name: str, dataset: Path, split: str, protocol: str | None, as_json: bool
) -> None:
    """Measure the error rate of the reader in the file `path`."""
    from hwcli.dataset.learned_from import Overlap
    from hwcli.dataset.line_texts import with_text
    from hwcli.dataset.store import open_dataset
    from hwcli.evaluation.reader_errors import ReaderEvaluation
    from hwcli.model.reader_file import read
    from hwcli.reader.error_rate import PROTOCOL

    if protocol not in (None, PROTOCOL):
        raise UsageError(
            f"--protocol cannot be {protocol!r} for a reader", f"use {PROTOCOL}, or leave it out"
        )
    data, reader = open_dataset(dataset, verify=True), read(path)
    with _all_or_nothing(split), console.progress(f"reading {dataset}") as report:
        result = ReaderEvaluation.of(reader, data, split, report)
    overlap = Overlap.of(reader.about, data, with_text(data, data.split(split)), "error rate")
    _tell(overlap)
    if result.left_out:
        console.note(f"{result.left_out:,} lines are left out: their ink cannot be handwriting")
    if as_json:
        row = {"model": name, "split": split, **result.as_row(), "lines_of_known_groups": overlap.known}
        write_json(row)
        return
    made = f" and {result.composed.lines:,} composed ones" if result.composed.lines else ""
    count = f"{result.all.count:,} characters"
    write_line(f"{name} on {result.written.lines:,} lines{made}, {count} of {dataset} ({split})")
    for line in result.as_text().split("\n"):
        write_line(line)


def _all_or_nothing(split: str) -> AbstractContextManager[None]:
    """Let Ctrl-C say that there are no figures of some lines only, which nobody could compare."""
    return signals.telling(lambda: f"no figures, which need every line of {split}")


def _tell(overlap: Overlap) -> None:
    """Print what a reader of the figures must know about who the model learned from."""
    if overlap.warning:
        console.warn(overlap.warning)
    elif overlap.note:
        console.note(overlap.note)
