"""The terms of weights that are not for every use, told at their first use."""

from __future__ import annotations

import builtins
from pathlib import Path
from typing import TYPE_CHECKING

from platformdirs import user_state_path

from hwcli import console
from hwcli.hw_warning import warn

if TYPE_CHECKING:
    from hwcli.sampling.model import Model


def noted() -> Path:
    """Return the file that names the models whose terms this user has been told; it need not exist."""
    return user_state_path("hw", appauthor=False) / "terms-noted"


def warn_of_terms(model: Model) -> None:
    """Tell the terms of a `model` for non-commercial use, once per user, at a terminal or in a notebook."""
    if not model.file.is_restricted or not (console.is_terminal() or hasattr(builtins, "__IPYTHON__")):
        return
    try:
        path: Path | None = noted()
    except RuntimeError:  # no home: it is shown each time
        path = None
    try:
        told = path.read_text("utf-8").splitlines() if path and path.exists() else []
    except (OSError, ValueError):
        told = []
    if model.name in told:
        return
    data = (model.file.about.get("data") or {}).get("title", "data with terms of its own")
    warn(
        f"note: {model.name} has learned from {data}, which is for non-commercial research only. Models that "
        "anyone may use: hw models (This note is shown once.)",
        is_note=True,
    )
    if path is None:
        return
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(f"{name}\n" for name in [*told, model.name]), "utf-8")
    except OSError:  # then it is shown again
        pass
