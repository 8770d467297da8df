"""Command-line options made from the configuration's own fields: one place for help, default and limits."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields
from functools import wraps
from pathlib import Path
from typing import Annotated, Any

import typer

from hwcli.config import load
from hwcli.config import sections as config


@dataclass
class Globals:
    """What was given before the command's name."""

    config_file: Path | None = None


def setting(section: str, key: str, *names: str) -> Any:
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
        metavar=field.metadata["metavar"] or ("|".join(choices) if choices else None),
    )


def with_settings(
    *sections: str, names: Mapping[str, tuple[str, ...]] | None = None, leave_out: Iterable[str] = ()
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Give a command an option for every setting of `sections`, in place of its parameter `flags`.

    The command gets what was given as `flags`: section → key → value, None where an option was left out.
    `names` are other than the usual names of options, and `leave_out` settings without one.
    """
    keys = [
        (section, field.name)
        for section in sections
        for field in fields(config.SECTIONS[section])
        if field.name not in leave_out
    ]

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        @wraps(command)
        def with_flags(**given: Any) -> None:
            flags: dict[str, dict[str, Any]] = {section: {} for section in sections}
            for section, key in keys:
                flags[section][key] = given.pop(key)
            command(**given, flags=flags)

        parameters = []
        for parameter in inspect.signature(command, eval_str=True).parameters.values():
            if parameter.name != "flags":
                parameters.append(parameter)
                continue
            for section, key in keys:
                kind: Any = config.kind_of(section, key)
                annotation = Annotated[kind | None, setting(section, key, *(names or {}).get(key, ()))]
                parameters.append(
                    inspect.Parameter(key, parameter.KEYWORD_ONLY, default=None, annotation=annotation)
                )
        # Typer reads both
        with_flags.__signature__ = inspect.Signature(  # type: ignore[attr-defined]  # a function may have one; mypy does not know
            [p.replace(kind=p.KEYWORD_ONLY) for p in parameters]
        )
        with_flags.__annotations__ = {p.name: p.annotation for p in parameters}
        return with_flags

    return decorate


def settings(context: typer.Context, **flags: dict[str, Any]) -> load.Settings:
    """The settings in force for a command; `flags` by section."""
    given = context.find_object(Globals) or Globals()
    return load.load(given.config_file, flags)
