"""A training run of a network that writes: prediction or synthesis."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from hwcli.config.sections import Config
from hwcli.console import Reporter
from hwcli.dataset.epochs.batches import Epoch
from hwcli.dataset.epochs.mixing import Mixture
from hwcli.dataset.learned_from import LearnedFrom
from hwcli.dataset.rescale import size_of_lines
from hwcli.dataset.store import Dataset
from hwcli.errors import HwError
from hwcli.model import file as model_files
from hwcli.model.file import ModelFile
from hwcli.model.shape import Shape
from hwcli.network.device import choose_bfloat16
from hwcli.network.network import PACE, Network, State
from hwcli.network.warm_start import warm_start
from hwcli.training.batch_tensors import Batch
from hwcli.training.display import WRITING
from hwcli.training.learner import Learner
from hwcli.training.nonfinite import describe_nonfinite_lines
from hwcli.training.prefetch import prefetch
from hwcli.training.processes import SINGLE, Processes
from hwcli.training.run.loop import Loop
from hwcli.training.run.outcome import Result, StopRequestedError
from hwcli.training.run.time_limit import evenly
from hwcli.training.schedule import augmentation
from hwcli.training.snapshot import model_file, save_picture
from hwcli.training.training_data import TrainingData
from hwcli.training.validation import evaluate

if TYPE_CHECKING:
    from renderers.drawing import Drawing

__all__ = ["Result", "StopRequestedError", "Trainer"]


class Trainer(Loop[Batch, Epoch]):
    """One training run of a network that writes, as `Loop` runs it."""

    units = WRITING
    learner: Learner

    def __init__(
        self,
        dataset: Dataset,
        run: Path,
        config: Config,
        seed: int,
        resume: bool = False,
        processes: Processes = SINGLE,
        start: ModelFile | None = None,
    ) -> None:
        super().__init__(dataset, run, config, seed, processes)
        alphabet = start.alphabet if start else None
        sources = (start.sources if start else ()) if config.model.sources else None
        self.data = TrainingData.of(dataset, config.model.kind, alphabet, self.config.source_weight, sources)
        self.train_lines, self.valid_lines = self.data.train_lines, self.data.valid_lines
        before = LearnedFrom.of(start.about) if start else None
        self.learned = LearnedFrom.training(dataset, self.train_lines, before)
        self.mixture = Mixture.of(dataset, self.train_lines, self.data.weights, self.config.rare_boost, seed)
        self.lanes = min(self.config.batch_size, sum(self.mixture.counts.values()))
        if self.lanes < processes.size:
            raise HwError(
                f"{processes.size} processes cannot share a batch of {self.lanes} lines",
                "start fewer processes, or increase --batch-size",
            )
        self.bfloat16 = choose_bfloat16(self.config.precision, self.device)
        torch.backends.cudnn.allow_tf32 = self.bfloat16
        network = self._first_network(start).to(self.device).train()
        self.learner = Learner(network, self.config, self.bfloat16, seed, processes)
        self.size = size_of_lines(dataset, self.train_lines) if processes.first else None
        self.scored = self.valid_lines  # by the last validation
        self.state: State | None = None  # after the last batch; stale at the start of an epoch
        if resume:
            self._restore()

    def _first_network(self, start: ModelFile | None) -> Network:
        """Return a network with random weights, or with those of `start`."""
        model, norm = self.full_config.model, self.dataset.normalisation
        sources = len(self.data.told.names) if self.data.told else 0
        shape = Shape.of(model, len(self.data.alphabet or ()), sources)
        network = Network(shape, norm.sigma_min, model.dropout)
        pace = self.data.texts.characters_per_point(self.dataset) if self.data.texts else PACE
        network.initialise(torch.Generator().manual_seed(self.seed), pace)
        if start is not None:
            manner = start.about.get("source")
            like = start.sources.index(manner) if manner in start.sources else None
            network.load_tensors(warm_start(start.tensors, start.shape, network.tensors(), shape, like))
        return network

    @property
    def network(self) -> Network:
        """The network that is trained."""
        return self.learner.network

    @property
    def arithmetic(self) -> str:
        """What the LSTM computes in, in words."""
        return "bfloat16 LSTM" if self.bfloat16 else "float32"

    @property
    def lines(self) -> str:
        """How many lines there are, in words."""
        return f"{len(self.train_lines):,} training lines, {len(self.valid_lines):,} validation lines"

    @property
    def counts(self) -> Mapping[str, int]:
        """The number of lines in each epoch, by source."""
        return self.mixture.counts

    @property
    def valid_points(self) -> int:
        """The number of points that a validation covers."""
        return int(self.dataset.lengths[self.valid_lines].sum())

    def how_to_use(self, model: str) -> str:
        """Return how to sample from the file `model`."""
        return f"sample from it: hw sample --model {model}{' --text TEXT' if self.data.alphabet else ''}"

    def _fingerprint(self) -> str:
        return self.data.fingerprint()

    def _epoch(self) -> Epoch:
        return Epoch(
            self.dataset,
            self.mixture.epoch(self.progress.epoch),
            self.config.batch_size,
            self.config.window,
            self.seed,
            self.progress.epoch,
            self.processes.part(self.lanes),
            self.data.texts,
            augmentation(self.config, self._scheduled(self.progress.epoch)),
            self.data.told,
        )

    def _batches(self, epoch: Epoch) -> Iterator[Batch]:
        return prefetch(epoch, self.progress.window, self.device)

    def _learn(self, batch: Batch, rate: float) -> Tensor:
        state = self.state if self.progress.window else None
        state = state or self.network.zero_state(batch.inputs.shape[1])
        self.state, results = self.learner.step(batch, state, self.progress.step, rate)
        return results

    def _nonfinite_lines(self, epoch: Epoch) -> str:
        return describe_nonfinite_lines(
            self.network, self.dataset, epoch, self.progress.window - 1, self.state or []
        )

    def _score(self, report: Reporter, share: float) -> tuple[float, Mapping[str, float]]:
        self.scored = [self.valid_lines[k] for k in evenly(len(self.valid_lines), share)]
        valid = evaluate(
            self.learner.result,
            self.dataset,
            self.scored,
            self.dataset.normalisation,
            processes=self.processes,
            texts=self.data.texts,
            told=self.data.told,
            report=report,
        )
        row = {f"valid_{k}": v for k, v in asdict(valid).items() if k not in ("lines", "points")}
        if self.limit.on:
            row["valid_lines"] = len(self.scored)
        return valid.nats_per_sequence, row

    def _model(self) -> ModelFile:
        return model_file(
            self.learner.result,
            self.data,
            self.full_config,
            self.seed,
            self.progress,
            self.size,
            self.learned,
            len(self.scored),
        )

    def _write_model(self, path: Path) -> None:
        model_files.write(path, self._model())

    def _picture(self) -> Drawing | None:
        return save_picture(self._model(), self.data, self.run / "samples", self._picture_name())

    def _picture_name(self) -> str:
        p = self.progress
        return f"step-{p.step:06d}" if self.limit.on else f"epoch-{p.epoch:03d}"

    def _gather_state(self) -> Mapping[str, Tensor]:
        """Return the network's state for the lanes of all processes."""
        if self.state is None or not self.progress.window:
            return _named(self.network.zero_state(1))
        part = self.processes.part(self.lanes)

        def gather(t: Tensor) -> Tensor:
            full = t.new_zeros(1, self.lanes, t.shape[-1])
            full[:, part] = t
            return self.processes.all_reduce(full)

        return _named([(gather(h), gather(c)) for h, c in self.state])

    def _restore_state(self, state: Mapping[str, Tensor]) -> None:
        lanes = self.lanes if self.progress.window else 1
        expected = _named(self.network.zero_state(lanes))
        if {k: t.shape for k, t in state.items()} != {k: t.shape for k, t in expected.items()}:
            raise ValueError("its state is of another network or batch size")
        part, pairs = self.processes.part(self.lanes), len(state) // 2
        self.state = [
            (state[f"{k}.h"][:, part].contiguous(), state[f"{k}.c"][:, part].contiguous())
            for k in range(pairs)
        ]


def _named(state: State) -> dict[str, Tensor]:
    return {f"{k}.{name}": t for k, pair in enumerate(state) for name, t in zip("hc", pair, strict=True)}
