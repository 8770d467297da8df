"""One sequence on two BLAS threads, as long as that is faster.

A single sequence reads every weight once per step. Where a core's part of the cache holds half of a large
network's weights, but not all of them, two threads take less than half the time of one. But they wait for
each other at every product, and if another program wants one of the cores, they wait until it has had its
turn: several milliseconds each time. So the steps are timed, and one thread is the measure.
"""

from __future__ import annotations

import os
from pathlib import Path
from time import perf_counter

import numpy as np
from threadpoolctl import ThreadpoolController

from hwcli.engine.lstm import Weights

STRETCH = 16  # steps that are timed together
LARGE = 8 << 20  # bytes of weights from which two threads gain much; fewer fit into a core's own cache
PAUSE, LONGEST_PAUSE = 4, 64  # stretches on one thread before two are tried again; doubled by each failure
RENEW = 64  # stretches on two threads after which one thread is timed again
DECAY = 0.8  # of what counts of earlier stretches on two threads: a short stall is no reason to stop
RISE = 1.05  # by which the time of a stretch on one thread, the shortest of late, is forgotten
LOAD = Path("/proc/loadavg")  # on Linux: its fourth number counts what runs at this moment


class Pace:
    """Chooses the BLAS threads of sequences that are drawn one at a time, on a machine with `cores` cores.

    Call `turn` after every STRETCH steps. It never uses two threads if a product then has other bits, or if
    BLAS was limited to one before.
    """

    def __init__(self, weights: Weights, cores: int) -> None:
        self._libraries = []
        self._threads, self._left, self._pause = 1, 1, PAUSE  # stretches left before the next change
        self._one_took, self._since = np.inf, 0.0  # seconds of a stretch on one thread; when this one began
        self._gained = 0.0  # seconds gained by two threads of late, negative if lost
        if cores > 1 and sum(weight.nbytes for weight in weights.matrices) >= LARGE:
            libraries = ThreadpoolController().select(user_api="blas").lib_controllers
            if all(library.num_threads > 1 for library in libraries):
                self._libraries = libraries
                if not self._same_bits(weights):
                    self._libraries = []

    def begin(self) -> None:
        """Begin a sequence, within a context that restores the number of threads afterwards."""
        self._use(self._threads)
        self._since = perf_counter()

    def turn(self) -> None:
        """Choose the threads of the next stretch of steps, by the time that the last one took."""
        if not self._libraries:
            return
        now = perf_counter()
        took, self._since = now - self._since, now
        self._left -= 1
        if self._threads == 1:
            self._one_took = min(took, RISE * self._one_took)
            if self._left <= 0 and not all_cores_busy():
                self._use(2)
                self._left, self._gained = RENEW, 0.0
            return
        self._gained = DECAY * self._gained + self._one_took - took
        if self._gained < 0:
            self._use(1)
            self._left, self._pause = self._pause, min(2 * self._pause, LONGEST_PAUSE)
        elif self._left <= 0:
            self._use(1)
            self._left, self._pause = 1, PAUSE

    def _use(self, threads: int) -> None:
        self._threads = threads
        for library in self._libraries:
            library.set_num_threads(threads)

    def _same_bits(self, weights: Weights) -> bool:
        before = [library.num_threads for library in self._libraries]
        products = []
        for threads in (1, 2):
            self._use(threads)
            random = np.random.default_rng(0)
            vectors = (random.standard_normal((w.shape[1], 1)).astype(w.dtype) for w in weights.matrices)
            products.append([w.dot(v) for w, v in zip(weights.matrices, vectors, strict=True)])
        for library, threads in zip(self._libraries, before, strict=True):
            library.set_num_threads(threads)
        self._threads = 1
        return all(map(np.array_equal, *products))


def all_cores_busy() -> bool:
    """Return whether each of the machine's cores has something to run now; False where that is unknown."""
    try:
        running = int(LOAD.read_text().split()[3].split("/")[0])
    except (OSError, ValueError, IndexError):
        return False
    return running >= (os.cpu_count() or 1)
