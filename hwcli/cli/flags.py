"""Command-line options made from the declared settings: one place for help, default and range."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields
from functools import wraps
from pathlib import Path
from typing import Annotated, Any

import typer

from hwcli.config import load, sections
from hwcli.ink_io import limit


@dataclass
class Globals:
    """The options of every command."""

    config_file: Path | None = None
    debug: bool = False


def shown(value: Any) -> str:
    """Return a default as help shows it: yes for True, 1 for 1.0."""
    return "yes" if value is True else f"{value:g}" if isinstance(value, float) else str(value)


def setting(section: str, key: str, *names: str) -> Any:
    """Return a Typer option for one setting; left out, it is None, and other sources decide."""
    default, rule = sections.SECTIONS[section].__dataclass_fields__[key].default, sections.rule(section, key)
    flag = "--" + key.replace("_", "-")
    if rule.kind == "yes or no":
        names = names or (f"{flag}/--no-{key.replace('_', '-')}",)
    told = "" if default is None or default is False else f" [default: {shown(default)}]"
    return typer.Option(
        *(names or (flag,)),
        help=rule.help + told,
        show_default=False,
        metavar=rule.metavar or ("|".join(rule.choices) if rule.choices else None),
    )


def with_settings(
    *names_of_sections: str,
    names: Mapping[str, tuple[str, ...]] | None = None,
    leave_out: Iterable[str] = (),
    own: type | None = None,
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Give a command an option for every setting of the sections, in place of its parameter `flags`.

    The command receives them as `flags`: section → key → value, None for an option that was left out. `names`
    override the usual names of options, and `leave_out` lists settings without one. `own` is a dataclass of
    further options, annotated for Typer, which the command receives as `own`.
    """
    keys = [
        (section, field.name)
        for section in names_of_sections
        for field in fields(sections.SECTIONS[section])
        if field.name not in leave_out
    ]

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        @wraps(command)
        def with_flags(**given: Any) -> None:
            flags: dict[str, dict[str, Any]] = {section: {} for section in names_of_sections}
            for section, key in keys:
                flags[section][key] = given.pop(key)
            if own is not None:
                given["own"] = own(**{field.name: given.pop(field.name) for field in fields(own)})
            command(**given, flags=flags)

        parameters = []
        for parameter in inspect.signature(command, eval_str=True).parameters.values():
            if parameter.name == "flags":
                parameters += [_parameter(section, key, names or {}) for section, key in keys]
            elif parameter.name == "own" and own is not None:
                parameters += [
                    inspect.Parameter(f.name, parameter.KEYWORD_ONLY, default=f.default, annotation=f.type)
                    for f in fields(own)
                ]
            else:
                parameters.append(parameter)
        # Typer reads both
        with_flags.__signature__ = inspect.Signature(  # type: ignore[attr-defined]  # mypy knows no such attribute
            [p.replace(kind=p.KEYWORD_ONLY) for p in parameters]
        )
        with_flags.__annotations__ = {p.name: p.annotation for p in parameters}
        return with_flags

    return decorate


def _parameter(section: str, key: str, names: Mapping[str, tuple[str, ...]]) -> inspect.Parameter:
    kind: Any = sections.type_of(section, key)
    if sections.rule(section, key).kind == "replacements":
        kind = list[str]
    annotation = Annotated[kind | None, setting(section, key, *names.get(key, ()))]
    return inspect.Parameter(key, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=annotation)


def settings(context: typer.Context, **flags: dict[str, Any]) -> load.Settings:
    """Return the settings in force for a command, and limit by them what it reads; `flags` by section."""
    given = context.find_object(Globals) or Globals()
    found = load.load(given.config_file, flags)
    limit.allow(found.config.ink.memory)
    return found
