"""A training run of a reader."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from hwcli.config.sections import Config
from hwcli.console import Reporter
from hwcli.dataset.epochs.mixing import Mixture
from hwcli.dataset.learned_from import LearnedFrom
from hwcli.dataset.store import Dataset
from hwcli.errors import UsageError
from hwcli.model import reader_file
from hwcli.model.reader_file import ReaderFile
from hwcli.model.reader_shape import ReaderShape
from hwcli.network.device import choose_bfloat16
from hwcli.network.reader_network import ReaderNetwork
from hwcli.reader.error_rate import Errors
from hwcli.training.display import READING
from hwcli.training.processes import SINGLE
from hwcli.training.reader.batches import ReaderBatch, ReaderEpoch
from hwcli.training.reader.learner import ReaderLearner
from hwcli.training.reader.lines import ReaderData
from hwcli.training.reader.reading import errors_of
from hwcli.training.reader.snapshot import about_reader
from hwcli.training.run.loop import Loop
from hwcli.training.run.time_limit import evenly

MAX_NAMED = 5  # lines


class ReaderTrainer(Loop[ReaderBatch, ReaderEpoch]):
    """One training run of a reader, in one process, as `Loop` runs it."""

    units = READING
    learner: ReaderLearner

    def __init__(
        self,
        dataset: Dataset,
        run: Path,
        config: Config,
        seed: int,
        resume: bool = False,
        start: ReaderFile | None = None,
    ) -> None:
        super().__init__(dataset, run, config, seed, SINGLE)
        train = self.config
        self.data = ReaderData.of(
            dataset, start.alphabet if start else None, train.source_weight, train.composed
        )
        self.train_lines, self.valid_lines = self.data.lines, self.data.valid_lines
        self.learned = LearnedFrom.training(
            dataset, self.train_lines, LearnedFrom.of(start.about) if start else None
        )
        self.mixture = Mixture.of(dataset, self.data.whole, self.data.weights, train.rare_boost, seed)
        self.composed = self.data.composed_per_epoch(train.composed, self.mixture)
        self.tf32 = self.device.type == "cuda" and choose_bfloat16(train.precision, self.device)
        torch.backends.cudnn.allow_tf32 = self.tf32
        network = self._first_network(start).to(self.device).train()
        self.learner = ReaderLearner(network, train, seed)
        self.errors: Errors | None = None  # of the last validation
        self.scored_composed = 0  # composed lines in it
        if resume:
            self._restore()

    def _first_network(self, start: ReaderFile | None) -> ReaderNetwork:
        """Return a network with random weights, or with those of `start`."""
        model = self.full_config.model
        shape = ReaderShape(model.layers, model.hidden, len(self.data.alphabet))
        network = ReaderNetwork(shape, model.dropout)
        if start is None:
            network.initialise(torch.Generator().manual_seed(self.seed))
        elif start.shape == shape:
            network.load_tensors(start.tensors)
        else:
            has, asked = (f"layers = {s.layers}, hidden = {s.hidden}" for s in (start.shape, shape))
            raise UsageError(
                f"--from cannot change the network: the reader has {has}; the settings ask for {asked}",
                "leave these settings out, or train a new reader without --from",
            )
        return network

    @property
    def network(self) -> ReaderNetwork:
        """The network that is trained."""
        return self.learner.network

    @property
    def arithmetic(self) -> str:
        """What the LSTM computes in, in words."""
        return "TF32 LSTM" if self.tf32 else "float32"

    @property
    def lines(self) -> str:
        """How many lines there are, as they were written and composed, in words."""
        valid = self.data.valid
        made = f" and {len(valid.composed):,} composed ones" if valid.composed else ""
        return (
            f"{len(self.data.whole):,} training lines and {self.composed:,} composed ones per epoch, "
            f"{len(valid.written):,} validation lines{made}; {len(self.data.alphabet)} characters"
        )

    @property
    def counts(self) -> Mapping[str, int]:
        """The number of lines in each epoch, by source, and of the composed ones."""
        return {**self.mixture.counts, "composed": self.composed}

    @property
    def valid_points(self) -> int:
        """The number of characters that a validation covers."""
        return sum(len(sample.text) for sample in self.data.valid.all)

    def how_to_use(self, model: str) -> str:
        """Return how to read with the file `model`."""
        return f"read with it: hw read INK --model {model}"

    def _fingerprint(self) -> str:
        return self.data.fingerprint()

    def _epoch(self) -> ReaderEpoch:
        p, train = self.progress, self.config
        lines = self.mixture.epoch(p.epoch)
        return ReaderEpoch(
            self.data, lines, self.composed, train.batch_size, self.seed, p.epoch, train.augment
        )

    def _batches(self, epoch: ReaderEpoch) -> Iterator[ReaderBatch]:
        for batch in epoch.batches(self.progress.window, self.device):
            self.names = batch.names
            yield batch

    def _learn(self, batch: ReaderBatch, rate: float) -> Tensor:
        return self.learner.step(batch, self.progress.step, rate)

    def _nonfinite_lines(self, epoch: ReaderEpoch) -> str:
        assert self.learner.losses is not None
        bad = (~self.learner.losses.isfinite()).nonzero().flatten().tolist()
        names = [self.names[k] for k in bad] or list(self.names)
        rest = f" and {len(names) - MAX_NAMED} more" if len(names) > MAX_NAMED else ""
        return f"{'no finite loss in' if bad else 'in'} {', '.join(names[:MAX_NAMED])}{rest}"

    def _score(self, report: Reporter, share: float) -> tuple[float, Mapping[str, float]]:
        lines = self.data.valid
        written, composed = (
            [some[k] for k in evenly(len(some), share)] for some in (lines.written, lines.composed)
        )
        found = errors_of(self.learner.result, self.data.alphabet, [*written, *composed], report)
        self.scored_composed = len(composed)
        self.errors = all_ = Errors.total(found)
        row: dict[str, float] = {"valid_error_rate": all_.rate, "valid_characters": all_.count}
        parts = {"written": found[: len(written)], "composed": found[len(written) :]}
        for name, part in parts.items():
            row[f"valid_{name}_lines"] = len(part)
            if part:
                row[f"valid_{name}_error_rate"] = Errors.total(part).rate
        return all_.rate, row | {f"valid_{name}": rate for name, rate in all_.by_class.items()}

    def _model(self) -> ReaderFile:
        about: dict[str, Any] = about_reader(
            self.data,
            self.full_config,
            self.seed,
            self.progress,
            self.composed,
            self.learned,
            self.errors,
            self.scored_composed,
        )
        network = self.learner.result
        return ReaderFile(network.shape, self.data.alphabet, network.tensors(), about)

    def _write_model(self, path: Path) -> None:
        reader_file.write(path, self._model())

    def _gather_state(self) -> Mapping[str, Tensor]:
        return {}

    def _restore_state(self, state: Mapping[str, Tensor]) -> None:
        """A reader carries nothing from one batch to the next."""
