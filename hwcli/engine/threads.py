"""Batches on all cores: parts of a batch on threads of their own, each with BLAS on one thread.

Not one batch with products on several BLAS threads: those wait for each other at every product, and where
another program has one of the cores, all of them wait for it. Parts never wait. NumPy lets other threads run
while it computes, and sequences do not depend on each other.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from threadpoolctl import threadpool_limits

from hwcli.engine.loop import Plan, Written, write
from hwcli.engine.lstm import IntArray, Weights
from hwcli.normalisation import Normalisation

SMALLEST = 8  # sequences that are worth a thread


def one_blas_thread() -> threadpool_limits:
    """A context in which products stay on the thread that asks for them."""
    return threadpool_limits(1, user_api="blas")


def write_side_by_side(
    weights: Weights,
    norm: Normalisation,
    grid: float,
    generators: Sequence[np.random.Generator],
    plan: Plan,
    texts: Sequence[IntArray] | None = None,
) -> list[Written]:
    """What `write` gives for all of `generators`, by as many cores as the batch is worth."""
    parts = max(min(_cores(), len(generators) // SMALLEST), 1)
    with one_blas_thread():
        if parts == 1:
            return write(weights, norm, grid, generators, plan, texts)
        with ThreadPoolExecutor(parts) as pool:
            tasks = [
                pool.submit(write, weights, norm, grid, generators[k::parts], plan, texts and texts[k::parts])
                for k in range(parts)
            ]
            done = [task.result() for task in tasks]
    return [done[k % parts][k // parts] for k in range(len(generators))]


def _cores() -> int:
    """The cores that this process may run on."""
    affinity = getattr(os, "sched_getaffinity", None)  # not on every system
    return len(affinity(0)) if affinity else os.cpu_count() or 1
