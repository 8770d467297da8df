"""Speed of sampling: one sequence against its bare matrix-vector products, and 64 sequences together.

The bundled models, 800 points per sequence (200 in the batch), keeping predictions; measured alternately in
one process. One sequence and the bare products use one thread, the batch as many as there are cores.
Synthesis models write the beginning of a longer text; the bare products leave out their windows.

    python benchmarks/speed/sampling.py [rounds] [model …]
"""

from __future__ import annotations

import statistics
import sys

import numpy as np
from threadpoolctl import threadpool_limits

from common import seconds, table
from hwcli.engine.loop import Plan
from hwcli.engine.lstm import Engine
from hwcli.engine.threads import generate_in_threads
from hwcli.sampling.load import load_model
from hwcli.sampling.model import Model
from hwcli.weights.bundled import names

ROUNDS = int(sys.argv[1]) if len(sys.argv) > 1 else 7
POINTS, TOGETHER, PRODUCTS = 800, 64, 400
TEXT = "pack my box with five dozen liquor jugs and bring them home before the evening"


def one(model: Model) -> float:
    """Return the steps per second of one sequence."""
    generators = [np.random.default_rng([1, 0])]
    return POINTS / seconds(lambda: generate(model, generators, POINTS))


def generate(model: Model, generators: list[np.random.Generator], points: int) -> None:
    norm, grid = model.file.normalisation, 10.0**model.decimals
    texts = None
    if model.file.alphabet is not None:
        texts = [model.file.alphabet.encode(TEXT)] * len(generators)
    (first, *_) = generate_in_threads(model.weights, norm, grid, generators, Plan(points), texts)
    assert len(first.points) == points, "the text was too short"


def many(model: Model) -> float:
    """Return the steps per second of a batch, summed over its sequences."""
    generators = [np.random.default_rng([1, k]) for k in range(TOGETHER)]
    return TOGETHER * (POINTS // 4) / seconds(lambda: generate(model, generators, POINTS // 4))


def bare(model: Model) -> float:
    """Return the steps per second of the matrix-vector products only, which memory bandwidth limits."""
    texts = None if model.file.alphabet is None else [model.file.alphabet.encode(TEXT)]
    engine = Engine(model.weights, 1, texts)
    products = [(weight, read, gates) for weight, read, gates, *_ in engine._layers]
    products.append((model.weights.output, engine._top, np.empty((model.file.shape.outputs, 1), np.float32)))

    def steps() -> None:
        for _ in range(PRODUCTS):
            for weight, read, out in products:
                np.dot(weight, read, out)

    with threadpool_limits(1, user_api="blas"):
        steps()
        return PRODUCTS / seconds(steps)


for name in sys.argv[2:] or names():
    model = load_model(name)
    generate(model, [np.random.default_rng(0)], 50)
    rows: dict[str, list[float]] = {"one sequence": [], "bare products": [], "64 together": []}
    for _ in range(ROUNDS):
        for row, job in zip(rows, (one, bare, many), strict=True):
            rows[row].append(job(model))
    print(model)
    table(list(rows.items()), "steps/s")
    paired = zip(rows["one sequence"], rows["bare products"], rows["64 together"], strict=True)
    of_bare, of_one = zip(*((o / b, m / o) for o, b, m in paired), strict=True)
    print(
        f"one sequence: {statistics.median(of_bare):.2f} of the bare products; "
        f"64 together: {statistics.median(of_one):.1f} times one\n"
    )
