"""Batches on all cores: each part of a batch runs in its own thread, with BLAS limited to one thread.

One batch with products on several BLAS threads would be slower: those wait for each other at every product,
and if another program uses one of the cores, all of them wait for it. Parts of a batch never wait, since
NumPy releases the GIL while it computes and sequences do not depend on each other.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from threading import Event
from typing import TypeVar

import numpy as np
from threadpoolctl import threadpool_limits

from hwcli.engine.loop import Plan, generate
from hwcli.engine.lstm import IntArray, Weights
from hwcli.engine.pace import Pace
from hwcli.engine.trajectory import Trajectory
from hwcli.normalisation import Normalisation

T = TypeVar("T")
GROUP = 32  # sequences of a batch whose products are those of a matrix and a matrix


def one_blas_thread() -> threadpool_limits:
    """Return a context in which BLAS computes on the calling thread only."""
    return threadpool_limits(1, user_api="blas")


def run_in_threads(job: Callable[[T, Event], None], items: Sequence[T], threads: int) -> None:
    """Run `job(item, stop)` for all items, each on one core, in this thread or in `threads` at a time.

    `stop` is set by the first error, or by Ctrl-C, so that the other jobs can end early. The error is raised
    when all have ended.
    """
    stop = Event()
    with one_blas_thread():
        if threads == 1:
            for item in items:
                job(item, stop)
            return
        with ThreadPoolExecutor(threads) as pool:
            tasks = [pool.submit(job, item, stop) for item in items]
            try:
                for task in tasks:
                    task.result()
            except BaseException:
                stop.set()
                pool.shutdown(wait=False, cancel_futures=True)
                raise


def generate_in_threads(
    weights: Weights,
    norm: Normalisation,
    grid: float,
    generators: Sequence[np.random.Generator],
    plan: Plan,
    texts: Sequence[IntArray] | None = None,
    pace: Pace | None = None,
    group: int = GROUP,
) -> list[Trajectory]:
    """Generate as `hwcli.engine.loop.generate` does, on as many cores as the batch is worth.

    Sequences whose plan is not `alone` are drawn in groups of up to `group`. They have the same bits in every
    batch if they stand at the same place in a GROUP: the last group must be complete. `pace` chooses the
    threads of a sequence that is the only one.
    """
    count = len(generators)
    if count == 1 and pace is not None:
        with one_blas_thread():
            pace.begin()
            return generate(weights, norm, grid, generators, plan, texts, pace)
    if plan.alone:
        several = min(cores(), count)
        parts = [slice(k, None, several) for k in range(several)]
    else:
        size = -(-count // -(-count // group))  # alike, so that none waits for another
        parts = [slice(first, first + size) for first in range(0, count, size)]

    done: list[list[Trajectory]] = [[]] * len(parts)

    def write(k: int, stop: Event) -> None:
        part = parts[k]
        some = texts and texts[part]
        done[k] = generate(weights, norm, grid, generators[part], plan.part(part), some, stop=stop)

    run_in_threads(write, range(len(parts)), min(len(parts), cores()))
    if plan.alone:
        return [done[k % len(parts)][k // len(parts)] for k in range(count)]
    return list(chain.from_iterable(done))


def cores() -> int:
    """Return the number of cores that this process may run on."""
    affinity = getattr(os, "sched_getaffinity", None)  # not on every system
    return len(affinity(0)) if affinity else os.cpu_count() or 1
