"""Small LSTM layers for tests, run by torch.nn.LSTM and by hwcli.network.lstm.FastLSTM."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from hwcli.network.lstm import FastLSTM

State = tuple[Tensor, Tensor]
NAMES = ("weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0")


def layer(width: int, hidden: int, dtype=torch.float64, seed: int = 0) -> nn.LSTM:
    """Return a layer with weights from the seed, its gates neither open nor closed."""
    rng = torch.Generator().manual_seed(seed)
    lstm = nn.LSTM(width, hidden, dtype=torch.float64)
    with torch.no_grad():
        for p in lstm.parameters():
            p.copy_(torch.randn(p.shape, generator=rng, dtype=torch.float64) * (p.shape[-1] ** -0.5))
    return lstm.to(dtype)


def numbers(*shape: int, seed: int = 1, dtype=torch.float64) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64).to(dtype)


def states(batch: int, hidden: int, dtype=torch.float64) -> State:
    return numbers(1, batch, hidden, seed=2, dtype=dtype).tanh(), numbers(
        1, batch, hidden, seed=3, dtype=dtype
    )


def gradients(out: Tensor, lstm: nn.LSTM, below: Tensor | None) -> dict[str, Tensor]:
    """Return the gradients of every weight and the input, for an arbitrary gradient of the output."""
    weights = {name: lstm.get_parameter(name) for name in NAMES}
    wanted = {**weights, **({"below": below} if below is not None else {})}
    scale = numbers(*out.shape, seed=4, dtype=out.dtype)
    return dict(zip(wanted, torch.autograd.grad(out, list(wanted.values()), scale), strict=True))


def by_torch(lstm: nn.LSTM, parts: list[Tensor], state: State) -> tuple[Tensor, State, dict[str, Tensor]]:
    below = parts[0].detach().requires_grad_()
    out, after = lstm(torch.cat([below, *parts[1:]], -1), state)
    return out.detach(), (after[0].detach(), after[1].detach()), gradients(out, lstm, below)


def by_us(
    lstm: nn.LSTM, parts: list[Tensor], state: State, dtype=None, fast: FastLSTM | None = None
) -> tuple[Tensor, State, dict[str, Tensor]]:
    below = parts[0].detach().requires_grad_()
    out, after = (fast or FastLSTM())(lstm, [below, *parts[1:]], state, dtype or below.dtype)
    held = out.detach().clone(), (after[0].detach().clone(), after[1].detach().clone())
    return *held, {name: g.clone() for name, g in gradients(out, lstm, below).items()}


def assert_same(ours, theirs, tolerance: float) -> None:
    """Compare outputs, states and gradients; the tolerance is relative to the largest number of each."""
    (out, (h, c), grads), (out_, (h_, c_), grads_) = ours, theirs
    pairs = {"output": (out, out_), "h": (h, h_), "c": (c, c_)}
    pairs |= {name: (grads[name], grads_[name]) for name in grads_}
    assert grads.keys() == grads_.keys()
    for name, (a, b) in pairs.items():
        assert a.shape == b.shape, name
        largest = max(1.0, float(b.abs().max()))
        torch.testing.assert_close(
            a.double(), b.double(), rtol=0, atol=tolerance * largest, msg=lambda text, n=name: f"{n}: {text}"
        )
