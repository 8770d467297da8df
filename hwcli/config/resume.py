"""The settings of a resumed run: its own, with where they came from, and the few that may change."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from hwcli.config.load import DEFAULT, Settings, load, toml_line
from hwcli.errors import UsageError
from hwcli.text_encoding import utf8

# settings that a resumed run may change: how it runs, how long, and how large its steps are from there on
CHANGEABLE = {
    "train.device", "train.threads", "train.checkpoint_minutes", "train.epochs", "train.cooldown",
    "train.tensorboard", "train.minutes", "train.lr", "train.clip",
}  # fmt: skip


def stored_settings(path: Path) -> Settings:
    """Return the settings in a file that `Settings.toml` wrote, with the sources that its comments name.

    A line in any other form, such as one edited by hand, has the file as its source. Raises UsageError if the
    file is not valid.
    """
    stored = load(path, environ={})
    origins, section = dict(stored.origins), ""
    for line in utf8(path.read_bytes()).decode().replace("\r\n", "\n").split("\n"):
        if line.startswith("["):
            section = line[1:-1]
            continue
        key = line.partition(" = ")[0]
        name = f"{section}.{key}"
        if name not in origins:
            continue
        without_origin = toml_line(key, getattr(getattr(stored.config, section), key), "")
        if line.startswith(without_origin):
            origins[name] = line.removeprefix(without_origin)
    return Settings(stored.config, {name: origin for name, origin in origins.items() if origin != DEFAULT})


def resumed_settings(stored: Settings, given: Settings, run: Path) -> Settings:
    """Return the `stored` settings of `run`, changed by the flags in `given`.

    Files and environment variables only apply to new runs, and so does a preset that they set. A setting that
    keeps its value keeps its source. Raises UsageError if a flag changes what is learned.
    """
    config, origins = stored.config, dict(stored.origins)
    refused: list[str] = []
    preset_is_flag = given.origins.get("train.preset", "").startswith("--")
    for name, origin in given.origins.items():
        section, key = name.split(".")
        from_flag = origin.startswith("--") or (preset_is_flag and origin.startswith("preset"))
        if section not in ("model", "train") or not from_flag:
            continue
        value = getattr(getattr(given.config, section), key)
        old = getattr(getattr(stored.config, section), key)
        if value == old:
            continue
        if name not in CHANGEABLE and key != "preset":
            source = "" if origin.startswith("--") else f" ({origin})"
            refused.append(f"{_flag(name)} cannot change from {old} to {value}{source}")
            continue
        config = replace(config, **{section: replace(getattr(config, section), **{key: value})})
        origins[name] = origin
    if refused:
        raise UsageError(
            f"{run} is resumed with its own settings: {'; '.join(refused)}",
            f"only these can change: {', '.join(sorted(map(_flag, CHANGEABLE)))}",
        )
    return Settings(config, origins)


def _flag(name: str) -> str:
    return "--" + name.split(".")[1].replace("_", "-")
