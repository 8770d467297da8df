"""Declared options: every kind checks values and text, and describes itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from renderers import RenderError
from renderers.options import Options, Rule, make_options, option, read_pairs

NAN, INF = float("nan"), float("inf")
SEED = Rule("", "whole number", least=0, most=2**63 - 1)
RATE = Rule("", "number", above=0, most=1)


@pytest.mark.parametrize(
    ("rule", "description"),
    [
        (Rule("", "number"), "number"),
        (Rule("", "number", least=0.001, most=1), "number from 0.001 to 1"),
        (Rule("", "number", least=0), "number of at least 0"),
        (Rule("", "number", most=5), "number of at most 5"),
        (Rule("", "number", above=0), "number above 0"),
        (RATE, "number above 0 and at most 1"),
        (Rule("", "number", least=0, unset="auto"), "number of at least 0, or auto"),
        (Rule("", "whole number", least=16, most=8192), "whole number from 16 to 8192"),
        (SEED, "whole number from 0 to 9223372036854775807"),
        (Rule("", "text"), "text"),
        (Rule("", "length", unset="pen"), "length (0.3mm, or a number of px), or pen"),
        (Rule("", "yes or no"), "yes or no"),
        (Rule("", "color"), "color"),
        (Rule("", "colors", least=2, most=256), "colors"),
        (Rule("", "choice", choices=("left", "right")), "left or right"),
    ],
)
def test_rule_describes_kind_and_range(rule: Rule, description: str) -> None:
    assert rule.describe() == description


@pytest.mark.parametrize(
    ("rule", "value", "checked"),
    [
        (Rule("", "number"), "-1e-3", -0.001),
        (Rule("", "number"), 7, 7.0),
        (Rule("", "number", least=0, most=1), 0, 0.0),
        (Rule("", "number", least=0, most=1), "1", 1.0),
        (RATE, 1e-300, 1e-300),
        (Rule("", "whole number"), "12", 12),
        (Rule("", "whole number"), 12.0, 12),
        (Rule("", "whole number"), np.int64(12), 12),
        (SEED, 2**63 - 1, 2**63 - 1),
        (SEED, "9007199254740993", 2**53 + 1),
        (Rule("", "text"), "any", "any"),
        (Rule("", "text"), "", ""),
        (Rule("", "length"), "25.4mm", 96.0),
        (Rule("", "length"), 0, 0.0),
        (Rule("", "yes or no"), False, False),
        (Rule("", "yes or no"), "Yes", True),
        (Rule("", "yes or no"), "0", False),
        (Rule("", "color"), "navy", "#000080"),
        (Rule("", "colors", least=2, most=3), "red,#00f", ("#ff0000", "#0000ff")),
        (Rule("", "colors", least=1), ["red", "#f00"], ("#ff0000",)),
        (Rule("", "choice", choices=("left", "right")), "left", "left"),
        (Rule("", "number", unset="pen"), "pen", None),
        (Rule("", "number", unset="pen"), None, None),
        (Rule("", "number", unset="pen"), "2", 2.0),
        (Rule("", "length", unset="auto"), "auto", None),
        (Rule("", "choice", choices=("a",), unset="none"), None, None),
    ],
)
def test_values_and_text_are_checked_alike(rule: Rule, value: Any, checked: Any) -> None:
    found = rule.check("it", value)
    assert (found, type(found)) == (checked, type(checked))


@pytest.mark.parametrize(
    ("rule", "values"),
    [
        (Rule("", "number"), [None, "", "much", NAN, INF, "inf", "nan", True, [], 10**400, "1,5"]),
        (Rule("", "number", least=0, most=1), [-1e-9, 1.0000001, "2"]),
        (RATE, [0, "0", -1, 1.5]),
        (Rule("", "number", unset="pen"), ["", "Pen"]),
        (Rule("", "whole number"), [None, 2.5, "2.0", "1e3", "", True, INF, NAN, [], 10**400, "9" * 5000]),
        (SEED, [-1, 2**63, "9223372036854775808", 1e19]),
        (Rule("", "text"), [None, 3, b"x", ["x"]]),
        (Rule("", "length"), [None, "", "-1mm", "3 parsecs", True, NAN]),
        (Rule("", "yes or no"), [None, "perhaps", "", 1, 0]),
        (Rule("", "color"), [None, "reddish", "#12", 7]),
        (Rule("", "colors", least=2, most=3), [None, 3, "red", "red,#f00", "red,blue,navy,white", "red,"]),
        (Rule("", "choice", choices=("left", "right")), [None, "Left", "", 0, ["left"]]),
    ],
)
def test_values_that_do_not_fit_are_refused_by_name(rule: Rule, values: list[Any]) -> None:
    for value in values:
        with pytest.raises(RenderError) as caught:
            rule.check("the-name", value)
        assert caught.value.message.startswith("the-name"), value
        assert "\n" not in caught.value.message


def test_error_states_what_fits_and_what_was_given() -> None:
    with pytest.raises(RenderError, match=r"^lr must be a number above 0 and at most 1, not '2'$"):
        RATE.check("lr", "2")
    with pytest.raises(RenderError, match=r"^smooth must be yes or no, not 'perhaps'$"):
        Rule("", "yes or no").check("smooth", "perhaps")


@given(st.integers(0, 2**63 - 1))
def test_whole_numbers_keep_every_digit(number: int) -> None:
    assert SEED.check("seed", number) == SEED.check("seed", str(number)) == number


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_numbers_are_read_bit_exactly_from_text(number: float) -> None:
    assert Rule("", "number").check("x", repr(number)) == number


@pytest.mark.parametrize(
    ("rule", "value", "shown"),
    [
        (Rule("", "number"), 0.5, "0.5"),
        (Rule("", "number", unset="pen"), None, "pen"),
        (Rule("", "text"), None, ""),
        (Rule("", "yes or no"), True, "yes"),
        (Rule("", "yes or no"), False, "no"),
        (Rule("", "whole number"), 7, "7"),
        (Rule("", "colors"), ("#ff0000", "#0000ff"), "#ff0000,#0000ff"),
    ],
)
def test_value_is_shown_as_it_is_typed(rule: Rule, value: Any, shown: str) -> None:
    assert rule.show(value) == shown
    if shown:
        assert rule.check("it", shown) == value


@dataclass(frozen=True)
class Example(Options):
    """Options of every kind, whose kinds follow from their declarations."""

    share: float = option(0.5, "A share.", least=0, most=1)
    count: int = option(3, "A count.", least=1)
    limit: int | None = option(None, "A limit.", whole=True, unset="none")
    name: str = option("x", "A name.")
    side: str = option("left", "A side.", choices=("left", "right"))
    gap: float = option("1in", "A gap.", length=True)
    smooth: bool = option(False, "Smooth.")
    ink: str = option("navy", "A colour.", color=True)
    palette: tuple[str, ...] = option(("red", "blue"), "Colours.", least=2)


def test_kind_follows_from_the_declaration() -> None:
    kinds = {name: f.metadata["rule"].kind for name, f in Example.__dataclass_fields__.items()}
    assert kinds == {
        "share": "number", "count": "whole number", "limit": "whole number", "name": "text", "side": "choice",
        "gap": "length", "smooth": "yes or no", "ink": "color", "palette": "colors",
    }  # fmt: skip


def test_defaults_are_checked_like_given_values() -> None:
    made = Example()
    assert (made.gap, made.ink, made.palette) == (96.0, "#000080", ("#ff0000", "#0000ff"))
    with pytest.raises(RenderError, match=r"^share must be a number from 0 to 1, not 2$"):
        Example(share=2)


def test_unknown_option_names_the_nearest() -> None:
    with pytest.raises(RenderError, match="unknown option 'shar'") as caught:
        make_options(Example, {"shar": 1})
    assert "share" in (caught.value.hint or "")
    assert make_options(Example, {"count": "4", "limit": "none"}) == Example(count=4)


def test_pairs_are_split_at_the_first_equals_sign() -> None:
    assert read_pairs(["a-b=c=d", " e = f "]) == {"a_b": "c=d", "e": "f"}
    for pair in ("width", "=3", " =3", ""):
        with pytest.raises(RenderError, match="is not KEY=VALUE"):
            read_pairs([pair])
