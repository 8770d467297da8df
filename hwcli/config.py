"""The one configuration: five sections, each read by its commands.

A setting comes from its flag, else from the environment (`HW_TRAIN_BATCH_SIZE`), else from `--config` or
`./hw.toml`, else from the preset, else from the default written here. Every source is checked in the same
way.
"""

from __future__ import annotations

import math
import os
import types
from collections.abc import Mapping
from dataclasses import Field, dataclass, field, fields, replace
from functools import cache
from pathlib import Path
from typing import Any, Union, get_args, get_origin, get_type_hints

from hwcli.errors import UsageError, os_error
from hwcli.presets import PRESETS

DEFAULT_FILE = Path("hw.toml")


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
    compile: bool = _setting(False, "Compile the loss with torch.compile: meant for CUDA; needs a compiler.")
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


@dataclass(frozen=True)
class Settings:
    """A configuration, and where every setting in it came from (`"train.lr": "--lr"`)."""

    config: Config
    origins: Mapping[str, str]

    def asked(self, section: str) -> set[str]:
        """The settings of a section that were given as flags."""
        named = (name.split(".") for name, origin in self.origins.items() if origin.startswith("--"))
        return {key for where, key in named if where == section}

    def toml(self) -> str:
        """The configuration as TOML, each line saying where it came from; unset settings are left out."""
        import tomli_w

        lines: list[str] = []
        for section in SECTIONS:
            lines.append(f"[{section}]")
            for key, value in as_dict(getattr(self.config, section)).items():
                text = tomli_w.dumps({key: value}).strip()
                lines.append(f"{text}  # {self.origins.get(f'{section}.{key}', 'default')}")
            lines.append("")
        return "\n".join(lines)


def as_dict(section: Section) -> dict[str, Any]:
    """The settings of one section that are set."""
    return {f.name: v for f in fields(section) if (v := getattr(section, f.name)) is not None}


def load(
    file: Path | None = None,
    flags: Mapping[str, Mapping[str, Any]] | None = None,
    environ: Mapping[str, str] = os.environ,
) -> Settings:
    """The settings in force. `flags` holds, by section, what the command line gave (None: not given).

    UsageError, naming the place and the nearest known name, for what is unknown, of another type, or out of
    range.
    """
    given: dict[str, tuple[Any, str]] = {}
    given |= _from_file(file)
    given |= _from_environment(environ)
    for section, values in (flags or {}).items():
        for key, value in values.items():
            if value is not None:
                given[f"{section}.{key}"] = (value, "--" + key.replace("_", "-"))
    preset, origin = given.get("train.preset", (TrainConfig.preset, "default"))
    preset = check("train", "preset", preset, origin)
    given = {name: (value, f"preset {preset}") for name, value in PRESETS[preset].items()} | given
    config = Config()
    for name, (value, origin) in given.items():
        section, key = name.split(".")
        current = getattr(config, section)
        checked = check(section, key, value, origin)
        config = replace(config, **{section: replace(current, **{key: checked})})
    return Settings(config, {name: origin for name, (_, origin) in given.items()})


def _from_file(file: Path | None) -> dict[str, tuple[Any, str]]:
    if file is None and not DEFAULT_FILE.is_file():
        return {}
    import tomllib  # only where there is a file

    path = file or DEFAULT_FILE
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise os_error(error, f"read {path}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: not TOML ({error})") from None
    given: dict[str, tuple[Any, str]] = {}
    for section, table in tables.items():
        if section not in SECTIONS:
            raise UsageError(f"{path}: unknown section [{section}]", nearest(section, SECTIONS))
        if not isinstance(table, dict):
            raise UsageError(f"{path}: {section} should be a section, [{section}]")
        for key, value in table.items():
            _known(section, key, f"{path}, [{section}]: unknown key {key!r}")
            given[f"{section}.{key}"] = (value, str(path))
    return given


def _from_environment(environ: Mapping[str, str]) -> dict[str, tuple[Any, str]]:
    given: dict[str, tuple[Any, str]] = {}
    for variable, text in sorted(environ.items()):
        for section in SECTIONS:
            prefix = f"HW_{section.upper()}_"
            if variable.startswith(prefix):
                key = variable.removeprefix(prefix).lower()
                _known(section, key, f"unknown variable {variable}", prefix)
                given[f"{section}.{key}"] = (_from_text(section, key, text), variable)
    return given


def _known(section: str, key: str, trouble: str, prefix: str = "") -> None:
    names = [f.name for f in fields(SECTIONS[section])]
    if key not in names:
        shown = [prefix + (n.upper() if prefix else n) for n in names]
        raise UsageError(trouble, nearest(prefix + (key.upper() if prefix else key), shown))


def nearest(name: str, known: Any) -> str:
    """A hint that names what was probably meant, or all there is."""
    import difflib  # only where something was mistyped

    known = list(known)
    close = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    return f"did you mean {close[0]}?" if close else f"there is: {', '.join(known)}"


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


def _from_text(section: str, key: str, text: str) -> Any:
    kind = kind_of(section, key)
    if kind is bool:
        return {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}.get(
            text.lower(), text
        )
    try:
        return kind(text)
    except ValueError:
        return text  # check() says what is wrong with it


def check(section: str, key: str, value: Any, origin: str) -> Any:
    """`value` as the setting's type; UsageError that names `origin` where it does not fit."""
    kind = kind_of(section, key)
    name = origin if origin.startswith(("-", "HW_")) else f"{origin}, [{section}] {key}"
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        value = float(value)
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        words = {int: "a whole number", float: "a number", bool: "true or false", str: "a text"}
        raise UsageError(f"{name} should be {words[kind]}, not {value!r}")
    limits = setting(section, key).metadata
    if limits["choices"] and value not in limits["choices"]:
        raise UsageError(f"{name}: unknown value {value!r}", nearest(str(value), limits["choices"]))
    if isinstance(value, int | float) and not isinstance(value, bool):
        _check_range(name, value, limits)
    return value


def _check_range(name: str, value: float, limits: Mapping[str, Any]) -> None:
    low, high, above = limits["low"], limits["high"], limits["above"]
    if not math.isfinite(value):
        raise UsageError(f"{name} should be a finite number, not {value}")
    if low is not None and value < low:
        raise UsageError(f"{name} should be at least {low}, not {value}")
    if above is not None and value <= above:
        raise UsageError(f"{name} should be above {above}, not {value}")
    if high is not None and value > high:
        raise UsageError(f"{name} should be at most {high}, not {value}")
