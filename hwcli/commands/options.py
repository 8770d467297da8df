"""Command-line options made from the configuration's own fields: one place for help, default and limits."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import typer

from hwcli import config


@dataclass
class Globals:
    """What was given before the command's name."""

    config_file: Path | None = None


def setting(section: str, key: str, *names: str, metavar: str | None = None) -> Any:
    """An option for one setting; left out, it is None, and the layers below decide."""
    field = config.setting(section, key)
    flag = "--" + key.replace("_", "-")
    default = field.default
    if isinstance(default, bool):
        names = names or (f"{flag}/--no-{key.replace('_', '-')}",)
    choices = field.metadata["choices"]
    word = str(default).lower() if isinstance(default, bool) else default
    shown = "" if default is None else f"  [default: {word}]"
    return typer.Option(
        *(names or (flag,)),
        help=field.metadata["help"] + shown,
        show_default=False,
        metavar=metavar or ("|".join(choices) if choices else None),
    )


def settings(context: typer.Context, **flags: dict[str, Any]) -> config.Settings:
    """The settings in force for a command; `flags` by section."""
    given = context.find_object(Globals) or Globals()
    return config.load(given.config_file, flags)
