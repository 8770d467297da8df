"""The settings: six sections of one configuration, each read by its commands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from hwcli.config.presets import PRESETS
from hwcli.config.render_section import RenderConfig
from renderers.options import Rule, option


@dataclass(frozen=True)
class InkConfig:
    """How files of ink are read, by every command."""

    memory: int = option(
        400,
        "Memory in MB that reading one file of ink, or one line of hw ink, may take. A file that would take "
        "more is refused.",
        least=1,
        most=1_000_000,
        metavar="MB",
    )


@dataclass(frozen=True)
class PreprocessConfig:
    """How ink becomes a dataset."""

    valid_fraction: float = option(
        0.05,
        "Share of the lines kept for validation, by whole writers (if unknown: whole forms).",
        least=0,
        most=0.9,
    )
    min_points: int = option(2, "Leave out lines with fewer points.", least=2)
    max_points: int = option(0, "Leave out lines with more points (0: no limit).", least=0)
    max_gap: float = option(
        30.0,
        "Leave out a line with a step inside a stroke of more than this many times its median step "
        "(0: keep all). Jumps between strokes are data and are always kept.",
        least=0,
    )
    normalise: bool = option(
        False,
        "Scale the ink of each writer to one body height, so that ink of several devices can be mixed. "
        "The unit is that of IAM-OnDB. Coarse grids, such as whole pixels, are smoothed.",
    )
    resample: bool = option(
        False, "Resample the strokes of each writer to the point density of IAM-OnDB, unless it is near."
    )
    y_up: bool = option(
        False, "Turn ink over whose y grows upwards; in hw, y grows downwards. Not for dataset folders."
    )
    fit: str | None = option(
        None,
        "Rescale all ink by one measured factor to the size and point spacing of this model's training "
        "lines. Coarse grids, such as whole pixels, are smoothed. Use before hw train --from.",
        kind="text",
        metavar="NAME|PATH",
    )
    level: bool = option(
        False,
        "Make lines level: take out the slope of the baseline and straighten its waves. Only for texts of "
        "two words, or of eight characters, and more.",
    )
    even: bool = option(
        False,
        "Give each of these lines, rather than each writer, the body height and point density of IAM-OnDB; "
        "smooth coarse grids, and round to whole units.",
    )
    legible: bool = option(
        False,
        "Read the lines, leave out those that do not say their text, and put the rougher ones of the others "
        "into a source of their own, NAME-rough.",
    )
    compose: int = option(
        0,
        "Add this number of lines, for training, composed of single characters and words of one person "
        "each, as a source NAME-composed. Needs ink of one body height.",
        least=0,
        metavar="LINES",
    )
    seed: int = option(0, "Seed of the composed lines.", least=0)
    only_lines: bool = option(
        False, "Leave out single characters and words of fewer than ten characters, once lines are composed."
    )
    jobs: int = option(
        0, "Worker processes (0: one per core). The dataset is the same for any number.", least=0
    )


@dataclass(frozen=True)
class ModelConfig:
    """The network: a multi-layer LSTM with a mixture-density output (Graves 2013, sections 4 and 5)."""

    layers: int = option(2, "LSTM layers.", least=1, most=64)
    hidden: int = option(256, "Cells per layer.", least=1, most=8192)
    mixtures: int = option(20, "Bivariate Gaussians in the output.", least=1, most=500)
    skip: bool = option(
        False, "Connect the input to every layer and every layer to the output, as Graves does."
    )
    dropout: float = option(0.2, "Share of each layer's outputs dropped during training.", least=0, most=0.95)
    kind: str = option(
        "prediction",
        "prediction: predict the next point. synthesis: write given text, read through a soft window. "
        "reader: read handwriting.",
        choices=("prediction", "synthesis", "reader"),
    )
    sources: bool = option(
        False,
        "Tell the network which source of the dataset each line is from, so that samples can be asked for in "
        "the manner of one.",
    )
    gaussians: int = option(10, "Gaussians in the window over the text (synthesis only).", least=1, most=100)


@dataclass(frozen=True)
class TrainConfig:
    """How the network is trained."""

    preset: str = option(
        "seed",
        "Named preset; flags, environment variables and hw.toml override it. seed: two layers of 256, the "
        "defaults. graves: the paper's network. best: a network like iam-prediction-large. synthesis: one "
        "like iam-synthesis. quick: a small network, in five minutes. reader: a reader of 3 x 128.",
        choices=tuple(PRESETS),
    )
    epochs: int = option(30, "Passes over the training lines.", least=1, most=1_000_000)
    minutes: float | None = option(
        None,
        "Train for this many minutes, or for --epochs if that is shorter (default: no limit; preset quick: "
        "5). The learning rate's schedule is fitted to the time.",
        above=0,
        most=1_000_000,
        whole=False,
        kind="number",
        metavar="MINUTES",
    )
    batch_size: int = option(50, "Batch size: lines processed in parallel.", least=1)
    window: int = option(
        300,
        "Length of truncated backpropagation, in points; the state is carried from one training window to "
        "the next.",
        least=2,
        most=1_000_000,
    )
    optimiser: str = option(
        "adam",
        "adam, or muon: orthogonalised momentum for the LSTM's matrices and Adam for the rest, which learns "
        "more per step.",
        choices=("adam", "muon"),
    )
    lr: float = option(0.005, "Peak learning rate.", above=0, most=1)
    schedule: str = option(
        "exponential",
        "Learning rate schedule: exponential (times --decay after each epoch), cosine (to zero), trapezoid "
        "(constant, then linear to zero over the last share of the run, --cooldown), constant.",
        choices=("exponential", "cosine", "trapezoid", "constant"),
    )
    decay: float = option(
        0.95, "Factor on the learning rate after each epoch (exponential schedule).", above=0, most=1
    )
    cooldown: float = option(
        0.3, "Share of the run over which a trapezoid's learning rate falls to zero.", least=0, most=1
    )
    warmup: int = option(0, "Steps over which the learning rate rises to its peak.", least=0)
    clip: float = option(10.0, "Maximum norm of the gradient (0: no clipping).", least=0)
    weight_decay: float = option(0.0, "Decoupled weight decay (AdamW).", least=0, most=1)
    average: float = option(
        0.0,
        "Decay of a running average of the weights, which is then validated, saved and drawn (0: none; 0.999 "
        "averages over about 1,000 steps).",
        least=0,
        most=0.99999,
    )
    source_weight: str | None = option(
        None,
        "How many times the lines of each source are drawn per epoch (default: once): unipen=0.3 draws three "
        "tenths of its lines, others each epoch; 0 leaves them out.",
        kind="text",
        metavar="NAME=WEIGHT[,…]",
    )
    rare_boost: float = option(
        1.0,
        "Draw lines with rare characters more often, at most this many times as often (1: no).",
        least=1,
        most=100,
    )
    augment: float = option(
        0.0,
        "Strength of random changes to each line: slant, size, proportions, rotation (0: none; 1: slants by "
        "some 14 degrees). It falls with the learning rate. (A reader's does not. It adds noise, grids and "
        "waves.)",
        least=0,
        most=3,
    )
    composed: float = option(
        1.0,
        "Lines composed of single characters and words, per real line of an epoch (reader only; 0: none).",
        least=0,
        most=100,
    )
    precision: str = option(
        "auto",
        "Arithmetic of the LSTM: float32, bfloat16, or auto (bfloat16 if the hardware supports it).",
        choices=("auto", "float32", "bfloat16"),
    )
    device: str = option(
        "auto", "auto (CUDA if available), cpu, cuda or cuda:N.", metavar="cpu|cuda|cuda:N|auto"
    )
    threads: int = option(0, "CPU threads (0: one per core).", least=0, most=4096)
    seed: int | None = option(
        None,
        "Seed of weights, order and dropout (default: drawn at random, and stored).",
        whole=True,
        least=0,
        most=2**63 - 1,
    )
    tensorboard: bool = option(
        False, "Also write TensorBoard events to the run folder (needs the extra tensorboard)."
    )
    checkpoint_minutes: float = option(5.0, "Minutes between checkpoints within an epoch.", least=0)


@dataclass(frozen=True)
class SampleConfig:
    """How ink is sampled from a model."""

    model: str | None = option(
        None,
        "Bundled model, model file or run folder (default: iam-prediction, or unipen-synthesis with --text).",
        kind="text",
        metavar="NAME|PATH",
    )
    points: int = option(700, "Maximum number of points per sample.", least=1)
    until: int = option(0, "Pen lifts after which a sample ends (0: no limit).", least=0)
    count: int = option(1, "Number of samples.", least=1)
    start: int = option(0, "Number of the first sample: draw a series in parts with one seed.", least=0)
    seed: int | None = option(
        None,
        "Seed (default: drawn at random, printed and stored). Sample k of a seed is always the same.",
        whole=True,
        least=0,
        most=2**63 - 1,
    )
    bias: float = option(
        0.0, "Graves's bias b (eqs 61-62): 0 as the model writes, 1 neater.", least=0, most=100
    )
    temperature: float = option(
        1.0, "Above 1 wilder, below 1 tamer: divides logits, multiplies variances.", above=0, most=100
    )
    reader: str | None = option(
        None,
        "Reader that proofreads text: a bundled one, a model file or a run folder, or none (default: "
        "unipen-reader).",
        kind="text",
        metavar="NAME|PATH|none",
    )
    source: str | None = option(
        None,
        "Source of ink in whose manner to write, of those that hw models shows for the model; with a weight "
        "above 1 more so than it does. none: all together (default: the model's).",
        kind="text",
        metavar="NAME[=WEIGHT][,…]|none",
    )
    replace: Mapping[str, str] | None = option(
        None,
        "Write TO for every FROM in a text; the longest FROM comes first, and nothing is replaced twice. "
        "Repeatable. In hw.toml: the table [sample.replace].",
        kind="replacements",
        metavar="FROM=TO",
    )
    line_height: str = option("10mm", "Line spacing of long text: 8mm, or a number of px.", metavar="LENGTH")
    align: str = option(
        "left",
        "Alignment of long text; a paragraph of it that begins with '> ', '>< ' or '< ' is right-aligned, "
        "centred or left-aligned.",
        choices=("left", "center", "right"),
    )
    reflow: bool = option(
        False,
        "Join the lines of each paragraph of a text that was typed with hard line breaks. Lines that end "
        "early and items of lists stay.",
    )
    fit_page: bool = option(
        False, "Write the text on one page: --line-height is reduced if necessary, to 5mm at least."
    )
    hyphenate: str = option(
        "no",
        "Language by which words of long text are hyphenated: en, de, fr, … (no: only words longer than a "
        "line).",
        metavar="LANGUAGE|no",
    )
    device: str = option(
        "cpu",
        "cpu (NumPy), cuda or cuda:N (torch: for thousands of samples), or auto.",
        metavar="cpu|cuda|cuda:N|auto",
    )


@dataclass(frozen=True)
class Config:
    """All settings."""

    ink: InkConfig = InkConfig()
    preprocess: PreprocessConfig = PreprocessConfig()
    model: ModelConfig = ModelConfig()
    train: TrainConfig = TrainConfig()
    sample: SampleConfig = SampleConfig()
    render: RenderConfig = field(default_factory=RenderConfig)


Section = InkConfig | PreprocessConfig | ModelConfig | TrainConfig | SampleConfig | RenderConfig
SECTIONS: dict[str, type[Section]] = {
    "ink": InkConfig,
    "preprocess": PreprocessConfig,
    "model": ModelConfig,
    "train": TrainConfig,
    "sample": SampleConfig,
    "render": RenderConfig,
}


def as_dict(section: Section) -> dict[str, Any]:
    """Return the settings of one section that are set."""
    return {f.name: v for f in fields(section) if (v := getattr(section, f.name)) is not None}


def rule(section: str, key: str) -> Rule:
    """Return the rule of a setting: its help, kind and range."""
    found: Rule = SECTIONS[section].__dataclass_fields__[key].metadata["rule"]
    return found


def type_of(section: str, key: str) -> type:
    """Return the Python type of a setting's value."""
    types = {"whole number": int, "number": float, "yes or no": bool, "replacements": Mapping[str, str]}
    return types.get(rule(section, key).kind, str)
