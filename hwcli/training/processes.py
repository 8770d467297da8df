"""Several processes that learn as one: what `torchrun` starts, and the single process as the simplest case.

Every process holds all weights and learns from its part of the lanes; DistributedDataParallel adds the
gradients up. Whatever the processes decide (to stop, to save, to pass over a step) they decide from the same
numbers, so that all of them do it at the same step.
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


@dataclass(frozen=True)
class Processes:
    """The processes of a run, as seen from one of them."""

    rank: int = 0
    size: int = 1
    local_rank: int = 0  # among those of this machine
    local_size: int = 1

    @classmethod
    def from_environment(cls) -> Processes:
        """As `torchrun` set the environment; one process where it did not."""
        try:
            numbers = [
                int(os.environ.get(name, default))
                for name, default in (
                    ("RANK", "0"), ("WORLD_SIZE", "1"), ("LOCAL_RANK", "0"), ("LOCAL_WORLD_SIZE", "1")
                )
            ]  # fmt: skip
        except ValueError:
            raise HwError("RANK and WORLD_SIZE in the environment are no numbers", "unset them") from None
        return cls(*numbers)

    @property
    def first(self) -> bool:
        """Whether this process is the one that writes and speaks."""
        return self.rank == 0

    @property
    def own_gpu(self) -> int | None:
        """The number of the GPU that this process has to itself; None for a process that runs alone."""
        return self.local_rank if self.size > 1 else None

    def part(self, count: int) -> slice:
        """This process's part of `count` things: as even as can be, in order."""
        return slice(count * self.rank // self.size, count * (self.rank + 1) // self.size)

    def add(self, tensor: Tensor) -> Tensor:
        """`tensor` added up over all processes, in place."""
        if self.size > 1:
            distributed.all_reduce(tensor)
        return tensor

    def agree(self, number: int) -> int:
        """The first process's number, for all."""
        if self.size == 1:
            return number
        box = [number]
        distributed.broadcast_object_list(box, src=0)
        return box[0]

    def wait(self) -> None:
        """Until all are here."""
        if self.size > 1:
            distributed.barrier()

    def shared(self, network: nn.Module) -> nn.Module:
        """The network whose backward pass adds up the gradients of all processes."""
        if self.size == 1:
            return network
        return nn.parallel.DistributedDataParallel(network)

    @contextmanager
    def together(self, device: torch.device) -> Iterator[None]:
        """Within the block the processes are in touch. HwError where one of them is lost."""
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
            if not _is_loss_of_touch(error):
                raise
            raise HwError(
                f"process {self.rank} of {self.size} lost touch with the others: one of them has ended",
                "its own message says why; hw train --resume goes on from the last checkpoint, "
                "with any number of processes",
            ) from error


ALONE = Processes()


def _is_loss_of_touch(error: Exception) -> bool:
    words = ("gloo", "nccl", "connection", "socket", "peer", "store")
    return isinstance(error, distributed.DistError) or any(word in str(error).lower() for word in words)
