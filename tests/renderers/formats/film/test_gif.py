"""GIF films: timing, structure and options."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from films import (
    CLEAR,
    DOT,
    SMALL,
    milliseconds,
    one_stroke,
    parse,
    picture,
    stills,
)
from inks import make_ink
from renderers import Ink, Page, RenderError, draw
from renderers.registry import format_for, style_names

pytestmark = pytest.mark.cairo


@pytest.mark.parametrize(
    ("fps", "duration", "hold"),
    [
        (25, 2, 1.5),
        (30, 3.333, 0),
        (7, 3.333, 0.25),
        (50, 3.333, 1.5),
        (50, 1.007, 0),
        (30, 0.02, 0),
        (50, 0.02, 0.07),
        (0.1, 3.333, 0),
        (0.3, 12.34, 0.01),
    ],
)
def test_film_lasts_duration_plus_hold(fps: float, duration: float, hold: float) -> None:
    gif = draw(make_ink(60), page=SMALL).gif(fps=fps, duration=duration, hold=hold)
    assert parse(gif).hundredths / 100 == pytest.approx(duration + hold, abs=0.0051)
    assert milliseconds(gif) == 10 * parse(gif).hundredths


@pytest.mark.parametrize("speed", [1, 0.5, 8])
@pytest.mark.parametrize("lines", [1, 3])
def test_default_duration_is_that_of_a_real_pen(lines: int, speed: float) -> None:
    inks = [make_ink(40 + 30 * k, seed=k) for k in range(lines)]
    gif = draw(inks, "eos", SMALL, legend=True).gif(speed=speed, hold=0.5)
    within = sum(len(stroke) - 1 for ink in inks for stroke in ink.strokes)
    between = sum(len(ink.strokes) - 1 for ink in inks)
    seconds = (within / 66 + 0.18 * between + 0.6 * (lines - 1)) / speed
    assert parse(gif).hundredths / 100 == pytest.approx(seconds + 0.5, abs=0.0051)


@pytest.mark.parametrize(
    ("fps", "duration"),
    [
        (50, 1),
        (30, 3.333),
        (33, 1.111),
        (7, 3.333),
        (50, 0.02),
        (50, 3.333),
        (50, 0.03),
    ],
)
def test_no_frame_is_shorter_than_20_ms(fps: float, duration: float) -> None:
    gif = draw(one_stroke(400), page=Page(width=100)).gif(fps=fps, duration=duration, hold=0)
    assert min(frame.delay for frame in parse(gif).frames) >= 2


@pytest.mark.parametrize(("loop", "again"), [(0, 0), (1, None), (2, 1), (5, 4), (65535, 65534)])
def test_loop_sets_the_number_of_repetitions(loop: int, again: int | None) -> None:
    gif = draw(make_ink(20), page=SMALL).gif(duration=0.4, loop=loop)
    assert parse(gif).again == again
    assert Image.open(io.BytesIO(gif)).info.get("loop") == again


@pytest.mark.parametrize("page", [SMALL, CLEAR], ids=["white", "clear"])
@pytest.mark.parametrize("name", style_names())
def test_frames_share_one_palette_and_accumulate(name: str, page: Page) -> None:
    film = parse(draw(make_ink(40), name, page).gif(duration=0.6))
    assert film.colors <= 256
    assert len(film.frames) > 5
    assert not any(frame.local_palette for frame in film.frames)
    assert {frame.disposal for frame in film.frames} == {1}
    assert film.frames[0].box == (0, 0, *film.size)


@pytest.mark.parametrize("scale", [1, 0.01])
def test_ink_too_thin_for_any_pixel_still_makes_a_film(scale: float) -> None:
    """At a scale of 0.01 no pixel is half covered, so no colour but transparency occurs."""
    assert parse(draw(make_ink(40), page=CLEAR).gif(scale=scale, duration=0.2)).frames


@pytest.mark.parametrize("hold", [0, 0.5])
@pytest.mark.parametrize("page", [Page(), Page(background=None)], ids=["white", "clear"])
def test_single_point_makes_one_frame(hold: float, page: Page) -> None:
    gif = draw(DOT, page=page).gif(hold=hold, scale=4)
    film = parse(gif)
    assert len(film.frames) == 1
    assert film.hundredths == 100 * hold
    assert film.again is None
    (still,) = stills(gif)
    middle = still[still.shape[0] // 2, still.shape[1] // 2]
    assert middle[:3].max() < 90
    assert middle[3] == 255


def test_duration_of_one_frame_makes_one_frame() -> None:
    gif = draw(make_ink(30), page=SMALL).gif(fps=1, duration=0.4, hold=0)
    assert [frame.delay for frame in parse(gif).frames] == [40]
    assert np.abs(stills(gif)[0][..., :3] - picture(draw(make_ink(30), page=SMALL))).mean() < 0.5


def test_scale_and_dpi_set_the_size_in_pixels() -> None:
    drawing = draw(make_ink(30), page=Page(width="2in", height="1in", margin="2mm"))
    for options, size in (({}, (192, 96)), ({"scale": 1.5}, (288, 144)), ({"dpi": 150}, (300, 150))):
        gif = drawing.gif(duration=0.1, **options)
        assert parse(gif).size == Image.open(io.BytesIO(gif)).size == size


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"duration": 2, "speed": 2}, "duration and speed"),
        ({"scale": 2, "dpi": 96}, "scale and dpi"),
        ({"fps": 0}, "fps must be"),
        ({"fps": 51}, "fps must be"),
        ({"fps": float("nan")}, "fps must be"),
        ({"duration": 0}, "duration must be"),
        ({"duration": "long"}, "duration must be"),
        ({"speed": 0}, "speed must be"),
        ({"hold": -1}, "hold must be"),
        ({"hold": 601}, "hold must be"),
        ({"loop": -1}, "loop must be"),
        ({"loop": 1.5}, "loop must be"),
        ({"loop": 65536}, "loop must be"),
        ({"scale": 0}, "scale must be"),
        ({"length": 3}, "unknown option 'length'"),
    ],
    ids=str,
)
def test_invalid_options_are_rejected(options: dict[str, Any], message: str) -> None:
    with pytest.raises(RenderError, match=re.escape(message)) as caught:
        draw(DOT).gif(**options)
    assert "\n" not in caught.value.message


def test_film_too_large_suggests_the_largest_scale() -> None:
    drawing = draw(make_ink(60), page=Page(width=1200))
    with pytest.raises(RenderError, match="too large") as caught:
        drawing.gif(scale=28)
    largest = float(re.search(r"fits is ([\d.]+)", caught.value.hint or "")[1])
    assert largest == pytest.approx(32767 / 1200, abs=0.01)


def test_progress_counts_the_frames() -> None:
    drawing = draw(make_ink(40), page=SMALL)
    reports: list[tuple[float, float]] = []
    gif_format = format_for("gif")
    assert gif_format.reports
    options = {"fps": 10, "duration": 2.5}
    chosen = gif_format.options(**options)
    data = gif_format.encode(drawing.scene, SMALL, chosen, lambda done, total: reports.append((done, total)))
    assert reports == [(k, 25) for k in range(1, 26)]
    assert data == drawing.gif(**options)


@pytest.mark.parametrize("name", style_names())
def test_gif_is_deterministic(name: str) -> None:
    one, two = (draw(make_ink(50), name, SMALL).gif(duration=0.5) for _ in range(2))
    assert one == two


def test_options_may_be_text(tmp_path: Path) -> None:
    drawing = draw(make_ink(30), page=SMALL)
    text = {"fps": "10", "duration": "pen", "hold": "0.2", "speed": "2", "loop": "3", "scale": "auto"}
    values = {"fps": 10, "hold": 0.2, "speed": 2, "loop": 3}
    assert drawing.gif(**text) == drawing.gif(**values)
    assert drawing.save(tmp_path / "a.GIF", **values).read_bytes() == drawing.gif(**values)


@pytest.mark.parametrize(
    ("ink", "duration", "hold"),
    [(DOT, 1, 600), (DOT, 1000, 0), (DOT, 1310.7, 0), (DOT, 1400.25, 600), (make_ink(30), 1, 600)],
    ids=["a long hold", "two frames long", "exactly two", "both", "ink"],
)
def test_hold_may_exceed_the_longest_frame(ink: Ink, duration: float, hold: float) -> None:
    drawing = draw(ink, page=Page(width=80))
    gif = drawing.gif(duration=duration, hold=hold, fps=2)
    film = parse(gif)
    assert film.hundredths == round(100 * (duration + hold))
    assert milliseconds(gif) == 10 * film.hundredths
    assert np.array_equal(stills(gif)[-1], stills(drawing.gif(duration=1, hold=0, fps=2))[-1])


def test_long_pause_precedes_the_next_stroke() -> None:
    bars = np.array([[0.0, 0.0], [0.0, 5.0]]), np.array([[10.0, 0.0], [10.0, 5.0]])
    drawing = draw(Ink(bars), page=Page(width=120, margin=4), width=0.2)
    gif = drawing.gif(duration=1400, hold=2, fps=0.5)
    film, seen = parse(gif), stills(gif)
    assert film.hundredths == 140_200
    dark = [(still[..., :3].sum(axis=2) < 300).sum() for still in seen]
    # a bar takes 1/66 s and is drawn when complete; the pen lift between bars takes 0.18 s
    pause = [frame.delay for frame, many in zip(film.frames, dark, strict=True) if many == dark[1]]
    assert len(pause) > 1
    assert sum(pause) == pytest.approx(140_000 * (0.18 + 1 / 66) / (0.18 + 2 / 66), abs=400)
    assert dark[-1] == pytest.approx(2 * dark[1], abs=2)
