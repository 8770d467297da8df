"""Wrong command lines: what Typer finds wrong, and stray words, as errors of hw with a hint."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from hwcli.cli.help.command import path_of, placeholder
from hwcli.errors import UsageError

KINDS = {"int": "a whole number", "integer": "a whole number", "float": "a number"}
# options that another command calls differently
CALLED = {
    ("sample", "--style"): "--render",
    ("render", "--render"): "--style",
    ("read", "--reader"): "--model",
}
_QUOTED = re.compile(r"^'(.*)' is not a valid", re.S)
_OUTSIDE = re.compile(r"^(\S+) is not in the range")


def as_usage_error(error: Any) -> UsageError | None:
    """Return what Typer found wrong as an error of hw; None if `error` is not wrong usage, or is the help."""
    kind = type(error).__name__
    if kind == "NoArgsIsHelpError" or getattr(error, "exit_code", None) != 2 or not hasattr(error, "message"):
        return None
    context = getattr(error, "ctx", None)
    hint = None if context is None else _see_help(context)
    parameter = getattr(error, "param", None)
    if kind == "NoSuchOption" and context is not None:
        return _no_such_option(error.option_name, context)
    if kind == "BadOptionUsage" and context is not None:
        return _without_value(error.option_name, context, hint)
    if kind == "MissingParameter" and parameter is not None:
        return UsageError(f"{_command(context)} needs {_written(parameter)}: {_help_of(parameter)}", hint)
    if kind == "BadParameter" and parameter is not None:
        return UsageError(_bad_value(parameter, error.message), hint)
    if context is not None and (found := re.match(r"No such command '(.*?)'", error.message)):
        return _no_such_command(found[1], context)
    return UsageError(error.format_message(), hint)


def unexpected(command: str, given: Sequence[str], left: Sequence[str]) -> UsageError:
    """Return the error for words `left` over from the arguments `given` to a command, and where they belong.

    >>> unexpected("sample", ["Dear Anna", "-o", "a.svg"], ["Dear Anna"]).hint
    "to write that text: hw sample --text 'Dear Anna' -o a.svg"
    """
    words = " ".join(map(shlex.quote, left))
    message = f"hw {command} does not take {words}"
    if command == "sample":
        if len(left) == 1 and Path(left[0]).exists():
            is_model = Path(left[0]).is_dir() or left[0].endswith(".safetensors")
            what, flag = ("that model", "--model") if is_model else ("that ink", "--prime")
            return UsageError(message, f"to use {what}: {_moved(command, given, left, flag)}")
        return UsageError(message, f"to write that text: {_moved(command, given, left, '--text')}")
    hints = {
        "train": "it takes one dataset; merge several first: hw preprocess A B -o both",
        "evaluate": "it takes one dataset; evaluate one after the other",
        "export": "it takes one model; hands are given by --hand",
    }
    return UsageError(message, hints.get(command, f"remove it, or see hw {command} --help"))


def _moved(command: str, given: Sequence[str], left: Sequence[str], flag: str) -> str:
    """Return the command line with the words `left` as the value of an option."""
    rest = list(given)
    for word in reversed(left):
        del rest[len(rest) - 1 - rest[::-1].index(word)]
    return f"hw {command} {shlex.join([flag, ' '.join(left), *rest])}"


def _see_help(context: Any) -> str:
    return f"see {_command(context)} --help"


def _command(context: Any) -> str:
    return f"hw {path_of(context)}".strip()


def _no_such_option(name: str, context: Any) -> UsageError:
    command = path_of(context)
    known = [opt for p in context.command.get_params(context) for opt in (*p.opts, *p.secondary_opts)]
    options = [opt for opt in known if opt.startswith("--")]
    message = f"{_command(context)} has no option {name}"
    called = CALLED.get((command, name))
    if called is None and (others := _with_option(name, context)):
        return UsageError(message, f"it is an option of {', '.join(others)}")
    words = [option.removeprefix("--") for option in options]
    near = get_close_matches(name.lstrip("-").lower(), words, n=1, cutoff=0.7)
    likely = called or (f"--{near[0]}" if near else None)
    asked = f"did you mean {likely}? " if likely else ""
    return UsageError(message, asked + _see_help(context))


def _with_option(name: str, context: Any) -> list[str]:
    """Return the commands that have the option."""
    root = context.find_root()
    found = []
    for verb in root.command.list_commands(root):
        command = root.command.get_command(root, verb)
        if any(name in (*p.opts, *p.secondary_opts) for p in command.params):
            found.append(f"hw {verb}")
    return found


def _no_such_command(name: str, context: Any) -> UsageError:
    known = context.command.list_commands(context)
    near = get_close_matches(name, known, n=1, cutoff=0.5)
    before = _command(context)
    every = f"known: {', '.join(known)}"
    hint = f"did you mean {before} {near[0]}? ({every})" if near else every
    return UsageError(f"{before} has no command {name!r}", hint)


def _without_value(name: str, context: Any, hint: str | None) -> UsageError:
    for parameter in context.command.get_params(context):
        if name in (*parameter.opts, *parameter.secondary_opts):
            if parameter.is_flag:
                return UsageError(f"{name} takes no value", "write it without =")
            return UsageError(f"{name} needs a value: {_written(parameter)}", hint)
    return UsageError(f"{name} needs a value", hint)


def _bad_value(parameter: Any, message: str) -> str:
    """Return what is wrong with a value, in the words of hw's own settings."""
    kind = KINDS.get(parameter.type.name.partition(" ")[0])
    found = _QUOTED.match(message) or _OUTSIDE.match(message)
    name = max(parameter.opts, key=len) if parameter.param_type_name == "option" else parameter.metavar
    if kind is None or found is None:
        return f"{name}: {message}"
    least, most = (getattr(parameter.type, end, None) for end in ("min", "max"))
    span = f" from {least} to {most}" if least is not None and most is not None else ""
    span = span or (f" of at least {least}" if least is not None else "")
    value = repr(found[1]) if _QUOTED.match(message) else found[1]
    return f"{name} must be {kind}{span}, not {value}"


def _written(parameter: Any) -> str:
    """Return a parameter as it is written on a command line: `--name NAME`."""
    if parameter.param_type_name == "argument":
        return str(parameter.metavar or parameter.name.upper())
    return f"{max(parameter.opts, key=len)} {placeholder(parameter)}"


def _help_of(parameter: Any) -> str:
    text = (parameter.help or "").rstrip(".")
    return text[:1].lower() + text[1:]
