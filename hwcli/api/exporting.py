"""Exporting a model as a page or a graph, with hands by their names."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from hwcli.api.terms import warn_of_terms
from hwcli.atomic import check_parent, write_atomically
from hwcli.errors import HwError, UsageError
from hwcli.export.graph import graph
from hwcli.export.packing import BITS
from hwcli.export.page import page
from hwcli.hands import library
from hwcli.ink_io.files import read_ink
from hwcli.sampling.load import load_model
from hwcli.sampling.model import Model
from renderers.ink import Ink

PAGES, GRAPH = (".html", ".htm"), ".onnx"  # suffixes


def export_model(
    path: str | Path, model: Model | str | Path | None = None, *, hands: Sequence[str] = (), bits: int = 16
) -> Path:
    """Write a page that writes what is typed in a browser, or the network as an ONNX graph; return its path.

    The suffix of `path` says which: .html or .onnx. `model` is loaded, or the name, model file or run folder
    of one (None: unipen-synthesis, or the model that learned the hand). `hands` are names or files of hands
    that the page offers (default: the bundled ones), or a single learned one. `bits` per weight of a page are
    8 or 16; a graph has float32 weights. The file is never incomplete.

        hw.export_model("page.html")
        hw.export_model("small.html", "run", bits=8)
        hw.export_model("model.onnx", hw.load_model())

    Warns (HwWarning) of the terms of weights for non-commercial research, once.

    Raises UsageError for another suffix, other `bits` and hands that do not go together; HwError for a model
    whose licence or kind does not allow a page, a hand that is not found, and a graph without the package
    onnx.
    """
    path = Path(path)
    if (suffix := path.suffix.lower()) not in (*PAGES, GRAPH):
        raise UsageError(f"{path} is neither a page nor a graph", f"use FILE.html for a page, FILE{GRAPH}")
    if bits not in BITS:
        raise UsageError(f"bits={bits}: expected 8 or 16", "use 16, or 8 for a smaller page")
    check_parent(path)
    write_atomically(path, exported_graph(model, hands) if suffix == GRAPH else exported(model, bits, hands))
    return path


def exported(name: Model | str | Path | None, bits: int, hands: Sequence[str]) -> bytes:
    """Return the page of the model `name`, or of the one that learned the hand, which offers `hands`.

    Without `hands` it offers those that come with hw. Raises UsageError for a learned hand beside others.
    """
    if not hands:
        model = _loaded(name or "default")
        return page(model, bits, _bundled_hands(model))
    found = {_label(hand): library.find(hand) for hand in hands}
    lines = {label: hand.line for label, hand in found.items()}
    changes = {label: hand.learned for label, hand in found.items() if hand.learned is not None}
    if not changes:
        return page(_loaded(name or "default"), bits, lines)
    label, change = next(iter(changes.items()))
    if len(found) > 1:
        raise UsageError(
            f"--hand {label} is a learned hand, which changes the weights of the page", "export it by itself"
        )
    return page(_loaded(name or change.model).in_hand(change), bits, lines, label)


def exported_graph(name: Model | str | Path | None, hands: Sequence[str]) -> bytes:
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
        model = _loaded(name or "default")
    else:
        change = found[0][1]
        model = _loaded(name or change.model).in_hand(change)
    warn_of_terms(model)
    return graph(model)


def _loaded(model: Model | str | Path) -> Model:
    return model if isinstance(model, Model) else load_model(model, "synthesis")


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
