"""GIF films, read back by Pillow and by a byte-level parser."""

from __future__ import annotations

import io
import re
import struct
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from inks import make_ink, make_prediction
from renderers import Drawing, Ink, Page, Prediction, RenderError, draw
from renderers.registry import format_for, style_names
from renderers.scene.scene import Bounds

pytestmark = pytest.mark.cairo

SMALL = Page(width=240)
CLEAR = Page(width=240, background="none")
DOT = Ink((np.array([[3.0, 4.0]]),))


@dataclass(frozen=True)
class Frame:
    box: tuple[int, int, int, int]  # left, top, right, bottom
    delay: int  # hundredths of a second
    disposal: int
    local_palette: bool


@dataclass(frozen=True)
class Film:
    size: tuple[int, int]
    colors: int
    again: int | None  # repetitions in the NETSCAPE extension
    frames: list[Frame]

    @property
    def hundredths(self) -> int:
        return sum(frame.delay for frame in self.frames)


def parse(gif: bytes) -> Film:
    """Parse the GIF89a structure; AssertionError if it is invalid."""
    assert gif[:6] == b"GIF89a"
    width, height, flags, _, _ = struct.unpack("<HHBBB", gif[6:13])
    assert flags & 0x80
    colors = 2 << (flags & 7)
    at, again, control, frames = 13 + 3 * colors, None, None, []

    def blocks(at: int) -> tuple[list[bytes], int]:
        found = []
        while gif[at]:
            found.append(gif[at + 1 : at + 1 + gif[at]])
            at += 1 + gif[at]
        return found, at + 1

    while gif[at : at + 1] != b";":
        if gif[at] == 0x21:
            kind = gif[at + 1]
            data, at = blocks(at + 2)
            if kind == 0xF9:
                assert control is None
                control = struct.unpack("<BHB", data[0])
            elif kind == 0xFF:
                assert data[0] == b"NETSCAPE2.0"
                assert again is None
                assert not frames
                again = struct.unpack("<BH", data[1])[1]
        else:
            assert gif[at] == 0x2C
            left, top, across, down, local = struct.unpack("<HHHHB", gif[at + 1 : at + 10])
            assert left + across <= width
            assert top + down <= height
            at += 10 + (3 * (2 << (local & 7)) if local & 0x80 else 0)
            _, at = blocks(at + 1)
            assert control is not None
            box = (left, top, left + across, top + down)
            frames.append(Frame(box, control[1], control[0] >> 2 & 7, bool(local & 0x80)))
            control = None
    assert at == len(gif) - 1
    return Film((width, height), colors, again, frames)


def stills(gif: bytes) -> list[np.ndarray]:
    """Return the visible picture after each frame, (rows, columns, 4)."""
    image = Image.open(io.BytesIO(gif))
    seen = []
    for number in range(getattr(image, "n_frames", 1)):
        image.seek(number)
        seen.append(np.asarray(image.convert("RGBA")).astype(int))
    return seen


def milliseconds(gif: bytes) -> int:
    image = Image.open(io.BytesIO(gif))
    total = 0
    for number in range(getattr(image, "n_frames", 1)):
        image.seek(number)
        total += image.info.get("duration", 0)
    return total


def picture(drawing: Drawing, **options: Any) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(drawing.png(**options))).convert("RGB")).astype(int)


def one_stroke(points: int = 40, seed: int = 0) -> Ink:
    ink = Ink((make_ink(points, seed).points,))
    return Ink(ink.strokes, make_prediction(ink, seed))


def pen_times(inks: list[Ink]) -> np.ndarray:
    """Return the time of each point: 66 points per second, 0.18 s between strokes, 0.6 s between lines."""
    steps: list[float] = []
    for ink in inks:
        for number, stroke in enumerate(ink.strokes):
            steps.append(0.18 if number else 0.6 if steps else 0.0)
            steps += [1 / 66] * (len(stroke) - 1)
    return np.cumsum(steps)


def written(inks: list[Ink], film: Film, fps: float, duration: float) -> list[int]:
    """Return how many points each frame of `film` shows: those written by the end of the frame."""
    times = pen_times(inks) * duration / pen_times(inks)[-1]
    starts = np.cumsum([0, *(frame.delay for frame in film.frames[:-1])]) / 100
    return [int((times <= (round(start * fps) + 1) / fps + 1e-6).sum()) for start in starts]


def pixel_box(drawing: Drawing, bounds: Bounds) -> tuple[slice, slice]:
    place = drawing.page.place(drawing.scene.bounds, drawing.scene.size)
    (left, top), (right, bottom) = place.apply(np.array(bounds).reshape(2, 2)).tolist()
    return slice(round(top), round(bottom)), slice(round(left), round(right))


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


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("plain", {}),
        ("color", {"smooth": True}),
        ("multi", {}),
        ("eos", {}),
        ("pdf", {}),
    ],
)
def test_frame_covers_only_the_new_points(name: str, options: dict[str, Any]) -> None:
    ink = one_stroke(50)
    assert ink.prediction is not None
    drawing = draw(ink, name, SMALL, **options)
    place = SMALL.place(drawing.scene.bounds, drawing.scene.size)
    film = parse(drawing.gif(fps=25, duration=49 / 25))
    assert len(film.frames) == 49  # the first shows two points, and each adds one
    xy = place.apply(ink.points)
    pen = max(p.width for p in drawing.scene.layers[0].pens) * place.scale / 2
    for number, frame in enumerate(film.frames[1:], start=1):
        arrives = number + 1
        corners = xy[arrives - 1 : arrives + 1]
        more = pen + 2 + (0.5 * np.ptp(corners, axis=0).max() if options.get("smooth") else 0)
        low, high = corners.min(axis=0) - more, corners.max(axis=0) + more
        if name == "pdf" and arrives + 1 < len(ink):
            # the prediction of the next point is new too; wide components extend a little beyond 4 σ
            center = place.apply(ink.points[arrives] + ink.prediction.mu[arrives + 1])
            reach = 8 * ink.prediction.sigma[arrives + 1] * place.scale + 4
            low = np.minimum(low, (center - reach).min(axis=0))
            high = np.maximum(high, (center + reach).max(axis=0))
        left, top, right, bottom = frame.box
        assert (np.array([left, top]) >= np.floor(low)).all(), number
        assert (np.array([right, bottom]) <= np.ceil(high)).all(), number
    # boxes are small
    areas = [(f.box[2] - f.box[0]) * (f.box[3] - f.box[1]) for f in film.frames[1:]]
    assert np.median(areas) < 0.2 * film.size[0] * film.size[1]


@pytest.mark.parametrize("page", [SMALL, CLEAR], ids=["white", "clear"])
@pytest.mark.parametrize("name", style_names())
def test_drawn_pixels_stay(name: str, page: Page) -> None:
    seen = stills(draw(make_ink(60), name, page).gif(duration=1))
    there = np.zeros(seen[0].shape[:2], dtype=bool)
    for still in seen:
        nothing = still[..., 3] == 0 if page is CLEAR else (still[..., :3] == 255).all(axis=2)
        assert not (there & nothing).any()
        # shades close to white may be rounded to white in the palette
        there |= ~nothing if page is CLEAR else still[..., :3].min(axis=2) < 240
    assert there.any()


def test_dark_ink_does_not_get_lighter() -> None:
    seen = stills(draw(make_ink(60), page=SMALL).gif(duration=1))
    for one, two in pairwise(seen):
        assert (two[..., :3] <= one[..., :3] + 8).all()


@pytest.mark.parametrize(
    ("name", "options"),
    [
        *((name, {}) for name in style_names()),
        *((name, {"smooth": True}) for name in style_names()),
        ("eos", {"legend": True}),
        ("pdf", {"resolution": 100}),
    ],
    ids=str,
)
def test_last_frame_equals_the_png(name: str, options: dict[str, Any]) -> None:
    drawing = draw(make_ink(60), name, SMALL, **options)
    last, still = stills(drawing.gif(duration=0.5, scale=1.5))[-1], picture(drawing, scale=1.5)
    assert last.shape[:2] == still.shape[:2]
    off = np.abs(last[..., :3] - still)
    # where pens overlap, a film draws the later point on top, a PNG the later pen
    mean, share = (2.5, 0.025) if name == "multi" else (0.6, 0.001)
    if "legend" in options or name == "window":  # letters differ in subpixel position
        mean, share = 2.5, 0.015
    assert off.mean() < mean
    assert (off.max(axis=2) > 64).mean() < share


@pytest.mark.parametrize(
    ("name", "options"),
    [("plain", {}), ("plain", {"smooth": True}), ("color", {}), ("eos", {})],
)
def test_every_frame_equals_scene_until(name: str, options: dict[str, Any]) -> None:
    inks = [make_ink(45, seed=1), make_ink(33, seed=2)]
    drawing = draw(inks, name, SMALL, caption="id", **options)
    gif = drawing.gif(fps=10, duration=2.4)
    shown, seen = written(inks, parse(gif), 10, 2.4), stills(gif)
    assert len(set(shown)) == len(shown) > 12
    assert shown[-1] == 78
    for count, still in list(zip(shown, seen, strict=True))[::3]:
        part = picture(Drawing(drawing.scene.until(count / 78), SMALL))
        off = np.abs(still[..., :3] - part).max(axis=2)
        assert (off > 80).mean() < 0.0015, count
        # the comparison is sensitive: six points later the picture differs
        if count + 6 <= 78:
            later = picture(Drawing(drawing.scene.until((count + 6) / 78), SMALL))
            assert (np.abs(still[..., :3] - later).max(axis=2) > 80).mean() > 0.0015


def test_every_frame_of_a_heat_map_equals_scene_until() -> None:
    ink = one_stroke(30)
    drawing = draw(ink, "pdf", SMALL)
    seen = stills(drawing.gif(fps=10, duration=2.9))
    assert len(seen) == 29
    for number in (0, 7, 20, 28):
        part = picture(Drawing(drawing.scene.until((number + 2) / 30), SMALL))
        off = np.abs(seen[number][..., :3] - part)
        assert off.mean() < 0.7
        assert (off.max(axis=2) > 64).mean() < 0.002


def test_density_appears_one_frame_before_the_pen() -> None:
    points = np.array([[0.0, 0.0], [20.0, 30.0], [40.0, 0.0], [60.0, 30.0], [200.0, 20.0], [220.0, 0.0]])
    mu = np.concatenate([np.zeros((1, 2)), np.diff(points, axis=0)])[:, None]
    prediction = Prediction(np.full(6, 0.1), np.ones((6, 1)), mu, np.full((6, 1, 2), 6.0), np.zeros((6, 1)))
    drawing = draw(Ink((points,), prediction), "pdf", SMALL)
    seen = stills(drawing.gif(fps=10, duration=0.5))
    assert len(seen) == 5  # the first shows two points, and each adds one
    place = SMALL.place(drawing.scene.bounds, drawing.scene.size)
    # next to the far point, within its density but off the ink
    x, y = place.apply(points[4:5] + 8.0).astype(int)[0]
    white = [bool((still[y, x, :3] == 255).all()) for still in seen]
    assert white == [True, True, False, False, False]
    far = place.apply(points[4:5]).astype(int)[0]
    dark = [bool(still[far[1], far[0], :3].max() < 90) for still in seen]
    assert dark == [False, False, False, True, True]


def test_lines_are_written_one_after_another() -> None:
    inks = [make_ink(40, seed=k) for k in range(3)]
    drawing = draw(inks, page=SMALL)
    seen = stills(drawing.gif(duration=2, fps=20))
    boxes = [pixel_box(drawing, layer.bounds) for layer in drawing.scene.layers]
    begun = [[int((still[box][..., :3] != 255).any(axis=2).sum()) for box in boxes] for still in seen]
    whole = begun[-1]
    assert min(whole) > 50
    for one, two, three in begun:
        assert two == 0 or one == whole[0]
        assert three == 0 or two == whole[1]
    assert begun[0][0] < whole[0]


@pytest.mark.parametrize("page", [SMALL, CLEAR], ids=["white", "clear"])
@pytest.mark.parametrize("kind", ["captions", "legend"])
def test_captions_and_legends_are_in_the_first_frame(kind: str, page: Page) -> None:
    page = Page(width=600, background=page.background)
    if kind == "captions":
        inks = [make_ink(30, seed=k, id=f"line {k}") for k in range(2)]
        drawing = draw(inks, page=page, columns=2, caption="id")
        boxes = []
        for layer in drawing.scene.layers:
            (label,) = layer.labels
            half = 1.5 * label.size
            boxes.append(Bounds(label.x - half, label.y - label.size, label.x + half, label.y))
    else:
        drawing = draw(make_ink(60), "eos", page, legend=True)
        boxes = [drawing.scene.layers[1].bounds]
    seen = stills(drawing.gif(duration=0.5))
    assert len(seen) > 5
    assert not np.array_equal(seen[0], seen[-1])
    for box in boxes:
        part = pixel_box(drawing, box)
        first, last = seen[0][part], seen[-1][part]
        assert np.array_equal(first, last)
        assert (first[..., :3].sum(axis=2) < 500).mean() > 0.02


@pytest.mark.parametrize("name", style_names())
def test_only_the_background_is_transparent(name: str) -> None:
    ink = make_ink(60)
    drawing = draw(ink, name, CLEAR)
    seen = stills(drawing.gif(duration=1, scale=2))
    assert set(np.unique(seen[-1][..., 3])) == {0, 255}
    place = CLEAR.place(drawing.scene.bounds, drawing.scene.size)
    at = (2 * place.apply(ink.points)).astype(int)
    dots = np.concatenate([[len(s) == 1] * len(s) for s in ink.strokes])
    assert (seen[-1][at[:, 1], at[:, 0], 3][~dots] == 255).all()
    for still in (seen[0], seen[-1]):
        rim = np.concatenate([still[0], still[-1], still[:, 0], still[:, -1]])
        assert (rim[:, 3] == 0).all()
    assert (seen[0][..., 3] == 0).mean() > (seen[-1][..., 3] == 0).mean() > 0.4


@pytest.mark.parametrize("name", ["plain", "pdf"])
def test_ink_on_a_transparent_background_has_no_dark_edge(name: str) -> None:
    color = {"color": "#ff0000"} | ({"palette": "#ffff00,#ff8800"} if name == "pdf" else {})
    last = stills(draw(make_ink(60), name, CLEAR, **color).gif(duration=0.2))[-1]
    seen = last[last[..., 3] == 255]
    assert seen[:, 0].min() > 230


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
        ({"duration": 2, "speed": 2}, "duration and speed are mutually exclusive"),
        ({"scale": 2, "dpi": 96}, "scale and dpi are mutually exclusive"),
        ({"fps": 0}, "fps is 0"),
        ({"fps": 51}, "fps is 51"),
        ({"fps": float("nan")}, "fps is nan"),
        ({"duration": 0}, "duration is 0"),
        ({"duration": "long"}, "duration is 'long'"),
        ({"speed": 0}, "speed is 0"),
        ({"hold": -1}, "hold is -1"),
        ({"hold": 601}, "hold is 601"),
        ({"loop": -1}, "loop is -1"),
        ({"loop": 1.5}, "loop is 1.5"),
        ({"loop": 65536}, "loop is 65536"),
        ({"scale": 0}, "scale is 0"),
        ({"length": 3}, "unknown option 'length'"),
    ],
    ids=str,
)
def test_invalid_options_are_rejected(options: dict[str, Any], message: str) -> None:
    with pytest.raises(RenderError, match=re.escape(message)) as caught:
        draw(DOT).gif(**options)
    assert caught.value.hint


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
    data = gif_format.encode(drawing.scene, SMALL, options, lambda done, total: reports.append((done, total)))
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


@pytest.mark.parametrize("color", ["#ffffff", "#fefefe", "#000000"])
def test_ink_on_a_transparent_page_keeps_its_color(color: str) -> None:
    film = Image.open(io.BytesIO(draw(make_ink(40), page=CLEAR, color=color).gif(duration=0.1, hold=0.1)))
    film.seek(film.n_frames - 1)
    rgba = np.asarray(film.convert("RGBA"))
    seen = rgba[rgba[..., 3] > 0][:, :3]
    assert len(seen) > 50
    assert np.abs(seen.astype(int) - int(color[1:3], 16)).max() <= 4
