"""Windows made ready by a thread of their own while the step before is under way."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import torch

from hwcli.dataset.batches import Epoch
from hwcli.training.loss import Batch

AHEAD = 2  # windows that wait, made
LET_GO = 50  # windows after which the dataset's pages are given back: a large one would fill the memory


def feed(epoch: Epoch, first: int, device: torch.device) -> Iterator[Batch]:
    """The windows of an epoch from number `first` on, in order, as batches on `device`."""
    with ThreadPoolExecutor(1, thread_name_prefix="feed") as maker:
        waiting: deque[Future[Batch]] = deque()
        number = first
        try:
            while waiting or number < len(epoch):
                while number < len(epoch) and len(waiting) < AHEAD:
                    waiting.append(maker.submit(_batch, epoch, number, device))
                    number += 1
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()


def _batch(epoch: Epoch, number: int, device: torch.device) -> Batch:
    if number % LET_GO == 0:
        epoch.dataset.release_memory()
    return Batch.of(epoch[number], device, epoch.points(number))
