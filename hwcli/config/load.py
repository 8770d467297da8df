"""Loading settings from all their sources.

A setting comes from its flag, else the environment (`HW_TRAIN_BATCH_SIZE`), else `--config` or `./hw.toml`,
else the preset, else its default in hwcli.config.sections. Values from every source are checked by the same
rules.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from hwcli.config.presets import PRESETS
from hwcli.config.sections import SECTIONS, Config, TrainConfig, as_dict, rule, type_of
from hwcli.errors import UsageError, os_error
from renderers.errors import RenderError

DEFAULT_FILE = Path("hw.toml")


@dataclass(frozen=True)
class Settings:
    """A configuration, and where each setting in it came from (`"train.lr": "--lr"`)."""

    config: Config
    origins: Mapping[str, str]

    def asked(self, section: str) -> set[str]:
        """Return the settings of a section that were given as flags."""
        named = (name.split(".") for name, origin in self.origins.items() if origin.startswith("--"))
        return {key for where, key in named if where == section}

    def toml(self) -> str:
        """Return the configuration as TOML, with the source of each setting; unset settings are left out."""
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
    """Return the settings in force. `flags` holds the command line's by section (None: not given).

    Raises UsageError for a setting that is unknown, of another type or out of range; it names the source, and
    the nearest known name.
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
        raise UsageError(f"{path} is not valid TOML: {error}") from None
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
                given[f"{section}.{key}"] = (text, variable)
    return given


def _known(section: str, key: str, trouble: str, prefix: str = "") -> None:
    names = [f.name for f in fields(SECTIONS[section])]
    if key not in names:
        shown = [prefix + (n.upper() if prefix else n) for n in names]
        raise UsageError(trouble, nearest(prefix + (key.upper() if prefix else key), shown))


def nearest(name: str, known: Any) -> str:
    """Return a hint that names what was probably meant, or everything that is known."""
    import difflib  # only where something was mistyped

    known = list(known)
    close = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    return f"did you mean {close[0]}?" if close else f"known: {', '.join(known)}"


def check(section: str, key: str, value: Any, origin: str) -> Any:
    """Return `value` as the setting's type; UsageError that names `origin` if it does not fit."""
    name = origin if origin.startswith(("-", "HW_")) else f"{origin}, [{section}] {key}"
    its = rule(section, key)
    from_variable = origin.startswith("HW_")  # variables are always text
    quoted = isinstance(value, str) and type_of(section, key) is not str
    try:
        if type_of(section, key) is bool and not isinstance(value, bool) and not from_variable:
            raise UsageError(f"{name} must be true or false, not {value!r}")
        if quoted and not from_variable:
            raise its.wrong(name, value)
        return its.check(name, value)
    except RenderError as error:
        raise UsageError(error.message, error.hint) from None
