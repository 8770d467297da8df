"""Datasets, for Python: making one of ink, and measuring a model on one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack, nullcontext
from dataclasses import replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, overload

from hwcli.api.direction_check import direction_warnings
from hwcli.config.sections import SECTIONS, PreprocessConfig, rule
from hwcli.dataset.build import build
from hwcli.dataset.epochs.told_sources import ToldSources
from hwcli.dataset.learned_from import Overlap
from hwcli.dataset.line_texts import with_text
from hwcli.dataset.packing import Line
from hwcli.dataset.store import Dataset, open_dataset
from hwcli.errors import UsageError
from hwcli.evaluation.reader_errors import ReaderEvaluation
from hwcli.evaluation.scores import LineScores, lines_to_score
from hwcli.evaluation.scoring import score_lines
from hwcli.hw_warning import warn
from hwcli.ink_io.files import write_ink
from hwcli.model import find
from hwcli.model.file import READER, ModelFile
from hwcli.network.gpu import gpu_of
from hwcli.protocols import Figures, protocol_of
from hwcli.reader.error_rate import PROTOCOL
from hwcli.reader.load import load_reader
from hwcli.reader.reader import Reader
from hwcli.refining.refine import is_wanted, refine
from hwcli.sampling.load import load_model
from hwcli.sampling.model import Model
from renderers.errors import RenderError
from renderers.ink import Ink

if TYPE_CHECKING:
    import torch


def preprocess(
    ink: str | Path | Iterable[str | Path | Ink] | Mapping[str, str | Path],
    output: str | Path,
    *,
    format: str | None = None,
    transcripts: str | Path | None = None,
    splits: Mapping[str, str | Path] | None = None,
    overwrite: bool = False,
    **settings: Any,
) -> Dataset:
    """Make a dataset of `ink` in the folder `output`, as `hw preprocess` does, and open it.

    `ink` is a file, folder, archive or dataset folder, or several of them, perhaps by the name of the source
    that their lines are to have, or inks: each is a line, whose `text` it keeps, and whose `extra["writer"]`
    says who wrote it. `format` is that of the files (default:
    detected), `transcripts` the ascii folder or archive of IAM-OnDB, and `splits` names a file of ids per
    split. `settings` are those of `[preprocess]` in docs/reference/settings.md, such as `valid_fraction`,
    `normalise` or `jobs`.

    >>> from tempfile import TemporaryDirectory
    >>> from hwcli import load_model
    >>> inks = load_model(kind="synthesis").sample_many(1, seed=1, text=["one", "two"], tries=1)
    >>> with TemporaryDirectory() as folder:
    ...     data = preprocess(inks, f"{folder}/data", valid_fraction=0.5, jobs=1)
    ...     data.splits, [data.lines[line].text for line in range(2)]
    (['train', 'valid'], ['one', 'two'])

    Processes read the files side by side, so a program that calls this does so under
    `if __name__ == "__main__":`, or with `jobs=1`.

    Warns (HwWarning) of what `hw preprocess` warns of: sources without ink, unlike units, splits without a
    line, ink that seems to be turned; `report.json` in the folder lists what was left out and why.

    Raises TypeError for an unknown setting, UsageError for a value out of range, and HwError if a source does
    not exist, no line is left to keep, or `output` exists and is not to be overwritten.
    """
    rules = PreprocessConfig(**{key: _checked(key, value) for key, value in settings.items()})
    names = list(ink) if isinstance(ink, Mapping) else []
    given = list(ink.values() if isinstance(ink, Mapping) else [ink] if isinstance(ink, str | Path) else ink)
    paths = [Path(one) for one in given if isinstance(one, str | Path)]
    inks = [one for one in given if isinstance(one, Ink)]
    size = None if rules.fit is None else load_model(rules.fit, "synthesis").size

    def refined(lines: list[Line]) -> tuple[list[Line], dict[str, Any]]:
        return refine(lines, rules, lambda what: nullcontext(lambda done, total: None))

    with ExitStack() as stack:
        if inks:
            paths.append(Path(stack.enter_context(TemporaryDirectory())) / "inks.ndjson")
            write_ink(inks, paths[-1], prediction=False)
        report = build(
            paths, Path(output), rules, names=names, format_=format, model_size=size,
            transcripts_path=None if transcripts is None else Path(transcripts),
            split_arguments=[f"{name}={file}" for name, file in (splits or {}).items()],
            refine=refined if is_wanted(rules) else None, inspect=direction_warnings, overwrite=overwrite,
        )  # fmt: skip
    for warning in report.warnings or ():
        warn(warning)
    return open_dataset(output)


def _checked(key: str, value: Any) -> Any:
    if key not in SECTIONS["preprocess"].__dataclass_fields__:
        raise TypeError(f"preprocess() has no setting {key!r}; docs/reference/settings.md lists them")
    try:
        return value if value is None else rule("preprocess", key).check(key, value)
    except RenderError as error:
        raise UsageError(error.message, error.hint) from None


@overload
def evaluate(
    dataset: Dataset | str | Path, model: Reader, split: str = ..., protocol: str | None = ...,
    device: str = ...,
) -> ReaderEvaluation: ...  # fmt: skip
@overload
def evaluate(
    dataset: Dataset | str | Path, model: Model = ..., split: str = ..., protocol: str | None = ...,
    device: str = ...,
) -> Figures: ...  # fmt: skip
@overload
def evaluate(
    dataset: Dataset | str | Path, model: str | Path, split: str = ..., protocol: str | None = ...,
    device: str = ...,
) -> Any: ...  # fmt: skip
def evaluate(
    dataset: Dataset | str | Path,
    model: Model | Reader | str | Path = "default",
    split: str = "valid",
    protocol: str | None = None,
    device: str = "cpu",
) -> Figures | ReaderEvaluation:
    """Measure how well `model` predicts, or a reader reads, the lines of a `split` of `dataset`.

    `dataset` is open, or its folder; `model` is loaded, or the name, model file or run folder of one.
    `device` is cpu (NumPy on all cores), cuda, cuda:N or auto; a reader reads on the CPU.

    Of a model that writes, `protocol` is graves (the default: log-loss of normalised offsets), vrnn or mass;
    docs/training.md explains them. The figures have `nats_per_sequence` and `nats_per_point`; their `result`
    has the squared error per point and the numbers of lines and points, and `by_source` the figures of each
    source, if there are several. Of a reader, the figures have the
    `Errors` in lines as `written`, in `composed` ones, and in `all`, whose `rate` is errors per character
    and `by_class` that of letters, digits and so on (cer, the only protocol).

        hw.evaluate("dataset", "run").nats_per_point
        hw.evaluate("dataset", hw.load_reader()).all.rate

    Warns (HwWarning) if the model learned, or may have learned, from the same writers or forms, and of lines
    that are left out.

    Raises UsageError for an unknown protocol or device; HwError for a dataset or a model that cannot be
    opened, a split without lines, lines without the text that a reader or a synthesis model needs, and units
    that the protocol does not measure.
    """
    data = dataset if isinstance(dataset, Dataset) else open_dataset(dataset)
    if isinstance(model, str | Path):
        found = find.find(model, "prediction")
        model = load_reader(found.path) if found.kind == READER else load_model(found.path)
    if isinstance(model, Reader):
        return _errors_of(model, data, split, protocol, device)
    measured, file = protocol_of(protocol or "graves"), model.file
    score = _scoring(file, gpu_of(device))
    lines, texts = lines_to_score(data, split, file.alphabet)
    measured.check(data, lines)
    told = ToldSources.of(data, file.sources) if file.sources else None
    scores = score(data, lines, texts=texts, protocol=measured, told=told)
    _tell(Overlap.of(file.about, data, lines))
    place, norm = {line: k for k, line in enumerate(lines)}, file.normalisation
    parts = {
        name: measured.figures(scores.at([place[line] for line in part]).mean(), norm)
        for name, part in data.by_source(lines).items()
    }
    return replace(measured.figures(scores.mean(), norm), by_source=parts if len(parts) > 1 else {})


def _errors_of(
    reader: Reader, data: Dataset, split: str, protocol: str | None, device: str
) -> ReaderEvaluation:
    if protocol not in (None, PROTOCOL):
        raise UsageError(f"protocol cannot be {protocol!r} for a reader", f"use {PROTOCOL}, or leave it out")
    if device not in ("cpu", "auto"):
        raise UsageError(f"device cannot be {device!r} for a reader", "leave it out: it reads on all cores")
    result = ReaderEvaluation.of(reader.file, data, split)
    _tell(Overlap.of(reader.file.about, data, with_text(data, data.split(split)), "error rate"))
    if result.left_out:
        warn(f"{result.left_out:,} lines are left out: their ink cannot be handwriting", is_note=True)
    return result


def _tell(overlap: Overlap) -> None:
    if overlap.warning:
        warn(overlap.warning)


def _scoring(file: ModelFile, gpu: torch.device | None) -> Callable[..., LineScores]:
    """Return `score_lines` for the model `file`, or its counterpart on a GPU."""
    if gpu is None:
        return partial(score_lines, file)
    from hwcli.network.network import Network
    from hwcli.training.validation import score_in_torch

    return partial(score_in_torch, Network.of(file).to(gpu), norm=file.normalisation)
