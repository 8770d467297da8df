"""Naming the lines behind a step whose loss is not finite."""

from __future__ import annotations

import torch

from hwcli.dataset.epochs.batches import Epoch
from hwcli.dataset.store import Dataset
from hwcli.network.network import Network, State
from hwcli.training.batch_tensors import Batch
from hwcli.training.loss import log_loss

MAX_NAMED = 5  # lines


@torch.no_grad()
def describe_nonfinite_lines(
    network: Network, dataset: Dataset, epoch: Epoch, number: int, state: State
) -> str:
    """Name the lines of batch `number` whose loss is not finite, or else those with the largest loss.

    The batch is scored again in float32 from `state`, this process's lanes before it; an empty list stands
    for the zero state.
    """
    batch = Batch.of(epoch[number], network.output.weight.device)
    lanes = batch.inputs.shape[1]
    raw, _ = network(batch.inputs, batch.reset, state or network.zero_state(lanes), batch.text)
    nats = log_loss(raw, batch, network.sigma_min).sum(0)
    first = range(len(epoch.lanes))[epoch.part][0]
    nonfinite = (~nats.isfinite()).nonzero().flatten().tolist()
    chosen = nonfinite or nats.argsort(descending=True)[:2].tolist()
    ids = [dataset.lines[line].id for lane in chosen for line in epoch.lines_in(number, first + lane)]
    rest = f" and {len(ids) - MAX_NAMED} more" if len(ids) > MAX_NAMED else ""
    what = "no finite loss in" if nonfinite else "the largest loss is in"
    return f"{what} {', '.join(ids[:MAX_NAMED])}{rest}"
