"""Preparing what comes next in a thread while the current step runs."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

import torch

from hwcli.dataset.epochs.batches import Epoch
from hwcli.training.batch_tensors import Batch

T = TypeVar("T")
QUEUE_SIZE = 2  # batches prepared ahead


def prefetch(epoch: Epoch, first: int, device: torch.device) -> Iterator[Batch]:
    """Yield the batches of an epoch on `device`, in order from number `first` on."""
    return ahead(lambda number: _batch(epoch, number, device), range(first, len(epoch)), QUEUE_SIZE)


def ahead(make: Callable[[int], T], numbers: range, count: int) -> Iterator[T]:
    """Yield `make(number)` for all `numbers`; a thread makes up to `count` of them in advance."""
    with ThreadPoolExecutor(1, thread_name_prefix="prefetch") as executor:
        queue: deque[Future[T]] = deque()
        waiting = deque(numbers)
        try:
            while queue or waiting:
                while waiting and len(queue) < count:
                    queue.append(executor.submit(make, waiting.popleft()))
                yield queue.popleft().result()
        finally:
            for future in queue:
                future.cancel()


def _batch(epoch: Epoch, number: int, device: torch.device) -> Batch:
    return Batch.of(epoch[number], device, epoch.points(number))
