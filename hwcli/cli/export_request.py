"""The model and the hands of hw export, found and checked."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from hwcli.errors import UsageError
from hwcli.export.page import page
from hwcli.hands import library
from hwcli.ink_io.files import read_ink
from hwcli.sampling.load import load_model


def exported(name: str | None, bits: int, hands: Sequence[str]) -> bytes:
    """Return the page of the model `name`, or of the one that learned the hand, which offers `hands`.

    Without `hands` it offers those that come with hw. Raises UsageError for a learned hand beside others.
    """
    if not hands:
        paths = sorted(library.BUNDLED.glob(f"*{library.LINE}"))
        return page(load_model(name or "default", "synthesis"), bits, {p.stem: read_ink(p) for p in paths})
    found = {_label(hand): library.find(hand) for hand in hands}
    lines = {label: hand.line for label, hand in found.items()}
    changes = {label: hand.learned for label, hand in found.items() if hand.learned is not None}
    if not changes:
        return page(load_model(name or "default", "synthesis"), bits, lines)
    label, change = next(iter(changes.items()))
    if len(found) > 1:
        raise UsageError(
            f"--hand {label} is a learned hand, which changes the weights of the page", "export it by itself"
        )
    return page(load_model(name or change.model, "synthesis").in_hand(change), bits, lines, label)


def _label(hand: str) -> str:
    """Return what the page calls a hand that was given by its name or its file."""
    path = Path(hand)
    return path.stem if path.suffix in library.SUFFIXES else path.name
