"""hw render -f html and hw sample -o page.html: one file for one ink or many."""

from __future__ import annotations

import numpy as np
import pytest

from handmade import hw_here
from html_pages import cards, decoded
from hwcli.ink_io.files import read_inks, write_ink
from inks import make_ink, make_inks
from web_pages import Elements


@pytest.fixture
def hw(tmp_path):
    return lambda *arguments, **more: hw_here(*arguments, cwd=tmp_path, **more)


def test_samples_become_a_gallery(hw, tmp_path):
    made = hw("sample", "--count", "3", "--points", "40", "--seed", "7", "-o", "ink.ndjson")
    assert made.status == 0, made
    done = hw("render", "ink.ndjson", "-f", "html", "-o", "gallery.html")
    assert done.status == 0, done
    found = [decoded(one) for one in cards((tmp_path / "gallery.html").read_bytes())]
    for ink, card in zip(read_inks(tmp_path / "ink.ndjson"), found, strict=True):
        assert card["facts"] == [["id", ink.id], ["seed", "7"], ["model", "iam-prediction"]]
        (one,) = card["inks"]
        points = one["points"].reshape(2, -1).T * card["step"]
        np.testing.assert_allclose(points, ink.points - ink.points.min(axis=0), atol=card["step"])
        assert len(one["prediction"]["numbers"]["eos"]) == 40


def test_sample_writes_the_page_itself(hw, tmp_path):
    done = hw("sample", "--points", "20", "--seed", "1", "--render", "eos", "-o", "page.html", "--speed", "2")
    assert done.status == 0, done
    page = (tmp_path / "page.html").read_bytes()
    (card,) = cards(page)
    assert card["views"][0]["name"] == "eos"
    assert '"speed":2' in Elements(page).text("script", id="pace")


def test_grid_is_one_picture(hw, tmp_path):
    write_ink(make_inks(3), tmp_path / "ink.ndjson")
    done = hw("render", "ink.ndjson", "-o", "grid.html", "--grid", "3")
    assert done.status == 0, done
    (card,) = cards((tmp_path / "grid.html").read_bytes())
    assert len(card["inks"]) == 3


def test_page_goes_to_stdout(hw, tmp_path):
    write_ink([make_ink(30)], tmp_path / "ink.ndjson")
    done = hw("render", "ink.ndjson", "-f", "html")
    assert done.status == 0, done
    assert len(cards(done.out)) == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--fps", "10"], "--fps does not apply to html"),
        (["-O", "spede=2"], "unknown option of plain or html 'spede'"),
        (["-O", "speed=0"], "speed must be"),
        (["--style", "window"], "cannot draw this ink"),
    ],
)
def test_what_cannot_be_drawn_writes_nothing(hw, tmp_path, arguments, message):
    write_ink([make_ink(30, text=None)], tmp_path / "ink.ndjson")
    done = hw("render", "ink.ndjson", "-o", "page.html", *arguments)
    assert done.status in (1, 2)
    assert message in done.err
    assert not (tmp_path / "page.html").exists()
