"""The colours of pens and labels, as plug-ins name them."""

import pytest

from renderers.errors import RenderError
from renderers.scene.scene import Label, Pen


@pytest.mark.parametrize("color", ["gold", "Gold", "#FFD700", "#ffd700"])
def test_a_colour_by_any_of_its_names_is_kept_as_hex(color: str) -> None:
    assert Pen(color, 1.0).color == Label("a", 0, 0, 1, color=color).color == "#ffd700"


def test_an_unknown_colour_is_refused() -> None:
    with pytest.raises(RenderError, match="a pen's colour: unknown colour 'pinkish'"):
        Pen("pinkish", 1.0)
    with pytest.raises(RenderError, match="a label's colour: unknown colour 'pinkish'"):
        Label("a", 0, 0, 1, color="pinkish")
