"""The graph of hw export beside the NumPy engine: both read the same points, teacher-forced."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from hwcli.engine.lstm import Engine
from hwcli.engine.mixture import Steering, mixture
from hwcli.normalisation import normalise
from hwcli.sampling.model import Model

Row = dict[str, NDArray[Any]]


def session(data: bytes) -> onnxruntime.InferenceSession:
    """Return a session of one thread, which leaves the other cores alone."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])


def forced_graph(
    model: Model, data: bytes, offsets: NDArray[Any], texts: Sequence[NDArray[Any]] = (), bias: float = 0
) -> list[Row]:
    """Return the graph's outputs for each row of `offsets` (steps, batch, 3), in ink's units."""
    run, shape, batch = session(data), model.file.shape, offsets.shape[1]
    state: Row = {name: np.zeros((shape.layers, batch, shape.hidden), np.float32) for name in "hc"}
    fixed: Row = {"bias": np.array(bias, np.float32)}
    if texts:
        state["kappa"] = np.zeros((batch, shape.gaussians), np.float32)
        state["window"] = np.zeros((batch, shape.characters), np.float32)
        fixed["text"] = np.full((batch, max(map(len, texts))), -1, np.int32)
        for row, text in zip(fixed["text"], texts, strict=True):
            row[: len(text)] = text
    names, found = [output.name for output in run.get_outputs()], []
    for rows in offsets.astype(np.float32):
        out = dict(zip(names, run.run(None, {"point": rows, **fixed, **state}), strict=True))
        state = {name: out[f"{name}_next"] for name in state}
        found.append(out)
    return found


def forced_engine(
    model: Model, offsets: NDArray[Any], texts: Sequence[NDArray[Any]] = (), bias: float = 0
) -> list[Row]:
    """Return what the graph should give, from the engine, but with the mixture in normalised units."""
    norm = model.file.normalisation
    engine = Engine(model.weights, offsets.shape[1], list(texts) or None)
    found: list[Row] = []
    for rows in offsets:
        raw = engine.step(normalise(rows, norm).T).T
        mix = mixture(raw, np.array(norm.sigma_min, np.float32), Steering(bias))
        state = engine.state
        row: Row = {
            "eos": mix.eos, "pi": mix.pi, "mu": mix.mu.swapaxes(1, 2), "sigma": mix.sigma.swapaxes(1, 2),
            "rho": mix.rho, "h_next": state.layers[0].swapaxes(1, 2) / 2,
            "c_next": state.layers[1].swapaxes(1, 2),
        }  # fmt: skip
        if engine.window is not None and state.kappa is not None and state.w is not None:
            row |= {
                "kappa_next": state.kappa[:, 0].T, "window_next": state.w.T,
                "position": engine.window.attended(),
            }  # fmt: skip
        found.append(row)
    return found


def normalised(model: Model, row: Row) -> Row:
    """Return the graph's outputs with the mixture in normalised units, in which the bounds are given."""
    mean, std = (np.array(pair) for pair in (model.file.normalisation.mean, model.file.normalisation.std))
    return {**row, "mu": (row["mu"] - mean) / std, "sigma": row["sigma"] / std}
