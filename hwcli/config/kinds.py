"""Settings that only some kinds of network have."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from hwcli.config.load import Settings
from hwcli.config.sections import SECTIONS, Config, as_dict
from hwcli.errors import UsageError

READER = "reader"
# settings by section that mean nothing for a reader, and those that mean something only for one
NOT_FOR_READERS: Mapping[str, Collection[str]] = {
    "model": ("mixtures", "skip", "gaussians", "sources"),
    "train": ("window",),
}
FOR_READERS: Mapping[str, Collection[str]] = {"train": ("composed",)}


def in_use(config: Config, section: str) -> dict[str, Any]:
    """Return the settings of a section that mean something for the kind of network in `config`."""
    unused = (NOT_FOR_READERS if config.model.kind == READER else FOR_READERS).get(section, ())
    return {k: v for k, v in as_dict(getattr(config, section)).items() if k not in unused}


def check_flags(settings: Settings) -> None:
    """Raise UsageError if a flag asks for what the kind of network does not have.

    From other sources, which may serve several kinds, such settings are ignored.
    """
    reader = settings.config.model.kind == READER
    unused = NOT_FOR_READERS if reader else FOR_READERS
    flags = [key for section in SECTIONS for key in unused.get(section, ()) if key in settings.asked(section)]
    if flags:
        named = ", ".join("--" + key.replace("_", "-") for key in flags)
        raise UsageError(
            f"{named} cannot be used {'with' if reader else 'without'} --kind reader",
            "leave it out" if len(flags) == 1 else "leave them out",
        )
    if reader and settings.config.train.precision == "bfloat16" and "precision" in settings.asked("train"):
        raise UsageError("--precision cannot be bfloat16 with --kind reader", "readers learn in float32")
