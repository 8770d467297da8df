"""Write the reference from the code: commands.md and settings.md in this folder, and ../api.md.

    python docs/reference/write.py

A test fails while a page differs from what this program would write.
"""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from pathlib import Path
from typing import Any

import typer

import hwcli
import hwcli.api
from hwcli.app import app
from hwcli.cli.help.command import EVERYWHERE, sections, usage
from hwcli.config.sections import SECTIONS
from renderers.options import Rule

DOCS = Path(__file__).parents[1]
LONGEST = 90  # characters of parameters on one line
FROM_CODE = "This page is written from the code by `python docs/reference/write.py`; do not edit it."


def pages() -> dict[Path, str]:
    """Return the text of every page of the reference."""
    return {
        DOCS / "reference" / "commands.md": commands_page(),
        DOCS / "reference" / "settings.md": settings_page(),
        DOCS / "api.md": api_page(),
    }


def commands_page() -> str:
    """Return the page of all commands, their arguments and options."""
    root = typer.main.get_command(app)
    context: Any = root.make_context("hw", ["--help"], resilient_parsing=True)
    parts = [
        "# Commands",
        f"All commands of hw with their options, as `hw COMMAND --help` prints them. {FROM_CODE} "
        "Many options are also [settings](settings.md).",
        "## hw",
        code(usage(root, context)),
        *(listed(heading, rows) for heading, rows in sections(root, context)),
        "## Options of every command",
        "They can stand before or after a command.",
        everywhere(root, context),
        *of_group(root, context),
    ]
    return "\n\n".join(parts) + "\n"


def of_group(group: Any, context: Any) -> Iterator[str]:
    """Yield the parts of the page that explain the commands of a group, and of groups in it."""
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        below = type(context)(command, info_name=name, parent=context)
        yield f"## {below.command_path}"
        yield code(usage(command, below))
        yield prose(command.help or "")
        if hasattr(command, "list_commands"):
            yield from of_group(command, below)
            continue
        for heading, rows in sections(command, below):
            if heading != EVERYWHERE:
                yield listed(heading, rows)


def everywhere(root: Any, context: Any) -> str:
    """Return the list of the options that every command has."""
    command = root.get_command(context, "models")
    below = type(context)(command, info_name="models", parent=context)
    return next(items(rows) for heading, rows in sections(command, below) if heading == EVERYWHERE)


def listed(heading: str, rows: list[tuple[str, str]]) -> str:
    """Return a heading with the options under it."""
    return f"**{heading}**\n\n{items(rows)}"


def items(rows: list[tuple[str, str]]) -> str:
    """Return options with their explanations, an item each."""
    return "\n".join(f"- `{term.strip()}`: {escape(' '.join(text.split()))}" for term, text in rows)


def prose(text: str) -> str:
    """Return a docstring: its paragraphs, and its indented parts and examples as code."""
    parts = []
    for paragraph in inspect.cleandoc(text).split("\n\n"):
        lines = paragraph.strip("\n").split("\n")
        if lines[0].endswith("Examples:"):
            parts.append(lines.pop(0))
        if not lines:
            continue
        if lines[0].startswith(">>> "):
            parts.append(code("\n".join(lines).replace("  # doctest: +ELLIPSIS", ""), "pycon"))
        elif lines[0].startswith(" "):
            language = "python" if re.match(r"\s*(\w+ = )?(hw|warnings)\.", lines[0]) else "text"
            parts.append(code(inspect.cleandoc("\n".join(lines)), language))
        elif lines[0].startswith("- "):
            parts.append("\n".join(lines))
        else:
            halves = " ".join(line.strip() for line in lines).split("`")
            escaped = [half if number % 2 else escape(half) for number, half in enumerate(halves)]
            parts.append("`".join(escaped))
    return "\n\n".join(parts)


def escape(text: str) -> str:
    """Return `text` without what Markdown would take for markup."""
    return re.sub(r"([*_<\[\]\\])", r"\\\1", text)


def code(text: str, language: str = "text") -> str:
    """Return a block of code."""
    return f"```{language}\n{text}\n```"


def settings_page() -> str:
    """Return the page of all settings."""
    parts = [
        "# Settings",
        "Every setting can be a line in `hw.toml`, an environment variable or a flag. Flags override the "
        "environment, which overrides `--config FILE` or `./hw.toml`, which overrides the preset and the "
        f"defaults. `hw config` prints the settings in force. {FROM_CODE}",
        "The variable of `bias` in `[sample]` is `HW_SAMPLE_BIAS`, the flag `--bias`. `--preset` chooses "
        "values that belong together ([training](../training.md#presets)).",
    ]
    for name, section in SECTIONS.items():
        parts += [f"## {name}", prose(section.__doc__ or "").split("\n\n")[0], table(section)]
    return "\n\n".join(parts) + "\n"


def table(section: Any) -> str:
    """Return the table of the settings of a section."""
    rows = ["| key | value | default | |", "| --- | --- | --- | --- |"]
    for field in fields(section):
        rule: Rule = field.metadata["rule"]
        unit = f", in {rule.metavar}" if rule.metavar in ("MB", "SECONDS", "MINUTES") else ""
        cells = (f"`{field.name}`", rule.describe() + unit, default(field, rule), escape(rule.help))
        rows.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(rows)


def default(field: Field[Any], rule: Rule) -> str:
    """Return the default of a setting as it is written."""
    value = field.default_factory() if field.default_factory is not MISSING else field.default
    shown = rule.show(value) if value is not None else (rule.unset or "")
    return f"`{shown}`" if shown and shown != "{}" else "none"


def api_page() -> str:
    """Return the page of the names that hwcli exports."""
    names = [name for name in hwcli.__all__ if not name.startswith("__")]
    functions = [name for name in names if name.islower()]
    classes = [name for name in names if name not in functions]
    parts = [
        "# Python API",
        "`import hwcli as hw` takes a few milliseconds: each name is imported on first use. Only "
        "`hw.learn_hand` and GPUs need PyTorch. Coordinates are in the ink's own units; y grows downwards. "
        f"[The notebook](session.ipynb) shows much of it at work. {FROM_CODE}",
        prose((hwcli.__doc__ or "").split("\n\n", 1)[1]),
        prose((hwcli.api.__doc__ or "").split("\n\n", 2)[2]),
        *(f"## hw.{name}\n\n{of_function(name, getattr(hwcli, name))}" for name in functions),
        *(f"## hw.{name}\n\n{of_class(name, getattr(hwcli, name))}" for name in classes),
    ]
    return "\n\n".join(parts) + "\n"


def of_function(name: str, function: Any) -> str:
    """Return the signature and the docstring of a function."""
    text = for_users(function.__doc__ or "", {function.__name__: name})
    return f"{code(name + signature(function), 'python')}\n\n{prose(text)}"


def for_users(text: str, names: Mapping[str, str]) -> str:
    """Return a docstring whose examples say hw.draw for draw; `names` has other names that hw exports as."""
    known = {name: name for name in hwcli.__all__} | names
    name = re.compile(rf"(?<![\w.\"'])({'|'.join(known)})(?=[(.])")
    lines = []
    for line in text.split("\n"):
        if line.lstrip().startswith((">>> ", "... ")):
            if ">>> from hwcli import" in line:
                continue
            line = name.sub(lambda found: f"hw.{known[found[1]]}", line)
        lines.append(line)
    return "\n".join(lines)


def of_class(name: str, kind: Any) -> str:
    """Return the docstring of a class, its fields and what its instances can do."""
    parts = [prose(for_users(kind.__doc__ or "", {}))]
    if is_dataclass(kind):
        lines = [line for one in inspect.getmro(kind) if is_dataclass(one) for line in field_lines(one)]
        parts.append(code("\n".join(lines), "python"))
    for attribute, value in vars(kind).items():
        if attribute.startswith("_"):
            continue
        inner = getattr(value, "fget", None) or getattr(value, "func", None)
        function = inner or (value.__func__ if isinstance(value, classmethod | staticmethod) else value)
        if not inspect.isfunction(function):
            continue
        if inner is not None:
            parts.append(f"### {name}.{attribute}\n\n{prose(for_users(function.__doc__ or '', {}))}")
        else:
            parts.append(f"### {name}.{attribute}()\n\n{of_function(attribute, function)}")
    return "\n\n".join(parts)


def field_lines(kind: type) -> Iterator[str]:
    """Yield the fields of a dataclass as they stand in its source, with their comments."""
    names = {field.name for field in fields(kind) if field.init and not field.name.startswith("_")}
    source = inspect.getsource(kind)
    (definition,) = ast.parse(source).body
    for node in definition.body:  # type: ignore[attr-defined]  # of a class
        if isinstance(node, ast.AnnAssign) and ast.unparse(node.target) in names:
            lines = source.splitlines()[node.lineno - 1 : node.end_lineno]
            comments = [part for line in lines for part in line.split("  # ")[1:]]
            yield "  # ".join([unparsed(node), *comments])


def unparsed(node: ast.AST) -> str:
    """Return the source of `node`, with double quotes around text that holds none."""
    return re.sub(r"'([^'\"]*)'", r'"\1"', ast.unparse(node))


def signature(function: Any) -> str:
    """Return the parameters of a function and what it returns as they stand in its source, without self."""
    (node,) = ast.parse(inspect.cleandoc("\n" + inspect.getsource(function))).body
    assert isinstance(node, ast.FunctionDef)
    if node.args.args and node.args.args[0].arg in ("self", "cls"):
        del node.args.args[0]
    given = list(parameters(node.args))
    result = ast.unparse(node.returns) if node.returns else "None"
    line = ", ".join(given)
    if len(line) > LONGEST:
        line = "".join(f"\n    {one}," for one in given) + "\n"
    return f"({line}) -> {result}"


def parameters(arguments: ast.arguments) -> Iterator[str]:
    """Yield each parameter with its type and its default."""
    plain = [*arguments.posonlyargs, *arguments.args]
    defaults = [None] * (len(plain) - len(arguments.defaults)) + arguments.defaults
    yield from map(parameter, plain, defaults)
    if arguments.vararg:
        yield f"*{unparsed(arguments.vararg)}"
    elif arguments.kwonlyargs:
        yield "*"
    yield from map(parameter, arguments.kwonlyargs, arguments.kw_defaults)
    if arguments.kwarg:
        yield f"**{unparsed(arguments.kwarg)}"


def parameter(one: ast.arg, default: ast.expr | None) -> str:
    """Return a parameter as it stands in a signature."""
    if default is None:
        return unparsed(one)
    return f"{unparsed(one)} = {unparsed(default)}" if one.annotation else f"{one.arg}={unparsed(default)}"


if __name__ == "__main__":
    for path, text in pages().items():
        path.write_text(text, "utf-8")
