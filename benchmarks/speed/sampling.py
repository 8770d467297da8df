"""Speed of sampling: one sequence against its bare matrix-vector products, and several sequences together.

The bundled models, 800 points per sequence (200 in batches), keeping predictions; measured alternately in one
process. One sequence and the bare products use one thread; "two threads" is one sequence that may use two, as
hw sample draws it. Batches use as many threads as there are cores: 8 and 64 sequences with the bits of each
alone, and 64 in groups.
Synthesis models write the beginning of a longer text; the bare products leave out their windows.

    python benchmarks/speed/sampling.py [rounds] [model …]
"""

from __future__ import annotations

import statistics
import sys
from collections.abc import Callable
from functools import partial

import numpy as np
from threadpoolctl import threadpool_limits

from common import seconds, table
from hwcli.engine.loop import Plan
from hwcli.engine.lstm import Engine
from hwcli.engine.pace import Pace
from hwcli.engine.threads import cores, generate_in_threads
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


def paced(model: Model) -> float:
    """Return the steps per second of one sequence on one or two threads."""
    generators = [np.random.default_rng([1, 0])]
    pace = Pace(model.weights, cores())
    return POINTS / seconds(lambda: generate(model, generators, POINTS, pace=pace))


def generate(
    model: Model,
    generators: list[np.random.Generator],
    points: int,
    alone: bool = True,
    pace: Pace | None = None,
) -> None:
    norm, grid = model.file.normalisation, 10.0**model.decimals
    texts = None
    if model.file.alphabet is not None:
        texts = [model.file.alphabet.encode(TEXT)] * len(generators)
    (first, *_) = generate_in_threads(
        model.weights, norm, grid, generators, Plan(points, alone=alone), texts, pace
    )
    assert len(first.points) == points, "the text was too short"


def many(model: Model, count: int, alone: bool) -> float:
    """Return the steps per second of a batch, summed over its sequences."""
    generators = [np.random.default_rng([1, k]) for k in range(count)]
    return count * (POINTS // 4) / seconds(lambda: generate(model, generators, POINTS // 4, alone))


def bare(model: Model) -> float:
    """Return the steps per second of the matrix-vector products only, which memory bandwidth limits."""
    texts = None if model.file.alphabet is None else [model.file.alphabet.encode(TEXT)]
    engine = Engine(model.weights, 1, texts)
    products = [(product, read, gates) for product, read, gates, *_ in engine._layers]
    out = np.empty((model.file.shape.outputs, 1), np.float32)
    products.append((model.weights.output.dot, engine._top, out))

    def steps() -> None:
        for _ in range(PRODUCTS):
            for product, read, out in products:
                product(read, out)

    with threadpool_limits(1, user_api="blas"):
        steps()
        return PRODUCTS / seconds(steps)


for name in sys.argv[2:] or names():
    model = load_model(name)
    generate(model, [np.random.default_rng(0)], 50)
    jobs: dict[str, Callable[[Model], float]] = {
        "one sequence": one,
        "bare products": bare,
        "two threads": paced,
        "8 together": partial(many, count=8, alone=True),
        "64 together": partial(many, count=TOGETHER, alone=True),
        "64 in groups": partial(many, count=TOGETHER, alone=False),
    }
    rows: dict[str, list[float]] = {name: [] for name in jobs}
    for _ in range(ROUNDS):
        for row, job in jobs.items():
            rows[row].append(job(model))
    print(model)
    table(list(rows.items()), "steps/s")
    ratios = {
        row: statistics.median(r / o for r, o in zip(rows[row], rows["one sequence"], strict=True))
        for row in list(rows)[2:]
    }
    of_bare = [o / b for o, b in zip(rows["one sequence"], rows["bare products"], strict=True)]
    print(f"one sequence: {statistics.median(of_bare):.2f} of the bare products")
    print("over one sequence:", ", ".join(f"{row} {ratio:.1f}" for row, ratio in ratios.items()), "\n")
