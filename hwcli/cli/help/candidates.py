"""Values that a shell completes: names of hands, models, styles and the like, and of folders that fit."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import fields
from pathlib import Path
from typing import Any

from hwcli.cli.help.command import path_of

Found = Iterable[tuple[str, str]]  # values with their explanations, which may be empty
CHOICE = re.compile(r"[a-z0-9]+(\|[a-z0-9:]+)+", re.I)  # a placeholder such as left|center|right


def candidates(ctx: Any, parameter: Any, incomplete: str) -> list[tuple[str, str]]:
    """Return the values that begin with `incomplete`, for an option or an argument of a command."""
    names = (*parameter.opts, parameter.metavar or "")
    find = next((_OPTIONS[name] for name in names if name in _OPTIONS), None)
    if parameter.param_type_name == "argument":
        find = _ARGUMENTS.get((path_of(ctx), parameter.name))
    try:
        found = _choices(parameter) if find is None else find(ctx, incomplete)
        return [(value, about) for value, about in found if value.startswith(incomplete)]
    except Exception:  # a message would end up in the command line that is being typed
        return []


def _choices(parameter: Any) -> Found:
    """Return the values that the placeholder of an option lists."""
    placeholder = parameter.metavar or ""
    values = placeholder.split("|") if CHOICE.fullmatch(placeholder) else []
    return [(value, "") for value in values if value == value.lower()]


def _hands(_ctx: Any, _incomplete: str) -> Found:
    from hwcli.hands import library

    return [(name, _origin(path.parent == library.BUNDLED)) for name, path in library.names().items()]


def _own_hands(ctx: Any, incomplete: str) -> Found:
    return [(name, about) for name, about in _hands(ctx, incomplete) if about != _origin(True)]


def _origin(is_bundled: bool) -> str:
    return "bundled" if is_bundled else "yours"


def _models(_ctx: Any, incomplete: str) -> Found:
    from hwcli.weights import bundled

    kinds = [(name, name.rpartition("-")[2]) for name in bundled.names()]
    return [*kinds, *_paths(incomplete, _is_run, "run"), *_paths(incomplete, _is_model, "model file")]


def _readers(ctx: Any, incomplete: str) -> Found:
    return [(name, about) for name, about in _models(ctx, incomplete) if about != "synthesis"]


def _datasets(_ctx: Any, incomplete: str) -> Found:
    return _paths(incomplete, lambda path: (path / "manifest.json").is_file(), "dataset")


def _runs(_ctx: Any, incomplete: str) -> Found:
    return _paths(incomplete, _is_run, "run")


def _is_run(path: Path) -> bool:
    return (path / "config.toml").is_file()


def _is_model(path: Path) -> bool:
    return path.suffix == ".safetensors"


def _paths(incomplete: str, fits: Callable[[Path], bool], about: str) -> Found:
    """Return the paths that fit, in the folder that `incomplete` names."""
    folder = incomplete[: incomplete.rfind("/") + 1]
    names = sorted(path.name for path in Path(folder or ".").iterdir() if fits(path))
    return [(folder + name, about) for name in names if not name.startswith(".")]


def _styles(_ctx: Any, incomplete: str) -> Found:
    from renderers.registry import style, style_names

    before = incomplete[: incomplete.rfind(",") + 1]  # of a list
    return [(before + name, style(name).summary) for name in style_names() if name not in before.split(",")]


def _rendered(ctx: Any, incomplete: str) -> Found:
    return [*_styles(ctx, incomplete), ("all", "every style")]


def _formats(ctx: Any, _incomplete: str) -> Found:
    command = path_of(ctx)
    if command == "preprocess":
        return _read_formats(ctx, _incomplete)
    if command == "read":
        return [("text", ""), ("ndjson", "hw ink")]
    from hwcli.ink_io.writers import WRITERS
    from renderers.registry import format_for, format_names

    pictures = [(name, format_for(name).summary) for name in format_names()]
    if command in ("hand show", "hand try"):
        return pictures
    return [*pictures, *((name, "ink") for name in WRITERS)]


def _read_formats(_ctx: Any, _incomplete: str) -> Found:
    from hwcli.ink_io.formats import by_name, names

    return [(name, by_name(name).SUMMARY) for name in names()]


def _papers(_ctx: Any, _incomplete: str) -> Found:
    from renderers.page.lengths import PAPERS

    return [(name, f"{short:g} x {long:g} mm") for name, (short, long) in PAPERS.items()]


def _languages(_ctx: Any, _incomplete: str) -> Found:
    from hwcli.pages.hyphenation import OFF, languages

    return [(OFF, "break only words longer than a line"), *((name, "") for name in languages())]


def _sources(ctx: Any, _incomplete: str) -> Found:
    from hwcli.model import file
    from hwcli.model.find import find

    kind = "synthesis" if ctx.params.get("text") else "prediction"
    model = file.read(find(ctx.params.get("model") or "default", kind).path)
    return [*((name, "") for name in model.sources or ()), ("none", "all together")]


def _captions(_ctx: Any, incomplete: str) -> Found:
    before = incomplete[: incomplete.rfind(",") + 1]
    return [(before + part, "") for part in ("id", "text", "seed")]


def _style_options(ctx: Any, incomplete: str) -> Found:
    """Return the options of the style and the format on the command line, or the values of one of them."""
    from renderers.registry import format_for, style

    asked = str(ctx.params.get("style") or ctx.params.get("render") or "plain").split(",")
    parts: list[Any] = [style(name) for name in asked if name != "all"]
    if output := ctx.params.get("format_") or ctx.params.get("format") or ctx.params.get("output"):
        parts.append(format_for(output))
    rules = {field.name: field.metadata["rule"] for one in parts for field in fields(one.options)}
    key, is_given, _ = incomplete.partition("=")
    if is_given and key in rules:
        values = rules[key].choices or ({"yes or no": ("yes", "no")}.get(rules[key].kind, ()))
        return [(f"{key}={value}", "") for value in values]
    return [(f"{name}=", rule.help) for name, rule in rules.items()]


def _listed(ctx: Any, incomplete: str) -> Found:
    """Return the styles and formats for hw render --list; without it, the shell completes files."""
    if not ctx.params.get("list_"):
        return []
    return dict([*_formats(ctx, incomplete), *_styles(ctx, incomplete)]).items()


def _splits(ctx: Any, _incomplete: str) -> Found:
    # Typer does not yet know the dataset: it leaves arguments out while the last option lacks its value
    return [(name, "") for name in ("valid", "train") if path_of(ctx) == "evaluate"]


_OPTIONS: dict[str, Callable[[Any, str], Found]] = {
    "--hand": _hands,
    "--model": _models,
    "--from": _models,
    "--fit": _models,
    "--reader": _readers,
    "--style": _styles,
    "--render": _rendered,
    "--format": _formats,
    "--input-format": _read_formats,
    "--paper": _papers,
    "--hyphenate": _languages,
    "--source": _sources,
    "--caption": _captions,
    "-O": _style_options,
    "--split": _splits,
}
_ARGUMENTS: dict[tuple[str, str], Callable[[Any, str], Found]] = {
    ("train", "dataset"): _datasets,
    ("evaluate", "dataset"): _datasets,
    ("preprocess", "sources"): _datasets,
    ("export", "model"): _models,
    ("plot", "runs"): _runs,
    ("render", "sources"): _listed,
    ("hand show", "names"): _hands,
    ("hand try", "names"): _hands,
    ("hand remove", "name"): _own_hands,
}
