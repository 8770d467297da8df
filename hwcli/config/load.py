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
from typing import Any, NamedTuple

from hwcli.config.presets import PRESETS
from hwcli.config.replacement_pairs import checked_pairs
from hwcli.config.sections import SECTIONS, Config, TrainConfig, as_dict, rule, type_of
from hwcli.errors import UsageError, os_error
from hwcli.printable import json_printable
from hwcli.typed_data import DamageError, parse_toml
from renderers.errors import RenderError

DEFAULT_FILE = Path("hw.toml")
DEFAULT = "default"  # the source of a setting that no other source gave


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
        lines: list[str] = []
        for section in SECTIONS:
            lines.append(f"[{section}]")
            for key, value in as_dict(getattr(self.config, section)).items():
                lines.append(toml_line(key, value, self.origins.get(f"{section}.{key}", DEFAULT)))
            lines.append("")
        return "\n".join(lines)


def toml_line(key: str, value: Any, origin: str) -> str:
    """Return a setting as a line of TOML, with its source as a comment.

    >>> toml_line("lr", 0.01, "--lr")
    'lr = 0.01  # --lr'
    """
    import tomli_w

    if isinstance(value, dict):  # on one line
        value = "{ " + ", ".join(tomli_w.dumps({k: v}).strip() for k, v in value.items()) + " }"
        setting = f"{key} = {value}"
    else:
        setting = tomli_w.dumps({key: value}).strip()
    return f"{json_printable(setting)}  # {in_comment(origin)}"  # TOML has JSON's escapes


def in_comment(text: str) -> str:
    """Return `text` as a TOML comment can hold it: unprintable characters, as in odd file names, become ?."""
    return "".join(character if character.isprintable() else "?" for character in text)


def load(
    file: Path | None = None,
    flags: Mapping[str, Mapping[str, Any]] | None = None,
    environ: Mapping[str, str] = os.environ,
) -> Settings:
    """Return the settings in force. `flags` holds the command line's by section (None: not given).

    Raises UsageError for a setting that is unknown, of another type or out of range; it names the source, and
    the nearest known name.
    """
    given = _from_file(file) | _from_environment(environ)
    for section, values in (flags or {}).items():
        for key, value in values.items():
            if value is not None:
                flag = "--" + key.replace("_", "-")
                name = f"{section}.{key}"
                given[name] = _added(given.get(name), _Given(value, flag, flag), section, key)
    preset = given.get("train.preset", _Given(TrainConfig.preset, DEFAULT, DEFAULT))
    chosen = preset.checked("train", "preset")
    source = f"preset {chosen}"
    given = {name: _Given(value, source, source) for name, value in PRESETS[chosen].items()} | given
    config = Config()
    for name, one in given.items():
        section, key = name.split(".")
        current = getattr(config, section)
        config = replace(config, **{section: replace(current, **{key: one.checked(section, key)})})
    return Settings(config, {name: one.origin for name, one in given.items()})


class _Given(NamedTuple):
    """A setting as one source gave it."""

    value: Any
    origin: str  # the flag, variable, file or preset
    name: str  # for errors
    is_text: bool = False  # variables are always text

    def checked(self, section: str, key: str) -> Any:
        """Return the value as the setting's type; UsageError if it does not fit."""
        its, kind = rule(section, key), type_of(section, key)
        if its.kind == "replacements":
            return checked_pairs(self.name, self.value)
        try:
            if not self.is_text:  # a quoted number is not a number
                if kind is bool and not isinstance(self.value, bool):
                    raise UsageError(f"{self.name} must be true or false, not {self.value!r}")
                if kind is not str and isinstance(self.value, str):
                    raise its.wrong(self.name, self.value)
            return its.check(self.name, self.value)
        except RenderError as error:
            raise UsageError(error.message, error.hint) from None


def _added(before: _Given | None, flag: _Given, section: str, key: str) -> _Given:
    """Return a setting given as a `flag`: replacements are added to those of other sources."""
    if before is None or rule(section, key).kind != "replacements":
        return flag
    both = {**before.checked(section, key), **flag.checked(section, key)}
    return _Given(both, f"{flag.origin}, {before.origin}", flag.name)


def _from_file(file: Path | None) -> dict[str, _Given]:
    if file is None and not DEFAULT_FILE.is_file():
        return {}
    path = file or DEFAULT_FILE
    try:
        tables = parse_toml(path.read_bytes())
    except OSError as error:
        raise os_error(error, f"read {path}") from None
    except DamageError as error:
        raise UsageError(f"{path} is not valid TOML: {error}") from None
    given: dict[str, _Given] = {}
    for section, table in tables.items():
        if section not in SECTIONS:
            raise UsageError(f"{path}: unknown section [{section}]", nearest(section, SECTIONS))
        if not isinstance(table, dict):
            raise UsageError(f"{path}: {section} must be a section, [{section}]")
        for key, value in table.items():
            _known(section, key, f"{path}, [{section}]: unknown key {key!r}")
            given[f"{section}.{key}"] = _Given(value, str(path), f"{path}, [{section}] {key}")
    return given


def _from_environment(environ: Mapping[str, str]) -> dict[str, _Given]:
    given: dict[str, _Given] = {}
    for variable, text in sorted(environ.items()):
        for section in SECTIONS:
            prefix = f"HW_{section.upper()}_"
            if variable.startswith(prefix):
                if not _is_unicode(text):
                    raise UsageError(f"{variable} is not valid UTF-8", "set it again")
                key = variable.removeprefix(prefix).lower()
                _known(section, key, f"unknown variable {variable}", prefix)
                given[f"{section}.{key}"] = _Given(text, variable, variable, is_text=True)
    return given


def _is_unicode(text: str) -> bool:
    """Return whether `text` can be written to a file: bytes that are not UTF-8 are surrogates in it."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


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
