"""The page in headless Chromium, with mice, fingers and keys."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from browser import Browser
from hwcli.ink_io.files import read_inks
from inks import make_ink, make_inks
from renderers import Ink, draw, save_pages

LAPTOP, PHONE = (1280, 900), (360, 740)


class Viewer:
    """A page in the browser; `still`: for people who want no motion, so that it does not play by itself."""

    def __init__(self, browser: Browser, folder: Path) -> None:
        self.browser, self.folder, self.path = browser, folder, folder / "page.html"

    def open(
        self, inks: Ink | Sequence[Ink], style="plain", size=LAPTOP, still=True, scheme="light", **options
    ):
        several = [inks] if isinstance(inks, Ink) else inks
        save_pages((ink.draw(style) for ink in several), self.path, **options)
        return self.load(size, still, scheme)

    def load(self, size=LAPTOP, still=True, scheme="light"):
        phone = size == PHONE
        self.browser.media(
            prefers_reduced_motion="reduce" if still else "no-preference", prefers_color_scheme=scheme
        )
        self.browser.screen(*size, density=2 if phone else 1, phone=phone)
        self.browser.download_to(self.folder / "saved")
        self.browser.driver.get(self.path.as_uri())
        self.browser.until(lambda: self.browser.run("return document.body.dataset.ready"))
        return self

    def read(self, name: str) -> str:
        return self.browser.run("return document.getElementById(arguments[0]).textContent", name)

    def value(self, name: str) -> str:
        return self.browser.run("return document.getElementById(arguments[0]).value", name)

    def shown(self, name: str) -> bool:
        return self.browser.run("return document.getElementById(arguments[0]).checkVisibility()", name)

    def press(self, name: str) -> None:
        self.browser.run("document.getElementById(arguments[0]).click()", name)

    def keys(self, *keys: str, into: str = "frame") -> None:
        from selenium.webdriver import ActionChains

        self.browser.run("document.getElementById(arguments[0]).focus()", into)
        ActionChains(self.browser.driver).send_keys(*keys).perform()

    def choose(self, name: str, value: str) -> None:
        code = """
          const select = document.getElementById(arguments[0]);
          select.value = arguments[1];
          select.dispatchEvent(new Event("change"));"""
        self.browser.run(code, name, value)

    def scrub(self, points: int) -> None:
        code = """
          const scrub = document.getElementById("scrub");
          scrub.value = arguments[0];
          scrub.dispatchEvent(new Event("input"));"""
        self.browser.run(code, points)

    def density(self, mode: str) -> None:
        self.browser.driver.find_element("css selector", f"[name=density][value={mode}]").click()

    def pixels(self, name: str) -> int:
        """Return the number of pixels of a canvas that are not transparent."""
        code = """
          const canvas = document.getElementById(arguments[0]);
          const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
          return data.filter((value, k) => k % 4 === 3 && value > 0).length;"""
        return self.browser.run(code, name)

    def picture(self, name: str) -> str:
        return self.browser.run("return document.getElementById(arguments[0]).toDataURL()", name)

    def on_screen(self, ink: Ink, point: int) -> tuple[float, float]:
        """Return where a point of the ink, shown in the style plain, is in the window."""
        drawing = draw(ink)
        place = drawing.page.place(drawing.scene.bounds, drawing.scene.size)
        left, top, width = self.browser.run(
            "const box = document.getElementById('sheet').getBoundingClientRect();"
            "return [box.left, box.top, box.width]"
        )
        x, y = place.apply(ink.points[point : point + 1])[0]
        return left + x * width / place.width, top + y * width / place.width

    def table(self) -> list[list[str]]:
        code = """return [...document.querySelectorAll("#components tr")].filter((row) => !row.hidden)
          .map((row) => [...row.cells].map((cell) => cell.textContent))"""
        return self.browser.run(code)


@pytest.fixture
def viewer(chromium, tmp_path) -> Viewer:
    chromium.requests()
    chromium.complaints()
    return Viewer(chromium, tmp_path)


@pytest.fixture(scope="module")
def ink() -> Ink:
    return make_ink(120)


def plain_ink() -> Ink:
    """Return ink with one style only in sight: without text and predictions, the picture is that of plain."""
    return replace(make_ink(120, text=None), prediction=None)


def test_stepping_shows_the_prediction_of_the_next_point(viewer, ink):
    viewer.open(ink)
    viewer.keys(*["\ue011"])  # Home
    assert viewer.read("where") == "Before the first of 120 points"
    from selenium.webdriver import Keys

    viewer.keys(*12 * [Keys.ARROW_RIGHT])
    assert viewer.read("where") == "Point 12 of 120"
    prediction, row = ink.prediction, 12
    assert viewer.read("eos") == f"{100 * prediction.eos[row]:.1f} %"
    order = np.argsort(-prediction.pi[row])
    rows = viewer.table()
    for cells, k in zip(rows, order, strict=False):
        pi, x, y, sx, sy, rho = (float(cell.replace("−", "-").replace("%", "")) for cell in cells)
        assert pi == pytest.approx(100 * prediction.pi[row, k], rel=0.06, abs=0.06)
        sigma = prediction.sigma[row, k]
        np.testing.assert_allclose([x, y], prediction.mu[row, k], atol=0.1 * sigma.max())
        np.testing.assert_allclose([sx, sy], sigma, rtol=0.03)
        assert rho == pytest.approx(prediction.rho[row, k], abs=0.02)
    assert sum(float(cells[0].split()[0]) for cells in rows) > 97
    character = ink.text[ink.trace.characters[11]]
    assert viewer.read("under") == character
    assert viewer.read("text") == ink.text
    assert "Point 12 of 120; the window stands on" in viewer.read("status")


def test_keys_step_and_play(viewer, ink):
    from selenium.webdriver import ActionChains, Keys

    viewer.open(ink)
    assert viewer.value("scrub") == "120"
    for key, points in (
        (Keys.ARROW_LEFT, 119), (Keys.HOME, 0), (Keys.ARROW_DOWN, 1), (Keys.ARROW_DOWN, 31),
        (Keys.ARROW_UP, 1), (Keys.END, 120), (Keys.ARROW_RIGHT, 120),
    ):  # fmt: skip
        viewer.keys(key)
        assert viewer.value("scrub") == str(points), key
    keyboard = ActionChains(viewer.browser.driver).key_down(Keys.SHIFT)
    keyboard.send_keys(Keys.ARROW_LEFT).key_up(Keys.SHIFT).perform()
    assert viewer.value("scrub") == "110"
    viewer.keys(Keys.SPACE)
    viewer.browser.until(lambda: viewer.value("scrub") == "120")
    assert viewer.read("play") == "Play"


def test_keys_alone_reach_everything(viewer, ink):
    from selenium.webdriver import ActionChains, Keys

    viewer.open([ink, ink])
    reached = []
    for _ in range(14):
        ActionChains(viewer.browser.driver).send_keys(Keys.TAB).perform()
        reached.append(
            viewer.browser.run("return document.activeElement.id || document.activeElement.tagName")
        )
    wanted = ["frame", "play", "back", "scrub", "on", "style", "speed", "INPUT", "ellipses", "save", "BUTTON"]
    assert [name for name in reached if name in wanted][: len(wanted)] == wanted


def test_hovering_shows_a_point_and_clicking_goes_there(viewer):
    ink = plain_ink()
    viewer.open(ink)
    for point in (3, 40, 77, 110):
        viewer.browser.hover(viewer.on_screen(ink, point))
        assert viewer.read("where") == f"Point {point + 1} of 120"
    assert viewer.value("scrub") == "120"
    viewer.browser.hover((5, 5))
    assert viewer.read("where") == "Point 120 of 120"
    viewer.browser.mouse([viewer.on_screen(ink, 40)])
    assert viewer.value("scrub") == "41"
    viewer.browser.hover((5, 5))
    assert viewer.read("where") == "Point 41 of 120"


def test_a_tap_goes_to_a_point(viewer):
    ink = plain_ink()
    viewer.open(ink, size=PHONE)
    assert viewer.browser.run("return document.documentElement.scrollWidth") == PHONE[0]
    viewer.browser.touch([viewer.on_screen(ink, 9)])
    viewer.browser.until(lambda: viewer.value("scrub") == "10")


def test_it_plays_at_the_pace_of_a_pen(viewer):
    ink = make_ink(200)
    viewer.open(ink, still=False)
    assert viewer.read("play") == "Pause"
    lifts = int(ink.ends[:-1].sum())
    seconds = (199 - lifts) / 66 + lifts * 0.18
    start = time.monotonic()
    viewer.browser.until(lambda: viewer.read("play") == "Play")
    assert time.monotonic() - start == pytest.approx(seconds, rel=0.3)
    viewer.choose("speed", "8")
    viewer.press("play")
    start = time.monotonic()
    viewer.browser.until(lambda: viewer.read("play") == "Play")
    assert time.monotonic() - start < seconds / 3
    assert viewer.value("scrub") == "200"


def test_ink_grows_while_it_plays_and_the_rest_is_faint_at_rest(viewer):
    viewer.open(plain_ink())
    whole = viewer.pixels("ink")
    viewer.keys("\ue011")
    assert viewer.pixels("ink") == pytest.approx(whole, rel=0.01)  # faint
    viewer.choose("speed", "0.25")
    viewer.press("play")
    viewer.browser.until(lambda: 0 < viewer.pixels("ink") < whole / 2)
    viewer.browser.until(lambda: viewer.pixels("ink") > whole / 3)


def test_densities_are_of_the_next_point_or_of_all_so_far(viewer, ink):
    viewer.open(ink)
    viewer.scrub(60)
    one = viewer.pixels("heat")
    picture = viewer.picture("heat")
    viewer.density("all")
    assert viewer.pixels("heat") > 3 * one > 0
    together = viewer.picture("heat")
    for move in (30, 61, 60):
        viewer.scrub(move)
    assert viewer.picture("heat") == together, "stepping there and back changes the sum"
    viewer.density("off")
    assert viewer.pixels("heat") == 0
    viewer.density("next")
    assert viewer.picture("heat") == picture


def test_ellipses_can_be_left_out(viewer, ink):
    viewer.open(ink)
    viewer.keys("\ue012")  # left: the last point has no next one
    both = viewer.picture("close-up"), viewer.pixels("marks")
    viewer.press("ellipses")
    assert viewer.picture("close-up") != both[0]
    assert viewer.pixels("marks") < both[1]


def test_every_style_is_drawn(viewer, ink):
    viewer.open(ink, "eos")
    assert viewer.value("style") == "eos"
    pictures = {"eos": viewer.picture("ink")}
    for name in ("plain", "color", "multi", "pdf", "window", "attention"):
        viewer.choose("style", name)
        pictures[name] = viewer.picture("ink")
    assert len(set(pictures.values())) == 7
    viewer.choose("style", "pdf")
    assert viewer.browser.run("return document.querySelector('[name=density]:checked').value") == "all"
    viewer.choose("style", "eos")
    assert viewer.picture("ink") == pictures["eos"]
    assert viewer.browser.complaints() == []


@pytest.mark.parametrize("style", ["plain", "multi", "window", "pdf", "attention"])
def test_svg_is_that_of_hw(viewer, ink, style):
    viewer.open(ink, style)
    viewer.press("save")
    path = viewer.browser.downloaded()
    assert path.name == f"by-hand.{style}.svg"
    (read,) = read_inks(path)
    reference = viewer.folder / "reference.svg"
    ink.draw(style).save(reference)
    (wanted,) = read_inks(reference)
    np.testing.assert_allclose(read.points, wanted.points, atol=0.03)
    assert [len(one) for one in read.strokes] == [len(one) for one in wanted.strokes]
    assert ("<image" in path.read_text()) == (style in ("pdf", "attention"))


def test_an_ink_without_predictions_says_so(viewer):
    viewer.open(plain_ink())
    assert viewer.shown("missing")
    assert viewer.read("missing").startswith("This ink has no predictions")
    assert not any(viewer.shown(name) for name in ("prediction", "densities", "show-ellipses", "close-up"))
    assert viewer.browser.complaints() == []


def test_markup_stays_text(viewer, ink):
    evil = "</script><script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\">"
    drawn = replace(make_ink(30, text=evil), id=evil, model=evil)
    viewer.open([drawn, drawn], "window", title=evil)
    assert viewer.browser.driver.title == evil
    assert viewer.read("heading") == evil
    assert viewer.browser.run("return document.querySelectorAll('img').length") == 0
    viewer.keys("\ue011")
    assert viewer.read("text") == evil
    assert viewer.browser.complaints() == []


def test_a_gallery_opens_each_ink(viewer):
    inks = [replace(ink, id=f"ink {k}", text=None, trace=None) for k, ink in enumerate(make_inks(5))]
    viewer.open(inks)
    buttons = viewer.browser.driver.find_elements("css selector", "#inks button")
    assert [one.text for one in buttons] == [f"{k + 1}. ink {k}" for k in range(5)]
    viewer.choose("style", "color")
    buttons[3].click()
    viewer.browser.until(lambda: viewer.read("heading") == "ink 3")
    assert viewer.read("where") == f"Point {len(inks[3])} of {len(inks[3])}"
    assert viewer.value("style") == "color"
    current = viewer.browser.driver.find_elements("css selector", "[aria-current]")
    assert [one.text for one in current] == ["4. ink 3"]


def test_dark_paper_has_light_ink(viewer):
    code = """
      const canvas = document.getElementById("ink");
      const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
      let sum = 0, count = 0;
      for (let k = 0; k < data.length; k += 4) if (data[k + 3] === 255) (sum += data[k + 1]), count++;
      return sum / count;"""
    viewer.open(plain_ink())
    assert viewer.browser.run(code) < 80
    viewer.browser.media(prefers_color_scheme="dark", prefers_reduced_motion="reduce")
    viewer.browser.until(lambda: viewer.browser.run(code) > 170)


def test_reduced_motion_begins_with_the_whole_ink_at_rest(viewer):
    viewer.open(plain_ink(), still=True)
    assert (viewer.read("play"), viewer.value("scrub")) == ("Play", "120")


def test_controls_have_names_and_large_targets(viewer, ink):
    viewer.open([ink, ink], size=PHONE)
    for control in viewer.browser.driver.find_elements("css selector", "button, input, select, #frame"):
        if control.is_displayed():
            assert control.accessible_name.strip(), control.get_attribute("outerHTML")
    small = """return [...document.querySelectorAll("button, select, .settings label")]
      .filter((one) => one.offsetParent && one.offsetHeight < 32)"""
    assert viewer.browser.run(small) == []
    spoken = "return document.getElementById('scrub').getAttribute('aria-valuetext')"
    assert viewer.browser.run(spoken).startswith("Point 120 of 120; the window stands on")


def test_nothing_is_requested_but_the_page(viewer, ink):
    viewer.open([ink, ink], "pdf", still=False)
    viewer.choose("style", "window")
    viewer.press("save")
    viewer.browser.downloaded()
    asked = [url for url in viewer.browser.requests() if not url.startswith(("data:", "blob:"))]
    assert asked == [viewer.path.as_uri()]
    assert viewer.browser.complaints() == []
    refused = viewer.browser.driver.execute_async_script(
        "fetch('https://example.org').then(() => arguments[0](false), () => arguments[0](true))"
    )
    assert refused
    assert any("Content Security Policy" in line for line in viewer.browser.complaints())


def test_a_browser_that_cannot_unpack_says_so(viewer, ink):
    viewer.open(ink)
    script = "delete globalThis.DecompressionStream"
    added = viewer.browser.command("Page.addScriptToEvaluateOnNewDocument", source=script)
    try:
        viewer.browser.driver.get(viewer.path.as_uri())
        viewer.browser.until(lambda: viewer.shown("trouble"))
        assert "too old" in viewer.read("trouble")
    finally:
        viewer.browser.command("Page.removeScriptToEvaluateOnNewDocument", **added)


def test_it_draws_every_frame_and_opens_a_hundred_inks_at_once(viewer):
    inks = [replace(make_ink(700, seed=k), id=str(k)) for k in range(4)]
    viewer.open(25 * inks, still=False)
    shown = viewer.browser.run("return performance.now()")
    assert shown < 2000  # milliseconds, on a machine that is busy with other tests
    frames = viewer.browser.driver.execute_async_script("""
      const done = arguments[0], start = performance.now();
      let frames = 0;
      const count = (now) => (now - start < 2000 ? (frames++, requestAnimationFrame(count)) : done(frames));
      requestAnimationFrame(count);""")
    assert viewer.read("play") == "Pause"
    assert frames > 60
    assert json.loads(viewer.browser.run("return document.getElementById('pace').textContent"))["speed"] == 1
