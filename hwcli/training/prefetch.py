"""Preparing the next batches in a thread while the current step runs."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import torch

from hwcli.dataset.batches import Epoch
from hwcli.training.batch_tensors import Batch

QUEUE_SIZE = 2  # batches prepared ahead
RELEASE_EVERY = 50  # batches between releases of the dataset's pages, which could otherwise fill the memory


def prefetch(epoch: Epoch, first: int, device: torch.device) -> Iterator[Batch]:
    """Yield the batches of an epoch on `device`, in order from number `first` on."""
    with ThreadPoolExecutor(1, thread_name_prefix="prefetch") as executor:
        queue: deque[Future[Batch]] = deque()
        number = first
        try:
            while queue or number < len(epoch):
                while number < len(epoch) and len(queue) < QUEUE_SIZE:
                    queue.append(executor.submit(_batch, epoch, number, device))
                    number += 1
                yield queue.popleft().result()
        finally:
            for future in queue:
                future.cancel()


def _batch(epoch: Epoch, number: int, device: torch.device) -> Batch:
    if number % RELEASE_EVERY == 0:
        epoch.dataset.release_memory()
    return Batch.of(epoch[number], device, epoch.points(number))
