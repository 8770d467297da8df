"""Charts as files: SVG, PNG and PDF of the size asked for, the same bytes every time."""

from __future__ import annotations

import io
import xml.etree.ElementTree as ET
from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from PIL import Image

from colour_vision import BLIND
from hwcli.errors import UsageError
from hwcli.plotting.matplotlib_chart import DASHES, FORMATS, MARKERS, PALETTE, encode_chart
from hwcli.plotting.quantities import ChartOptions
from hwcli.plotting.run_chart import Chart, build_chart
from metrics_rows import history_of
from renderers.scene.colors import oklab, to_rgb

SVG = "{http://www.w3.org/2000/svg}"


def chart(runs: int = 1, options: ChartOptions | None = None) -> Chart:
    losses = list(np.linspace(-1, -1.5, 200))
    histories = [
        history_of(losses, [-1.0 - 0.01 * (k + n) for k in range(20)], name=f"n{n}") for n in range(runs)
    ]
    return build_chart(histories, options or ChartOptions())


def texts(svg: bytes) -> list[str]:
    return [text.text or "" for text in ET.fromstring(svg).iter(f"{SVG}text")]


@pytest.mark.parametrize("format_", FORMATS)
def test_equal_charts_are_equal_bytes(format_: str) -> None:
    one, two = (encode_chart(chart(2), format_, 600) for _ in range(2))
    assert one == two
    assert b"atplotlib v" not in one  # nor do they depend on the version


def test_svg_holds_its_texts_as_text() -> None:
    found = texts(encode_chart(chart(2, ChartOptions(references=(("Graves", -1.65),))), "svg"))
    assert {"nats per point", "epochs", "validation", "training, mean over 50 steps", "Graves −1.65"} <= set(
        found
    )
    assert {"n0: best −1.1900 (epoch 20)", "n1: best −1.2000 (epoch 20)", "−1.2000", "10"} <= set(found)


def test_size_is_in_pixels() -> None:
    def size(width: float | None, height: float | None) -> tuple[int, int]:
        return Image.open(io.BytesIO(encode_chart(chart(), "png", width, height))).size

    assert size(500, 300) == (500, 300)
    assert size(None, None)[0] == 1200
    assert ET.fromstring(encode_chart(chart(), "svg", 960, 480)).get("width") == "720pt"


def test_too_small_a_chart_is_refused() -> None:
    with pytest.raises(UsageError, match="no room"):
        encode_chart(chart(), "svg", 300, 50)


def test_names_are_only_names() -> None:
    names = ["$x$", "_hidden", "<b>&", "漢字", "x" * 200]
    for name in names:
        curve = replace(chart().curves[0], label=name)
        found = texts(encode_chart(replace(chart(), curves=(curve,)), "svg"))
        assert any(name[-70:] in text for text in found), name


def test_24_runs_differ_in_colour_line_or_marker() -> None:
    looks = {(n % 6, n // 6 % len(DASHES), MARKERS[(n + n // 6) % 6]) for n in range(24)}
    assert len(looks) == 24
    found = texts(encode_chart(chart(24), "svg"))
    assert sum(text.startswith("n") and "best" in text for text in found) == 24


def linear(rgb: np.ndarray) -> np.ndarray:
    c = np.asarray(rgb) / 255
    return np.asarray(np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4))


@pytest.mark.parametrize("eyes", BLIND, ids=["normal", "red-blind", "green-blind", "blue-blind"])
def test_colours_differ_for_all_kinds_of_colour_vision(eyes: list[list[float]]) -> None:
    seen = np.clip(linear(np.array([to_rgb(color) for color in PALETTE])) @ np.array(eyes).T, 0, 1)
    srgb = np.where(seen <= 0.0031308, seen * 12.92, 1.055 * seen ** (1 / 2.4) - 0.055)
    apart = [float(np.linalg.norm(one - other)) for one, other in combinations(oklab(255 * srgb), 2)]
    assert min(apart) > 0.1
    assert apart[0] > 0.2
