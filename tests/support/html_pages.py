"""Pages of the format html as data: their elements, and their pictures as arrays of numbers."""

from __future__ import annotations

import base64
import json
import zlib
from typing import Any

import numpy as np

from web_pages import Elements

KINDS = {"u1": "u1", "i1": "i1", "u2": "<u2", "i2": "<i2", "i4": "<i4"}
# of a picture: what numbers of arrays stand for
ARRAYS = (
    "points",
    "down",
    "characters",
    "times",
    "lengths",
    "pen",
    "vertices",
    "controls",
    "table",
    "pixels",
)


def cards(page: bytes) -> list[dict[str, Any]]:
    """Return the pictures of a page, as they are stored."""
    return [json.loads(text) for tag, its, text in Elements(page).texts if its.get("class") == "card"]


def decoded(card: dict[str, Any]) -> dict[str, Any]:
    """Return a picture with arrays in place of their numbers, those of predictions, too."""
    arrays = unpacked(card["pack"])
    found = _with_arrays({name: value for name, value in card.items() if name != "pack"}, arrays)
    for ink in found["inks"]:
        if "prediction" in ink:
            its = unpacked(ink["prediction"].pop("pack"))
            ink["prediction"]["numbers"] = {k: its[v] for k, v in ink["prediction"]["numbers"].items()}
    return found


def unpacked(pack: dict[str, Any]) -> list[np.ndarray]:
    """Return the arrays of a pack."""
    data, start, arrays = zlib.decompress(base64.b64decode(pack["data"])), 0, []
    for kind, length, deltas in pack["arrays"]:
        dtype = np.dtype(KINDS[kind])
        end = start + length * dtype.itemsize
        planes = np.frombuffer(data[start:end], np.uint8).reshape(dtype.itemsize, length)
        values = np.ascontiguousarray(planes.T).reshape(-1).view(dtype)
        arrays.append(np.cumsum(values, dtype=dtype) if deltas else values)
        start = end
    assert start == len(data)
    return arrays


def mixture(prediction: dict[str, Any], row: int) -> dict[str, np.ndarray]:
    """Return pi, mu, sigma and rho of a row of a decoded prediction, as the page computes them."""
    numbers, limits = prediction["numbers"], prediction["limits"]
    start = int(numbers["kept"][:row].sum())
    here = {k: v[start : start + int(numbers["kept"][row])] for k, v in numbers.items() if k != "eos"}

    def power(codes: np.ndarray, name: str) -> np.ndarray:
        low, high = limits[name]
        return np.exp(low + codes / 255 * (high - low))

    sigma = np.column_stack([power(here[name], "sigma") for name in ("sigmaX", "sigmaY")])
    mu = np.column_stack([here["muX"], here["muY"]]) * sigma / prediction["steps"]
    return {"pi": power(here["pi"], "pi"), "mu": mu, "sigma": sigma, "rho": np.sin(here["rho"] * np.pi / 254)}


def _with_arrays(value: Any, arrays: list[np.ndarray]) -> Any:
    if isinstance(value, dict):
        return {
            name: arrays[one]
            if name in ARRAYS and isinstance(one, int)
            else one
            if name == "prediction"
            else _with_arrays(one, arrays)
            for name, one in value.items()
        }
    return [_with_arrays(one, arrays) for one in value] if isinstance(value, list) else value
