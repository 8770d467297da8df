"""Which lines a step without a finite loss was about."""

from __future__ import annotations

import torch

from hwcli.dataset.batches import Epoch
from hwcli.dataset.store import Dataset
from hwcli.network.network import Network, State
from hwcli.training.loss import Batch, log_loss

NAMED = 5  # lines at the most


@torch.no_grad()
def culprits(network: Network, dataset: Dataset, epoch: Epoch, window: int, state: State) -> str:
    """The lines of a window whose loss is not finite, else those with the largest, in words for a message.

    Scored once more in float32 from `state`, that of this process's lanes (empty: from nothing).
    """
    batch = Batch.of(epoch[window], network.output.weight.device)
    lanes = batch.inputs.shape[1]
    raw, _ = network(batch.inputs, batch.reset, state or network.zero_state(lanes), batch.text)
    nats = log_loss(raw, batch, network.sigma_min).sum(0)
    first = range(len(epoch.lanes))[epoch.part][0]
    bad = (~nats.isfinite()).nonzero().flatten().tolist()
    chosen = bad or nats.argsort(descending=True)[:2].tolist()
    ids = [dataset.lines[line].id for lane in chosen for line in epoch.lines_in(window, first + lane)]
    rest = f" and {len(ids) - NAMED} more" if len(ids) > NAMED else ""
    what = "no finite loss in" if bad else "the largest loss is in"
    return f"{what} {', '.join(ids[:NAMED])}{rest}"
