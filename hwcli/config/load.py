"""Where settings come from, and the checks that every source goes through.

A setting comes from its flag, else from the environment (`HW_TRAIN_BATCH_SIZE`), else from `--config` or
`./hw.toml`, else from the preset, else from the default in hwcli.config.sections.
"""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from hwcli.config.presets import PRESETS
from hwcli.config.sections import SECTIONS, Config, TrainConfig, as_dict, kind_of, setting
from hwcli.errors import UsageError, os_error

DEFAULT_FILE = Path("hw.toml")


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
