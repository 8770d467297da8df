"""Work that a GPU repeats without Python: captured once as a CUDA graph, then replayed."""

from __future__ import annotations

from collections.abc import Callable

import torch


def replayed(work: Callable[[], None], device: torch.device) -> Callable[[], None]:
    """Return `work`, which on CUDA is captured when it is called for the second time.

    `work` must always read and write the same memory, and must not wait for the device. Of thousands of small
    kernels, most of the time would otherwise go into starting them one by one. The first call runs as usual,
    since libraries must initialise outside a capture, and sizes that come once are not worth one.
    """
    return _Replayed(work) if device.type == "cuda" else work


class _Replayed:
    def __init__(self, work: Callable[[], None]) -> None:
        self.work, self.calls = work, 0
        self.graph: torch.cuda.CUDAGraph | None = None

    def __call__(self) -> None:
        self.calls += 1
        if self.calls == 1:
            self.work()
            return
        if self.graph is None:
            self.graph = torch.cuda.CUDAGraph()
            # other threads, such as the one that copies the next batch, may go on meanwhile
            with torch.cuda.graph(self.graph, capture_error_mode="thread_local"):
                self.work()
        self.graph.replay()
