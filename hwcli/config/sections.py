"""The settings: five sections of one configuration, each read by its commands."""

from __future__ import annotations

import types
from dataclasses import Field, dataclass, field, fields
from functools import cache
from typing import Any, Union, get_args, get_origin, get_type_hints

from hwcli.config.presets import PRESETS


def _setting(
    default: Any,
    help: str,
    low: float | None = None,
    high: float | None = None,
    choices: tuple[str, ...] | None = None,
    above: float | None = None,
    metavar: str | None = None,
) -> Any:
    """A setting with its help; `low` and `high` are allowed themselves, `above` is not."""
    limits = {
        "help": help, "low": low, "high": high, "above": above, "choices": choices, "metavar": metavar,
    }  # fmt: skip
    return field(default=default, metadata=limits)


@dataclass(frozen=True)
class PreprocessConfig:
    """What becomes of ink on its way into a dataset."""

    valid_fraction: float = _setting(
        0.05, "Part of the lines kept for validation, by whole forms or writers.", low=0, high=0.9
    )
    min_points: int = _setting(2, "Leave out lines with fewer points.", low=2)
    max_points: int = _setting(0, "Leave out lines with more points (0: no limit).", low=0)
    max_gap: float = _setting(
        30.0,
        "Leave out a line with a step inside a stroke of more than this many times its median step "
        "(0: keep all). Jumps between strokes are data and are always kept.",
        low=0,
    )
    fit: str | None = _setting(
        None,
        "Bring all ink to the size and density of this model's lines, by one measured factor: for hw train "
        "--from, which keeps the model's units.",
        metavar="NAME|FILE",
    )
    jobs: int = _setting(0, "Processes (0: one a core). The dataset is the same for any number.", low=0)


@dataclass(frozen=True)
class ModelConfig:
    """The network: a multi-layer LSTM with a mixture-density output (Graves 2013, sections 4 and 5)."""

    layers: int = _setting(2, "LSTM layers.", low=1, high=64)
    hidden: int = _setting(256, "Cells in a layer.", low=1, high=8192)
    mixtures: int = _setting(20, "Bivariate Gaussians in the output.", low=1, high=500)
    skip: bool = _setting(
        False, "Connect the input to every layer and every layer to the output, as Graves does."
    )
    dropout: float = _setting(0.2, "Part of each layer's outputs dropped in training.", low=0, high=0.95)
    kind: str = _setting(
        "prediction",
        "prediction of the next point from those before, or synthesis: of given text, which a window moves "
        "over.",
        choices=("prediction", "synthesis"),
    )
    gaussians: int = _setting(10, "synthesis: Gaussians in the window over the text.", low=1, high=100)


@dataclass(frozen=True)
class TrainConfig:
    """How the network learns. The defaults are those of the classic demo."""

    preset: str = _setting(
        "seed",
        "Settings that go together; what is given by itself goes before them. seed (the classic demo's), "
        "graves (the paper's network), best (the bundled model's: the lowest log-loss measured here).",
        choices=tuple(PRESETS),
    )
    epochs: int = _setting(30, "Passes over the training lines.", low=1)
    batch_size: int = _setting(50, "Lines learned from side by side.", low=1)
    window: int = _setting(300, "Points that the gradient goes back through; the state is carried on.", low=2)
    optimiser: str = _setting(
        "adam",
        "adam, or muon: the same but for the LSTM's matrices, which move by orthogonalised momentum; learns "
        "more from fewer steps.",
        choices=("adam", "muon"),
    )
    lr: float = _setting(0.005, "The learning rate at its height.", above=0, high=1)
    schedule: str = _setting(
        "exponential",
        "How the learning rate goes: exponential (times --decay every epoch), cosine (to zero), trapezoid "
        "(level, then straight to zero in the last part of the run, --cooldown), constant.",
        choices=("exponential", "cosine", "trapezoid", "constant"),
    )
    decay: float = _setting(0.95, "Factor on the learning rate after every epoch.", above=0, high=1)
    cooldown: float = _setting(
        0.3, "Part of the run in which a trapezoid's learning rate falls to zero.", low=0, high=1
    )
    warmup: int = _setting(0, "Steps in which the learning rate rises to its height.", low=0)
    clip: float = _setting(10.0, "Largest norm of the parameters' gradient (0: no clipping).", low=0)
    weight_decay: float = _setting(0.0, "Decoupled weight decay (AdamW).", low=0, high=1)
    average: float = _setting(
        0.0,
        "Keep a running average of the weights with this decay (0.999: over some 1,000 steps), and validate, "
        "save and draw that (0: none).",
        low=0,
        high=0.99999,
    )
    precision: str = _setting(
        "auto",
        "Arithmetic of the LSTM: float32, bfloat16, or auto (bfloat16 where the hardware has it).",
        choices=("auto", "float32", "bfloat16"),
    )
    device: str = _setting("auto", "auto (CUDA where there is one), cpu, cuda or cuda:N.")
    threads: int = _setting(0, "CPU threads (0: one a core).", low=0, high=4096)
    seed: int | None = _setting(
        None, "Seed of weights, order and dropout (default: drawn, and stored).", low=0
    )
    tensorboard: bool = _setting(
        False, "Write TensorBoard events into the run too (needs the package tensorboard)."
    )
    checkpoint_minutes: float = _setting(5.0, "Minutes between checkpoints within an epoch.", low=0)


@dataclass(frozen=True)
class SampleConfig:
    """How ink is drawn from a model."""

    model: str = _setting("default", "A bundled model's name, or a model file.", metavar="NAME|FILE")
    points: int = _setting(700, "Points in a sample, at the most.", low=1)
    until: int = _setting(0, "Pen-lifts after which a sample ends (0: only --points ends it).", low=0)
    count: int = _setting(1, "Samples.", low=1)
    seed: int | None = _setting(
        None,
        "Seed (default: drawn, printed and stored). Sample k of a seed is always the same.",
        low=0,
        high=2**63 - 1,
    )
    bias: float = _setting(
        0.0, "Graves's bias b (eqs 61-62): 0 as the model writes, 1 neater.", low=0, high=100
    )
    temperature: float = _setting(
        1.0,
        "Above 1 wilder, below 1 tamer: logits are divided by it, variances multiplied.",
        above=0,
        high=100,
    )
    line_height: str = _setting(
        "10mm", "Long text: the distance of its lines, 8mm or a number of px.", metavar="LENGTH"
    )
    align: str = _setting(
        "left", "Long text: where lines stand in their width.", choices=("left", "center", "right")
    )
    device: str = _setting(
        "cpu",
        "cpu (NumPy), cuda or cuda:N (torch: for thousands of samples), or auto.",
        metavar="cpu|cuda|cuda:N|auto",
    )


@dataclass(frozen=True)
class RenderConfig:
    """How ink is drawn on a page."""

    style: str = _setting("plain", "Style of drawing; see hw render --list.", metavar="STYLE")
    width: str | None = _setting(
        None, "Width of the page: 210mm, 8in, 1200px or a number of px.", metavar="LENGTH"
    )
    height: str | None = _setting(
        None, "Height of the page, likewise; the ink is fitted in.", metavar="LENGTH"
    )
    margin: str | None = _setting(None, "Empty border of the page.", metavar="LENGTH")
    paper: str | None = _setting(
        None, "Paper instead of width and height: a4, a5, letter, ….", metavar="NAME"
    )
    landscape: bool = _setting(False, "Turn the paper.")
    plotter: bool = _setting(False, "For pen plotters: millimetres, no background, a layer a line.")
    background: str = _setting("white", "Colour of the page, or none for a transparent one.", metavar="COLOR")
    grid: int = _setting(1, "Columns in which several inks are drawn.", low=1)
    caption: str | None = _setting(
        None, "What stands below each ink: any of id,text,seed.", metavar="PART[,PART…]"
    )
    scale: float | None = _setting(None, "png, gif: pixels to a px of the page (default: 1).")
    dpi: float | None = _setting(None, "png, gif: pixels to an inch, instead of --scale.")
    fps: float | None = _setting(None, "gif: frames a second (default: 25).")
    duration: float | None = _setting(
        None, "gif: seconds in which all is written (default: as long as a real pen took)."
    )
    speed: float | None = _setting(None, "gif: times as fast as a real pen (default: 1).")
    hold: float | None = _setting(None, "gif: seconds for which the whole stands at the end (default: 1.5).")
    loop: int | None = _setting(None, "gif: how often it is played (default: 0, for ever).")


@dataclass(frozen=True)
class Config:
    """All settings. Frozen: what a run was given does not change under it."""

    preprocess: PreprocessConfig = PreprocessConfig()
    model: ModelConfig = ModelConfig()
    train: TrainConfig = TrainConfig()
    sample: SampleConfig = SampleConfig()
    render: RenderConfig = RenderConfig()


Section = PreprocessConfig | ModelConfig | TrainConfig | SampleConfig | RenderConfig
SECTIONS: dict[str, type[Section]] = {
    "preprocess": PreprocessConfig,
    "model": ModelConfig,
    "train": TrainConfig,
    "sample": SampleConfig,
    "render": RenderConfig,
}


def as_dict(section: Section) -> dict[str, Any]:
    """The settings of one section that are set."""
    return {f.name: v for f in fields(section) if (v := getattr(section, f.name)) is not None}


@cache
def _hints(section: str) -> dict[str, Any]:
    return get_type_hints(SECTIONS[section])


def setting(section: str, key: str) -> Field[Any]:
    """The field of a setting: its default, and help and limits in its metadata."""
    return next(f for f in fields(SECTIONS[section]) if f.name == key)


def kind_of(section: str, key: str) -> type:
    """The type of a setting, `int` for one that may also be unset."""
    hint = _hints(section)[key]
    if get_origin(hint) in (Union, types.UnionType):
        hint = next(t for t in get_args(hint) if t is not type(None))
    assert isinstance(hint, type)  # the sections hold plain types alone
    return hint
