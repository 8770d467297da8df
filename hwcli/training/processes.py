"""The processes of a distributed run, as `torchrun` starts them; a single process is the simplest case.

Every process holds all weights and learns from its share of the lanes; DistributedDataParallel adds up the
gradients. The processes decide whether to stop, save or skip a step from the same numbers, so all of them do
it at the same step.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor, distributed, nn

from hwcli import console
from hwcli.errors import HwError

VARIABLES = {"RANK": "0", "WORLD_SIZE": "1", "LOCAL_RANK": "0", "LOCAL_WORLD_SIZE": "1"}  # and defaults


@dataclass(frozen=True)
class Processes:
    """The processes of a run, as seen from one of them."""

    rank: int = 0
    size: int = 1
    local_rank: int = 0  # on this machine
    local_size: int = 1

    @classmethod
    def from_environment(cls) -> Processes:
        """Read the variables of `torchrun` (none: a single process); HwError if one is not a whole number."""
        try:
            numbers = [int(os.environ.get(name, default)) for name, default in VARIABLES.items()]
        except ValueError:
            raise HwError(
                f"{', '.join(VARIABLES)} in the environment must be whole numbers", "unset them"
            ) from None
        return cls(*numbers)

    @property
    def first(self) -> bool:
        """Whether this is the process that writes files and prints."""
        return self.rank == 0

    @property
    def own_gpu(self) -> int | None:
        """The number of this process's GPU, or None if it is the only process."""
        return self.local_rank if self.size > 1 else None

    def part(self, count: int) -> slice:
        """Return this process's share of `count` items; the shares are in order and as equal as possible."""
        return slice(count * self.rank // self.size, count * (self.rank + 1) // self.size)

    def all_reduce(self, tensor: Tensor) -> Tensor:
        """Sum `tensor` over all processes, in place."""
        if self.size > 1:
            distributed.all_reduce(tensor)
        return tensor

    def broadcast(self, number: int) -> int:
        """Return the first process's `number` in all processes."""
        if self.size == 1:
            return number
        box = [number]
        distributed.broadcast_object_list(box, src=0)
        return box[0]

    def of_first(self, numbers: list[float], device: torch.device) -> list[float]:
        """Return the first process's `numbers` in all processes, which exchange them on `device`."""
        own = torch.tensor(numbers, dtype=torch.float64, device=device) * self.first
        return [float(number) for number in self.all_reduce(own).tolist()]

    def barrier(self) -> None:
        """Wait until all processes are here."""
        if self.size > 1:
            distributed.barrier()

    def distribute(self, network: nn.Module) -> nn.Module:
        """Wrap `network` so that its backward pass averages the gradients over all processes."""
        if self.size == 1:
            return network
        return nn.parallel.DistributedDataParallel(network)

    @contextmanager
    def connected(self, device: torch.device) -> Iterator[None]:
        """Connect the processes, all but the first quiet, in the block; HwError if a connection is lost."""
        if self.size == 1:
            yield
            return
        if not self.first:
            console.set_quiet(True)
        try:
            if device.type == "cuda":
                distributed.init_process_group("nccl", device_id=device)
            else:
                distributed.init_process_group("gloo")
            try:
                yield
            finally:
                distributed.destroy_process_group()
        except (RuntimeError, distributed.DistError) as error:
            if not _is_connection_error(error):
                raise
            raise HwError(
                f"process {self.rank + 1} of {self.size} lost its connection: another process has ended",
                "see that process's message, then run hw train --resume",
            ) from error


SINGLE = Processes()


def _is_connection_error(error: Exception) -> bool:
    words = ("gloo", "nccl", "connection", "socket", "peer", "store")
    return isinstance(error, distributed.DistError) or any(word in str(error).lower() for word in words)
