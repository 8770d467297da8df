"""The model and the hands of hw export, found and checked."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from hwcli.cli.terms_note import note_terms
from hwcli.errors import HwError, UsageError
from hwcli.export.graph import graph
from hwcli.export.page import page
from hwcli.hands import library
from hwcli.ink_io.files import read_ink
from hwcli.sampling.load import load_model
from hwcli.sampling.model import Model
from renderers.ink import Ink


def exported(name: str | None, bits: int, hands: Sequence[str]) -> bytes:
    """Return the page of the model `name`, or of the one that learned the hand, which offers `hands`.

    Without `hands` it offers those that come with hw. Raises UsageError for a learned hand beside others.
    """
    if not hands:
        model = load_model(name or "default", "synthesis")
        return page(model, bits, _bundled_hands(model))
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


def exported_graph(name: str | None, hands: Sequence[str]) -> bytes:
    """Return one step of the model `name` as an ONNX graph, or of the one that learned the hand in `hands`.

    Unlike a page it may be of a model for non-commercial use, whose terms are then noted: a graph is a file
    for oneself, as the model's own file is. Raises UsageError for hands that are not one learned hand.
    """
    found = [(hand, library.find(hand).learned) for hand in hands]
    for hand, change in found:
        if change is None:
            raise UsageError(
                f"--hand {_label(hand)} is a line to continue from, which a graph does not hold",
                "remove it, or use -o FILE.html",
            )
    if len(found) > 1:
        raise UsageError("--hand was given more than once: a graph is of one learned hand", "give one")
    if not found or found[0][1] is None:
        model = load_model(name or "default", "synthesis")
    else:
        change = found[0][1]
        model = load_model(name or change.model, "synthesis").in_hand(change)
    note_terms(model)
    return graph(model)


def _bundled_hands(model: Model) -> dict[str, Ink]:
    """Return the hands that come with hw, by name, except those whose text the model's alphabet lacks."""
    alphabet, found = model.file.alphabet, {}
    for path in sorted(library.BUNDLED.glob(f"*{library.LINE}")):
        ink = read_ink(path)
        with suppress(HwError):
            if alphabet is not None and alphabet.folded(ink.text or ""):
                found[path.stem] = ink
    return found


def _label(hand: str) -> str:
    """Return what the page calls a hand that was given by its name or its file."""
    path = Path(hand)
    return path.stem if path.suffix in library.SUFFIXES else path.name
