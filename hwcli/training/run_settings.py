"""The settings of a run that starts from a model or is resumed."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from hwcli.config.load import Settings
from hwcli.config.sections import ModelConfig
from hwcli.errors import UsageError
from hwcli.model.file import ModelFile

# settings that a resumed run may change: they affect how it runs or how long, not what a step computes
CHANGEABLE = {
    "train.device", "train.threads", "train.checkpoint_minutes", "train.epochs", "train.cooldown",
    "train.tensorboard",
}  # fmt: skip


def with_seed(settings: Settings, seed: int) -> Settings:
    """Return `settings` with a random `seed`."""
    config = replace(settings.config, train=replace(settings.config.train, seed=seed))
    return Settings(config, {**settings.origins, "train.seed": "random"})


def with_model_sizes(settings: Settings, model: ModelFile) -> Settings:
    """Return `settings` with the sizes and the dropout of `model`, as far as they are not set otherwise."""
    shape = model.shape
    sizes: dict[str, Any] = {key: getattr(shape, key) for key in ("layers", "hidden", "mixtures", "skip")}
    if shape.gaussians:
        sizes |= {"kind": shape.kind, "gaussians": shape.gaussians}
    with suppress(KeyError, TypeError, ValueError):
        dropout = float(model.about["training"]["model"]["dropout"])
        sizes |= {"dropout": dropout} if 0 <= dropout <= 0.95 else {}
    sizes = {key: value for key, value in sizes.items() if f"model.{key}" not in settings.origins}
    config: ModelConfig = replace(settings.config.model, **sizes)
    origins = {**settings.origins, **{f"model.{key}": "--from" for key in sizes}}
    return Settings(replace(settings.config, model=config), origins)


def resumed_settings(stored: Settings, given: Settings, run: Path) -> Settings:
    """Return the `stored` settings of a run with the flags in `given`.

    Files and environment variables only apply to new runs, and so does a preset that they set.

    Raises:
        UsageError: A flag would change the network or what a step computes.
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
        if value != old and name not in CHANGEABLE and key != "preset":
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
