"""Speed of drawing one ink of 800 points in every style: SVG, PNG, PDF, GIF, memory for a GIF, growth.

A machine's speed varies, so a plain Python loop is timed alternately with everything else, and each time is
also given as a multiple of it.

    python benchmarks/speed/drawing.py [rounds]
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np

import hwcli
from common import machine, pairs, seconds
from hwcli import Ink, Prediction
from renderers import Page

ROUNDS = int(sys.argv[1]) if len(sys.argv) > 1 else 15
STYLES = ("plain", "color", "multi", "eos", "pdf")
SVG_TARGET = {"plain": 3, "color": 10, "multi": 10, "eos": 10, "pdf": 60}  # ms
# other implementations' time for an SVG of 800 points, in ms: handwritten loops over svgwrite, and a heat map
# evaluated at every pixel
SVG_ELSEWHERE = {"plain": 16, "color": 51, "eos": 51, "pdf": 1500}
MEMORY_TARGET = 300  # MB
GROWTH = (10_000, 100_000)  # points
FILM = {"duration": 4.8, "fps": 25}

# measured in a process of its own: a child inherits its parent's peak, and this process has loaded PyTorch
PEAK = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""


def calibration() -> object:
    return sum(range(10**6))


def svg(ink: Ink, style: str) -> str:
    return ink.draw(style).svg()


def png(ink: Ink, style: str) -> bytes:
    return ink.draw(style).png(width=1600)


def pdf(ink: Ink, style: str) -> bytes:
    return ink.draw(style).pdf()


def gif(ink: Ink, style: str) -> bytes:
    return ink.draw(style, page=Page(width=1200, height=200)).gif(**FILM)


def tiled(ink: Ink, points: int) -> Ink:
    """Repeat the ink and its predictions side by side until it has `points` points."""
    assert ink.prediction is not None
    times = -(-points // len(ink))
    step = np.array([1.05 * np.ptp(ink.points[:, 0]), 0])
    where = np.concatenate([ink.points + i * step for i in range(times)])[:points]
    fields = {
        name: np.concatenate([values] * times)[:points] for name, values in vars(ink.prediction).items()
    }
    return Ink.from_points(where, np.tile(ink.ends, times)[:points], prediction=Prediction(**fields))


def in_turn(jobs: dict[str, Callable[[], object]], rounds: int) -> dict[str, list[float]]:
    """Return the milliseconds of every job, one measurement per round."""
    for job in jobs.values():
        job()  # imports modules and fills caches
    times: dict[str, list[float]] = {name: [] for name in jobs}
    for _ in range(rounds):
        for name, job in jobs.items():
            times[name].append(1000 * seconds(job))
    return times


def report(
    jobs: dict[str, Callable[[], object]],
    target: dict[str, float],
    elsewhere: dict[str, float],
    rounds: int,
) -> None:
    """Print one line per job."""
    times = in_turn({"sum(range(10**6))": calibration, **jobs}, rounds)
    loop = times["sum(range(10**6))"]
    for name, values in times.items():
        middle = statistics.median(values)
        loops = statistics.median(a / b for a, b in zip(values, loop, strict=True))
        line = f"{name:24s} {middle:9.2f} ms  ({min(values):.2f} - {max(values):.2f}) {loops:8.2f} loops"
        if name in target:
            line += f"  {target[name]:5g} ms target: {middle / target[name]:.2f} of it"
        if name in elsewhere:
            line += f"; {elsewhere[name]:g} ms elsewhere: {elsewhere[name] / middle:.1f} times as fast"
        print(line, flush=True)


def peak(ink: Ink, style: str) -> float:
    """Return the peak memory in megabytes of a new process that makes the GIF."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "ink.ndjson"
        hwcli.write_ink(ink, file)
        words = ["render", str(file), "-s", style, "--width", "1200", "--height", "200"]
        words += [word for name, value in FILM.items() for word in (f"--{name}", str(value))]
        command = [sys.executable, "-m", "hwcli", "--quiet", *words, "-o", f"{folder}/ink.gif"]
        line = [sys.executable, "-c", PEAK, *command]
        return int(subprocess.run(line, check=True, capture_output=True, text=True).stdout) / 1024


def growth(ink: Ink, style: str, rounds: int) -> str:
    """Describe how the time per point grows from one size of ink to another."""
    small, large = (tiled(ink, points) for points in GROWTH)
    a, b = pairs(
        lambda: seconds(partial(svg, small, style)), lambda: seconds(partial(svg, large, style)), rounds
    )
    ratio = statistics.median(y / x for x, y in zip(a, b, strict=True)) * GROWTH[0] / GROWTH[1]
    low, high = (f"{1000 * statistics.median(t):.0f} ms" for t in (a, b))
    return (
        f"svg {style:6s} {GROWTH[0]:,} points {low}, {GROWTH[1]:,} points {high}: {ratio:.2f} times per point"
    )


ink = hwcli.load_model().sample(points=800, seed=1)
assert len(ink) == 800
named = {f"svg {style}": partial(svg, ink, style) for style in STYLES}
report(
    named,
    {f"svg {style}": target for style, target in SVG_TARGET.items()},
    {f"svg {style}": time for style, time in SVG_ELSEWHERE.items()},
    ROUNDS,
)
report({f"png {style}": partial(png, ink, style) for style in STYLES}, {"png plain": 60}, {}, ROUNDS)
report({f"pdf {style}": partial(pdf, ink, style) for style in STYLES}, {}, {}, ROUNDS)
report(
    {f"gif {style}": partial(gif, ink, style) for style in ("plain", "pdf")},
    {"gif plain": 1500},
    {},
    max(ROUNDS // 3, 1),
)
for style in ("plain", "pdf"):
    print(f"peak memory, gif {style}: {peak(ink, style):.0f} MB (target: {MEMORY_TARGET} MB)", flush=True)
for style in STYLES:
    print(growth(ink, style, max(ROUNDS // 5, 1)), flush=True)
print(machine())
