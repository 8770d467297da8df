"""The Triton kernels compute what the window's own steps do: on a GPU, and in Triton's interpreter."""

import importlib.util
import os
import subprocess
import sys
from itertools import pairwise

import pytest
import torch
from torch import nn

from hwcli.network import window_steps
from hwcli.network.text_window import WindowedLSTM
from hwcli.network.window_steps import Text

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("triton") is None, reason="Triton comes with torch for CUDA only"
)
INTERPRETED = "TRITON_INTERPRET"
STEPS, LANES, CELLS, CHARACTERS, GAUSSIANS, LONGEST = 7, 5, 24, 9, 3, 20


class Window:
    """One layer with a window, its input, and the gradients of its outputs."""

    def __init__(self, device: str) -> None:
        torch.manual_seed(0)
        self.lstm, self.head = nn.LSTM(CHARACTERS + 4, CELLS), nn.Linear(CELLS, 3 * GAUSSIANS)
        with torch.no_grad():
            self.head.weight.mul_(2)
            self.head.bias[2 * GAUSSIANS :] = torch.tensor([-1.0, 0.3, 10.2])  # the last above WINDOW_MAX
        self.lstm.to(device)
        self.head.to(device)
        rest = torch.randn(STEPS, LANES, 4)
        rest[..., -1] = 0
        rest[3, 2, -1] = rest[0, 0, -1] = 1  # resets
        self.rest = rest.to(device)
        codes = torch.randint(0, CHARACTERS + 1, (2, LONGEST, LANES)).to(device)
        self.text = Text(codes, (0, 4))
        self.state = tuple((0.3 * torch.randn(1, LANES, CELLS)).to(device) for _ in range(2))
        self.window = (
            (5 * torch.rand(1, LANES, GAUSSIANS)).to(device),
            torch.rand(1, LANES, CHARACTERS).to(device),
        )
        self.gradients = [torch.randn(STEPS, LANES, n).to(device) for n in (CELLS, CHARACTERS)]

    def passes(self, dtype: torch.dtype, count: int = 3) -> list[list[torch.Tensor]]:
        """The results and the gradients of passes with the same memory, as numbers in float32."""
        layer = WindowedLSTM(GAUSSIANS, CHARACTERS)
        weights = [*self.lstm.parameters(), *self.head.parameters()]
        found = []
        for _ in range(count):
            for weight in weights:
                weight.grad = None
            out, vectors, state, window = layer(
                self.lstm, self.head, [self.rest], self.text, self.state, self.window, dtype
            )
            torch.autograd.backward([out, vectors], self.gradients)
            results = [out.detach(), vectors.detach(), *state, *window]
            found.append([t.clone().float().cpu() for t in results + [w.grad for w in weights]])
        return found


def assert_close(ours, theirs, tolerance):
    for a, b in zip(ours, theirs, strict=True):
        assert (a - b).norm() <= tolerance * b.norm()


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
@pytest.mark.parametrize(
    ("dtype", "tolerance"), [(torch.float32, 1e-5), (torch.bfloat16, 0.02)], ids=["float32", "bfloat16"]
)
def test_kernels_agree_on_the_gpu(monkeypatch, dtype, tolerance):
    window = Window("cuda")
    fused = window.passes(dtype)
    monkeypatch.setattr(window_steps, "has_triton", lambda: False)
    assert_close(fused[-1], window.passes(dtype)[-1], tolerance)
    for one, other in pairwise(fused):  # the first was not replayed
        assert all(torch.equal(a, b) for a, b in zip(one, other, strict=True))


@pytest.mark.skipif(INTERPRETED not in os.environ, reason="run by the next test")
def test_kernels_agree_in_the_interpreter(monkeypatch):
    window = Window("cpu")
    plain = window.passes(torch.float32)[-1]
    monkeypatch.setattr(
        window_steps.Pass, "take", lambda free, size, exact: window_steps.FusedPass(size, exact)
    )
    assert_close(window.passes(torch.float32)[-1], plain, 1e-5)


@pytest.mark.skipif(INTERPRETED in os.environ, reason="is the interpreter")
def test_kernels_in_the_interpreter():
    """Triton reads the variable when it is imported, so the test above runs in a process of its own."""
    command = [sys.executable, "-m", "pytest", "-q", f"{__file__}::test_kernels_agree_in_the_interpreter"]
    done = subprocess.run(
        command, env=os.environ | {INTERPRETED: "1"}, capture_output=True, text=True, check=False, timeout=300
    )
    assert "1 passed" in done.stdout, done.stdout + done.stderr
