"""The page that writes: one HTML file with a model's weights inside.

Its engine is the NumPy engine's twin in JavaScript: the same layout of the weights, the same random numbers.
Its script is also that of the worker that computes, which the page makes from its own text.
"""

from __future__ import annotations

import html
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hwcli.errors import HwError
from hwcli.export.characters import recipes, shapes, substitutes
from hwcli.export.packing import (
    Packed,
    as_text,
    packed,
    picture_matrices,
    picture_norms,
    reader_matrices,
    shape_of,
    writer_matrices,
)
from hwcli.ink_size import fitted
from hwcli.model.file import RESTRICTED
from hwcli.normalisation import START, normalise
from hwcli.reader.reader import Reader
from hwcli.sampling.model import Model
from renderers.ink import Ink
from renderers.web.single_page import BASE_STYLE, HAND_OVER, data_json, document, joined, source

FOLDER = Path(__file__).parent
# each after those that it imports
MODULES = (
    *(FOLDER / f"{name}.mjs" for name in (
        "pcg64", "ziggurat", "half", "simd", "products", "tanh", "text_window", "lstm", "pen", "ending",
        "model", "line_writer",
        *(f"reading/{part}" for part in (
            "ink_size", "pen_path", "log_probabilities", "reader_network", "picture", "picture_network",
            "lattice", "edits", "belonging", "line_reader",
            "edit_distance", "read_back", "proofread",
        )),
        *(f"lettering/{part}" for part in ("normal", "pen_stroke", "line_ink", "steps", "finishing")),
        "reading/word_by_word", "reading/drafts", "reading/in_words", "service", "settings", "spelling",
        "line_breaking", "text_lines", "colours", "layout", "pace", "files", "sheet_view",
    )),
    HAND_OVER,
    FOLDER / "writer_page.mjs",
)  # fmt: skip
# the script compiles a product of its own, and starts itself as a worker
RULES = {"script-src": "'wasm-unsafe-eval'", "worker-src": "blob:"}


def page(model: Model, bits: int, hands: Mapping[str, Ink], hand: str = "") -> bytes:
    """Return the page that writes with `model`, its weights in `bits` (8 or 16) each, as UTF-8.

    `hands` are lines with their texts that it can continue from, and `hand` is the one that it begins with,
    or empty for none. Raises HwError for a model that cannot write text or whose licence does not allow to
    hand it on, and for a hand that cannot be measured.
    """
    check(model)
    style = source(BASE_STYLE) + source(FOLDER / "style.css")
    about, numbers = contents(model, bits, hands)
    about_reader, of_reader = reader_contents(model, bits)
    data = {
        "ABOUT": data_json({**about, "hand": hand, "reader": about_reader}),
        "WEIGHTS": as_text(numbers),
        "READER": as_text(of_reader) if of_reader else "",
        "HANDS": "".join(_option(name, name) for name in hands) if hand else _hands(hands),
        "CREDITS": credits(model),
    }
    return document(FOLDER / "page.html", style, joined_script(), data, RULES)


def check(model: Model) -> None:
    """Raise HwError if `model` cannot write text, or if its weights may not be handed on freely."""
    if model.file.alphabet is None:
        raise HwError(
            f"{model.name} cannot write text: it is a prediction model",
            "hw models lists synthesis models; the default is unipen-synthesis",
        )
    if model.file.is_restricted:
        raise HwError(
            f"{model.name} cannot be exported to a page: its weights are for non-commercial research only, "
            "and a page hands them on to anyone",
            "export a model of open data, such as unipen-synthesis, or a graph for yourself: -o FILE.onnx",
        )


def joined_script() -> str:
    """Return all modules as one, without their imports and exports of each other."""
    return joined(MODULES)


def contents(model: Model, bits: int, hands: Mapping[str, Ink]) -> tuple[dict[str, Any], Packed]:
    """Return what the script is told of the model, as a JSON object, and the numbers that it unpacks."""
    alphabet, norm = model.file.alphabet, model.file.normalisation
    assert alphabet is not None
    lines = {name: _rows(model, name, ink) for name, ink in hands.items()}
    numbers = packed(writer_matrices(model.weights), bits, [rows for _, rows in lines.values()])
    about = {
        "name": model.name,
        "shape": shape_of(model.file.shape),
        "units": {
            "mean": norm.mean, "std": norm.std, "sigma_min": norm.sigma_min, "grid": 10**norm.decimals,
        },
        "lowest": numbers.lowest,
        "bits": bits,
        "sizes": numbers.sizes,
        "writing": model.size.height,
        "alphabet": alphabet.characters,
        "substitutes": substitutes(alphabet),
        "recipes": recipes(alphabet),
        "shapes": shapes(),
        "hands": [
            {"name": name, "codes": codes.tolist(), "points": len(rows)}
            for name, (codes, rows) in lines.items()
        ],
    }  # fmt: skip
    return about, numbers


def reader_contents(model: Model, bits: int) -> tuple[dict[str, Any] | None, Packed | None]:
    """Return what the script is told of the reader that proofreads `model`, and its numbers.

    Both are None without one that may be handed on.
    """
    reader, alphabet = model.reader, model.file.alphabet
    if reader is None or alphabet is None or RESTRICTED in str(reader.file.about.get("licence")):
        return None, None
    file, shape = reader.file, reader.file.shape
    matrices = reader_matrices(file) + picture_matrices(file)
    numbers = packed(matrices, bits, picture_norms(file))
    about = {
        "shape": {"layers": shape.layers, "hidden": shape.hidden},
        "lowest": numbers.lowest,
        "bits": bits,
        "sizes": numbers.sizes,
        "pictures": bool(file.pictures),
        "alphabet": reader.alphabet.characters,
        "near": _near(reader, alphabet.characters),
    }
    return about, numbers


def credits(model: Model) -> str:
    """Return what the page says of the model: its data, their source, its licence. HTML."""
    about = model.file.about
    data = about.get("data") or {}
    learned = f" It has learned from {data['title']}" if data.get("title") else ""
    if learned and data.get("citation"):
        learned += f" ({data['citation']})"
    licence = about.get("licence") or "not stated"
    words = f"{model.name}, {model.file.parameters:,} weights.{learned}{'.' * bool(learned)}"
    reader = ""
    if model.reader is not None:
        about = model.reader.file.about
        of = (about.get("data") or {}).get("title") or "data that it does not name"
        terms = about.get("licence") or (about.get("data") or {}).get("terms") or "not stated"
        reader = f" {model.reader.name} proofreads; it has learned from {of}. Licence: {terms}."
    end = "The page was made with hw, whose code has the MIT licence."
    return f"{html.escape(f'{words} Licence of the weights: {licence}.{reader}')} {end}"


def _near(reader: Reader, characters: str) -> dict[str, str]:
    """Return what the reader takes for each of `characters` that its alphabet lacks, if anything."""
    near = {c: reader.alphabet.nearest(c) for c in characters if c not in reader.alphabet}
    return {c: read for c, read in near.items() if read is not None}


def _hands(hands: Mapping[str, Ink]) -> str:
    return _option("", "as it comes") + "".join(_option(name, name) for name in hands)


def _option(value: str, text: str) -> str:
    return f'<option value="{html.escape(value)}">{html.escape(text)}</option>'


def _rows(model: Model, name: str, ink: Ink) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Return the codes of a hand's text and of the space after it, and its normalised rows (n + 1, 3)."""
    alphabet = model.file.alphabet
    assert alphabet is not None
    if len(ink) < 2 or (fit := fitted(ink, model.size)) is None:
        raise HwError(f"cannot measure the size of the hand {name!r}", "use a line of writing")
    codes = alphabet.encode(alphabet.folded(ink.text or "").strip() + " ")
    return codes, normalise(np.concatenate([[START], fit[0].offsets]), model.file.normalisation)
