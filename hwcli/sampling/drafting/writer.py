"""Drawing batches for one model on one device."""

from __future__ import annotations

from collections.abc import Sequence
from threading import Event

import numpy as np

from hwcli.engine.loop import Plan, generate
from hwcli.engine.lstm import IntArray, Weights
from hwcli.engine.pace import Pace
from hwcli.engine.threads import GROUP, generate_in_threads
from hwcli.engine.trajectory import Trajectory
from hwcli.network.gpu import gpu_of
from hwcli.normalisation import Normalisation


class Writer:
    """Draws batches, with points on a grid of `grid` places per unit."""

    def __init__(self, weights: Weights, norm: Normalisation, grid: float, device: str, pace: Pace) -> None:
        self.grid = grid
        self.gpu = gpu_of(device)
        self._weights, self._norm, self._pace = weights, norm, pace

    def drawn(
        self,
        generators: Sequence[np.random.Generator],
        plan: Plan,
        texts: Sequence[IntArray] | None = None,
        group: int = GROUP,
    ) -> list[Trajectory]:
        """Return a sequence per generator, drawn on all cores or on the GPU."""
        task = (self._weights, self._norm, self.grid, generators, plan)
        if self.gpu is not None:
            from hwcli.engine import cuda

            return cuda.generate(*task, self.gpu, texts)
        return generate_in_threads(*task, texts, self._pace, group)

    def drawn_here(
        self,
        generators: Sequence[np.random.Generator],
        plan: Plan,
        texts: Sequence[IntArray],
        stop: Event,
    ) -> list[Trajectory]:
        """Return a sequence per generator, drawn in this thread until `stop` is set."""
        return generate(self._weights, self._norm, self.grid, generators, plan, texts, stop=stop)
