"""Reading lines with a network in training, and counting its errors."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import torch
from torch.nn.utils.rnn import pad_sequence

from hwcli.alphabet import Alphabet
from hwcli.console import Reporter
from hwcli.network.reader_network import ReaderNetwork
from hwcli.reader.error_rate import Errors
from hwcli.reader.greedy import text_of
from hwcli.reader.lines_to_read import Sample

STEPS = 100_000  # per batch, padding included: bounds the memory
LINES = 64  # per batch


@torch.inference_mode()
def errors_of(
    network: ReaderNetwork, alphabet: Alphabet, samples: Sequence[Sample], report: Reporter | None = None
) -> list[Errors]:
    """Return the errors of the most probable path of each sample; without dropout, in float32.

    The network's training or evaluation mode is restored afterwards. `report` receives the lines done.
    """
    was_training, tf32 = network.training, torch.backends.cudnn.allow_tf32
    network.eval()
    torch.backends.cudnn.allow_tf32 = False
    found: dict[int, Errors] = {}
    features = [torch.from_numpy(sample.path.features().rows) for sample in samples]
    for batch in _batches([len(rows) for rows in features]):
        steps = pad_sequence([features[k] for k in batch], batch_first=True)
        lengths = torch.tensor([len(features[k]) for k in batch])
        device = network.output.weight.device
        logs, frames = network(steps.to(device), lengths.to(device))
        for k, line, count in zip(batch, logs.transpose(0, 1).cpu().numpy(), frames.tolist(), strict=True):
            found[k] = Errors.of(samples[k].text, text_of(alphabet, line[:count]))
        if report is not None:
            report(len(found), len(samples))
    network.train(was_training)
    torch.backends.cudnn.allow_tf32 = tf32
    return [found[k] for k in range(len(samples))]


def _batches(lengths: Sequence[int]) -> Iterator[list[int]]:
    """Yield the numbers of lines to read together, the longest first."""
    order = np.argsort(lengths, kind="stable")[::-1].tolist()
    while order:
        count = min(max(STEPS // lengths[order[0]], 1), LINES)
        yield order[:count]
        del order[:count]
