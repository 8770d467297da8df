"""The layer with a window over text, with resets and spans, against autograd in float64."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from hwcli.model.shape import Shape
from hwcli.network.network import Network, State
from hwcli.network.window_steps import Text

GAUSSIANS, CHARACTERS = 4, 5


def by_autograd(network: Network, rows: Tensor, reset: Tensor, text: Text) -> tuple[Tensor, State]:
    """Compute Graves 2013, equations 46-51 and 17, one step and sequence at a time, for autograd."""
    time, batch, _ = rows.shape
    shape, k = network.shape, network.shape.gaussians
    assert network.window is not None
    results, ends = [], []
    for b in range(batch):
        state = [[torch.zeros(shape.hidden, dtype=rows.dtype)] * 2 for _ in network.layers]
        kappa, w = torch.zeros(k, dtype=rows.dtype), torch.zeros(shape.characters, dtype=rows.dtype)
        outputs = []
        for t in range(time):
            span = max(n for n, begin in enumerate(text.begins) if begin <= t)
            codes = text.codes[span, :, b]
            hs: list[Tensor] = []
            for layer, lstm in enumerate(network.layers):
                parts = [hs[-1]] if layer else []
                parts += [w]
                parts += [rows[t, b]] if shape.skip or layer == 0 else []
                x = torch.cat([*parts, reset[t, b, None]])
                h, c = state[layer]
                gates = lstm.weight_ih_l0 @ x + lstm.bias_ih_l0 + lstm.weight_hh_l0 @ h + lstm.bias_hh_l0
                i, f, g, o = gates.chunk(4)
                c = f.sigmoid() * c + i.sigmoid() * g.tanh()
                h = o.sigmoid() * c.tanh()
                state[layer] = [h, c]
                hs.append(h)
                if layer == 0:
                    alpha, beta, step = network.window(h).exp().chunk(3)
                    kappa = (kappa + step) * (1 - reset[t, b])
                    w = torch.zeros(shape.characters, dtype=rows.dtype)
                    for u, code in enumerate(codes.tolist(), 1):
                        if code < shape.characters and not reset[t, b]:
                            phi = (alpha * torch.exp(-beta * (kappa - u) ** 2)).sum()
                            w = w + phi * torch.eye(shape.characters, dtype=rows.dtype)[code]
            outputs.append(network.output(torch.cat(hs) if shape.skip else hs[-1]))
        results.append(torch.stack(outputs))
        ends.append((kappa, w))
    kappas, ws = (torch.stack(parts)[None] for parts in zip(*ends, strict=True))
    return torch.stack(results, 1), [(kappas, ws)]


def make(layers: int, skip: bool, batch: int = 3, time: int = 9) -> tuple[Network, Tensor, Tensor, Text]:
    torch.manual_seed(1)
    shape = Shape(layers, 6, 2, skip, GAUSSIANS, CHARACTERS)
    network = Network(shape, (0.01, 0.01)).double()
    network.initialise(torch.Generator().manual_seed(3), pace=0.4)
    rows = torch.randn(time, batch, 3, dtype=torch.float64)
    reset = torch.zeros(time, batch, dtype=torch.float64)
    reset[4, 1] = reset[0, 2] = 1
    codes = torch.randint(0, CHARACTERS + 1, (2, 7, batch))
    codes[1, :, [0, 2]] = codes[0][:, [0, 2]]
    return network, rows, reset, Text(codes, (0, 4))


@pytest.mark.parametrize("skip", [True, False])
@pytest.mark.parametrize("layers", [1, 3])
def test_output_and_gradient_match_autograd(layers, skip):
    network, rows, reset, text = make(layers, skip)
    weight = torch.randn(rows.shape[0], rows.shape[1], network.shape.outputs, dtype=torch.float64)
    expected, ends = by_autograd(network, rows, reset, text)
    expected_grads = torch.autograd.grad((expected * weight).sum(), list(network.parameters()))
    found, state = network(rows, reset, network.zero_state(rows.shape[1]), text)
    torch.testing.assert_close(found, expected, rtol=1e-10, atol=1e-10)
    for a, b in zip(state[-1], ends[0], strict=True):
        torch.testing.assert_close(a, b.detach(), rtol=1e-10, atol=1e-10)
    grads = torch.autograd.grad((found * weight).sum(), list(network.parameters()))
    for (name, _), a, b in zip(network.named_parameters(), grads, expected_grads, strict=True):
        torch.testing.assert_close(a, b, rtol=1e-9, atol=1e-9, msg=lambda m, n=name: f"{n}: {m}")
