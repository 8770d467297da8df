"""The classes of hw's commands: grouped help, options of every command, errors in one voice."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup, TyperOption

from hwcli import console
from hwcli.cli.flags import Globals, shown
from hwcli.cli.help import layout
from hwcli.cli.help.groups import COMMANDS, EVERYWHERE, GROUPS, OTHERS, grouped

Section = tuple[str, list[tuple[str, str]]]  # a heading, and what is under it with its help
TEXTS = {"text", "prime_text", "replace"}  # parameters whose values are texts
_PLACEHOLDERS = {"int": "N", "integer": "N", "float": "X", "path": "FILE"}


@cache
def _everywhere() -> list[TyperOption]:
    """Return the options of hw that may also stand after a command."""

    def quiet(_context: typer.Context, _parameter: Any, value: bool) -> None:
        if value:
            console.set_quiet(True)

    def debug(context: typer.Context, _parameter: Any, value: bool) -> None:
        if value:
            _globals(context).debug = True

    def config(context: typer.Context, _parameter: Any, value: str | None) -> None:
        if value is not None:
            from pathlib import Path

            _globals(context).config_file = Path(value)

    def option(names: list[str], help: str, callback: Any, **kind: Any) -> TyperOption:
        return TyperOption(param_decls=names, help=help, callback=callback, expose_value=False, **kind)

    return [
        option(["--quiet", "-q"], "Print errors only.", quiet, is_flag=True, default=False),
        option(["--config"], "Settings file (default: ./hw.toml, if any).", config, metavar="FILE"),
        option(["--debug"], "Print a traceback for errors.", debug, is_flag=True, default=False),
    ]


def _globals(context: typer.Context) -> Globals:
    found = context.find_object(Globals)
    return Globals() if found is None else found


class _Explaining:
    """Errors of Typer that say for which command they are."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Parse the arguments; Typer leaves the command out of some of its errors."""
        try:
            left: list[str] = super().parse_args(ctx, args)  # type: ignore[misc]  # of the command beside it
            return left
        except Exception as error:
            if getattr(error, "ctx", ctx) is None:
                error.ctx = ctx  # type: ignore[attr-defined]  # of usage errors
            raise


class Command(_Explaining, TyperCommand):
    """A command that takes --quiet and the like too, and explains what is wrong with a command line."""

    def get_params(self, ctx: Any) -> list[Any]:
        """Return the parameters of the command, and those of every command."""
        *own, help_option = super().get_params(ctx)
        if ctx.resilient_parsing:  # a shell asks for completions
            _complete_values(own)
        return [*own, *_everywhere(), help_option]

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Parse the arguments; UsageError if some are left."""
        ctx.allow_extra_args = True
        given = list(args)
        left = super().parse_args(ctx, args)
        if left and not ctx.resilient_parsing:
            from hwcli.cli.help.misuse import unexpected

            raise unexpected(path_of(ctx), given, left)
        if not all(map(str.isascii, given)):
            _decode_texts(ctx.params)
        return left

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Write the help."""
        formatter.write(_page(self, ctx))


class Group(_Explaining, TyperGroup):
    """A group of commands, with help like that of a command."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Write the help."""
        formatter.write(_page(self, ctx))

    def summary(self, ctx: Any, name: str) -> str:
        """Return what one of the commands does."""
        command = self.get_command(ctx, name)
        return first_paragraph(None if command is None else command.help)


def first_paragraph(text: str | None) -> str:
    """Return the first paragraph of a docstring, or nothing."""
    return (text or "").strip().split("\n\n")[0]


def _decode_texts(values: dict[str, Any]) -> None:
    """Turn the texts among the values of parameters into what the terminal meant. Names of files stay."""
    from hwcli.cli.given_text import of_command_line

    for name in TEXTS & values.keys():
        flag, value = f"--{name.replace('_', '-')}", values[name]
        if isinstance(value, str):
            values[name] = of_command_line(value, flag)
        elif value is not None:
            values[name] = [one if one.startswith("@") else of_command_line(one, flag) for one in value]


def _complete_values(parameters: Iterable[Any]) -> None:
    """Let the parameters complete their values."""
    from typer.core import CompletionItem  # type: ignore[attr-defined]  # of the click within Typer

    from hwcli.cli.help.candidates import candidates

    def complete(parameter: Any) -> Callable[[Any, str], list[Any]]:
        return lambda ctx, incomplete: [
            CompletionItem(value, help=about or None)
            for value, about in candidates(ctx, parameter, incomplete)
        ]

    for parameter in parameters:
        parameter.shell_complete = complete(parameter)


def is_typers(error: BaseException) -> bool:
    """Return whether `error` is one by which Typer ends a command: wrong usage, or an exit."""
    return type(error).__module__.partition(".")[0] in ("typer", "click")


def path_of(ctx: Any) -> str:
    """Return the words of the command after hw: "sample", "hand learn", or "" for hw itself."""
    words: list[str] = []
    while ctx.parent is not None:
        words.insert(0, ctx.info_name)
        ctx = ctx.parent
    return " ".join(words)


def _page(command: Any, ctx: Any) -> str:
    """Return the help of a command."""
    width = layout.width_of(shutil.get_terminal_size().columns)
    lines = layout.wrapped(usage(command, ctx), width)
    lines += ["", *_bold_examples(layout.prose(command.help or "", width))]
    if isinstance(command, TyperGroup):
        lines += _written(list(_commands(command, ctx)), width)
    return "\n".join([*lines, *_written(list(sections(command, ctx)), width)])


def usage(command: Any, ctx: Any) -> str:
    """Return the first line of a command's help."""
    if isinstance(command, TyperGroup):
        return f"Usage: {ctx.command_path} [OPTIONS] COMMAND [ARGUMENTS]"
    arguments = [_argument(p) for p in command.get_params(ctx) if p.param_type_name == "argument"]
    return " ".join(["Usage:", ctx.command_path, *arguments, "[OPTIONS]"])


def sections(command: Any, ctx: Any) -> Iterator[Section]:
    """Yield the arguments of a command, and its options in their groups, with their explanations."""
    arguments = [p for p in command.get_params(ctx) if p.param_type_name == "argument"]
    options = [p for p in command.get_params(ctx) if p.param_type_name == "option" and not p.hidden]
    if arguments:
        yield "Arguments", [(_argument(p), _explained(p, ctx)) for p in arguments]
    names = [[*p.opts, *p.secondary_opts] for p in options]
    own = len(names) - (4 if isinstance(command, Command) else 0)  # with --help
    groups = GROUPS.get(path_of(ctx), {})
    for group, places in grouped(names[:own], groups, "Advanced" if groups else OTHERS).items():
        yield group, [(_option(options[n]), _explained(options[n], ctx)) for n in places]
    if options[own:]:
        yield EVERYWHERE, [(_option(p), _explained(p, ctx)) for p in options[own:]]


def _written(sections: list[Section], width: int) -> list[str]:
    """Return the lines of sections whose explanations stand in one column."""
    column = layout.column_of(term for _, rows in sections for term, _ in rows)
    return [
        line
        for heading, rows in sections
        for line in ("", _bold(f"{heading}:"), *layout.entries(rows, width, column))
    ]


def _commands(group: Any, ctx: Any) -> Iterator[Section]:
    """Yield the sections that list the commands of a group."""
    names = group.list_commands(ctx)
    by_group = grouped([[name] for name in names], COMMANDS if ctx.parent is None else {}, "Commands")
    for heading, places in by_group.items():
        yield heading, [(names[n], group.summary(ctx, names[n])) for n in places]


def _bold_examples(lines: Iterable[str]) -> list[str]:
    return [_bold(line) if line == "Examples:" else line for line in lines]


def _bold(text: str) -> str:
    return f"\x1b[1m{text}\x1b[0m" if console.colour(sys.stdout) else text


def _argument(parameter: Any) -> str:
    """Return an argument as it is written: NAME, or [NAME] if it may be left out."""
    name: str = parameter.metavar or parameter.name.upper()
    if parameter.required or name.startswith("["):
        return name
    return f"[{name}]"


def _option(parameter: Any) -> str:
    """Return an option as it is written: `-n, --count N`, or `--[no-]fit-page`."""
    if parameter.secondary_opts:
        name, off = parameter.opts[0], parameter.secondary_opts[0]
        return f"    --[no-]{name[2:]}" if off == f"--no-{name[2:]}" else f"    {name}, {off}"
    names = sorted(parameter.opts, key=len)
    written = ", ".join(names) if len(names[0]) == 2 else f"    {', '.join(names)}"
    if parameter.is_flag or parameter.count:
        return written
    return f"{written} {placeholder(parameter)}"


def placeholder(parameter: Any) -> str:
    """Return the word for the value of an option: FILE, or N for a whole number."""
    kind = parameter.type.name.partition(" ")[0]  # of "int range"
    return str(parameter.metavar or _PLACEHOLDERS.get(kind, "TEXT"))


def _explained(parameter: Any, ctx: Any) -> str:
    """Return the help of a parameter, with its default and its range."""
    extra = []
    default = parameter.get_default(ctx, call=False)
    if parameter.show_default and not isinstance(default, list | tuple | None) and default is not False:
        extra.append(f"default: {shown(default)}")
    if (most := getattr(parameter.type, "max", None)) is not None:
        least = getattr(parameter.type, "min", None)
        extra.append(f"{least} to {most}" if least is not None else f"at most {most}")
    if parameter.required:
        extra.append("required")
    return f"{parameter.help or ''}{' [' + '; '.join(extra) + ']' if extra else ''}"
