"""hw sample --attention, --render attention, and --explain over a heat map."""

from __future__ import annotations

import json

import numpy as np
import pytest

from handmade import hw_here
from html_pages import cards
from hwcli.ink_io.files import read_inks

TEXT = ("sample", "--text", "an ear", "--bias", "1", "--seed", "4", "--tries", "1")


@pytest.fixture
def hw(tmp_path):
    return lambda *arguments, **more: hw_here(*arguments, cwd=tmp_path, **more)


def test_weights_are_kept_on_request_in_every_file_of_ink(hw, tmp_path):
    bare = hw(*TEXT)
    assert "attention" not in json.loads(bare.out)
    for name in ("ink.ndjson", "ink.npz", "ink.inkml"):
        done = hw(*TEXT, "--attention", "-o", name)
        assert done.status == 0, done
        (ink,) = read_inks(tmp_path / name)
        weights = ink.attention.dense(len(ink.text))
        assert weights.shape == (len(ink), 6)
        inside = weights.argmax(axis=1)
        assert (inside == ink.trace.characters).mean() > 0.9


def test_the_style_is_drawn_at_once_or_later(hw, tmp_path):
    assert hw(*TEXT, "--render", "attention", "-o", "now.svg").status == 0
    assert hw(*TEXT, "--attention", "-o", "ink.ndjson").status == 0
    done = hw("render", "ink.ndjson", "--style", "attention", "-o", "later.svg")
    assert done.status == 0, done
    assert (tmp_path / "now.svg").read_bytes() == (tmp_path / "later.svg").read_bytes()
    assert hw("render", "ink.ndjson", "-o", "page.html").status == 0
    (card,) = cards((tmp_path / "page.html").read_bytes())
    assert "attention" in [one["name"] for one in card["views"]]


def test_every_style_leaves_it_out_without_weights(hw, tmp_path):
    assert hw(*TEXT, "-o", "ink.ndjson").status == 0
    done = hw("render", "ink.ndjson", "--style", "attention", "-o", "map.svg")
    assert done.status == 1
    assert "no weights of the window" in done.err
    assert "--attention" in done.err
    assert not (tmp_path / "map.svg").exists()


def test_lines_of_a_page_keep_their_weights(hw, tmp_path):
    done = hw(
        "sample", "--text", "one ear\ntwo ears", "--width", "60mm", "--seed", "4", "--attention",
        "--tries", "1", "-o", "page.ndjson",
    )  # fmt: skip
    assert done.status == 0, done
    (page,) = read_inks(tmp_path / "page.ndjson")
    assert page.frame is not None
    weights = page.attention.dense(len(page.text))
    assert len(weights) == len(page)
    second = page.trace.characters >= page.text.index("\n")
    assert not weights[second][:, : page.text.index("\n")].any()
    assert (weights.argmax(axis=1) == page.trace.characters)[second].mean() > 0.8


def test_explain_is_drawn_over_the_heat_map(hw, tmp_path):
    assert hw(*TEXT, "--explain", "-o", "explained.svg").status == 0
    done = hw(*TEXT, "--explain", "--render", "pdf", "-o", "both.svg")
    assert done.status == 0, done
    explained, both = ((tmp_path / name).read_text() for name in ("explained.svg", "both.svg"))
    assert "<image" not in explained
    assert both.count("<image") == 1
    assert both.count("<text") == explained.count("<text") == 5
    (ink,) = read_inks(tmp_path / "both.svg")
    assert np.isfinite(ink.points).all()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("sample", "--attention"), ["--attention only applies to --text"]),
        (
            (*TEXT, "--explain", "--render", "eos", "-o", "a.svg"),
            ["--explain", "--render eos", "--render pdf"],
        ),
    ],
)
def test_wrong_usage(hw, arguments, words):
    done = hw(*arguments)
    assert done.status == 2
    assert all(word in done.err for word in words), done.err


def test_a_density_needs_predictions(hw, tmp_path):
    assert hw(*TEXT, "--no-prediction", "-o", "ink.ndjson").status == 0
    done = hw("render", "ink.ndjson", "--style", "window", "-O", "density=yes", "-o", "a.svg")
    assert done.status == 1
    assert "no predictions" in done.err
